//! A visitor who speaks TLS: trusts one root, and HTTP/1.1 or HTTP/2 as he likes.

#![allow(dead_code, reason = "each program uses the part that it needs")]

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper::{HeaderMap, Request, Response, StatusCode, Version, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub const HTTP1: &[u8] = b"http/1.1";
pub const HTTP2: &[u8] = b"h2";

/// See the module.
#[derive(Clone)]
pub struct Visitor {
    pub address: SocketAddr,
    pub host: String,
    roots: Arc<RootCertStore>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub version: Version,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Visitor {
    /// Who trusts the roots in this PEM.
    pub fn new(address: SocketAddr, host: &str, roots: &[u8]) -> Visitor {
        let mut store = RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(roots) {
            store.add(root.unwrap()).unwrap();
        }
        Visitor { address, host: host.to_owned(), roots: Arc::new(store) }
    }

    /// A connection after the handshake, by these protocols.
    pub async fn connect(&self, protocols: &[&[u8]]) -> Result<TlsStream<TcpStream>, String> {
        let stream = TcpStream::connect(self.address).await.map_err(|error| error.to_string())?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let name = ServerName::try_from(self.host.clone()).unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|error| error.to_string())
    }

    /// The certificate that the server shows.
    pub async fn certificate(&self) -> Result<Vec<u8>, String> {
        let stream = self.connect(&[HTTP1]).await?;
        Ok(stream.get_ref().1.peer_certificates().unwrap()[0].to_vec())
    }

    /// `path` on a connection of its own, by `HTTP1` or `HTTP2`.
    pub async fn get(&self, protocol: &[u8], path: &str) -> Result<Answer, String> {
        let target = if protocol == HTTP2 { format!("https://{}{path}", self.host) } else { path.to_owned() };
        let mut request = Request::get(target);
        if protocol == HTTP1 {
            request = request.header(header::HOST, &self.host).header(header::CONNECTION, "close");
        }
        self.ask(protocol, request.body(Full::default()).unwrap()).await
    }

    /// Any request on a connection of its own.
    pub async fn ask(&self, protocol: &[u8], request: Request<Full<Bytes>>) -> Result<Answer, String> {
        let stream = self.connect(&[protocol]).await?;
        if stream.get_ref().1.alpn_protocol() != Some(protocol) {
            return Err("another protocol was chosen".to_owned());
        }
        let io = TokioIo::new(stream);
        let response = if protocol == HTTP2 {
            let (mut send, connection) = http2::handshake(TokioExecutor::new(), io).await.map_err(said)?;
            tokio::spawn(connection);
            send.send_request(request).await
        } else {
            let (mut send, connection) = http1::handshake(io).await.map_err(said)?;
            tokio::spawn(connection);
            send.send_request(request).await
        };
        answer_of(response.map_err(said)?).await
    }
}

/// The whole of it.
pub async fn answer_of(response: Response<hyper::body::Incoming>) -> Result<Answer, String> {
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(said)?.to_bytes();
    Ok(Answer { status: head.status, version: head.version, headers: head.headers, body })
}

/// The error with its causes.
pub fn said(error: impl std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
