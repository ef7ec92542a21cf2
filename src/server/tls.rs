//! The handshake: which certificate, which HTTP, and who is too slow for it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{Acceptor, ClientHello, ResolvesServerCert};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use super::crowd::{REFUSAL_TIMEOUT, say_goodbye};
use super::refuse;
use crate::tls::{PROOF_PROTOCOL, Proving, Serving, Tls};

/// From the first byte to the end of the handshake; as long as a head may take.
const HANDSHAKE_TIMEOUT: Duration = super::stream::HEAD_TIMEOUT;
/// The first byte of every connection that speaks TLS: a record with a handshake.
const HANDSHAKE_RECORD: u8 = 0x16;

/// What was agreed on.
pub enum Spoken {
    Http1(Box<TlsStream<TcpStream>>),
    Http2(Box<TlsStream<TcpStream>>),
}

/// Makes TLS of connections.
pub struct Handshakes {
    serving: Arc<ServerConfig>,
    /// For who is told that there is no room: the answer is one of HTTP/1.1.
    refusing: Arc<ServerConfig>,
    /// For an authority that looks whether the name is ours.
    proving: Arc<ServerConfig>,
}

impl Handshakes {
    /// Errors: the system gives no random bytes for the keys of session tickets.
    pub fn new(tls: Arc<Tls>) -> Result<Handshakes, rustls::Error> {
        let serving = Arc::new(Serving(tls.clone()));
        Ok(Handshakes {
            serving: config(serving.clone(), &[b"h2", b"http/1.1"])?,
            refusing: config(serving, &[b"http/1.1"])?,
            proving: config(Arc::new(Proving(tls)), &[PROOF_PROTOCOL])?,
        })
    }

    /// The connection in TLS; `None` if that failed, took too long, or was all that the client wanted.
    pub async fn shake(&self, stream: TcpStream) -> Option<Spoken> {
        let shaken = self.within(HANDSHAKE_TIMEOUT, self.greet(stream, &self.serving)).await?;
        let protocol = shaken.get_ref().1.alpn_protocol();
        match protocol {
            Some(b"h2") => Some(Spoken::Http2(Box::new(shaken))),
            // The authority has seen the certificate; there is nothing to say.
            Some(PROOF_PROTOCOL) => None,
            _ => Some(Spoken::Http1(Box::new(shaken))),
        }
    }

    /// The same for a connection that gets one answer of HTTP/1.1 and is closed.
    pub async fn shake_to_refuse(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        self.within(REFUSAL_TIMEOUT, self.greet(stream, &self.refusing)).await
    }

    async fn within(
        &self,
        limit: Duration,
        shaking: impl Future<Output = std::io::Result<TlsStream<TcpStream>>>,
    ) -> Option<TlsStream<TcpStream>> {
        let (outcome, stream) = match timeout(limit, shaking).await {
            Ok(Ok(stream)) => ("done", Some(stream)),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a TLS handshake failed");
                ("failed", None)
            }
            Err(_) => ("too slow", None),
        };
        metrics::counter!("tls_handshakes_total", "outcome" => outcome).increment(1);
        stream
    }

    async fn greet(
        &self,
        stream: TcpStream,
        config: &Arc<ServerConfig>,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut first = [0];
        if stream.peek(&mut first).await? > 0 && first[0] != HANDSHAKE_RECORD {
            say_goodbye(stream, &refuse::not_tls()).await;
            return Err(std::io::Error::other("it is not TLS"));
        }
        let begun = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let config = if wants_proof(&begun.client_hello()) { &self.proving } else { config };
        begun.into_stream(config.clone()).await
    }
}

/// An authority offers this protocol and no other (RFC 8737).
fn wants_proof(hello: &ClientHello<'_>) -> bool {
    hello.alpn().is_some_and(|protocols| protocols.eq([PROOF_PROTOCOL]))
}

/// TLS 1.2 and 1.3. No early data: whoever repeats it would order twice.
fn config(
    certificates: Arc<dyn ResolvesServerCert>,
    protocols: &[&[u8]],
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let provider: Arc<CryptoProvider> = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(certificates);
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    config.ticketer = aws_lc_rs::Ticketer::new()?;
    Ok(Arc::new(config))
}
