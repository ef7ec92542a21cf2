//! The server itself, asked over real sockets: what is no HTTP, what is too much, and clients that leave.

mod tls;

use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mercer::db::orders::{OrderFilter, list_orders};
use mercer::domain::settings::ShopSettings;
use mercer::edge::pages::Turn;
use mercer::routes;
use mercer::server::Server;
use mercer::shop::settings::save_settings;
use mercer::web::guard::overload::Busy;
use mercer::web::kept::Hits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::TestStore;
use crate::web::buying;

/// A store that listens.
struct Served {
    store: TestStore,
    address: SocketAddr,
    stop: CancellationToken,
    draining: Arc<AtomicBool>,
    running: JoinHandle<std::io::Result<()>>,
    /// A test that fails stops the server too, or nobody would hear of it.
    _stopped: DropGuard,
}

impl Served {
    async fn start(store: TestStore, connections: Option<usize>) -> Served {
        let app = store.app.clone();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let connections = connections.and_then(NonZeroUsize::new);
        let endpoint = routes::routes(app.clone(), None);
        let server =
            Server::on(TcpListener::bind(any).unwrap(), endpoint, app.tasks.clone(), connections).unwrap();
        let hits = Hits::new(&app);
        let server = server.with_hits(hits.clone()).with_busy(Busy::new(&app, hits));
        let (address, stop) = (server.local_addr(), CancellationToken::new());
        let draining = server.draining();
        let running = tokio::spawn(server.run(stop.clone()));
        let _stopped = stop.clone().drop_guard();
        Served { store, address, stop, draining, running, _stopped }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends these bytes on a connection of their own and reads until the server closes it.
    async fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // A server that has read enough may close before everything is sent.
        drop(stream.write_all(bytes).await);
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer).await);
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn stop(self) {
        self.stop.cancel();
        self.running.await.unwrap().unwrap();
    }
}

/// The heads of the final answers in what came over the wire.
fn heads(answer: &str) -> Vec<String> {
    let whole = answer.replace("HTTP/1.1 100 Continue\r\n\r\n", "");
    let mut heads: Vec<String> = Vec::new();
    for part in whole.split("HTTP/1.1 ").skip(1) {
        heads.push(part.split("\r\n\r\n").next().unwrap().to_ascii_lowercase());
    }
    heads
}

fn statuses(answer: &str) -> Vec<u16> {
    heads(answer).iter().map(|head| head[..3].parse().unwrap()).collect()
}

fn lines(count: usize, rest: &str) -> Vec<u8> {
    let more: String = (0..count).map(|n| format!("X-{n}: y\r\n")).collect();
    format!("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{more}{rest}\r\n").into_bytes()
}

/// What is sent, and the statuses that come back.
type Case = (&'static str, Vec<u8>, &'static [u16]);

fn broken_heads() -> Vec<Case> {
    let get = |line: &str, rest: &str| format!("{line}\r\nConnection: close\r\n{rest}\r\n").into_bytes();
    let bad_text = b"GET /p/\xff\xfe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_vec();
    let long = format!("X: {}\r\n", "y".repeat(40 * 1024));
    vec![
        ("a TLS greeting", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(), &[400]),
        ("garbage", b"hello there\r\n\r\n".to_vec(), &[400]),
        ("a NUL in a line", get("GET / HTTP/1.1", "Host: a\r\nX: a\0b\r\n"), &[400]),
        ("a NUL in the target", get("GET /\0 HTTP/1.1", "Host: a\r\n"), &[400]),
        ("no UTF-8 in the target", bad_text, &[400]),
        ("a space before the colon", get("GET / HTTP/1.1", "Host : a\r\n"), &[400]),
        ("a folded line", get("GET / HTTP/1.1", "Host: a\r\nX: a\r\n b\r\n"), &[400]),
        ("HTTP/0.9", b"GET /\r\n\r\n".to_vec(), &[400]),
        ("HTTP/3", get("GET / HTTP/3.0", "Host: a\r\n"), &[400]),
        ("no host", get("GET /healthz HTTP/1.1", ""), &[400]),
        ("two hosts", get("GET /healthz HTTP/1.1", "Host: a\r\nHost: b\r\n"), &[400]),
        (
            "two lengths",
            get("POST /cart HTTP/1.1", "Host: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n"),
            &[400],
        ),
        ("a length that is none", get("POST /cart HTTP/1.1", "Host: a\r\nContent-Length: +3\r\n"), &[400]),
        ("an unknown coding", get("POST /cart HTTP/1.1", "Host: a\r\nTransfer-Encoding: gzip\r\n"), &[400]),
        (
            "a coding after chunked",
            get("POST /cart HTTP/1.1", "Host: a\r\nTransfer-Encoding: chunked, gzip\r\n"),
            &[400],
        ),
        ("60 lines", lines(60, ""), &[200]),
        ("70 lines", lines(70, ""), &[431]),
        ("101 lines", lines(101, ""), &[431]),
        ("40 KiB of head", lines(0, &long), &[431]),
        ("a long address", get(&format!("GET /{} HTTP/1.1", "y".repeat(9_000)), "Host: a\r\n"), &[414]),
        (
            "garbage behind a request",
            b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nhello there\r\n\r\n".to_vec(),
            &[200, 400],
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_is_refused_in_our_own_words() {
    let served = Served::start(TestStore::sqlite().await, None).await;
    for (name, bytes, want) in broken_heads() {
        let answer = served.exchange(&bytes).await;
        assert_eq!(statuses(&answer), want, "{name}: {answer}");
        for head in heads(&answer) {
            assert!(head.contains("\r\ncache-control: no-store"), "{name}: {head}");
            assert!(head.contains("\r\nx-content-type-options: nosniff"), "{name}: {head}");
            assert!(head.contains("\r\ncontent-security-policy: default-src 'none'"), "{name}: {head}");
            assert!(!head.contains("\r\nserver:"), "{name}: {head}");
            if !head.starts_with('2') {
                assert!(head.contains("\r\ncontent-type: application/problem+json"), "{name}: {head}");
            }
        }
    }
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_requests_are_answered_once_and_below_500() {
    let served = Served::start(TestStore::sqlite().await, None).await;
    let form =
        "Host: a\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    let smuggled = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    let cases: Vec<Case> = vec![
        // The chunked coding holds; what follows on the connection is nobody's request.
        (
            "length and coding",
            format!("POST /cart HTTP/1.1\r\n{form}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}")
                .into_bytes(),
            &[422],
        ),
        (
            "a chunk that is none",
            format!("POST /cart HTTP/1.1\r\n{form}Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n").into_bytes(),
            &[400],
        ),
        (
            "a form that waits to be asked",
            format!("POST /cart HTTP/1.1\r\n{form}Expect: 100-continue\r\nConnection: close\r\nContent-Length: 3\r\n\r\na=b")
                .into_bytes(),
            &[422],
        ),
        (
            "a target with a host",
            b"GET http://evil.example/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".to_vec(),
            &[200],
        ),
        ("the whole server", b"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_vec(), &[404]),
        ("a mirror", b"TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Secret: s3cr3t\r\n\r\n".to_vec(), &[405]),
        ("a tunnel", b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nConnection: close\r\n\r\n".to_vec(), &[404]),
        ("HTTP/1.0", b"GET /healthz HTTP/1.0\r\n\r\n".to_vec(), &[200]),
    ];
    for (name, bytes, want) in cases {
        let answer = served.exchange(&bytes).await.replace("HTTP/1.0 200", "HTTP/1.1 200");
        assert_eq!(statuses(&answer), want, "{name}: {answer}");
        assert!(heads(&answer).iter().all(|head| head.contains("\r\ncache-control: no-store")), "{name}");
        assert!(!answer.contains("s3cr3t"), "{name}");
    }
    served.stop().await;
}

const ASK: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

/// Asks on a connection that is kept; the status.
async fn ask(stream: &mut TcpStream) -> Option<u16> {
    stream.write_all(ASK).await.ok()?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"ok\n") && !answer.ends_with(b"}") {
        if stream.read_buf(&mut answer).await.ok()? == 0 {
            break;
        }
    }
    statuses(&String::from_utf8_lossy(&answer)).first().copied()
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_limit_of_connections_a_visitor_is_told_so() {
    let served = Served::start(TestStore::sqlite().await, Some(2)).await;
    // Two that are busy sending: they can't be asked to make room.
    let mut busy = Vec::new();
    for _ in 0..2 {
        let mut stream = served.connect().await;
        assert_eq!(ask(&mut stream).await, Some(200));
        stream.write_all(b"GET /healthz HTTP/1.1\r\n").await.unwrap();
        busy.push(stream);
    }
    let answer = served.exchange(ASK).await;
    assert_eq!(statuses(&answer), [503], "{answer}");
    let head = heads(&answer).remove(0);
    for line in ["cache-control: no-store", "retry-after: 1", "connection: close"] {
        assert!(head.contains(line), "{head}");
    }
    // They are served on, and their places are free when they leave.
    for stream in &mut busy {
        stream.write_all(b"Host: a\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut rest = String::new();
        stream.read_to_string(&mut rest).await.unwrap();
        assert_eq!(statuses(&rest), [200]);
    }
    drop(busy);
    assert_eq!(ask(&mut served.connect().await).await, Some(200));
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_rest_make_room() {
    const TRIES: usize = 60;
    let served = Served::start(TestStore::sqlite().await, Some(2)).await;
    let mut resting = Vec::new();
    for _ in 0..2 {
        let mut stream = served.connect().await;
        assert_eq!(ask(&mut stream).await, Some(200));
        resting.push(stream);
    }
    for attempt in 1..=TRIES {
        if ask(&mut served.connect().await).await == Some(200) {
            break;
        }
        assert!(attempt < TRIES, "nobody made room");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut rest = Vec::new();
    assert_eq!(resting[0].read_to_end(&mut rest).await.unwrap(), 0, "it was closed, without a word");
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draining_server_ends_connections_with_an_answer() {
    let served = Served::start(TestStore::sqlite().await, None).await;
    let (mut kept, mut fresh) = (served.connect().await, served.connect().await);
    for _ in 0..2 {
        assert_eq!(ask(&mut kept).await, Some(200), "it is kept");
    }
    served.draining.store(true, Ordering::Relaxed);
    kept.write_all(ASK).await.unwrap();
    let mut last = String::new();
    kept.read_to_string(&mut last).await.unwrap();
    assert_eq!(statuses(&last), [200]);
    assert!(heads(&last)[0].contains("connection: close"), "{last}");

    // Whose request is still on its way when the server stops is answered, too, whichever thread it was given to.
    let mut others = Vec::new();
    for _ in 0..32 {
        others.push(served.connect().await);
    }
    assert_eq!(ask(&mut served.connect().await).await, Some(200), "whoever came before was let in");
    served.stop.cancel();
    for fresh in others.iter_mut().chain([&mut fresh]) {
        fresh.write_all(ASK).await.unwrap();
        let mut first = String::new();
        fresh.read_to_string(&mut first).await.unwrap();
        assert_eq!(statuses(&first), [200], "{first}");
    }
    served.stop().await;
}

fn asking(method: &str, path: &str, rest: &str) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{rest}").into_bytes()
}

/// A store that works on as much as it can: its places, until they are dropped. Somebody has waited for one in vain.
async fn crowd(store: &TestStore) -> Vec<impl Drop + use<>> {
    let mut places = Vec::new();
    while let Ok(Some(place)) = store.app.room.place("/").await {
        places.push(place);
    }
    places
}

#[tokio::test(flavor = "multi_thread")]
async fn for_whom_there_is_no_room_is_told_so_at_the_door() {
    let served = Served::start(TestStore::sqlite().await, None).await;
    let app = served.store.app.clone();
    // Pages are kept from then on.
    app.feed.poll(&app).await.unwrap();
    let get = async |path: &str| served.exchange(&asking("GET", path, "\r\n")).await;
    assert_eq!(statuses(&get("/").await), [200]);
    let places = crowd(&served.store).await;
    // What lies in the page cache needs no place.
    assert_eq!(statuses(&get("/").await), [200]);
    // A second after somebody waited in vain one is let wait again; on a busy machine it may be over by now.
    let page = loop {
        assert!(app.room.place("/").await.is_err());
        let page = get("/search?q=watch").await;
        if app.room.is_crowded_for("/") {
            break page;
        }
    };
    let head = heads(&page).remove(0);
    assert_eq!(statuses(&page), [503], "{page}");
    for line in ["cache-control: no-store", "retry-after: 30", "content-security-policy: ", "text/html"] {
        assert!(head.contains(line), "{line}: {head}");
    }
    assert!(!head.contains("x-request-id") && page.contains(&app.settings().name), "{page}");
    let answer = served.exchange(&asking("HEAD", "/search?q=watch", "\r\n")).await;
    assert!(statuses(&answer) == [503] && answer.ends_with("\r\n\r\n"), "{answer}");
    let document = get("/api/v1/products").await;
    assert!(heads(&document)[0].contains("application/problem+json"), "{document}");
    assert!(heads(&document)[0].contains("retry-after: 2") && document.contains(r#""status":503"#));
    // Who sends something is heard out; who buys has a place; who looks after the store needs none.
    let form = "Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b";
    let answer = served.exchange(&asking("POST", "/cart", form)).await;
    assert!(statuses(&answer) == [503] && heads(&answer)[0].contains("x-request-id"), "{answer}");
    assert_ne!(statuses(&get("/checkout").await), [503]);
    assert_eq!(statuses(&get("/healthz").await), [200]);
    let style = page.split('"').find(|word| word.ends_with(".css")).expect("the page has a style");
    assert_eq!(statuses(&get(style).await), [200], "{style}");
    let of_another_build = get("/assets/app.0123456789abcdef.css").await;
    assert_eq!(statuses(&of_another_build), [503], "the database is asked for that one");

    // The page follows the settings.
    let mut tx = app.db.write().await.unwrap();
    let renamed = ShopSettings { name: "Another name".to_owned(), ..(*app.settings()).clone() };
    save_settings(&app, &mut tx, &renamed).await.unwrap();
    tx.commit().await.unwrap();
    app.reload_settings().await.unwrap();
    assert!(get("/search?q=watch").await.contains("Another name"));

    drop(places);
    assert_eq!(statuses(&get("/search?q=watch").await), [200], "there is room again");
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_keeps_its_place_until_it_is_answered() {
    const TRIES: usize = 1_000;
    let served = Served::start(TestStore::sqlite().await, None).await;
    let app = served.store.app.clone();
    let mut places = crowd(&served.store).await;
    drop(places.pop());
    // While somebody else writes, it waits.
    let writer = app.db.write().await.unwrap();
    let json = "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"lines\":[]}";
    let asked = asking("POST", "/api/v1/carts", json);
    let watch = async {
        for attempt in 1..=TRIES {
            if app.room.place("/").await.is_err() {
                break;
            }
            assert!(attempt < TRIES, "its place is free");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        drop(writer);
    };
    let (answer, ()) = tokio::join!(served.exchange(&asked), watch);
    assert!(statuses(&answer)[0] < 500, "{answer}");
    assert!(app.room.place("/").await.is_ok(), "it is free again");
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_anothers_page_is_not_sent_away() {
    let served = Served::start(TestStore::sqlite().await, None).await;
    let app = served.store.app.clone();
    let Turn::Mine(turn) = app.pages.take_turn("/").await else { panic!("nobody else renders it") };
    let _places = crowd(&served.store).await;
    let asked = asking("GET", "/", "\r\n");
    let answer = tokio::join!(served.exchange(&asked), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        drop(turn);
    })
    .0;
    // It was not kept, and for a render of its own there is no place: the routes say so.
    assert!(statuses(&answer) == [503] && heads(&answer)[0].contains("x-request-id"), "{answer}");
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_whole_though_its_buyer_hangs_up() {
    const TRIES: usize = 1_000;
    let served = Served::start(buying::shop().await, None).await;
    let (client, _) = buying::buyer(&served.store).await;
    let form = buying::order_form(&client, &[]).await;
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = format!(
        "POST /checkout HTTP/1.1\r\nHost: shop.test\r\nCookie: cart={}\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        client.cookie("cart").unwrap(),
        body.len()
    );
    let app = served.store.app.clone();
    // While somebody else writes, the order waits: its buyer leaves in the middle.
    let writer = app.db.write().await.unwrap();
    let mut stream = served.connect().await;
    stream.write_all(request.as_bytes()).await.unwrap();
    for attempt in 1..=TRIES {
        if !app.tasks.is_empty() {
            break;
        }
        assert!(attempt < TRIES, "the request is nobody's task");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(stream);
    // Time for the server to notice; were it to stop the work, nothing would be left to do afterwards.
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop(writer);
    while !app.tasks.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let filter = OrderFilter { state: None, before_number: None, limit: 10 };
    let orders = list_orders(&mut app.db.read().await.unwrap(), &filter).await.unwrap();
    assert_eq!(orders.len(), 1);
    assert_eq!(served.store.mails().await.len(), 1, "the mail belongs to the order");
    let findings = mercer::shop::doctor::examine(&app).await.unwrap();
    assert!(findings.iter().all(|f| f.broken == 0), "{findings:?}");
    served.stop().await;
}
