//! HTTP for the ACME client, by the program's own means.

use std::fs;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response};
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};

use crate::config::AcmeConfig;

/// For one request, answer included.
const TIMEOUT: Duration = Duration::from_secs(20);
/// A chain of certificates has a few KiB.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// See the module.
pub struct Https(reqwest::Client);

/// Errors: a sentence for the operator.
pub fn new(config: &AcmeConfig) -> Result<Https, String> {
    let mut builder = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("mercer/", env!("CARGO_PKG_VERSION")))
        .https_only(true);
    if let Some(file) = &config.ca_file {
        let told = |error: String| format!("MERCER_ACME_CA_FILE={}: {error}", file.display());
        let pem = fs::read(file).map_err(|error| told(error.to_string()))?;
        let roots = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| told(error.to_string()))?;
        if roots.is_empty() {
            return Err(told("there is no certificate in it".to_owned()));
        }
        builder = builder.tls_certs_merge(roots);
    }
    builder.build().map(Https).map_err(|error| format!("HTTPS can't be spoken from here: {error}"))
}

impl Https {
    /// Reads the authority's directory, which begins every conversation.
    pub async fn directory(&self, url: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let answer = self.0.get(url).send().await?.error_for_status()?.bytes().await?;
        let directory: serde_json::Value = serde_json::from_slice(&answer)?;
        if directory["newOrder"].is_string() { Ok(()) } else { Err("it is no directory of ACME".into()) }
    }
}

impl HttpClient for Https {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let client = self.0.clone();
        Box::pin(async move { exchange(&client, request).await.map_err(Error::Other) })
    }
}

async fn exchange(
    client: &reqwest::Client,
    request: Request<BodyWrapper<Bytes>>,
) -> Result<BytesResponse, Box<dyn std::error::Error + Send + Sync>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let request = client.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
    let mut answer = request.send().await?;
    let mut response = Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        *headers = answer.headers().clone();
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err("the answer is too large".into());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(response.body(Full::new(Bytes::from(bytes)))?.into())
}
