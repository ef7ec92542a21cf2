//! The whole program inside the process that measures it, on a clock that stands still.

use std::path::Path;
use std::sync::Arc;

use mercer::app::App;
use mercer::clock::Clock;
use mercer::config::{Config, Env};
use mercer::db::Db;
use mercer::db::connect::Connect;
use mercer::random::Random;

/// 2026-11-01 12:00 UTC.
pub const START_MS: i64 = 1_793_534_400_000;

/// An empty shop on `sqlite`, in `dir`, or on `postgres`, in a database that is made for it.
pub async fn open(engine: &str, dir: &Path) -> Arc<App> {
    let url = match engine {
        "sqlite" => format!("sqlite://{}", dir.join("store.db").display()),
        _ => create_database().await,
    };
    let vars = [
        ("DATABASE_URL", url.clone()),
        ("MERCER_DATA_DIR", dir.display().to_string()),
        ("MERCER_SECRET_KEY", "test-key-test-key-test-key-test-key".to_owned()),
        ("MERCER_PUBLIC_URL", "http://shop.test".to_owned()),
    ];
    let config = Config::load(Env::of(vars.map(|(k, v)| (k.to_owned(), v)))).unwrap();
    let db = Db::connect(Connect { url: &url, read_url: None, pool: 4 }).await.unwrap();
    db.migrate().await.unwrap();
    Arc::new(App::new(config, db, Clock::fixed(START_MS), Random::System).await.unwrap())
}

async fn create_database() -> String {
    use sqlx::{Connection, Executor, PgConnection};
    let server =
        std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names a PostgreSQL server for tests");
    let name = format!("inside_{}", std::process::id());
    let mut conn = PgConnection::connect(&server).await.unwrap();
    conn.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    conn.close().await.unwrap();
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}
