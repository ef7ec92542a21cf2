//! The shop behind the edge: a database of its own, processes that serve it, and the merchant who changes it through
//! the shop's own functions.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mercer::app::App;
use mercer::clock::Clock;
use mercer::config::{Config, Env};
use mercer::db::Db;
use mercer::db::connect::Connect;
use mercer::db::products::{find_product_by_slug, rows};
use mercer::domain::catalogue::Category;
use mercer::domain::draft::{ProductDraft, VariantDraft};
use mercer::random::Random;
use mercer::shop::catalogue::{save_category, save_product, set_price};
use tempfile::TempDir;

use super::client;
use super::cloudfront::DISTRIBUTION;

const SECRET: &str = "test-key-test-key-test-key-test-key";

/// A database of its own on the server of `TEST_POSTGRES_URL`.
pub async fn create_database() -> String {
    use sqlx::{Connection, Executor, PgConnection};
    let server =
        std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names a PostgreSQL server for tests");
    let name = format!("edge_{}_{}", std::process::id(), rand::random::<u32>());
    let mut conn = PgConnection::connect(&server).await.unwrap();
    conn.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    conn.close().await.unwrap();
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

/// Leaves nothing behind on the server.
pub async fn drop_database(url: &str) {
    use sqlx::{Connection, Executor, PgConnection};
    let (server, name) = url.rsplit_once('/').unwrap();
    let mut conn = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    conn.execute(sqlx::AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
    conn.close().await.unwrap();
}

/// The port in a database's URL, and the same URL with another.
pub fn port_of(url: &str) -> u16 {
    url::Url::parse(url).unwrap().port().expect("the test server's URL names its port")
}

pub fn with_port(url: &str, port: u16) -> String {
    let mut url = url::Url::parse(url).unwrap();
    url.set_port(Some(port)).unwrap();
    url.to_string()
}

/// The shop's parts inside this program.
pub async fn open(database_url: &str, data: &TempDir) -> Arc<App> {
    open_at(database_url, data, 0).await
}

/// The same, to be served at `port`.
pub async fn open_at(database_url: &str, data: &TempDir, port: u16) -> Arc<App> {
    let vars = [
        ("MERCER_LISTEN", format!("127.0.0.1:{port}")),
        ("MERCER_API_RATE", "0".to_owned()),
        ("DATABASE_URL", database_url.to_owned()),
        ("MERCER_DATA_DIR", data.path().display().to_string()),
        ("MERCER_SECRET_KEY", SECRET.to_owned()),
    ];
    let config = Config::load(Env::of(vars.map(|(k, v)| (k.to_owned(), v)))).unwrap();
    let db = Db::connect(Connect { url: database_url, read_url: None, pool: 4 }).await.unwrap();
    db.migrate().await.unwrap();
    Arc::new(App::new(config, db, Clock::System, Random::System).await.unwrap())
}

/// One process that serves the shop. It goes away with its handle.
pub struct Instance {
    pub port: u16,
    data: TempDir,
    /// Where its database lies, if that is in a folder.
    _kept: Option<TempDir>,
    settings: Vec<(String, String)>,
    process: Option<Child>,
}

impl Instance {
    /// A process that is not started yet. `settings` are further environment variables.
    pub fn new(port: u16, database_url: &str, public_url: &str, settings: &[(&str, String)]) -> Instance {
        let data = tempfile::tempdir().unwrap();
        let own = [
            ("DATABASE_URL", database_url.to_owned()),
            ("MERCER_PUBLIC_URL", public_url.to_owned()),
            ("MERCER_DATA_DIR", data.path().display().to_string()),
            ("MERCER_LISTEN", format!("127.0.0.1:{port}")),
            ("MERCER_SECRET_KEY", SECRET.to_owned()),
            ("MERCER_DRAIN_DELAY_S", "0".to_owned()),
            ("MERCER_API_RATE", "0".to_owned()),
            ("MERCER_LOG", "warn".to_owned()),
        ];
        let settings = own.iter().chain(settings).map(|(name, value)| ((*name).to_owned(), value.clone()));
        Instance { port, data, _kept: None, settings: settings.collect(), process: None }
    }

    /// The folder is to live as long as the process.
    pub fn keep(&mut self, folder: TempDir) {
        self._kept = Some(folder);
    }

    pub fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).envs(self.settings.iter().map(|(k, v)| (k, v)));
        command
    }

    pub fn log_path(&self) -> PathBuf {
        self.data.path().join("log")
    }

    /// Starts `mercer serve` and waits until it may receive traffic.
    pub async fn start(&mut self) {
        self.start_build(&program()).await;
    }

    /// The same with another binary.
    pub async fn start_build(&mut self, program: &str) {
        let log = std::fs::File::options().create(true).append(true).open(self.log_path()).unwrap();
        let process = self.command(program, &["serve"]).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        self.process = Some(process);
        let began = Instant::now();
        while !client::get(self.port, "/readyz", &[]).await.is_ok_and(|a| a.status == 200) {
            assert!(began.elapsed() < Duration::from_secs(60), "not ready: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// SIGKILL: nothing is finished.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// SIGTERM, as a supervisor does, and waits for the end.
    pub async fn stop(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        signal(process.id(), "-TERM");
        while process.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// SIGSTOP: it lives and does nothing, like a machine that is paused.
    pub fn pause(&self) {
        signal(self.process.as_ref().unwrap().id(), "-STOP");
    }

    pub fn resume(&self) {
        signal(self.process.as_ref().unwrap().id(), "-CONT");
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.kill();
    }
}

fn signal(process: u32, name: &str) {
    assert!(Command::new("kill").args([name, &process.to_string()]).status().unwrap().success());
}

/// The program under test.
pub fn program() -> String {
    std::env::var("MERCER").expect("MERCER names the program under test")
}

/// Where the program finds its CloudFront, and how it is to use it.
pub fn edge_settings(
    cloudfront: u16,
    mode: &str,
    completion: Duration,
    ttl_s: u32,
) -> Vec<(&'static str, String)> {
    vec![
        ("MERCER_CLOUDFRONT_DISTRIBUTION_ID", DISTRIBUTION.to_owned()),
        ("MERCER_EDGE_MODE", mode.to_owned()),
        ("MERCER_EDGE_COMPLETION_MS", completion.as_millis().to_string()),
        ("MERCER_EDGE_TTL_S", ttl_s.to_string()),
        ("MERCER_EDGE_BUDGET", "100000000".to_owned()),
        ("AWS_ENDPOINT_URL_CLOUDFRONT", format!("http://127.0.0.1:{cloudfront}")),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
    ]
}

/// Products whose prices are numbers of versions.
pub struct Shelf {
    /// Per product its variant's id.
    variants: Vec<String>,
}

/// Products on the shelf; the first is changed as often as all others together.
pub const PRODUCTS: usize = 8;
/// Product `n` costs `(n + 1)` times this and one minor unit more with every version.
pub const PRICE_STEP: i64 = 1_000_000;

pub fn slug(product: usize) -> String {
    format!("piece-{product}")
}

pub fn price(product: usize, version: usize) -> i64 {
    (i64::try_from(product).unwrap() + 1) * PRICE_STEP + i64::try_from(version).unwrap()
}

impl Shelf {
    /// Puts the products into one category, at version 0.
    pub async fn fill(app: &App) -> Shelf {
        let category = Category {
            category_id: app.id(),
            parent_id: None,
            slug: "pieces".to_owned(),
            name: "Pieces".to_owned(),
            help: String::new(),
            fact_attribute: None,
            door: true,
            position: 0,
        };
        let mut tx = app.db.write().await.unwrap();
        let category_id = save_category(app, &mut tx, &category).await.unwrap();
        tx.commit().await.unwrap();
        let mut variants = Vec::new();
        for product in 0..PRODUCTS {
            let sku = format!("PIECE-{product}");
            let variant = VariantDraft {
                sku,
                price_minor: price(product, 0),
                stock: Some(10),
                ..VariantDraft::default()
            };
            let draft = ProductDraft {
                slug: slug(product),
                title: format!("Piece {product}"),
                categories: vec![category_id.clone()],
                popularity: 1_000,
                published: true,
                variants: vec![variant],
                ..ProductDraft::default()
            };
            save_product(app, None, &draft).await.unwrap();
            let mut conn = app.db.read().await.unwrap();
            assert!(rows::find_product_id(&mut conn, &slug(product)).await.unwrap().is_some());
            let stored = find_product_by_slug(&mut conn, &slug(product)).await.unwrap().unwrap();
            variants.push(stored.variants[0].variant_id.clone());
        }
        Shelf { variants }
    }

    /// The merchant's change, committed when this returns.
    pub async fn set_version(&self, app: &App, product: usize, version: usize) {
        set_price(app, &self.variants[product], price(product, version), None).await.unwrap();
    }
}

/// What a page says: each product on it and the lowest version of its price anywhere on the page.
pub fn versions_on(page: &str) -> Vec<(usize, usize)> {
    let mut found: Vec<Option<usize>> = vec![None; PRODUCTS];
    for (end, _) in page.match_indices("\u{a0}€") {
        let begin = page[..end]
            .rfind(|c: char| !(c.is_ascii_digit() || c == ',' || c == '.'))
            .map_or(0, |at| at + page[at..].chars().next().map_or(1, char::len_utf8));
        let digits: String = page[begin..end].chars().filter(char::is_ascii_digit).collect();
        let Ok(minor) = digits.parse::<i64>() else { continue };
        let (step, version) = (minor / PRICE_STEP, usize::try_from(minor % PRICE_STEP).unwrap());
        if let Ok(product) = usize::try_from(step - 1)
            && product < PRODUCTS
        {
            found[product] = Some(found[product].map_or(version, |known| known.min(version)));
        }
    }
    found.into_iter().enumerate().filter_map(|(product, version)| Some((product, version?))).collect()
}
