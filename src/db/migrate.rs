//! Applies `migrations/`: the common folder plus the engine's own, in one order by version.
//!
//! Every migration is expand/contract safe: the binary before and the binary after both run on the new schema.
//! So migrations newer than this binary are ignored; a changed checksum is an error.

use std::borrow::Cow;

use rust_embed::RustEmbed;
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};

use super::Db;

#[derive(RustEmbed)]
#[folder = "migrations"]
struct Files;

impl Db {
    /// Applies every pending migration.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        let migrator = self.migrator();
        match self {
            Db::Sqlite { write, .. } => migrator.run(write).await,
            Db::Postgres { write, .. } => migrator.run(write).await,
        }
    }

    /// The names of the migrations that are not applied yet, in order.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, MigrateError> {
        let migrator = self.migrator();
        let applied = match self {
            Db::Sqlite { write, .. } => {
                let mut conn = write.acquire().await?;
                conn.ensure_migrations_table(&migrator.table_name).await?;
                conn.list_applied_migrations(&migrator.table_name).await?
            }
            Db::Postgres { write, .. } => {
                let mut conn = write.acquire().await?;
                conn.ensure_migrations_table(&migrator.table_name).await?;
                conn.list_applied_migrations(&migrator.table_name).await?
            }
        };
        Ok(migrator
            .iter()
            .filter(|m| !applied.iter().any(|a| a.version == m.version))
            .map(|m| format!("{:04}_{}", m.version, m.description))
            .collect())
    }

    fn migrator(&self) -> Migrator {
        let mut migrator = Migrator::with_migrations(embedded(self.engine()));
        migrator.set_ignore_missing(true);
        migrator
    }
}

/// The common migrations and those of `engine`, unsorted; a file is `NNNN_name.sql`.
fn embedded(engine: &str) -> Vec<Migration> {
    let mut all = Vec::new();
    for path in Files::iter() {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        if !(folder.is_empty() || folder == engine) {
            continue;
        }
        let (version, description) = name
            .strip_suffix(".sql")
            .and_then(|stem| stem.split_once('_'))
            .and_then(|(version, rest)| Some((version.parse::<i64>().ok()?, rest)))
            .expect("a test checks the names of the embedded migrations");
        let file = Files::get(&path).expect("the path came from the embedded list");
        let sql = String::from_utf8(file.data.into_owned()).expect("embedded SQL is UTF-8");
        let no_tx = sql.starts_with("-- no-transaction");
        all.push(Migration::new(
            version,
            Cow::Owned(description.to_owned()),
            MigrationType::Simple,
            sqlx::AssertSqlSafe(sql).into_sql_str(),
            no_tx,
        ));
    }
    all
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_engine_has_the_same_versions() {
        let versions = |engine| {
            let mut list: Vec<i64> = super::embedded(engine).iter().map(|m| m.version).collect();
            list.sort_unstable();
            list
        };
        assert_eq!(versions("sqlite"), versions("postgres"));
        assert!(versions("sqlite").windows(2).all(|w| w[0] < w[1]), "versions are unique");
    }
}
