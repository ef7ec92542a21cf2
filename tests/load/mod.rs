//! What the large proofs and the benches share: a real server process, and clients that speak HTTP to it.

#![expect(dead_code, reason = "each program uses the part that it needs")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

/// The engine under a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub const BOTH: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];
}

/// A port of this machine that nobody listens on. Not one of those that Linux gives to whoever calls out (from 32,768 on):
/// before it is listened on it might be taken so, even by a call to itself.
pub fn free_port() -> u16 {
    const FIRST: u16 = 10_240;
    const COUNT: u32 = 20_000;
    static TRIED: AtomicU32 = AtomicU32::new(0);
    loop {
        let at = std::process::id().wrapping_mul(97).wrapping_add(TRIED.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + u16::try_from(at % COUNT).unwrap();
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A store in a folder of its own, whose server can be started and killed any number of times.
pub struct Store {
    pub dir: tempfile::TempDir,
    pub engine: Engine,
    pub port: u16,
    database_url: String,
    settings: Vec<(String, String)>,
    server: Option<Child>,
}

impl Store {
    /// A store without products. On PostgreSQL it gets a database of its own on the server of `TEST_POSTGRES_URL`.
    pub async fn new(engine: Engine) -> Store {
        let dir = tempfile::tempdir().unwrap();
        let database_url = match engine {
            Engine::Sqlite => format!("sqlite://{}", dir.path().join("store.db").display()),
            Engine::Postgres => {
                let server = std::env::var("TEST_POSTGRES_URL");
                return Store::on(&server.expect("TEST_POSTGRES_URL names a PostgreSQL server for tests"))
                    .await;
            }
        };
        Store::in_folder(dir, engine, database_url).await
    }

    /// A store without products in a database of its own on the PostgreSQL server at this URL.
    pub async fn on(server: &str) -> Store {
        let database_url = create_database(server).await;
        Store::in_folder(tempfile::tempdir().unwrap(), Engine::Postgres, database_url).await
    }

    async fn in_folder(dir: tempfile::TempDir, engine: Engine, database_url: String) -> Store {
        let port = free_port();
        Store { dir, engine, port, database_url, settings: Vec::new(), server: None }
    }

    /// Sets an environment variable for what is run from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// The program, set up for this store.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let program = std::env::var("MERCER").expect("MERCER names the program under test");
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env("DATABASE_URL", &self.database_url)
            .env("MERCER_DATA_DIR", self.dir.path())
            .env("MERCER_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("MERCER_SECRET_KEY", "test-key-test-key-test-key-test-key")
            .env("MERCER_LOG", "warn")
            .env("MERCER_DRAIN_DELAY_S", "0")
            .env("MERCER_API_RATE", "0")
            // What is measured is the work of rendering; the page cache has a bench of its own.
            .env("MERCER_PAGE_CACHE_MB", "0")
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs one command to its end; what it printed. It must succeed.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "mercer {arguments:?} failed:\n{printed}\n{complaint}");
        printed
    }

    /// Starts the server with `arguments` (`serve`, `demo …`) and waits until it may receive traffic; how long that
    /// took.
    pub async fn start(&mut self, arguments: &[&str]) -> Duration {
        let began = Instant::now();
        let log =
            std::fs::File::options().create(true).append(true).open(self.dir.path().join("log")).unwrap();
        let mut command = self.command(arguments);
        self.server = Some(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
        loop {
            if let Ok(mut client) = Http::connect(self.port).await
                && let Ok((StatusCode::OK, _)) = client.get("/readyz").await
            {
                return began.elapsed();
            }
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "the server does not get ready: {}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// SIGKILL: nothing is finished, nothing is flushed.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    /// SIGTERM, as a supervisor does; how long the server takes to end well.
    pub async fn stop(&mut self) -> Duration {
        let mut server = self.server.take().expect("the server runs");
        let began = Instant::now();
        assert!(Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap().success());
        loop {
            if let Some(status) = server.try_wait().unwrap() {
                assert!(status.success(), "the server ended with {status}: {}", self.log());
                return began.elapsed();
            }
            assert!(began.elapsed() < Duration::from_secs(60), "the server does not end: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Resident memory of the server in KiB.
    pub fn resident_kib(&self) -> u64 {
        let id = self.server.as_ref().expect("the server runs").id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    pub fn outbox(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn create_database(server: &str) -> String {
    use sqlx::{Connection, Executor, PgConnection};
    let name = format!("load_{}_{}", std::process::id(), rand::random::<u64>());
    let mut conn = PgConnection::connect(server).await.unwrap();
    conn.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    conn.close().await.unwrap();
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

/// One kept-alive connection.
pub struct Http {
    send: SendRequest<Full<Bytes>>,
}

/// The answer did not come, or not whole: the server may or may not have done the work.
#[derive(Debug)]
pub struct Unknown;

impl Http {
    pub async fn connect(port: u16) -> Result<Http, Unknown> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.map_err(|_| Unknown)?;
        stream.set_nodelay(true).map_err(|_| Unknown)?;
        let (send, connection) = handshake(TokioIo::new(stream)).await.map_err(|_| Unknown)?;
        tokio::spawn(connection);
        Ok(Http { send })
    }

    pub async fn get(&mut self, path: &str) -> Result<(StatusCode, Bytes), Unknown> {
        self.send(Request::get(path).body(Full::default()).unwrap()).await
    }

    /// Sends a JSON document; `bearer` and `key` (of idempotency) may be empty.
    pub async fn post(
        &mut self,
        path: &str,
        bearer: &str,
        key: &str,
        body: &Value,
    ) -> Result<(StatusCode, Value), Unknown> {
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        if !bearer.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {bearer}"));
        }
        if !key.is_empty() {
            request = request.header("Idempotency-Key", key);
        }
        let (status, bytes) = self.send(request.body(Full::from(body.to_string())).unwrap()).await?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
    }

    async fn send(&mut self, mut request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), Unknown> {
        request.headers_mut().insert(header::HOST, header::HeaderValue::from_static("127.0.0.1"));
        self.send.ready().await.map_err(|_| Unknown)?;
        let response = self.send.send_request(request).await.map_err(|_| Unknown)?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|_| Unknown)?.to_bytes();
        Ok((status, body))
    }
}

/// A CSV in Mercer's dialect: products of one variant each, as (handle, SKU, stock), 10.00 EUR a piece.
pub fn products_csv(products: &[(&str, &str, i64)]) -> String {
    let mut csv = String::from("handle,title,sku,price,stock\n");
    for (handle, sku, stock) in products {
        csv.push_str(&format!("{handle},{handle},{sku},10.00,{stock}\n"));
    }
    csv
}

/// What came of an attempt to order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ordered {
    /// The order's number and token.
    Placed(i64, String),
    /// A refusal, with its status and document.
    Refused(u16, String),
}

impl Ordered {
    pub fn expect(self, what: &str) -> (i64, String) {
        match self {
            Ordered::Placed(number, token) => (number, token),
            Ordered::Refused(status, text) => panic!("{what}: {status} {text}"),
        }
    }
}

/// Puts one piece of `variant` into a new cart and orders it under the idempotency `key`, to be paid on delivery.
pub async fn place_order(http: &mut Http, variant: &str, key: &str) -> Result<Ordered, Unknown> {
    let lines = json!({ "lines": [{ "variant_id": variant, "quantity": 1 }] });
    let (status, created) = http.post("/api/v1/carts", "", "", &lines).await?;
    if status != StatusCode::CREATED {
        return Ok(Ordered::Refused(status.as_u16(), created.to_string()));
    }
    let token = created["token"].as_str().unwrap().to_owned();
    checkout(http, &token, key, &created["cart"]).await
}

/// Orders the cart that `token` opens, agreeing to what `cart` said it costs.
pub async fn checkout(http: &mut Http, token: &str, key: &str, cart: &Value) -> Result<Ordered, Unknown> {
    let (status, placed) = http.post("/api/v1/checkout", token, key, &order_document(cart)).await?;
    if status == StatusCode::CREATED {
        let token = placed["token"].as_str().unwrap().to_owned();
        return Ok(Ordered::Placed(placed["number"].as_i64().unwrap(), token));
    }
    Ok(Ordered::Refused(status.as_u16(), placed.to_string()))
}

/// The order of what `cart` holds, agreeing to what it said it costs.
pub fn order_document(cart: &Value) -> Value {
    json!({
        "email": "buyer@example.com",
        "shipping_address": {
            "name": "Ada Buyer", "line1": "Lindenstraße 1", "postcode": "10969", "city": "Berlin", "country": "DE",
        },
        "delivery": cart["delivery"],
        "payment": "pay_on_delivery",
        "expected_total_minor": cart["totals"]["total"]["minor"],
        "expected_digest": cart["digest"],
    })
}

/// The numbers of all orders, as the operator sees them page by page.
pub fn order_numbers(store: &Store) -> BTreeSet<i64> {
    let mut numbers = BTreeSet::new();
    loop {
        let before = numbers.first().map_or("9999999999".to_owned(), i64::to_string);
        let printed = store.run(&["order", "list", "--limit", "1000", "--before", &before]);
        let page: Vec<i64> =
            printed.lines().filter_map(|l| l.split_whitespace().next()?.parse().ok()).collect();
        if page.is_empty() {
            return numbers;
        }
        numbers.extend(page);
    }
}

/// A program of the newest PostgreSQL on this machine.
pub fn postgres_program(name: &str) -> std::path::PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed");
    let mut found: Vec<_> =
        versions.map(|v| v.unwrap().path().join("bin").join(name)).filter(|p| p.exists()).collect();
    found.sort();
    found.pop().expect("PostgreSQL's programs are installed")
}
