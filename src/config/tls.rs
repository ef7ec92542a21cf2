//! Where the shop speaks TLS itself, and where its certificate comes from.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use url::{Host, Url};

use super::{Env, ServerConfig};

/// Let's Encrypt, whose certificates every browser knows.
const DIRECTORY: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// Means nothing unless the shop speaks TLS.
const ONLY_WITH_TLS: [&str; 5] = [
    "MERCER_TLS_CERTIFICATE",
    "MERCER_TLS_KEY",
    "MERCER_ACME_CONTACT",
    "MERCER_ACME_DIRECTORY",
    "MERCER_ACME_CA_FILE",
];

/// See the module.
#[derive(Debug, Clone)]
pub struct TlsConfig {
    /// `MERCER_TLS_LISTEN`
    pub listen: SocketAddr,
    /// The host of `MERCER_PUBLIC_URL`, which the certificate must name.
    pub host: String,
    pub source: CertificateSource,
}

/// Where the certificate comes from.
#[derive(Debug, Clone)]
pub enum CertificateSource {
    /// `MERCER_TLS_CERTIFICATE` and `MERCER_TLS_KEY`: the operator's own, PEM.
    Files { certificate: PathBuf, key: PathBuf },
    /// Ordered and renewed by the shop itself.
    Acme(AcmeConfig),
}

/// An authority that speaks ACME (RFC 8555).
#[derive(Debug, Clone)]
pub struct AcmeConfig {
    /// `MERCER_ACME_CONTACT`: the account's mail address.
    pub contact: String,
    /// `MERCER_ACME_DIRECTORY`
    pub directory: Url,
    /// `MERCER_ACME_CA_FILE`: a root certificate, PEM, that the authority's own server may have besides public ones.
    pub ca_file: Option<PathBuf>,
    /// Where account and certificates are kept.
    pub folder: PathBuf,
}

impl TlsConfig {
    /// `None` without `MERCER_TLS_LISTEN`.
    pub fn from_env(env: &mut Env, server: &ServerConfig, data_dir: &Path) -> Option<TlsConfig> {
        let wants = "an address such as [::]:443, another one than MERCER_LISTEN";
        let given = env.text("MERCER_TLS_LISTEN");
        let others: Vec<&str> = ONLY_WITH_TLS.into_iter().filter(|name| env.text(name).is_some()).collect();
        let Some(text) = given else {
            for name in others {
                env.wrong(name, "MERCER_TLS_LISTEN to be set too, since without it the shop speaks no TLS");
            }
            return None;
        };
        let listen = text.parse().ok().filter(|listen| *listen != server.listen);
        if listen.is_none() {
            env.wrong("MERCER_TLS_LISTEN", wants);
        }
        let host = host(env, server);
        let source = source(env, &host, data_dir);
        Some(TlsConfig { listen: listen?, host: host?.to_string(), source: source? })
    }
}

fn host(env: &mut Env, server: &ServerConfig) -> Option<Host> {
    let url = Url::parse(&server.public_url).ok().filter(|_| server.https);
    let host = url.and_then(|url| url.host().map(|host| host.to_owned()));
    if host.is_none() {
        env.wrong("MERCER_PUBLIC_URL", "an https origin such as https://shop.example for MERCER_TLS_LISTEN");
    }
    host
}

fn source(env: &mut Env, host: &Option<Host>, data_dir: &Path) -> Option<CertificateSource> {
    let certificate = env.text("MERCER_TLS_CERTIFICATE").map(PathBuf::from);
    let key = env.text("MERCER_TLS_KEY").map(PathBuf::from);
    match (certificate, key) {
        (None, None) => acme(env, host, data_dir).map(CertificateSource::Acme),
        (Some(certificate), Some(key)) => {
            for name in ["MERCER_ACME_CONTACT", "MERCER_ACME_DIRECTORY", "MERCER_ACME_CA_FILE"] {
                if env.text(name).is_some() {
                    env.wrong(name, "to be left out, since MERCER_TLS_CERTIFICATE names a certificate");
                }
            }
            Some(CertificateSource::Files { certificate, key })
        }
        (None, Some(_)) => {
            env.wrong("MERCER_TLS_CERTIFICATE", "the PEM file that belongs to MERCER_TLS_KEY");
            None
        }
        (Some(_), None) => {
            env.wrong("MERCER_TLS_KEY", "the PEM file that belongs to MERCER_TLS_CERTIFICATE");
            None
        }
    }
}

fn acme(env: &mut Env, host: &Option<Host>, data_dir: &Path) -> Option<AcmeConfig> {
    let is_address = |text: &String| {
        text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
            && !text.contains([' ', ',', ':', '<'])
    };
    let contact = env.text("MERCER_ACME_CONTACT").filter(is_address);
    if contact.is_none() {
        env.wrong(
            "MERCER_ACME_CONTACT",
            "a mail address such as you@shop.example, for the authority's account and as your consent to its terms",
        );
    }
    let directory = env.text("MERCER_ACME_DIRECTORY").unwrap_or_else(|| DIRECTORY.to_owned());
    let directory = Url::parse(&directory).ok().filter(|url| url.scheme() == "https");
    if directory.is_none() {
        env.wrong("MERCER_ACME_DIRECTORY", &format!("an https address such as {DIRECTORY}"));
    }
    let is_name = match host {
        Some(Host::Domain(name)) => name.contains('.'),
        Some(_) => false,
        // Told already.
        None => true,
    };
    if !is_name {
        env.wrong(
            "MERCER_PUBLIC_URL",
            "a public domain, since an authority gives certificates for nothing else",
        );
    }
    let ca_file = env.text("MERCER_ACME_CA_FILE").map(PathBuf::from);
    let (contact, directory) = (contact?, directory?);
    is_name.then(|| AcmeConfig { contact, directory, ca_file, folder: data_dir.join("tls") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<Option<TlsConfig>, Vec<String>> {
        let mut env = Env::of(vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let server = ServerConfig::from_env(&mut env);
        let config = TlsConfig::from_env(&mut env, &server, Path::new("data"));
        env.finish(config).map_err(|mistakes| mistakes.into_iter().map(|m| m.0).collect())
    }

    const LISTEN: (&str, &str) = ("MERCER_TLS_LISTEN", "[::]:443");
    const URL: (&str, &str) = ("MERCER_PUBLIC_URL", "https://shop.example");
    const CONTACT: (&str, &str) = ("MERCER_ACME_CONTACT", "you@shop.example");

    #[test]
    fn an_address_and_a_contact_are_enough() {
        assert!(read(&[]).unwrap().is_none());
        let config = read(&[LISTEN, URL, CONTACT]).unwrap().unwrap();
        assert_eq!((config.listen.port(), config.host.as_str()), (443, "shop.example"));
        let CertificateSource::Acme(acme) = config.source else { panic!("it is ordered") };
        assert_eq!(acme.directory.as_str(), DIRECTORY);
        assert_eq!(acme.folder, Path::new("data/tls"));
    }

    #[test]
    fn a_certificate_of_ones_own_needs_its_key_and_no_authority() {
        let (certificate, key) = (("MERCER_TLS_CERTIFICATE", "/c.pem"), ("MERCER_TLS_KEY", "/k.pem"));
        let config = read(&[LISTEN, URL, certificate, key]).unwrap().unwrap();
        assert!(matches!(config.source, CertificateSource::Files { .. }));
        // Such a certificate may be for an address.
        assert!(read(&[LISTEN, ("MERCER_PUBLIC_URL", "https://127.0.0.1"), certificate, key]).is_ok());
        for (vars, says) in [
            (&[LISTEN, URL, certificate][..], "MERCER_TLS_KEY is a value (hidden); it wants the PEM file"),
            (&[LISTEN, URL, key], "MERCER_TLS_CERTIFICATE is nothing; it wants the PEM file"),
            (&[LISTEN, URL, certificate, key, CONTACT], "it wants to be left out"),
        ] {
            assert!(read(vars).unwrap_err()[0].contains(says), "{vars:?}: {:?}", read(vars));
        }
    }

    #[test]
    fn every_mistake_names_its_variable() {
        for (vars, says) in [
            (&[CONTACT][..], "MERCER_ACME_CONTACT is \"you@shop.example\"; it wants MERCER_TLS_LISTEN"),
            (
                &[("MERCER_TLS_LISTEN", "443"), URL, CONTACT],
                "MERCER_TLS_LISTEN is \"443\"; it wants an address",
            ),
            (&[("MERCER_TLS_LISTEN", "127.0.0.1:8080"), URL, CONTACT], "another one than MERCER_LISTEN"),
            (&[LISTEN, CONTACT], "MERCER_PUBLIC_URL is nothing; it wants an https origin"),
            (
                &[LISTEN, ("MERCER_PUBLIC_URL", "http://shop.example"), CONTACT],
                "MERCER_PUBLIC_URL is \"http://shop.example\"; it wants an https origin",
            ),
            (&[LISTEN, ("MERCER_PUBLIC_URL", "https://192.0.2.1"), CONTACT], "it wants a public domain"),
            (&[LISTEN, ("MERCER_PUBLIC_URL", "https://localhost"), CONTACT], "it wants a public domain"),
            (&[LISTEN, URL], "MERCER_ACME_CONTACT is nothing; it wants a mail address"),
            (&[LISTEN, URL, ("MERCER_ACME_CONTACT", "mailto:you@shop.example")], "it wants a mail address"),
            (
                &[LISTEN, URL, CONTACT, ("MERCER_ACME_DIRECTORY", "http://ca.example/dir")],
                "MERCER_ACME_DIRECTORY is \"http://ca.example/dir\"; it wants an https address",
            ),
        ] {
            let told = read(vars).unwrap_err();
            assert!(told.len() == 1 && told[0].contains(says), "{vars:?}: {told:?}");
        }
    }
}
