//! Traces, as a collector gets them from the real program: what a request did, with its SQL, under its caller's trace.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";
/// Neither is to be told to a collector: one is looked for in the database, the other is a secret.
const HANDLE: &str = "walrus-lamp";
const PASSWORD: &str = "tulip-kettle-47";

/// The bodies that came to `/v1/traces` with the right key and type.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Bytes>>>);

impl Collector {
    /// Listens; its address.
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let collector = self.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let collector = collector.clone();
                let service = service_fn(move |request| collector.clone().take(request));
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        address
    }

    async fn take(
        self,
        request: hyper::Request<Incoming>,
    ) -> Result<hyper::Response<Empty<Bytes>>, Infallible> {
        assert_eq!(request.uri().path(), "/v1/traces");
        assert_eq!(request.headers()["content-type"], "application/x-protobuf");
        assert_eq!(request.headers()["x-key"], "collectors-own");
        let body = request.into_body().collect().await.unwrap().to_bytes();
        self.0.lock().unwrap().push(body);
        Ok(hyper::Response::new(Empty::new()))
    }

    fn bodies(&self) -> Vec<Bytes> {
        self.0.lock().unwrap().clone()
    }

    fn spans(&self) -> Vec<Span> {
        let mut found = Vec::new();
        for body in self.bodies() {
            for resource_spans in messages(&body, 1) {
                let resource = attributes(&messages(&resource_spans, 1)[0], 1);
                assert_eq!(resource["service.name"], "shop-of-a-test");
                for scope in messages(&resource_spans, 2) {
                    found.extend(messages(&scope, 2).iter().map(|span| Span::read(span)));
                }
            }
        }
        found
    }
}

#[derive(Debug)]
struct Span {
    trace: String,
    id: String,
    parent: String,
    name: String,
    kind: u64,
    began_ns: u64,
    ended_ns: u64,
    attributes: BTreeMap<String, String>,
}

impl Span {
    fn read(bytes: &[u8]) -> Span {
        let hexadecimal = |field| messages(bytes, field).first().map(hex::encode).unwrap_or_default();
        Span {
            trace: hexadecimal(1),
            id: hexadecimal(2),
            parent: hexadecimal(4),
            name: text(&messages(bytes, 5)[0]),
            kind: numbers(bytes, 6)[0],
            began_ns: numbers(bytes, 7)[0],
            ended_ns: numbers(bytes, 8)[0],
            attributes: attributes(bytes, 9),
        }
    }
}

/// A message's fields: numbers as they are, texts and messages as bytes.
fn fields(mut bytes: &[u8]) -> Vec<(u64, u64, Vec<u8>)> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let (number, content) = match key & 7 {
            0 => (varint(&mut bytes), Vec::new()),
            1 => (u64::from_le_bytes(bytes.split_off(..8).unwrap().try_into().unwrap()), Vec::new()),
            2 => {
                let length = varint(&mut bytes) as usize;
                (0, bytes.split_off(..length).unwrap().to_vec())
            }
            other => panic!("no wire type of ours: {other}"),
        };
        found.push((key >> 3, number, content));
    }
    found
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = *bytes.split_off_first().unwrap();
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

fn messages(bytes: &[u8], field: u64) -> Vec<Vec<u8>> {
    fields(bytes).into_iter().filter(|f| f.0 == field).map(|f| f.2).collect()
}

fn numbers(bytes: &[u8], field: u64) -> Vec<u64> {
    fields(bytes).into_iter().filter(|f| f.0 == field).map(|f| f.1).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn attributes(bytes: &[u8], field: u64) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for pair in messages(bytes, field) {
        let value = messages(&pair, 2).remove(0);
        let shown =
            messages(&value, 1).first().map_or_else(|| numbers(&value, 3)[0].to_string(), |t| text(t));
        found.insert(text(&messages(&pair, 1)[0]), shown);
    }
    found
}

/// The real program, whose traces go to `collector`.
struct Shop {
    port: u16,
    process: Option<Child>,
    folder: TempDir,
}

impl Shop {
    async fn start(collector: &str) -> Shop {
        let folder = TempDir::new().unwrap();
        let csv = folder.path().join("products.csv");
        std::fs::write(&csv, format!("handle,title,sku,price,stock\n{HANDLE},Lamp,L-1,10.00,5\n")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mercer = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_mercer"));
            command
                .args(arguments)
                .env_remove("DATABASE_URL")
                .env_remove("REDIS_URL")
                .env("MERCER_DATA_DIR", folder.path())
                .env("MERCER_LISTEN", format!("127.0.0.1:{port}"))
                .env("MERCER_LOG", "error")
                .env("MERCER_DRAIN_DELAY_S", "0")
                .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector)
                .env("OTEL_EXPORTER_OTLP_HEADERS", "x-key=collectors-own")
                .env("OTEL_SERVICE_NAME", "shop-of-a-test")
                .stdin(Stdio::null())
                .stdout(Stdio::null());
            command
        };
        assert!(mercer(&["import", csv.to_str().unwrap()]).status().unwrap().success());
        let process = Some(mercer(&["serve"]).spawn().unwrap());
        let shop = Shop { port, process, folder };
        while !shop.ask("GET /readyz", "", "").await.starts_with("HTTP/1.1 200") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        shop
    }

    /// The whole answer, or nothing.
    async fn ask(&self, line: &str, headers: &str, body: &str) -> String {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)).await else { return String::new() };
        let length = body.len();
        let request = format!(
            "{line} HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        );
        drop(stream.write_all(request.as_bytes()).await);
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer).await);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// SIGTERM; it must end well.
    async fn stop(mut self) {
        let mut process = self.process.take().unwrap();
        assert!(Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap().success());
        let status = tokio::task::spawn_blocking(move || process.wait().unwrap()).await.unwrap();
        assert!(status.success(), "{status}");
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_told_with_its_sql_under_its_callers_trace() {
    let collector = Collector::default();
    let shop = Shop::start(&collector.start().await).await;
    let page = format!("GET /p/{HANDLE}");
    let answer = shop.ask(&page, &format!("traceparent: 00-{TRACE}-{CALLER}-01\r\n"), "").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let again = shop.ask(&page, &format!("traceparent: 00-{}-{CALLER}-01\r\n", "2".repeat(32)), "").await;
    assert!(again.contains("cache-status: mercer; hit"), "{again}");
    let ignored = format!("traceparent: 00-{}-{CALLER}-00\r\n", "1".repeat(32));
    shop.ask("GET /cart", &ignored, "").await;
    let account = format!("{{\"email\":\"ada@example.com\",\"password\":\"{PASSWORD}\",\"name\":\"Ada\"}}");
    let json = "Content-Type: application/json\r\n";
    let answer_of_register = shop.ask("POST /api/v1/account/register", json, &account).await;
    assert!(answer_of_register.starts_with("HTTP/1.1 202"), "{answer_of_register}");
    while std::fs::read_dir(shop.folder.path().join("outbox")).map_or(0, Iterator::count) == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    shop.stop().await;

    let spans = collector.spans();
    let named = |name: &str| spans.iter().filter(|s| s.name == name).collect::<Vec<_>>();
    let [request, kept] = named("GET /p/:slug")[..] else { panic!("{spans:#?}") };
    assert_eq!((kept.trace.as_str(), kept.parent.as_str()), ("2".repeat(32).as_str(), CALLER));
    assert!(spans.iter().all(|s| s.parent != kept.id), "a kept page asks nothing");
    assert_eq!((request.trace.as_str(), request.parent.as_str(), request.kind), (TRACE, CALLER, 2));
    let (_, id) = answer.split_once("x-request-id: ").unwrap();
    let wants = [
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
        ("http.route", "/p/:slug"),
        ("request.id", id.lines().next().unwrap()),
    ];
    assert_eq!(request.attributes, wants.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    let of_it: Vec<&Span> = spans.iter().filter(|s| s.trace == TRACE && s.id != request.id).collect();
    assert!(!of_it.is_empty(), "no SQL");
    for sql in of_it {
        assert_eq!((sql.parent.as_str(), sql.kind), (request.id.as_str(), 3), "{sql:?}");
        assert!(sql.name.starts_with("SELECT ") || sql.name.starts_with("WITH "), "{sql:?}");
        assert!(sql.began_ns >= request.began_ns && sql.ended_ns <= request.ended_ns, "{sql:?} {request:?}");
    }
    assert!(spans.iter().all(|s| s.trace != "1".repeat(32)), "its caller keeps no trace of it");

    // A job is nobody's part, and what it asked is its own.
    let [job] = named("job account_register")[..] else { panic!("{spans:#?}") };
    assert!(job.parent.is_empty() && job.kind == 5 && job.trace != TRACE, "{job:?}");
    assert!(
        spans.iter().any(|s| s.parent == job.id && s.name.starts_with("INSERT INTO customers")),
        "{spans:#?}"
    );
    let told: Vec<u8> = collector.bodies().concat();
    for secret in [HANDLE, PASSWORD, "ada@example.com"] {
        assert!(!String::from_utf8_lossy(&told).contains(secret), "{secret} was told");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_is_missed_by_nobody() {
    let nowhere = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let shop = Shop::start(&format!("http://{nowhere}")).await;
    for _ in 0..20 {
        assert!(shop.ask("GET /cart", "", "").await.starts_with("HTTP/1.1 200"));
    }
    shop.stop().await;
}
