//! A CloudFront that keeps the real one's rules for invalidations, speaks its wire, and purges Varnish tiers, the edge
//! first: the order that is worst for who relies on one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::client;

/// The distribution that exists.
pub const DISTRIBUTION: &str = "EDFDVBD632BHDS5";
/// Tags and plain paths in progress.
const ITEMS_IN_PROGRESS_MAX: usize = 3_000;
const WILDCARDS_IN_PROGRESS_MAX: usize = 15;
const NAMESPACE: &str = "http://cloudfront.amazonaws.com/doc/2020-05-31/";

/// An invalidation that was accepted.
#[derive(Debug, Clone)]
pub struct Invalidation {
    pub id: String,
    pub reference: String,
    pub items: Vec<String>,
    pub created: Instant,
    pub completed: Option<Instant>,
}

/// What the next request meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is answered 500 and nothing happens.
    Error,
    /// It is done, and the connection ends without an answer.
    LostAnswer,
    /// It is refused as if too much were in progress.
    Busy,
}

#[derive(Default)]
struct State {
    invalidations: Vec<Invalidation>,
    faults: VecDeque<Fault>,
    /// Every request ends without an answer and nothing happens.
    is_dead: bool,
    /// Every request to create an invalidation: what it was answered; 0: nothing.
    creations: Vec<u16>,
    /// What was refused without being asked to.
    refusals: Vec<String>,
}

/// See the module.
#[derive(Clone)]
pub struct CloudFront {
    pub port: u16,
    state: Arc<Mutex<State>>,
    /// Ports of the tiers, the edge first.
    tiers: Arc<Vec<u16>>,
    /// From the creation until an invalidation is complete; it reaches the tiers one by one meanwhile.
    completes_after: Duration,
}

/// A refusal: status, code, message.
type Refusal = (StatusCode, &'static str, String);

impl CloudFront {
    pub async fn start(tiers: Vec<u16>, completes_after: Duration) -> CloudFront {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let fake = CloudFront { port, state: Arc::default(), tiers: Arc::new(tiers), completes_after };
        let serving = fake.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let fake = serving.clone();
                let service = service_fn(move |request| {
                    let fake = fake.clone();
                    async move { fake.answer(request).await.ok_or("the answer is lost") }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        fake
    }

    pub fn invalidations(&self) -> Vec<Invalidation> {
        self.state.lock().unwrap().invalidations.clone()
    }

    /// The statuses that creations were answered with; 0: no answer.
    pub fn creations(&self) -> Vec<u16> {
        self.state.lock().unwrap().creations.clone()
    }

    /// What was refused because it was wrong or too much.
    pub fn refusals(&self) -> Vec<String> {
        self.state.lock().unwrap().refusals.clone()
    }

    /// What the next creations meet, in this order.
    pub fn will(&self, faults: &[Fault]) {
        self.state.lock().unwrap().faults.extend(faults);
    }

    pub fn die(&self, is_dead: bool) {
        self.state.lock().unwrap().is_dead = is_dead;
    }

    /// `None`: the connection ends without an answer.
    async fn answer(&self, request: Request<Incoming>) -> Option<Response<Full<Bytes>>> {
        if self.state.lock().unwrap().is_dead {
            return None;
        }
        let (parts, body) = request.into_parts();
        let body = body.collect().await.ok()?.to_bytes();
        let authorization = parts.headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
        let path: Vec<&str> = parts.uri.path().trim_start_matches('/').split('/').collect();
        let answered = match (&parts.method, path.as_slice()) {
            _ if !authorization.is_some_and(|a| a.starts_with("AWS4-HMAC-SHA256 ")) => {
                Err(refuse(403, "MissingAuthenticationToken", "Request is missing Authentication Token"))
            }
            (_, ["2020-05-31", "distribution", id, "invalidation", ..]) if *id != DISTRIBUTION => {
                Err(refuse(404, "NoSuchDistribution", "The specified distribution does not exist."))
            }
            (&Method::POST, ["2020-05-31", "distribution", _, "invalidation"]) => return self.create(&body),
            (&Method::GET, ["2020-05-31", "distribution", _, "invalidation"]) => Ok(self.list()),
            (&Method::GET, ["2020-05-31", "distribution", _, "invalidation", id]) => self.find(id),
            _ => Err(refuse(404, "NoSuchResource", "There is nothing at this path.")),
        };
        Some(match answered {
            Ok(xml) => respond(StatusCode::OK, xml),
            Err(refusal) => respond_refusal(refusal),
        })
    }

    fn create(&self, body: &[u8]) -> Option<Response<Full<Bytes>>> {
        let fault = self.state.lock().unwrap().faults.pop_front();
        let outcome = match fault {
            Some(Fault::Error) => Err(refuse(500, "ServiceUnavailable", "On demand.")),
            Some(Fault::Busy) => Err(refuse(400, "TooManyInvalidationsInProgress", "On demand.")),
            _ => parse_batch(body).and_then(|(reference, items)| self.accept(reference, items)),
        };
        let lost = fault == Some(Fault::LostAnswer);
        let status = outcome.as_ref().map_or_else(|refusal| refusal.0.as_u16(), |_| 201);
        let mut state = self.state.lock().unwrap();
        state.creations.push(if lost { 0 } else { status });
        if let (None, Err((_, code, message))) = (fault, &outcome) {
            state.refusals.push(format!("{code}: {message}"));
        }
        drop(state);
        if lost {
            return None;
        }
        Some(match outcome {
            Ok(invalidation) => {
                let mut response = respond(StatusCode::CREATED, document(&invalidation));
                let location = format!(
                    "https://cloudfront.amazonaws.com/2020-05-31/distribution/{DISTRIBUTION}/invalidation/{}",
                    invalidation.id
                );
                response.headers_mut().insert(header::LOCATION, location.parse().unwrap());
                response
            }
            Err(refusal) => respond_refusal(refusal),
        })
    }

    /// Accepts what is new, repeats what it knows, refuses what is too much.
    fn accept(&self, reference: String, items: Vec<String>) -> Result<Invalidation, Refusal> {
        let mut state = self.state.lock().unwrap();
        if let Some(known) = state.invalidations.iter().find(|i| i.reference == reference) {
            return match known.items == items {
                true => Ok(known.clone()),
                false => Err(refuse(
                    400,
                    "InvalidationBatchAlreadyExists",
                    "Your caller reference is in use by another batch.",
                )),
            };
        }
        let open: Vec<&String> =
            state.invalidations.iter().filter(|i| i.completed.is_none()).flat_map(|i| &i.items).collect();
        let wildcards = open.iter().copied().chain(&items).filter(|i| is_wildcard(i)).count();
        if wildcards > WILDCARDS_IN_PROGRESS_MAX
            || open.len() + items.len() - wildcards > ITEMS_IN_PROGRESS_MAX
        {
            return Err(refuse(400, "TooManyInvalidationsInProgress", "Too many are in progress."));
        }
        let id = format!("I{:013X}", state.invalidations.len() + 1);
        let invalidation = Invalidation { id, reference, items, created: Instant::now(), completed: None };
        state.invalidations.push(invalidation.clone());
        drop(state);
        tokio::spawn(self.clone().purge(invalidation.id.clone(), invalidation.items.clone()));
        Ok(invalidation)
    }

    /// Takes the items from one tier after the other; then the invalidation is complete.
    async fn purge(self, id: String, items: Vec<String>) {
        let step = self.completes_after / (u32::try_from(self.tiers.len()).unwrap() + 1);
        for port in self.tiers.iter() {
            tokio::time::sleep(step).await;
            for item in &items {
                let purged = match item.strip_prefix('#') {
                    Some(tag) => {
                        let tag = tag.to_ascii_lowercase();
                        client::send(*port, "XPURGE", "/", &[("tag", tag.as_str())], b"").await
                    }
                    None => client::send(*port, "PBAN", "/", &[("pat", pattern(item).as_str())], b"").await,
                };
                assert!(purged.is_ok_and(|a| a.status == 200), "the tier does not purge {item}");
            }
        }
        tokio::time::sleep(step).await;
        let mut state = self.state.lock().unwrap();
        let done = state.invalidations.iter_mut().find(|i| i.id == id).unwrap();
        done.completed = Some(Instant::now());
    }

    fn find(&self, id: &str) -> Result<String, Refusal> {
        let state = self.state.lock().unwrap();
        let found = state.invalidations.iter().find(|i| i.id == id);
        found
            .map(document)
            .ok_or_else(|| refuse(404, "NoSuchInvalidation", "The specified invalidation does not exist."))
    }

    fn list(&self) -> String {
        let state = self.state.lock().unwrap();
        let summaries: String = state
            .invalidations
            .iter()
            .rev()
            .take(100)
            .map(|i| {
                format!(
                    "<InvalidationSummary><Id>{}</Id><CreateTime>{CREATED}</CreateTime><Status>{}</Status></InvalidationSummary>",
                    i.id,
                    status(i)
                )
            })
            .collect();
        format!(
            "<InvalidationList xmlns=\"{NAMESPACE}\"><Marker></Marker><MaxItems>100</MaxItems>\
             <IsTruncated>false</IsTruncated><Quantity>{}</Quantity><Items>{summaries}</Items></InvalidationList>",
            state.invalidations.len().min(100)
        )
    }
}

/// Nobody's decision rests on it.
const CREATED: &str = "2026-11-01T12:00:00Z";

fn status(invalidation: &Invalidation) -> &'static str {
    if invalidation.completed.is_some() { "Completed" } else { "InProgress" }
}

fn document(invalidation: &Invalidation) -> String {
    let items: String = invalidation.items.iter().map(|i| format!("<Path>{}</Path>", escape(i))).collect();
    format!(
        "<Invalidation xmlns=\"{NAMESPACE}\"><Id>{}</Id><Status>{}</Status><CreateTime>{CREATED}</CreateTime>\
         <InvalidationBatch><Paths><Quantity>{}</Quantity><Items>{items}</Items></Paths>\
         <CallerReference>{}</CallerReference></InvalidationBatch></Invalidation>",
        invalidation.id,
        status(invalidation),
        invalidation.items.len(),
        escape(&invalidation.reference)
    )
}

/// The caller's reference and the items of a request.
fn parse_batch(body: &[u8]) -> Result<(String, Vec<String>), Refusal> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    if text.trim().is_empty() {
        return Err(refuse(400, "MissingBody", "This operation requires a body."));
    }
    let invalid = |why: &str| refuse(400, "InvalidArgument", why);
    if !text.contains("<InvalidationBatch") || !text.contains(NAMESPACE) {
        return Err(invalid("The body is no InvalidationBatch of 2020-05-31."));
    }
    let one = |name: &str| elements(text, name).into_iter().next();
    let reference = one("CallerReference").filter(|r| !r.is_empty());
    let reference = reference.ok_or_else(|| invalid("There is no caller reference."))?;
    let items = elements(text, "Path");
    let quantity: Option<usize> = one("Quantity").and_then(|q| q.parse().ok());
    if quantity != Some(items.len()) {
        return Err(refuse(400, "InconsistentQuantities", "Quantity is not the number of the items."));
    }
    match items.iter().find(|item| !is_valid(item)) {
        Some(item) => Err(invalid(&format!("{item:.80} is no path and no tag."))),
        None if items.is_empty() => Err(invalid("There are no items.")),
        None => Ok((reference, items)),
    }
}

/// A tag has 1–256 visible characters without a comma; a path begins with a slash and has its only star at the end.
fn is_valid(item: &str) -> bool {
    match item.strip_prefix('#') {
        Some(tag) => {
            (1..=256).contains(&tag.len()) && tag.bytes().all(|b| (0x21..=0x7e).contains(&b) && b != b',')
        }
        None => {
            let body = item.strip_suffix('*').unwrap_or(item);
            item.starts_with('/') && !body.contains('*') && item.len() <= 4_000
        }
    }
}

fn is_wildcard(item: &str) -> bool {
    !item.starts_with('#') && item.ends_with('*')
}

/// A path as a regular expression.
fn pattern(path: &str) -> String {
    let (body, end) = path.strip_suffix('*').map_or((path, "$"), |body| (body, ""));
    let quoted: String =
        body.chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || "/-_%=&".contains(c) {
                    c.to_string()
                } else {
                    format!("[{c}]")
                }
            })
            .collect();
    format!("^{quoted}{end}")
}

/// The texts of all elements of that name.
fn elements(text: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    text.split(&open)
        .skip(1)
        .filter_map(|rest| rest.split_once(&close))
        .map(|(inner, _)| {
            inner
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&apos;", "'")
                .replace("&#x22;", "\"")
                .replace("&amp;", "&")
        })
        .collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn refuse(status: u16, code: &'static str, message: &str) -> Refusal {
    (StatusCode::from_u16(status).unwrap(), code, message.to_owned())
}

fn respond(status: StatusCode, xml: String) -> Response<Full<Bytes>> {
    let xml = format!("<?xml version=\"1.0\"?>\n{xml}");
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "text/xml")
        .header("x-amzn-RequestId", "00000000-0000-4000-8000-000000000000")
        .body(Full::from(xml))
        .unwrap()
}

fn respond_refusal((status, code, message): Refusal) -> Response<Full<Bytes>> {
    let kind = if status.is_server_error() { "Receiver" } else { "Sender" };
    respond(
        status,
        format!(
            "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{kind}</Type><Code>{code}</Code><Message>{}</Message></Error>\
             <RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>",
            escape(&message)
        ),
    )
}
