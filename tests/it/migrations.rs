//! The schema is the same on both engines, and applying it twice changes nothing.

use std::collections::BTreeSet;

use mercer::db::Db;

use crate::support::both_engines;

#[tokio::test]
async fn migrating_again_changes_nothing() {
    both_engines(async |store| {
        assert_eq!(store.app.db.pending_migrations().await.unwrap(), Vec::<String>::new());
        store.app.db.migrate().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn both_engines_have_the_same_columns() {
    let seen = std::sync::Mutex::new(Vec::new());
    both_engines(async |store| {
        let columns = columns(&store.app.db).await;
        assert!(columns.len() > 150, "{} columns", columns.len());
        seen.lock().unwrap().push(columns);
    })
    .await;
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen[0].symmetric_difference(&seen[1]).collect::<Vec<_>>(), Vec::<&String>::new());
}

/// "table.column nullable?" of every table that both engines should have.
async fn columns(db: &Db) -> BTreeSet<String> {
    let rows: Vec<(String, String, bool)> = match db {
        Db::Sqlite { read, .. } => sqlx::query_as(
            "SELECT m.name, c.name, NOT (c.\"notnull\" OR c.pk > 0) FROM sqlite_master m, pragma_table_info(m.name) c
             WHERE m.type = 'table'",
        )
        .fetch_all(read)
        .await
        .unwrap(),
        Db::Postgres { read, .. } => sqlx::query_as(
            "SELECT table_name::text, column_name::text, is_nullable = 'YES' FROM information_schema.columns
             WHERE table_schema = 'public'",
        )
        .fetch_all(read)
        .await
        .unwrap(),
    };
    // The bookkeeping of sqlx and of SQLite itself, and what the engines' own migrations define differently.
    let own = ["_sqlx_migrations", "sqlite_sequence", "order_numbers"];
    rows.into_iter()
        .filter(|(table, column, _)| {
            !(own.contains(&table.as_str()) || table == "changes" && column == "xid")
        })
        .map(|(table, column, nullable)| format!("{table}.{column} {nullable}"))
        .collect()
}
