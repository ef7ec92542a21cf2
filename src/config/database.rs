//! Which database.

use std::path::Path;

use super::Env;

/// Connections per PostgreSQL pool unless `MERCER_DATABASE_POOL` says otherwise; there are two pools.
const POOL_DEFAULT: u32 = 10;

/// See the module.
#[derive(Clone)]
pub struct DatabaseConfig {
    /// `DATABASE_URL`
    pub url: String,
    /// `DATABASE_READ_URL`
    pub read_url: Option<String>,
    /// `MERCER_DATABASE_POOL`
    pub pool: u32,
}

/// Database addresses hold passwords, so they are never printed whole.
impl std::fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseConfig")
            .field("embedded", &self.is_embedded())
            .field("pool", &self.pool)
            .finish()
    }
}

impl DatabaseConfig {
    pub fn from_env(env: &mut Env, data_dir: &Path) -> DatabaseConfig {
        let url = env
            .text("DATABASE_URL")
            .unwrap_or_else(|| format!("sqlite://{}", data_dir.join("store.db").display()));
        if !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme)) {
            env.wrong("DATABASE_URL", "sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME");
        }
        let read_url = env.text("DATABASE_READ_URL");
        if read_url.as_ref().is_some_and(|u| !u.starts_with("postgres")) {
            env.wrong("DATABASE_READ_URL", "postgres://USER:PASSWORD@HOST/NAME");
        }
        let pool = env.parse("MERCER_DATABASE_POOL", POOL_DEFAULT, "a number of connections such as 10");
        let config = DatabaseConfig { url, read_url, pool: pool.clamp(1, 1000) };
        let key = env.text("MERCER_SECRET_KEY");
        if key.as_ref().is_some_and(|k| k.len() < 32) || (key.is_none() && !config.is_embedded()) {
            env.wrong(
                "MERCER_SECRET_KEY",
                "at least 32 random characters (required with PostgreSQL): openssl rand -hex 32",
            );
        }
        config
    }

    pub fn is_embedded(&self) -> bool {
        self.url.starts_with("sqlite:")
    }
}
