//! What a crowd does to the others: more requests than can be done, a flood of logins, clients that dawdle. Ratios to
//! the same run without the crowd.
//!
//! Run it by `./ops/test bench`, which builds the program and installs slowhttptest. Arguments choose among `overload`,
//! `logins` and `slow`.

#![expect(clippy::unwrap_used, reason = "a proof stops at the first thing that is not as it must be")]

#[path = "../tests/load/mod.rs"]
mod load;

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use load::{Engine, Http, Ordered, Store};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Connections that ask in turns; more than the server works on at once and lets wait when three times too much is asked.
const ASKERS: usize = 1_024;
const LOGINS_PER_S: f64 = 500.0;
const DAWDLERS: usize = 500;
/// Beyond what the server promises: what the end of a connection may take.
const GRACE: Duration = Duration::from_secs(2);
/// Until a server that is told to stop must have ended.
const STOP_MAX: Duration = Duration::from_secs(30);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measure());
}

fn is_long() -> bool {
    std::env::var("TEST_LONG").is_ok_and(|v| !v.is_empty())
}

fn span() -> Duration {
    Duration::from_secs(if is_long() { 20 } else { 5 })
}

async fn measure() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|w| w == name);
    let mut store = Store::new(Engine::Sqlite).await;
    store.set("MERCER_TRUSTED_PROXIES", "127.0.0.0/8");
    let csv = store.dir.path().join("products.csv");
    std::fs::write(&csv, load::products_csv(&[("piece", "PIECE-1", 1_000_000)])).unwrap();
    store.start(&["demo", "watches"]).await;
    // Without what a demo does beside: drawing pictures ahead.
    store.stop().await;
    store.run(&["import", csv.to_str().unwrap()]);
    store.start(&["serve"]).await;
    if is_wanted("overload") {
        overload(store.port).await;
    }
    if is_wanted("logins") {
        logins(store.port).await;
    }
    if is_wanted("slow") {
        dawdling(store.port).await;
        stopping(&mut store).await;
    }
}

fn tell(what: &str, figure: String) {
    println!("{what:<64}{figure:>14}");
}

// --- More than can be done

async fn overload(port: u16) {
    println!("\nThree times more pages than can be rendered");
    let peak = crowd(port, Wish::Page, f64::INFINITY, 16, Duration::from_secs(3)).await;
    let most = peak.good as f64 / peak.span.as_secs_f64();
    tell("most that are answered", format!("{most:.0}/s"));
    let buying = Arc::new(AtomicBool::new(true));
    let buyer = tokio::spawn(buy_on(port, buying.clone()));
    let over = crowd(port, Wish::Page, 3.0 * most, ASKERS, span()).await;
    buying.store(false, Ordering::Relaxed);
    let good = over.good as f64 / over.span.as_secs_f64();
    tell("asked for", format!("{:.0}/s", over.asked as f64 / over.span.as_secs_f64()));
    tell("answered meanwhile (aim 0.9 x)", format!("{good:.0}/s {:.2} x", good / most));
    tell("told to come back", format!("{}", over.refused));
    tell("neither", format!("{}", over.failed));
    let (placed, refused) = buyer.await.unwrap();
    tell("orders placed, refused meanwhile", format!("{placed}, {refused}"));
    let after = crowd(port, Wish::Page, f64::INFINITY, 16, Duration::from_secs(2)).await;
    let good = after.good as f64 / after.span.as_secs_f64();
    tell("answered in the two seconds after", format!("{:.2} x", good / most));
}

/// Places orders one after another; how many, and how many were refused.
async fn buy_on(port: u16, goes_on: Arc<AtomicBool>) -> (usize, usize) {
    let mut http = Http::connect(port).await.unwrap();
    let (_, product) = http.get("/api/v1/products/piece").await.unwrap();
    let product: Value = serde_json::from_slice(&product).unwrap();
    let variant = product["variants"][0]["id"].as_str().expect("a variant").to_owned();
    let (mut placed, mut refused) = (0, 0);
    while goes_on.load(Ordering::Relaxed) {
        // What is not about money waits in the crowd like everybody: the cart is tried until it is there.
        let lines = json!({ "lines": [{ "variant_id": variant, "quantity": 1 }] });
        let Ok((status, made)) = http.post("/api/v1/carts", "", "", &lines).await else { continue };
        if status != 201 {
            continue;
        }
        let token = made["token"].as_str().unwrap();
        match load::checkout(&mut http, token, token, &made["cart"]).await {
            Ok(Ordered::Placed(..)) => placed += 1,
            _ => refused += 1,
        }
    }
    (placed, refused)
}

// --- A flood of logins

async fn logins(port: u16) {
    println!("\n500 logins a second");
    let calm = shopper(port, span()).await;
    let flood = crowd(port, Wish::Login, LOGINS_PER_S, ASKERS, span());
    let (flood, busy) = tokio::join!(flood, shopper(port, span()));
    tell("logins asked for", format!("{:.0}/s", flood.asked as f64 / flood.span.as_secs_f64()));
    tell("answered, told to come back", format!("{}, {}", flood.good, flood.refused));
    tell_p99("a product's page, p99 without", &calm, &busy);
}

fn tell_p99(without: &str, calm: &[Duration], busy: &[Duration]) {
    let (calm, busy) = (p99_ms(calm), p99_ms(busy));
    tell(without, format!("{calm:.1} ms"));
    tell("and meanwhile (aim 2 x)", format!("{busy:.1} ms {:.1} x", busy / calm));
}

fn p99_ms(times: &[Duration]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted[sorted.len() * 99 / 100].as_secs_f64() * 1e3
}

/// Somebody who looks at a product again and again; how long each look took.
async fn shopper(port: u16, span: Duration) -> Vec<Duration> {
    let mut http = Http::connect(port).await.unwrap();
    let (ends, mut times) = (Instant::now() + span, Vec::new());
    while Instant::now() < ends {
        let began = Instant::now();
        let (status, _) = http.get("/p/piece").await.unwrap();
        assert_eq!(status, 200);
        times.push(began.elapsed());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    times
}

// --- Clients that dawdle

/// How they do it, and after how long the server has enough of it. Who reads slowly what the kernel has taken whole rests,
/// for all that the server can see.
const WAYS: [(&str, &[&str], u64); 3] = [
    ("headers", &["-H", "-i", "3"], 10),
    ("bodies", &["-B", "-i", "3", "-s", "8192", "-t", "POST", "-f", "application/x-www-form-urlencoded"], 15),
    ("reading", &["-X", "-w", "8", "-y", "16", "-n", "3", "-z", "8", "-k", "4"], 75),
];

async fn dawdling(port: u16) {
    let elsewhere = sink().await;
    for (name, arguments, limit_s) in WAYS.into_iter().filter(|way| is_long() || way.2 < 60) {
        println!("\n{DAWDLERS} clients dawdle over {name}");
        let limit = Duration::from_secs(limit_s);
        // Slow readers want much to read, and nothing that is work: how much of that can be done is measured above.
        let path = if name == "bodies" { "/cart" } else { "/api/v1/openapi.json" };
        let patience = limit.min(span());
        // What sends them takes its share of the machine, whoever they visit.
        let mut dawdlers = attack(arguments, limit_s, elsewhere, path);
        let calm = tokio::select! {
            calm = shopper(port, patience) => calm,
            _ = watch(elsewhere, Duration::MAX / 2) => unreachable!("nobody closes their connections there"),
        };
        end(&mut dawdlers);
        let mut dawdlers = attack(arguments, limit_s, port, path);
        let (most, busy) = tokio::join!(watch(port, limit + GRACE), shopper(port, patience));
        end(&mut dawdlers);
        tell("connections that they held at most", format!("{}", most.0));
        tell(
            &format!("the last one was closed after (limit {limit_s} s)"),
            format!("{:.1} s", most.1.as_secs_f64()),
        );
        tell_p99("a product's page, p99 while they dawdle elsewhere", &calm, &busy);
        assert!(most.0 > DAWDLERS / 2, "there was no attack");
        assert!(most.1 <= limit + GRACE, "some are still there");
    }
}

/// A server that is told to stop while they are there. Those whose bodies are under way hold it up most.
async fn stopping(store: &mut Store) {
    let (_, arguments, limit_s) = WAYS[1];
    let mut dawdlers = attack(arguments, limit_s, store.port, "/cart");
    let began = Instant::now();
    while connections(store.port) < DAWDLERS / 2 {
        assert!(began.elapsed() < Duration::from_secs(10), "there was no attack");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let took = store.stop().await;
    end(&mut dawdlers);
    let what = format!("the server ends among them within (limit {} s)", STOP_MAX.as_secs());
    tell(&what, format!("{:.1} s", took.as_secs_f64()));
    assert!(took <= STOP_MAX, "it did not stop in time");
}

fn attack(arguments: &[&str], limit_s: u64, port: u16, path: &str) -> Child {
    Command::new("slowhttptest")
        .args(arguments)
        .args(["-c", &DAWDLERS.to_string(), "-r", &DAWDLERS.to_string()])
        .args(["-l", &(limit_s + 10).to_string(), "-u", &format!("http://127.0.0.1:{port}{path}")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("slowhttptest is installed")
}

fn end(attack: &mut Child) {
    attack.kill().unwrap();
    attack.wait().unwrap();
}

/// A server that takes everything and does nothing; its port.
async fn sink() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move { tokio::io::copy(&mut stream, &mut tokio::io::sink()).await });
        }
    });
    port
}

/// Looks at the server's connections until none of a crowd is left, or `patience` is over: how many there were at most,
/// and how long after most had come the last one went.
async fn watch(port: u16, patience: Duration) -> (usize, Duration) {
    let (mut most, mut came, began) = (0, Instant::now(), Instant::now());
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let open = connections(port);
        if open > most {
            (most, came) = (open, Instant::now());
        }
        let is_over = most > DAWDLERS / 2 && open < 10;
        if is_over || began.elapsed() > patience + Duration::from_secs(5) {
            return (most, came.elapsed());
        }
    }
}

/// Established connections to `port`, by Linux's own table.
fn connections(port: u16) -> usize {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let local = format!(":{port:04X}");
    let is_open = |line: &&str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields.get(1).is_some_and(|f| f.ends_with(&local)) && fields.get(3) == Some(&"01")
    };
    table.lines().filter(is_open).count()
}

// --- Those who ask

/// What came of a crowd.
#[derive(Debug, Default)]
struct Outcome {
    asked: u64,
    good: u64,
    refused: u64,
    failed: u64,
    span: Duration,
}

/// What a crowd wants.
#[derive(Debug, Clone, Copy)]
enum Wish {
    Page,
    Login,
}

impl Wish {
    fn request(self, turn: u64) -> (Method, &'static str, Option<Value>) {
        match self {
            // One that costs what pages cost: to refuse is not for nothing either, and neither is to ask.
            Wish::Page => (Method::GET, "/c/watches", None),
            Wish::Login => {
                let email = format!("nobody-{turn}@example.com");
                let login = json!({ "email": email, "password": "tulip-kettle-47" });
                (Method::POST, "/api/v1/account/login", Some(login))
            }
        }
    }
}

/// `askers` connections together ask `rate` times a second, answered or not, for `span`.
async fn crowd(port: u16, wish: Wish, rate: f64, askers: usize, span: Duration) -> Outcome {
    let (began, turns) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let mut tasks = JoinSet::new();
    for _ in 0..askers {
        let turns = turns.clone();
        tasks.spawn(async move {
            let (mut outcome, mut connection) = (Outcome::default(), None);
            while began.elapsed() < span {
                let turn = turns.fetch_add(1, Ordering::Relaxed);
                if rate.is_finite() {
                    let due = Duration::from_secs_f64(turn as f64 / rate);
                    tokio::time::sleep(due.saturating_sub(began.elapsed())).await;
                }
                outcome.asked += 1;
                match ask(port, &mut connection, turn, wish.request(turn)).await {
                    Some(503 | 429) => outcome.refused += 1,
                    Some(status) if status < 500 => outcome.good += 1,
                    _ => outcome.failed += 1,
                }
            }
            outcome
        });
    }
    let mut all = Outcome::default();
    for one in tasks.join_all().await {
        all.asked += one.asked;
        all.good += one.good;
        all.refused += one.refused;
        all.failed += one.failed;
    }
    all.span = began.elapsed();
    all
}

/// Sends one request on the kept connection; the answer's status. Everybody comes from an address of his own.
async fn ask(
    port: u16,
    connection: &mut Option<SendRequest<Full<Bytes>>>,
    turn: u64,
    (method, path, body): (Method, &str, Option<Value>),
) -> Option<u16> {
    let mut send = match connection.take() {
        Some(send) => send,
        None => {
            let stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
            let (send, driver) = handshake(TokioIo::new(stream)).await.ok()?;
            tokio::spawn(driver);
            send
        }
    };
    let [.., a, b, c] = turn.to_be_bytes();
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "127.0.0.1")
        .header("X-Forwarded-For", format!("203.{a}.{b}.{c}"));
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let bytes = body.map(|body| body.to_string()).unwrap_or_default();
    send.ready().await.ok()?;
    let response = send.send_request(request.body(Full::from(bytes)).unwrap()).await.ok()?;
    let (status, is_last) = (response.status().as_u16(), response.headers().contains_key(header::CONNECTION));
    response.into_body().collect().await.ok()?;
    if !is_last {
        *connection = Some(send);
    }
    Some(status)
}
