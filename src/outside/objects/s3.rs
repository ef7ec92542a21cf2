//! Files in a bucket of S3, or of what speaks like it: five requests, signed here, sent by the program's one HTTP client.
//!
//! Region, credentials and another endpoint come from where AWS's SDK looks for them (environment, profile, container,
//! instance). Keys are of plain characters only, so that no address needs an encoding.

mod sign;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use bytes::Bytes;
use reqwest::{Method, StatusCode};
use url::Url;

use super::Label;
use crate::clock::Clock;
use crate::config::media::S3Address;
use crate::error::{Error, Result};

/// For one request, answer included, and a second more for each MiB that is sent. A shopper waits for it.
const TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Requests for one thing at most; only what S3 itself puts off is asked for again, and what could not be connected.
const ATTEMPTS: u32 = 3;
/// Before the second request; the next waits twice as long.
const PAUSE: Duration = Duration::from_millis(100);
/// Credentials are asked for anew this long before they end.
const CREDENTIALS_MARGIN_MS: i64 = 5 * 60_000;
/// Where no region is named: endpoints other than AWS's own have none.
const REGION_DEFAULT: &str = "us-east-1";

/// One bucket, or what of it begins with a prefix.
pub struct S3 {
    address: S3Address,
    region: String,
    /// Where the bucket's keys begin, without a slash at the end.
    base: String,
    http: reqwest::Client,
    provider: Option<SharedCredentialsProvider>,
    credentials: Mutex<Option<Credentials>>,
}

/// A request that did not do what it was for.
#[derive(Debug, thiserror::Error)]
#[error("{method} {address} at {key:?}: {why}")]
struct Failed {
    method: Method,
    address: String,
    key: String,
    why: String,
}

/// One request.
#[derive(Default)]
struct Ask<'a> {
    key: &'a str,
    query: &'a str,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

struct Answer {
    status: StatusCode,
    body: Bytes,
}

impl S3 {
    /// Looks for region and endpoint; credentials are not looked for before the first request.
    pub async fn new(address: &S3Address) -> Result<S3> {
        let shared = aws_config::defaults(BehaviorVersion::latest()).load().await;
        let region = shared.region().map_or(REGION_DEFAULT, |region| region.as_ref()).to_owned();
        let base = base(&address.bucket, &region, endpoint(&shared).as_deref());
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(Error::internal)?;
        Url::parse(&base)
            .map_err(|_| Error::Conflict(format!("{base} is no address; set AWS_ENDPOINT_URL_S3")))?;
        let provider = shared.credentials_provider();
        Ok(S3 { address: address.clone(), region, base, http, provider, credentials: Mutex::default() })
    }

    pub fn address(&self) -> &S3Address {
        &self.address
    }

    pub(super) async fn read(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let answer = self.ask(Method::GET, Ask { key, ..Ask::default() }).await?;
        match answer.status {
            StatusCode::OK => Ok(Some(answer.body.into())),
            _ if answer.is_no_such_key() => Ok(None),
            _ => Err(self.refused(Method::GET, key, &answer)),
        }
    }

    /// A first byte is asked for, not a head: the answer to a head can't say whether the file is missing or the bucket.
    pub(super) async fn exists(&self, key: &str) -> Result<bool> {
        let headers = vec![("range", "bytes=0-0".to_owned())];
        let answer = self.ask(Method::GET, Ask { key, headers, ..Ask::default() }).await?;
        match answer.status {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => Ok(true),
            _ if answer.is_no_such_key() => Ok(false),
            _ => Err(self.refused(Method::GET, key, &answer)),
        }
    }

    pub(super) async fn write_new(&self, key: &str, body: Bytes, label: &Label) -> Result<Vec<u8>> {
        let mut headers = headers(label);
        headers.push(("if-none-match", "*".to_owned()));
        let answer =
            self.ask(Method::PUT, Ask { key, headers, body: body.clone(), ..Ask::default() }).await?;
        match answer.status {
            StatusCode::OK => Ok(body.into()),
            // Somebody was faster; or this was, and the answer was lost.
            StatusCode::PRECONDITION_FAILED => {
                let there = self.read(key).await?;
                there.ok_or_else(|| self.failed(Method::PUT, key, "what is there can't be read".to_owned()))
            }
            _ => Err(self.refused(Method::PUT, key, &answer)),
        }
    }

    pub(super) async fn write(&self, key: &str, body: Bytes, label: &Label) -> Result<()> {
        let ask = Ask { key, headers: headers(label), body, ..Ask::default() };
        let answer = self.ask(Method::PUT, ask).await?;
        if answer.status == StatusCode::OK { Ok(()) } else { Err(self.refused(Method::PUT, key, &answer)) }
    }

    pub(super) async fn remove(&self, key: &str) -> Result<()> {
        let answer = self.ask(Method::DELETE, Ask { key, ..Ask::default() }).await?;
        match answer.status {
            StatusCode::NO_CONTENT | StatusCode::OK => Ok(()),
            _ if answer.is_no_such_key() => Ok(()),
            _ => Err(self.refused(Method::DELETE, key, &answer)),
        }
    }

    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let own = self.address.key("");
        let mut keys = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("list-type", "2").append_pair("prefix", &self.address.key(prefix));
            if let Some(token) = &after {
                query.append_pair("continuation-token", token);
            }
            let query = query.finish();
            let answer = self.ask(Method::GET, Ask { query: &query, ..Ask::default() }).await?;
            if answer.status != StatusCode::OK {
                return Err(self.refused(Method::GET, prefix, &answer));
            }
            let text = String::from_utf8_lossy(&answer.body);
            let names = text.split("<Key>").skip(1).filter_map(|rest| rest.split_once("</Key>"));
            keys.extend(names.filter_map(|(name, _)| name.strip_prefix(&own)).map(str::to_owned));
            after = between(&text, "NextContinuationToken").map(unescape);
            if after.is_none() {
                return Ok(keys);
            }
        }
    }

    /// Sends a request, and again what S3 puts off.
    async fn ask(&self, method: Method, ask: Ask<'_>) -> Result<Answer> {
        let mut pause = PAUSE;
        for attempt in 1.. {
            let is_last = attempt == ATTEMPTS;
            let why = match self.send(&method, &ask).await? {
                Ok(answer) if is_last || !answer.is_put_off() => {
                    if answer.status == StatusCode::FORBIDDEN {
                        // They may have been exchanged.
                        *self.credentials.lock().unwrap_or_else(PoisonError::into_inner) = None;
                    }
                    return Ok(answer);
                }
                Ok(answer) => answer.status.to_string(),
                Err(error) if is_last || !error.is_connect() => {
                    return Err(self.failed(method, ask.key, reason(error)));
                }
                Err(error) => reason(error),
            };
            tracing::debug!(key = ask.key, why, "the bucket is asked again");
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        unreachable!("the last attempt returns")
    }

    async fn send(&self, method: &Method, ask: &Ask<'_>) -> Result<reqwest::Result<Answer>> {
        let credentials = self.credentials(method, ask.key).await?;
        let url = self.url(ask);
        let scope = sign::Scope { region: &self.region, now_ms: Clock::System.now_ms(), credentials };
        let signed = sign::headers(scope, method.as_str(), &url, &ask.headers, &ask.body)
            .map_err(|why| self.failed(method.clone(), ask.key, why))?;
        let timeout = TIMEOUT + Duration::from_secs(ask.body.len() as u64 >> 20);
        let mut request = self.http.request(method.clone(), url).timeout(timeout).body(ask.body.clone());
        for (name, value) in ask.headers.iter().map(|(name, value)| (*name, value)) {
            request = request.header(name, value);
        }
        for (name, value) in signed {
            request = request.header(name, value);
        }
        Ok(async {
            let response = request.send().await?;
            Ok(Answer { status: response.status(), body: response.bytes().await? })
        }
        .await)
    }

    fn url(&self, ask: &Ask<'_>) -> String {
        // A list is asked of the bucket itself.
        let key = if ask.query.is_empty() { self.address.key(ask.key) } else { String::new() };
        let mark = if ask.query.is_empty() { "" } else { "?" };
        format!("{}/{key}{mark}{}", self.base, ask.query)
    }

    /// The credentials, as long as they last; looking for them may ask a container's or an instance's own service.
    async fn credentials(&self, method: &Method, key: &str) -> Result<Credentials> {
        let kept = self.credentials.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(kept) = kept.filter(lasts) {
            return Ok(kept);
        }
        let missing = |why: String| {
            self.failed(
                method.clone(),
                key,
                format!("{why}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the task or instance a role"),
            )
        };
        let Some(provider) = &self.provider else {
            return Err(missing("there are no credentials".to_owned()));
        };
        let found = provider.provide_credentials().await.map_err(|error| missing(error.to_string()))?;
        *self.credentials.lock().unwrap_or_else(PoisonError::into_inner) = Some(found.clone());
        Ok(found)
    }

    /// S3's own words for why not.
    fn refused(&self, method: Method, key: &str, answer: &Answer) -> Error {
        let text = String::from_utf8_lossy(&answer.body);
        let why = match (between(&text, "Code"), between(&text, "Message")) {
            (Some(code), Some(message)) => format!("{code}: {}", unescape(message)),
            (Some(code), None) => code.to_owned(),
            _ => answer.status.to_string(),
        };
        self.failed(method, key, why)
    }

    /// Whatever failed, it is no absence: the shop says that it can't be reached for the moment.
    fn failed(&self, method: Method, key: &str, why: String) -> Error {
        let address = self.address.to_string();
        Error::Unavailable(Box::new(Failed { method, address, key: key.to_owned(), why }))
    }
}

impl Answer {
    /// A missing bucket answers 404 as well, and who may not list a bucket is told 403 of what it has not.
    fn is_no_such_key(&self) -> bool {
        let is_named = || between(&String::from_utf8_lossy(&self.body), "Code") == Some("NoSuchKey");
        self.status == StatusCode::NOT_FOUND && is_named()
    }

    fn is_put_off(&self) -> bool {
        self.status.is_server_error()
            || matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT)
    }
}

fn headers(label: &Label) -> Vec<(&'static str, String)> {
    vec![("content-type", label.content_type.clone()), ("cache-control", label.cache_control.to_owned())]
}

fn lasts(credentials: &Credentials) -> bool {
    let Some(expiry) = credentials.expiry() else { return true };
    let ends_ms = expiry.duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_millis());
    i64::try_from(ends_ms).unwrap_or(i64::MAX) > Clock::System.now_ms() + CREDENTIALS_MARGIN_MS
}

/// `AWS_ENDPOINT_URL_S3` or the profile's own, then `AWS_ENDPOINT_URL`.
fn endpoint(shared: &SdkConfig) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id("S3").env("AWS_ENDPOINT_URL").profile("endpoint_url");
    let own = shared.service_config().zip(key.build().ok()).and_then(|(found, key)| found.load_config(key));
    own.or_else(|| shared.endpoint_url().map(str::to_owned))
}

/// AWS wants the bucket in the host's name, unless its dots would be more than the certificate covers; what else speaks
/// S3 has it in the path.
fn base(bucket: &str, region: &str, endpoint: Option<&str>) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    match endpoint {
        Some(endpoint) => format!("{}/{bucket}", endpoint.trim_end_matches('/')),
        None if bucket.contains('.') => format!("https://s3.{region}.{domain}/{bucket}"),
        None => format!("https://{bucket}.s3.{region}.{domain}"),
    }
}

/// The error with its causes: the outermost says only that something was to be sent.
fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

fn between<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(inner, _)| inner)
}

fn unescape(text: &str) -> String {
    let mut text = text.to_owned();
    for (from, to) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")] {
        text = text.replace(from, to);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &'static str) -> Answer {
        Answer { status: StatusCode::from_u16(status).unwrap(), body: Bytes::from_static(body.as_bytes()) }
    }

    #[test]
    fn only_a_missing_key_is_an_absence() {
        assert!(answer(404, "<Error><Code>NoSuchKey</Code></Error>").is_no_such_key());
        assert!(!answer(404, "<Error><Code>NoSuchBucket</Code></Error>").is_no_such_key());
        assert!(!answer(404, "").is_no_such_key());
        assert!(!answer(403, "<Error><Code>AccessDenied</Code></Error>").is_no_such_key());
        assert!(answer(503, "<Error><Code>SlowDown</Code></Error>").is_put_off());
        assert!(!answer(412, "").is_put_off());
    }

    #[test]
    fn buckets_have_addresses() {
        for (bucket, region, endpoint, expected) in [
            ("shop", "eu-central-1", None, "https://shop.s3.eu-central-1.amazonaws.com"),
            ("shop.media", "eu-central-1", None, "https://s3.eu-central-1.amazonaws.com/shop.media"),
            ("shop", "cn-north-1", None, "https://shop.s3.cn-north-1.amazonaws.com.cn"),
            ("shop", "us-east-1", Some("http://127.0.0.1:5000/"), "http://127.0.0.1:5000/shop"),
        ] {
            assert_eq!(base(bucket, region, endpoint), expected);
        }
    }
}
