//! What most commands begin with: the configuration, the database, the store.

use std::sync::Arc;

use super::Failure;
use crate::app::App;
use crate::clock::Clock;
use crate::config::{Config, Env, Mistake};
use crate::db::Db;
use crate::db::connect::Connect;
use crate::random::Random;
use crate::telemetry;

/// The configuration, or all its mistakes in one line.
pub fn configuration(env: Env) -> Result<Config, Failure> {
    Config::load(env).map_err(|mistakes| {
        Failure(mistakes.iter().map(|Mistake(line)| line.as_str()).collect::<Vec<_>>().join("; "))
    })
}

/// Opens the configured database; an embedded one is made when missing.
pub async fn database(config: &Config) -> Result<Db, Failure> {
    if config.database.is_embedded() {
        std::fs::create_dir_all(&config.data_dir).map_err(|error| {
            Failure(format!(
                "the data folder {} can't be made: {error}; set MERCER_DATA_DIR",
                config.data_dir.display()
            ))
        })?;
    }
    let connect = Connect {
        url: &config.database.url,
        read_url: config.database.read_url.as_deref(),
        pool: config.database.pool,
    };
    Db::connect(connect).await.map_err(|error| {
        let Failure(why) = Failure::from(error);
        Failure(format!("the database can't be opened: {why}; check DATABASE_URL"))
    })
}

/// Applies pending migrations, or refuses to go on with them when `MERCER_MIGRATE=off`.
pub async fn migrated(config: &Config, db: &Db) -> Result<(), Failure> {
    if config.server.migrate {
        return Ok(db.migrate().await?);
    }
    let pending = db.pending_migrations().await?;
    if pending.is_empty() {
        return Ok(());
    }
    Err(Failure(format!("migrations are pending ({}); run `mercer migrate` first", pending.join(", "))))
}

/// The store as a command line tool uses it: migrated, with its settings read.
pub async fn store(env: Env) -> Result<Arc<App>, Failure> {
    opened(configuration(env)?).await
}

/// The same by a configuration that was read already.
pub async fn opened(config: Config) -> Result<Arc<App>, Failure> {
    telemetry::start_logs(&config.log, telemetry::export::start(&config.traces)?);
    let db = database(&config).await?;
    migrated(&config, &db).await?;
    let app = Arc::new(App::new(config, db, Clock::System, Random::System).await?);
    crate::shop::setup::ensure_defaults(&app).await?;
    Ok(app)
}

/// Runs `act` on the store, and closes the store however that ended.
pub async fn with_store(env: Env, act: impl AsyncFnOnce(&App) -> Result<(), Failure>) -> Result<(), Failure> {
    let app = store(env).await?;
    let outcome = act(&app).await;
    app.db.close().await;
    outcome
}
