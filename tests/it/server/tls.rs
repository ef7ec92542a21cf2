//! The server's own TLS, asked over real sockets: both HTTPs, what plain HTTP is answered beside it, refusals, drains.

use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::{Method, Request, Version, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use mercer::config::{AcmeConfig, CertificateSource, Config, Env, ServerConfig, TlsConfig};
use mercer::routes;
use mercer::server::Server;
use mercer::tls::Tls;
use mercer::web::kept::Hits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{heads, statuses};
use crate::support::TestStore;

#[path = "../../load/https.rs"]
mod https;

use https::{HTTP1, HTTP2, Visitor, answer_of};

const HOST: &str = "shop.test";
const ASK: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: shop.test\r\n\r\n";

/// A store that listens twice.
struct Served {
    /// With the database that it needs.
    store: TestStore,
    plain: SocketAddr,
    visitor: Visitor,
    tls: Arc<Tls>,
    stop: CancellationToken,
    draining: Arc<AtomicBool>,
    running: JoinHandle<std::io::Result<()>>,
    /// A test that fails must not wait for the server.
    _stopped: DropGuard,
}

/// A certificate for the host and its key, which are also kept in `folder`.
fn certificate(folder: &Path) -> (Vec<u8>, TlsConfig) {
    let made = rcgen::generate_simple_self_signed(vec![HOST.to_owned()]).unwrap();
    let pem = |label: &str, der: &[u8]| {
        let body = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
    };
    let chain = pem("CERTIFICATE", made.cert.der());
    let (certificate, key) = (folder.join("chain.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, &chain).unwrap();
    std::fs::write(&key, pem("PRIVATE KEY", made.signing_key.serialized_der())).unwrap();
    (chain.into_bytes(), config(CertificateSource::Files { certificate, key }))
}

fn config(source: CertificateSource) -> TlsConfig {
    TlsConfig { listen: SocketAddr::from(([127, 0, 0, 1], 0)), host: HOST.to_owned(), source }
}

/// One that was never ordered: nobody keeps it in these tests.
fn unordered(folder: &Path) -> TlsConfig {
    config(CertificateSource::Acme(AcmeConfig {
        contact: "you@shop.test".to_owned(),
        directory: "https://127.0.0.1:1/dir".parse().unwrap(),
        ca_file: None,
        folder: folder.join("tls"),
    }))
}

fn server_config(proxies: &str) -> ServerConfig {
    let vars = [("MERCER_PUBLIC_URL", "https://shop.test"), ("MERCER_TRUSTED_PROXIES", proxies)];
    let env = Env::of(vars.map(|(k, v)| (k.to_owned(), v.to_owned())));
    let Ok(config) = Config::load(env) else { panic!("the environment is right") };
    config.server
}

impl Served {
    async fn start(connections: Option<usize>) -> Served {
        let store = TestStore::sqlite().await;
        let (root, config) = certificate(store.dir.path());
        Served::with(store, &root, config, connections, "10.0.0.0/8").await
    }

    async fn with(
        store: TestStore,
        root: &[u8],
        config: TlsConfig,
        connections: Option<usize>,
        proxies: &str,
    ) -> Served {
        let app = store.app.clone();
        let listener = || TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let tls = Arc::new(Tls::open(config).unwrap());
        let connections = connections.and_then(NonZeroUsize::new);
        let endpoint = routes::routes(app.clone(), None);
        let server = Server::on(listener(), endpoint, app.tasks.clone(), connections).unwrap();
        let server = server.with_hits(Hits::new(&app));
        let server = server.with_tls(listener(), tls.clone(), &server_config(proxies)).unwrap();
        let (plain, stop) = (server.local_addr(), CancellationToken::new());
        let visitor = Visitor::new(server.tls_addr().unwrap(), HOST, root);
        let draining = server.draining();
        let running = tokio::spawn(server.run(stop.clone()));
        let _stopped = stop.clone().drop_guard();
        Served { store, plain, visitor, tls, stop, draining, running, _stopped }
    }

    /// What the plain port answers to these bytes.
    async fn plainly(&self, bytes: &[u8]) -> String {
        exchange(self.plain, bytes).await
    }

    /// A connection of HTTP/2 that is kept; the task ends with it.
    async fn http2(&self) -> (SendRequest<Full<Bytes>>, JoinHandle<()>) {
        let stream = self.visitor.connect(&[HTTP2]).await.unwrap();
        let (send, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        (send, tokio::spawn(async move { drop(connection.await) }))
    }

    async fn stop(self) {
        self.stop.cancel();
        self.running.await.unwrap().unwrap();
    }
}

async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    drop(stream.write_all(bytes).await);
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer).await);
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(path: &str) -> Request<Full<Bytes>> {
    Request::get(format!("https://{HOST}{path}")).body(Full::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_of_http_get_the_same_page() {
    let served = Served::start(None).await;
    let one = served.visitor.get(HTTP1, "/").await.unwrap();
    let two = served.visitor.get(HTTP2, "/").await.unwrap();
    assert_eq!((one.version, two.version), (Version::HTTP_11, Version::HTTP_2));
    assert_eq!((one.status, two.status), (hyper::StatusCode::OK, hyper::StatusCode::OK));
    assert!(one.text().contains("</html>"));
    assert_eq!(one.body, two.body);
    assert_eq!(one.headers["content-length"], two.headers["content-length"]);
    assert!(!two.headers.contains_key(header::CONNECTION));
    // Who offers nothing speaks HTTP/1.1.
    let mut silent = served.visitor.connect(&[]).await.unwrap();
    silent.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    silent.read_to_string(&mut answer).await.unwrap();
    assert_eq!(statuses(&answer), [200]);
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_has_no_body_in_http2_either() {
    let served = Served::start(None).await;
    let app = &served.store.app;
    app.feed.poll(app).await.unwrap();
    let (mut send, _task) = served.http2().await;
    // The first is rendered, the second comes from the page cache, and the last one finds the connection well.
    for (method, status) in [(Method::GET, "stored"), (Method::HEAD, "hit"), (Method::GET, "hit")] {
        let request = Request::builder().method(&method).uri(format!("https://{HOST}/"));
        let answer = send.send_request(request.body(Full::default()).unwrap()).await.unwrap();
        assert!(answer.headers()["cache-status"].to_str().unwrap().ends_with(status), "{answer:?}");
        let length: usize = answer.headers()["content-length"].to_str().unwrap().parse().unwrap();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(length > 0 && body.len() == if method == Method::HEAD { 0 } else { length }, "{method}");
    }
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_certificate_the_shop_serves_on_and_tls_ends_with_an_alert() {
    let store = TestStore::sqlite().await;
    let config = unordered(store.dir.path());
    let served = Served::with(store, b"", config, None, "10.0.0.0/8").await;
    let alert = served.visitor.get(HTTP1, "/").await.unwrap_err();
    assert!(alert.contains("alert"), "{alert}");
    let proof = served.visitor.connect(&[b"acme-tls/1"]).await.unwrap_err();
    assert!(proof.contains("alert"), "{proof}");
    assert_eq!(statuses(&served.plainly(&lines("GET /healthz")).await), [200]);
    // It comes, and the next handshake has it.
    let folder = tempfile::tempdir().unwrap();
    let (root, config) = certificate(folder.path());
    let found = Tls::open(config).unwrap().certificate().unwrap();
    served.tls.serve((*found).clone());
    let visitor = Visitor::new(served.visitor.address, HOST, &root);
    assert_eq!(visitor.get(HTTP2, "/healthz").await.unwrap().text(), "ok\n");
    served.stop().await;
}

/// A request that closes its connection.
fn lines(line: &str) -> Vec<u8> {
    format!("{line} HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_leads_to_https() {
    let served = Served::start(None).await;
    for (line, status, location) in [
        ("GET /", 301, "https://shop.test/"),
        ("HEAD /p/x?colour=red%20", 301, "https://shop.test/p/x?colour=red%20"),
        ("GET //evil.example/", 301, "https://shop.test//evil.example/"),
        ("GET http://evil.example/x", 301, "https://shop.test/x"),
        ("GET /healthz", 200, ""),
        ("GET /readyz", 503, ""),
        ("POST /cart", 403, ""),
        ("PUT /api/v1/carts/x", 403, ""),
        ("GET /.well-known/acme-challenge/token", 404, ""),
    ] {
        let answer = served.plainly(&lines(line)).await;
        assert_eq!(statuses(&answer), [status], "{line}: {answer}");
        let head = heads(&answer).remove(0);
        assert!(head.contains("cache-control: no-store"), "{line}: {head}");
        assert_eq!(head.contains("location: "), !location.is_empty(), "{line}: {head}");
        assert!(head.contains(location), "{line}: {head}");
        // No browser may be told so by who could have been anybody.
        assert!(!head.contains("strict-transport-security"), "{line}: {head}");
    }
    served.stop().await;
    // A proxy that is trusted has spoken TLS itself.
    let store = TestStore::sqlite().await;
    let (root, config) = certificate(store.dir.path());
    let served = Served::with(store, &root, config, None, "127.0.0.0/8").await;
    assert_eq!(statuses(&served.plainly(&lines("GET /")).await), [200]);
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_tls_is_told_so() {
    let served = Served::start(None).await;
    let answer = exchange(served.visitor.address, ASK).await;
    assert_eq!(statuses(&answer), [400], "{answer}");
    assert!(answer.contains("ask with https") && heads(&answer)[0].contains("no-store"), "{answer}");
    // A greeting that is none, and nothing at all.
    assert!(!exchange(served.visitor.address, b"\x16\x03\x01\x00\x05hello").await.contains("HTTP"));
    drop(TcpStream::connect(served.visitor.address).await.unwrap());
    assert_eq!(served.visitor.get(HTTP1, "/healthz").await.unwrap().text(), "ok\n");
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_have_the_same_bounds_in_both_versions() {
    let served = Served::start(None).await;
    let with = |name: &str, value: String| {
        let mut request = get("/healthz");
        request
            .headers_mut()
            .append(hyper::header::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        request
    };
    let mut many = get("/healthz");
    for n in 0..70 {
        let name = hyper::header::HeaderName::from_bytes(format!("x-{n}").as_bytes()).unwrap();
        many.headers_mut().insert(name, header::HeaderValue::from_static("y"));
    }
    let mut hosts = with("host", "a".to_owned());
    hosts.headers_mut().append(header::HOST, header::HeaderValue::from_static("b"));
    for (name, request, status) in [
        ("40 KiB", with("x", "y".repeat(40 * 1024)), 431),
        ("70 lines", many, 431),
        ("two hosts", hosts, 400),
        ("a long address", get(&format!("/{}", "y".repeat(9_000))), 414),
        ("nothing odd", get("/healthz"), 200),
    ] {
        let answer = served.visitor.ask(HTTP2, request).await.unwrap();
        assert_eq!(answer.status, status, "{name}");
        assert_eq!(answer.header("cache-control"), "no-store", "{name}");
        assert!(!answer.headers.contains_key(header::CONNECTION), "{name}");
    }
    let long = format!("GET /healthz HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "y".repeat(40 * 1024));
    let mut stream = served.visitor.connect(&[HTTP1]).await.unwrap();
    drop(stream.write_all(long.as_bytes()).await);
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer).await);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert_eq!(statuses(&answer), [431]);
    assert!(heads(&answer)[0].contains("application/problem+json"), "{answer}");
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_limit_of_connections_tls_is_told_so_too() {
    const TRIES: usize = 60;
    let served = Served::start(Some(1)).await;
    let (mut send, _connection) = served.http2().await;
    assert_eq!(send.send_request(get("/healthz")).await.unwrap().status(), 200);
    // It has not rested long enough to make room.
    let mut refused = served.visitor.connect(&[HTTP2, HTTP1]).await.unwrap();
    assert_eq!(refused.get_ref().1.alpn_protocol(), Some(HTTP1), "the refusal is one of HTTP/1.1");
    let mut answer = String::new();
    refused.read_to_string(&mut answer).await.unwrap();
    assert_eq!(statuses(&answer), [503]);
    assert!(heads(&answer)[0].contains("retry-after: 1"), "{answer}");
    drop(refused);
    // Later it is asked to go, and goes with a word.
    for attempt in 1..=TRIES {
        if served.visitor.get(HTTP1, "/healthz").await.is_ok_and(|answer| answer.status == 200) {
            break;
        }
        assert!(attempt < TRIES, "nobody made room");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draining_server_lets_http2_finish_and_go() {
    let served = Served::start(None).await;
    let (mut kept, gone) = served.http2().await;
    for _ in 0..2 {
        let answer = answer_of(kept.send_request(get("/")).await.unwrap()).await.unwrap();
        assert_eq!(answer.status, 200, "it is kept");
    }
    let (mut fresh, fresh_gone) = served.http2().await;
    served.draining.store(true, Ordering::Relaxed);
    // What is asked at once with the last answer under way is answered too.
    let (first, second) = (kept.send_request(get("/")), fresh.send_request(get("/healthz")));
    let (first, second) = tokio::join!(first, second);
    assert_eq!(answer_of(first.unwrap()).await.unwrap().status, 200);
    assert_eq!(second.unwrap().status(), 200);
    gone.await.unwrap();
    fresh_gone.await.unwrap();
    assert!(kept.send_request(get("/")).await.is_err(), "the client knows that this was the last");

    // Who rests when the server stops is told to go, and holds nothing up.
    served.draining.store(false, Ordering::Relaxed);
    let (mut resting, resting_gone) = served.http2().await;
    assert_eq!(resting.send_request(get("/healthz")).await.unwrap().status(), 200);
    let never_asked = served.visitor.connect(&[HTTP2]).await.unwrap();
    let began = std::time::Instant::now();
    served.stop().await;
    resting_gone.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    drop(never_asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_requests_back_is_no_way_around_the_limit() {
    /// What `server::http2` lets one connection have worked on.
    const UNDER_WAY_MAX: usize = 200;
    let served = Served::start(None).await;
    let (mut send, _connection) = served.http2().await;
    let app = served.store.app.clone();
    // While somebody else writes, new carts wait; their clients do not.
    let writer = app.db.write().await.unwrap();
    for _ in 0..UNDER_WAY_MAX * 2 {
        send.ready().await.unwrap();
        let request = Request::post(format!("https://{HOST}/api/v1/carts"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::from(r#"{"lines":[]}"#))
            .unwrap();
        let given_up = tokio::time::timeout(Duration::from_millis(3), send.send_request(request)).await;
        drop(given_up);
    }
    let under_way = app.tasks.len();
    drop(writer);
    assert!((UNDER_WAY_MAX / 2..=UNDER_WAY_MAX + 5).contains(&under_way), "{under_way} are under way");
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_cannot_be_served_is_told_before_the_shop_opens() {
    let folder = tempfile::tempdir().unwrap();
    let (_, config) = certificate(folder.path());
    let CertificateSource::Files { certificate, .. } = &config.source else { unreachable!() };
    std::fs::write(certificate, "hello").unwrap();
    let told = Tls::open(config.clone()).unwrap_err();
    assert!(told.contains("MERCER_TLS_CERTIFICATE=") && told.contains("no certificate"), "{told}");
    std::fs::remove_file(certificate).unwrap();
    assert!(Tls::open(config).unwrap_err().contains("No such file"));

    let mut config = unordered(folder.path());
    let CertificateSource::Acme(acme) = &mut config.source else { unreachable!() };
    acme.ca_file = Some(folder.path().join("no-such-file"));
    assert!(Tls::open(config).unwrap_err().contains("MERCER_ACME_CA_FILE="));
}
