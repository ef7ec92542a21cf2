//! The shop's own TLS: the certificate, and how it comes and is renewed.
//!
//! [`Tls`] is what the accept loop asks during handshakes; [`keeper`] is the worker that fills it, from the operator's
//! files or from an authority that speaks ACME. A shop without a certificate yet serves on: only its TLS port ends each
//! connection with an alert, which no visitor can click away as he could a warning.

pub mod acme;
pub mod certificate;
mod client;
pub mod der;
pub mod folder;
pub mod keeper;
pub mod pace;

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::{AcmeConfig, CertificateSource, TlsConfig};
use certificate::Certificate;
use folder::Folder;

/// The protocol by which an authority asks for a proof (RFC 8737).
pub const PROOF_PROTOCOL: &[u8] = b"acme-tls/1";

/// See the module.
pub struct Tls {
    pub config: TlsConfig,
    certificate: RwLock<Option<Arc<Certificate>>>,
    proof: RwLock<Option<Proof>>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Tls {
    /// With the certificate that is there already: the operator's, or one that was ordered before.
    /// Errors: what the operator must mend, as a sentence. That an authority's certificate is not there yet is none.
    pub fn open(config: TlsConfig) -> Result<Tls, String> {
        let certificate = match &config.source {
            CertificateSource::Files { certificate, key } => {
                Some(from_files(certificate, key, &config.host)?)
            }
            CertificateSource::Acme(acme) => {
                client::new(acme)?;
                stored(acme, &config.host)?
            }
        };
        let certificate = RwLock::new(certificate.map(Arc::new));
        Ok(Tls { config, certificate, proof: RwLock::default() })
    }

    /// The certificate that is served.
    pub fn certificate(&self) -> Option<Arc<Certificate>> {
        self.certificate.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Serves this one from the next handshake on.
    pub fn serve(&self, certificate: Certificate) {
        *self.certificate.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(certificate));
    }

    /// What an authority that asks by HTTP for this token is to be told.
    pub fn proof(&self, token: &str) -> Option<String> {
        let proof = self.proof.read().unwrap_or_else(PoisonError::into_inner);
        proof.as_ref().filter(|proof| proof.token == token).map(|proof| proof.answer.clone())
    }

    /// Proves this to an authority, and nothing any more when what is returned is dropped.
    fn prove(&self, proof: Proof) -> Proven<'_> {
        *self.proof.write().unwrap_or_else(PoisonError::into_inner) = Some(proof);
        Proven(self)
    }
}

/// What shows an authority that the host is ours.
pub struct Proof {
    token: String,
    answer: String,
    certificate: Arc<CertifiedKey>,
}

impl Proof {
    /// `digest` is the SHA-256 of `answer`, which the certificate for `host` is to contain.
    /// Errors: the certificate can't be made, which nobody can mend.
    pub fn new(host: &str, token: &str, answer: &str, digest: &[u8]) -> Result<Proof, String> {
        let certificate = proving_certificate(host, digest).map_err(|error| error.to_string())?;
        Ok(Proof { token: token.to_owned(), answer: answer.to_owned(), certificate: Arc::new(certificate) })
    }
}

fn proving_certificate(
    host: &str,
    digest: &[u8],
) -> Result<CertifiedKey, Box<dyn std::error::Error + Send + Sync>> {
    let mut params = rcgen::CertificateParams::new(vec![host.to_owned()])?;
    params.custom_extensions = vec![rcgen::CustomExtension::new_acme_identifier(digest)];
    let key = rcgen::KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&der)?;
    // Not compared with each other: rustls does not read a certificate with this extension, which must be critical.
    Ok(CertifiedKey::new(vec![certificate.der().clone()], key))
}

/// As long as this lives, the proof is to be had.
struct Proven<'a>(&'a Tls);

impl Drop for Proven<'_> {
    fn drop(&mut self) {
        *self.0.proof.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Gives visitors the certificate, whatever name they ask for: who means another one sees it in the certificate.
#[derive(Debug)]
pub struct Serving(pub Arc<Tls>);

impl ResolvesServerCert for Serving {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.certificate().map(|certificate| certificate.key.clone())
    }
}

/// Gives an authority the proof, while there is one.
#[derive(Debug)]
pub struct Proving(pub Arc<Tls>);

impl ResolvesServerCert for Proving {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let proof = self.0.proof.read().unwrap_or_else(PoisonError::into_inner);
        proof.as_ref().map(|proof| proof.certificate.clone())
    }
}

/// The operator's own.
fn from_files(certificate: &Path, key: &Path, host: &str) -> Result<Certificate, String> {
    let read = |name: &str, path: &Path| {
        fs::read(path).map_err(|error| format!("{name}={}: {error}", path.display()))
    };
    let chain = read("MERCER_TLS_CERTIFICATE", certificate)?;
    let key = read("MERCER_TLS_KEY", key)?;
    Certificate::from_pem(&chain, &key, host)
        .map_err(|error| format!("MERCER_TLS_CERTIFICATE={}: {error}", certificate.display()))
}

/// The last one that was ordered. One that can't be read is as good as none: it is ordered again.
fn stored(acme: &AcmeConfig, host: &str) -> Result<Option<Certificate>, String> {
    let folder = Folder::open(acme, host)?;
    let Some(pem) = folder.certificate()? else { return Ok(None) };
    match Certificate::from_pem(&pem, &pem, host) {
        Ok(certificate) => Ok(Some(certificate)),
        Err(error) => {
            tracing::warn!(error, "the stored certificate can't be used; another one will be ordered");
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_to_be_had_as_long_as_it_is_held() {
        let dir = tempfile::tempdir().unwrap();
        let (chain, key) = certificate::self_signed("shop.example");
        let (chain_file, key_file) = (dir.path().join("chain.pem"), dir.path().join("key.pem"));
        fs::write(&chain_file, chain).unwrap();
        fs::write(&key_file, key).unwrap();
        let source = CertificateSource::Files { certificate: chain_file, key: key_file };
        let listen = "127.0.0.1:443".parse().unwrap();
        let tls = Tls::open(TlsConfig { listen, host: "shop.example".to_owned(), source }).unwrap();
        let held = tls.prove(Proof::new("shop.example", "token", "token.thumb", &[7; 32]).unwrap());
        assert_eq!(tls.proof("token").as_deref(), Some("token.thumb"));
        assert_eq!(tls.proof("toke"), None);
        drop(held);
        assert_eq!(tls.proof("token"), None);
    }
}
