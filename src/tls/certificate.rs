//! A certificate chain with its key, as rustls wants it.

use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use std::sync::Arc;

use super::der::Facts;

/// See the module.
#[derive(Debug, Clone)]
pub struct Certificate {
    pub key: Arc<CertifiedKey>,
    pub facts: Facts,
}

impl Certificate {
    /// Reads it from PEM; the chain begins with the host's own certificate. Both may stand in one text.
    /// Errors: what is wrong, for the operator; nothing of the key is in it.
    pub fn from_pem(chain: &[u8], key: &[u8], host: &str) -> Result<Certificate, String> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .map_err(|error| format!("the certificate is no PEM: {error}"))?;
        let first = chain.first().ok_or("there is no certificate in it")?;
        let facts = Facts::read(first).ok_or("the certificate can't be read")?;
        let name = ServerName::try_from(host).map_err(|_| format!("{host} is no name of a server"))?;
        let parsed = ParsedCertificate::try_from(first)
            .map_err(|error| format!("the certificate can't be read: {error}"))?;
        verify_server_name(&parsed, &name)
            .map_err(|_| format!("the first certificate is not for {host}, the host of MERCER_PUBLIC_URL"))?;
        let key =
            PrivateKeyDer::from_pem_slice(key).map_err(|error| format!("the key is no PEM: {error}"))?;
        let key = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())
            .map_err(|error| format!("the key does not belong to the certificate: {error}"))?;
        Ok(Certificate { key: Arc::new(key), facts })
    }

    /// How long it is valid in all, in ms.
    pub fn lifetime_ms(&self) -> i64 {
        (self.facts.not_after_ms - self.facts.not_before_ms).max(0)
    }

    /// Milliseconds until it is valid no more; negative once it is not.
    pub fn left_ms(&self, now_ms: i64) -> i64 {
        self.facts.not_after_ms - now_ms
    }
}

/// A certificate that nobody vouches for, with its key, both PEM.
#[cfg(test)]
pub fn self_signed(host: &str) -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec![host.to_owned()]).unwrap();
    (pem("CERTIFICATE", made.cert.der()), pem("PRIVATE KEY", made.signing_key.serialized_der()))
}

#[cfg(test)]
fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = body.as_bytes().chunks(64).map(|l| std::str::from_utf8(l).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_that_fits_is_taken_and_every_other_is_told() {
        let (chain, key) = self_signed("shop.example");
        let (_, other) = self_signed("shop.example");
        let read = |chain: &str, key: &str, host: &str| {
            Certificate::from_pem(chain.as_bytes(), key.as_bytes(), host).map(|c| c.key.cert.len())
        };
        assert_eq!(read(&chain, &key, "shop.example"), Ok(1));
        let both = format!("{chain}{key}");
        assert_eq!(read(&both, &both, "shop.example"), Ok(1));
        for (chain, key, host, says) in [
            ("", &*key, "shop.example", "there is no certificate"),
            ("hello", &key, "shop.example", "there is no certificate"),
            (&chain, "hello", "shop.example", "the key is no PEM"),
            (&chain, &other, "shop.example", "does not belong"),
            (&chain, &key, "other.example", "is not for other.example"),
        ] {
            let told = read(chain, key, host).unwrap_err();
            assert!(told.contains(says), "{told}");
            assert!(!told.contains(key.lines().nth(1).unwrap_or("PRIVATE")), "{told}");
        }
    }
}
