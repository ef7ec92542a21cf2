//! A client that keeps its connection as long as the server lets it, and never sends anything twice: what it was not
//! answered has failed.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, Response, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::https::said;

/// Longer than any restart.
const PATIENCE: Duration = Duration::from_secs(60);

/// See the module.
pub struct Client {
    port: u16,
    /// Whom limits count: each shopper has an address of its own.
    address: String,
    connection: Option<SendRequest<Full<Bytes>>>,
    /// A new connection for each request.
    is_fickle: bool,
    bearer: String,
    /// Under which a POST is done once, however often it is sent.
    key: String,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What went wrong, for people.
pub type Outcome<T> = Result<T, String>;

impl Client {
    /// The shopper `number` of the server at `port`.
    pub fn new(port: u16, number: u32) -> Client {
        let [_, a, b, c] = number.to_be_bytes();
        let address = format!("203.{a}.{b}.{c}");
        Client {
            port,
            address,
            connection: None,
            is_fickle: false,
            bearer: String::new(),
            key: String::new(),
        }
    }

    pub fn fickle(self) -> Client {
        Client { is_fickle: true, ..self }
    }

    /// From now on the cart or the login of `token` is meant.
    pub fn set_bearer(&mut self, token: &str) {
        self.bearer = token.to_owned();
    }

    /// From now on POSTs are repetitions of the one with this idempotency key; empty: each is one of its own.
    pub fn set_key(&mut self, key: &str) {
        self.key = key.to_owned();
    }

    /// `path`, which must be answered with 200.
    pub async fn get(&mut self, path: &str) -> Outcome<Answer> {
        self.expect(200, Method::GET, path, None).await
    }

    /// A JSON document, which must be answered with `status`.
    pub async fn post(&mut self, status: u16, path: &str, body: &Value) -> Outcome<Answer> {
        self.expect(status, Method::POST, path, Some(body)).await
    }

    /// The same in place of what is there.
    pub async fn put(&mut self, status: u16, path: &str, body: &Value) -> Outcome<Answer> {
        self.expect(status, Method::PUT, path, Some(body)).await
    }

    async fn expect(
        &mut self,
        status: u16,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Outcome<Answer> {
        let what = format!("{method} {path}");
        let answer = timeout(PATIENCE, self.exchange(method, path, body)).await;
        let answer =
            answer.unwrap_or_else(|_| Err("no answer".to_owned())).map_err(|e| format!("{what}: {e}"))?;
        if answer.status != status {
            return Err(format!("{what}: {} {}", answer.status, answer.text()));
        }
        Ok(answer)
    }

    async fn exchange(&mut self, method: Method, path: &str, body: Option<&Value>) -> Outcome<Answer> {
        let mut send = self.connected().await?;
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1")
            .header("X-Forwarded-For", &self.address);
        if !self.bearer.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.bearer));
        }
        if !self.key.is_empty() {
            request = request.header("Idempotency-Key", &self.key);
        }
        if self.is_fickle {
            request = request.header(header::CONNECTION, "close");
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let bytes = body.map(Value::to_string).unwrap_or_default();
        let response = send.send_request(request.body(Full::from(bytes)).unwrap()).await.map_err(said)?;
        let is_last = closes(&response);
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(said)?.to_bytes();
        if !is_last {
            self.connection = Some(send);
        }
        Ok(Answer { status, body })
    }

    /// The kept connection if the server has not closed it, else a new one.
    async fn connected(&mut self) -> Outcome<SendRequest<Full<Bytes>>> {
        if let Some(mut kept) = self.connection.take()
            && kept.ready().await.is_ok()
        {
            return Ok(kept);
        }
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.map_err(said)?;
        stream.set_nodelay(true).map_err(said)?;
        let (send, connection) = handshake(TokioIo::new(stream)).await.map_err(said)?;
        tokio::spawn(connection);
        Ok(send)
    }
}

fn closes<T>(response: &Response<T>) -> bool {
    response.headers().get(header::CONNECTION).is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"close"))
}
