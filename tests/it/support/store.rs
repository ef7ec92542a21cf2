//! A migrated store in a temporary place, with a clock that stands still.

use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use mercer::app::App;
use mercer::clock::Clock;
use mercer::config::{Config, Env, RedisConfig};
use mercer::db::Db;
use mercer::db::connect::Connect;
use mercer::outside::mail::{Mail, Mailer};
use mercer::random::Random;
use mercer::{jobs, routes};
use poem::EndpointExt;
use poem::endpoint::BoxEndpoint;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::Client;

/// 2026-11-01 12:00 UTC: where each test's clock stands at first.
pub const START_MS: i64 = 1_793_534_400_000;

/// One store. The database goes away with it.
pub struct TestStore {
    pub app: Arc<App>,
    pub engine: &'static str,
    /// The data folder: outbox, media.
    pub dir: TempDir,
    endpoint: Arc<BoxEndpoint<'static, poem::Response>>,
    mails: Arc<Mutex<Vec<Mail>>>,
}

/// Runs `test` on a store on SQLite, then on one on PostgreSQL.
pub async fn both_engines<F, Fut>(test: F)
where
    F: Fn(Arc<TestStore>) -> Fut,
    Fut: Future<Output = ()>,
{
    let sqlite = Arc::new(TestStore::sqlite().await);
    eprintln!("on sqlite");
    test(sqlite.clone()).await;
    sqlite.expect_no_failed_job().await;

    let (url, name) = create_postgres().await;
    let postgres = Arc::new(TestStore::open(url, TempDir::new().unwrap(), "postgres", redis_config()).await);
    eprintln!("on postgres ({name})");
    test(postgres.clone()).await;
    postgres.expect_no_failed_job().await;
    postgres.app.db.close().await;
    admin(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
}

impl TestStore {
    /// A store on SQLite: enough for a test that is not about SQL.
    pub async fn sqlite() -> TestStore {
        TestStore::sqlite_with(redis_config()).await
    }

    /// A store on SQLite that keeps logins and limits in this Redis.
    pub async fn sqlite_with(redis: RedisConfig) -> TestStore {
        static TEMPLATE: OnceCell<(TempDir, PathBuf)> = OnceCell::const_new();
        let (_keep, template) = TEMPLATE.get_or_init(migrated_template).await;
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("store.db");
        std::fs::copy(template, &path).unwrap();
        TestStore::open(format!("sqlite://{}", path.display()), dir, "sqlite", redis).await
    }

    async fn open(url: String, dir: TempDir, engine: &'static str, redis: RedisConfig) -> TestStore {
        let db = Db::connect(Connect { url: &url, read_url: None, pool: 10 }).await.unwrap();
        let mut config = config(&url, dir.path());
        config.redis = redis;
        let clock = Clock::fixed(START_MS - config.edge.timing.lease_ms);
        let mut app = App::new(config, db, clock, Random::System).await.unwrap();
        let mails = Arc::new(Mutex::default());
        app.mailer = Mailer::Fake(Arc::clone(&mails));
        let app = Arc::new(app);
        app.feed.poll(&app).await.unwrap();
        // The lease of that poll is over: until the next one the database is asked, as without a follower.
        app.clock.advance(START_MS - app.clock.now_ms());
        let endpoint = Arc::new(routes::routes(app.clone(), None).boxed());
        TestStore { app, engine, dir, endpoint, mails }
    }

    /// A visitor of a store whose follower of the change feed stands still: changes are seen when a test polls.
    pub fn client_of_the_past(&self) -> Client {
        Client::new(self.endpoint.clone())
    }

    /// A new visitor, without cookies. Before each request the store follows its change feed, as a running one does
    /// all the time.
    pub fn client(&self) -> Client {
        let app = self.app.clone();
        let followed = self.endpoint.clone().before(move |request| {
            let app = app.clone();
            async move {
                app.feed.poll(&app).await?;
                Ok(request)
            }
        });
        Client::new(Arc::new(followed.map_to_response().boxed()))
    }

    /// Does all due jobs, then gives the mails sent since the last call.
    pub async fn mails(&self) -> Vec<Mail> {
        jobs::drain(&self.app).await.unwrap();
        std::mem::take(&mut *self.mails.lock().unwrap())
    }

    /// Everything that the database holds, as text: for tests that look for what must not be there.
    pub async fn dump(&self) -> String {
        let mut text = String::new();
        match &self.app.db {
            Db::Sqlite { read, .. } => {
                let tables = "SELECT name FROM sqlite_master WHERE type = 'table'";
                for table in sqlx::query_scalar::<_, String>(tables).fetch_all(read).await.unwrap() {
                    let columns = format!(
                        "SELECT group_concat('quote(\"' || name || '\")', ' || ') FROM pragma_table_info('{table}')"
                    );
                    let columns: String = scalars(read, columns).await.concat();
                    let rows: Vec<String> = scalars(read, format!("SELECT {columns} FROM \"{table}\"")).await;
                    text += &rows.join("\n");
                }
            }
            Db::Postgres { read, .. } => {
                let tables =
                    "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
                for table in sqlx::query_scalar::<_, String>(tables).fetch_all(read).await.unwrap() {
                    let rows = sqlx::AssertSqlSafe(format!("SELECT t::text FROM \"{table}\" t"));
                    let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(read).await.unwrap();
                    text += &rows.join("\n");
                }
            }
        }
        text
    }

    /// A test leaves no work behind that does not succeed.
    async fn expect_no_failed_job(&self) {
        jobs::drain(&self.app).await.unwrap();
        let counts = mercer::db::jobs::count_jobs(&mut self.app.db.read().await.unwrap()).await.unwrap();
        assert_eq!(counts, (0, 0), "jobs (ready, dead) are left on {}", self.engine);
    }
}

async fn scalars(pool: &sqlx::SqlitePool, sql: String) -> Vec<String> {
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(pool).await.unwrap()
}

fn config(url: &str, dir: &Path) -> Config {
    let vars = [
        ("DATABASE_URL", url.to_owned()),
        ("MERCER_DATA_DIR", dir.display().to_string()),
        ("MERCER_SECRET_KEY", "test-key-test-key-test-key-test-key".to_owned()),
        ("MERCER_PUBLIC_URL", "http://shop.test".to_owned()),
    ];
    Config::load(Env::of(vars.map(|(k, v)| (k.to_owned(), v)))).unwrap()
}

/// With `TEST_SESSIONS=redis` all stores keep logins and limits in the Redis of `TEST_REDIS_URL`.
fn redis_config() -> RedisConfig {
    match std::env::var("TEST_SESSIONS").as_deref() {
        Ok("redis") => redis_shared(),
        Ok(other) => panic!("TEST_SESSIONS is {other}; there is only redis"),
        Err(_) => RedisConfig { url: None, prefix: String::new() },
    }
}

/// The server of `TEST_REDIS_URL`, with keys that no other store has.
pub fn redis_shared() -> RedisConfig {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let url = std::env::var("TEST_REDIS_URL")
        .expect("TEST_REDIS_URL names a Redis server for tests: redis-server --port PORT --save ''");
    let prefix = format!("test-{}-{}:", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    RedisConfig { url: Some(url), prefix }
}

async fn migrated_template() -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("template.db");
    let url = format!("sqlite://{}", path.display());
    let db = Db::connect(Connect { url: &url, read_url: None, pool: 1 }).await.unwrap();
    db.migrate().await.unwrap();
    // Closing the last connection folds the write-ahead log into the file, so that the file alone is the database.
    db.close().await;
    (dir, path)
}

/// A fresh database copied from a migrated template; its URL and name.
async fn create_postgres() -> (String, String) {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let template = TEMPLATE
        .get_or_init(|| async {
            let name = format!("template_{}", process::id());
            admin(&format!("DROP DATABASE IF EXISTS {name}")).await;
            admin(&format!("CREATE DATABASE {name}")).await;
            let db =
                Db::connect(Connect { url: &database_url(&name), read_url: None, pool: 1 }).await.unwrap();
            db.migrate().await.unwrap();
            db.close().await;
            name
        })
        .await;
    let name = format!("test_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    admin(&format!("DROP DATABASE IF EXISTS {name}")).await;
    admin(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    (database_url(&name), name)
}

/// Runs one statement as the server's administrator, one at a time: a template can't be copied twice at once.
async fn admin(sql: &str) {
    use sqlx::{Connection, Executor, PgConnection};
    static ONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _turn = ONE.lock().await;
    let mut conn = PgConnection::connect(&server_url()).await.unwrap();
    conn.execute(sqlx::AssertSqlSafe(sql.to_owned())).await.unwrap();
    conn.close().await.unwrap();
}

fn server_url() -> String {
    std::env::var("TEST_POSTGRES_URL")
        .expect("TEST_POSTGRES_URL names a PostgreSQL server for tests: ops/postgres start DIR prints one")
}

fn database_url(name: &str) -> String {
    let server = server_url();
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}
