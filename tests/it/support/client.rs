//! A browser without a screen: keeps cookies, sends what a browser sends, follows nothing by itself.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use poem::endpoint::BoxEndpoint;
use poem::http::{HeaderMap, Method, StatusCode, header};
use poem::{Endpoint, Request, Response};
use serde_json::Value;

/// One visitor.
pub struct Client {
    endpoint: Arc<BoxEndpoint<'static, Response>>,
    cookies: Mutex<BTreeMap<String, String>>,
    bearer: Mutex<Option<String>>,
}

/// What came back, read to the end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Client {
    pub fn new(endpoint: Arc<BoxEndpoint<'static, Response>>) -> Client {
        Client { endpoint, cookies: Mutex::default(), bearer: Mutex::default() }
    }

    /// From now on requests carry `Authorization: Bearer`.
    pub fn set_bearer(&self, token: &str) {
        *self.bearer.lock().unwrap() = Some(token.to_owned());
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).finish()).await
    }

    /// Submits a form from one of the shop's own pages.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("Sec-Fetch-Site", "same-origin");
        self.send(request.body(body)).await
    }

    /// Sends a JSON document, as an API client does.
    pub async fn json(&self, method: Method, path: &str, body: &Value) -> Answer {
        let request = self.request(method, path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string())).await
    }

    /// A request with this client's cookies, for a test that needs a header of its own.
    pub fn request(&self, method: Method, path: &str) -> poem::RequestBuilder {
        let mut request = Request::builder().method(method).uri_str(path);
        let cookies = self.cookies.lock().unwrap();
        if !cookies.is_empty() {
            let line = cookies.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("; ");
            request = request.header(header::COOKIE, line);
        }
        if let Some(token) = &*self.bearer.lock().unwrap() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        request
    }

    pub async fn send(&self, request: Request) -> Answer {
        let response = self.endpoint.get_response(request).await;
        let (parts, body) = response.into_parts();
        let answer =
            Answer { status: parts.status, headers: parts.headers, body: body.into_vec().await.unwrap() };
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            if line.to_ascii_lowercase().contains("max-age=0") {
                cookies.remove(name.trim());
            } else {
                cookies.insert(name.trim().to_owned(), value.to_owned());
            }
        }
        answer
    }
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    pub fn json_body(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// A header's value, empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// Where a redirect leads.
    pub fn location(&self) -> String {
        self.header("location").to_owned()
    }

    /// Fails with the body when the status is another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        let got = self.status.as_u16();
        assert_eq!(
            got,
            status,
            "{}",
            String::from_utf8_lossy(&self.body).chars().take(2000).collect::<String>()
        );
        self
    }
}
