//! The change feed: a follower misses nothing and is told nothing twice, whenever transactions commit.

use futures_util::FutureExt as _;
use mercer::db::Db;
use mercer::db::changes::*;
use mercer::db::clock::find_clock_skew;
use mercer::db::connections::find_connection_limit;
use mercer::domain::tag::Tag;

use crate::support::both_engines;

async fn announce(db: &Db, tags: &[Tag]) {
    let mut tx = db.write().await.unwrap();
    insert_changes(&mut tx, tags, 7).await.unwrap();
    tx.commit().await.unwrap();
}

async fn news(db: &Db, cursor: &mut Cursor) -> Vec<String> {
    let (rows, next) = list_changes(&mut db.read().await.unwrap(), cursor).await.unwrap();
    *cursor = next;
    rows.into_iter().map(|change| change.tag).collect()
}

#[tokio::test]
async fn a_follower_is_told_each_change_once() {
    both_engines(async |t| {
        let db = &t.app.db;
        let mut conn = db.read().await.unwrap();
        assert_eq!(find_newest_change(&mut conn).await.unwrap(), 0);
        drop(conn);
        announce(db, &[Tag::home()]).await;
        let mut cursor = find_cursor(&mut db.read().await.unwrap()).await.unwrap();
        // Transactions that are open elsewhere on the server may make it hear of what was committed before, once.
        news(db, &mut cursor).await;
        assert!(news(db, &mut cursor).await.is_empty(), "what was told is known");
        announce(db, &[]).await;
        assert!(news(db, &mut cursor).await.is_empty());
        announce(db, &[Tag::product("1"), Tag::search()]).await;
        announce(db, &[Tag::site()]).await;
        assert_eq!(news(db, &mut cursor).await, ["p1", "q", "s"]);
        assert!(news(db, &mut cursor).await.is_empty());
        announce(db, &[Tag::site()]).await;
        assert_eq!(news(db, &mut cursor).await, ["s"], "the same again is new");
        let newest = find_newest_change(&mut db.read().await.unwrap()).await.unwrap();
        assert!(newest >= 5);
    })
    .await;
}

#[tokio::test]
async fn what_is_rolled_back_is_never_told() {
    both_engines(async |t| {
        let db = &t.app.db;
        let mut cursor = find_cursor(&mut db.read().await.unwrap()).await.unwrap();
        let mut tx = db.write().await.unwrap();
        insert_changes(&mut tx, &[Tag::home()], 7).await.unwrap();
        drop(tx);
        announce(db, &[Tag::search()]).await;
        assert_eq!(news(db, &mut cursor).await, ["q"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_committed_wakes_the_follower() {
    both_engines(async |t| {
        let db = &t.app.db;
        let rings = || db.bell().rung().now_or_never().is_some();
        rings();
        announce(db, &[Tag::home()]).await;
        assert!(rings() && !rings(), "once");
        assert!(db.bell().take_unannounced() && !db.bell().take_unannounced());
        announce(db, &[]).await;
        let mut tx = db.write().await.unwrap();
        insert_changes(&mut tx, &[Tag::home()], 7).await.unwrap();
        drop(tx);
        assert!(!rings(), "nothing was committed that concerns a follower");
        db.bell().heard();
        assert!(rings() && !db.bell().take_unannounced(), "the others know already");
    })
    .await;
}

#[tokio::test]
async fn a_slow_transaction_is_told_when_it_commits() {
    both_engines(async |t| {
        let db = &t.app.db;
        // An embedded store has one writer: nobody can be overtaken there.
        if matches!(db, Db::Sqlite { .. }) {
            return;
        }
        let mut before = find_cursor(&mut db.read().await.unwrap()).await.unwrap();
        let mut slow = db.write().await.unwrap();
        insert_changes(&mut slow, &[Tag::product("slow")], 7).await.unwrap();
        let mut during = find_cursor(&mut db.read().await.unwrap()).await.unwrap();
        announce(db, &[Tag::product("fast")]).await;
        assert_eq!(news(db, &mut before).await, ["pfast"]);
        assert_eq!(news(db, &mut during).await, ["pfast"]);
        announce(db, &[Tag::product("next")]).await;
        assert_eq!(news(db, &mut before).await, ["pnext"], "what was told is not told again");
        slow.commit().await.unwrap();
        assert_eq!(news(db, &mut before).await, ["pslow"]);
        let late = news(db, &mut during).await;
        assert_eq!(late.len(), 2, "{late:?}");
        assert!(late.contains(&"pslow".to_owned()) && late.contains(&"pnext".to_owned()));
        announce(db, &[Tag::home()]).await;
        assert_eq!(news(db, &mut before).await, ["h"]);
        assert_eq!(news(db, &mut during).await, ["h"]);
    })
    .await;
}

#[tokio::test]
async fn a_cursor_of_another_engine_is_an_error() {
    both_engines(async |t| {
        let foreign = match &t.app.db {
            Db::Sqlite { .. } => Cursor::Postgres { xmin: "1".to_owned(), applied: Default::default() },
            Db::Postgres { .. } => Cursor::Sqlite { id: 1 },
        };
        assert!(list_changes(&mut t.app.db.read().await.unwrap(), &foreign).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn the_clock_is_compared_with_the_databases() {
    both_engines(async |t| {
        let mut conn = t.app.db.read().await.unwrap();
        // An embedded database has no clock of its own, so it never differs.
        let drifts = matches!(t.app.db, Db::Postgres { .. });
        let behind = find_clock_skew(&mut conn, 0).await.unwrap();
        assert_eq!(behind < -1_600_000_000_000, drifts, "1970 is long ago: {behind}");
        let ahead = find_clock_skew(&mut conn, 32_503_680_000_000).await.unwrap();
        assert_eq!(ahead > 0, drifts, "the year 3000 is not here: {ahead}");
    })
    .await;
}

#[tokio::test]
async fn a_server_tells_how_many_connections_it_has() {
    both_engines(async |t| {
        let limit = find_connection_limit(&mut t.app.db.read().await.unwrap()).await.unwrap();
        match &t.app.db {
            Db::Sqlite { .. } => assert_eq!(limit, None),
            Db::Postgres { read, .. } => {
                let shown = async |name: &'static str| -> i64 {
                    let sql = sqlx::AssertSqlSafe(format!("SHOW {name}"));
                    sqlx::query_scalar::<_, String>(sql).fetch_one(read).await.unwrap().parse().unwrap()
                };
                let all = shown("max_connections").await;
                assert_eq!(limit, Some(all - shown("superuser_reserved_connections").await));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_the_index_could_not_take_is_told_again() {
    both_engines(async |t| {
        let app = &t.app;
        crate::support::shelf::put(app, &crate::support::shelf::simple("walrus")).await;
        let run = async |sql: &'static str| match &app.db {
            Db::Sqlite { write, .. } => sqlx::query(sql).execute(write).await.map(|_| ()).unwrap(),
            Db::Postgres { write, .. } => sqlx::query(sql).execute(write).await.map(|_| ()).unwrap(),
        };
        run("ALTER TABLE products RENAME TO hidden").await;
        assert!(app.feed.poll(app).await.is_err());
        let generation = app.feed.newest();
        run("ALTER TABLE hidden RENAME TO products").await;
        assert!(app.feed.poll(app).await.unwrap() > 0, "the cursor waited for the index");
        assert!(app.feed.newest() > generation);
        assert_eq!(app.feed.poll(app).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn the_feed_is_read_on_from_a_known_change() {
    both_engines(async |t| {
        let db = &t.app.db;
        announce(db, &[Tag::home(), Tag::search()]).await;
        let mut conn = db.read().await.unwrap();
        let newest = find_newest_change(&mut conn).await.unwrap();
        let rows = list_changes_from(&mut conn, newest).await.unwrap();
        assert_eq!(rows, [Change { id: newest, tag: "q".to_owned(), at: 7 }]);
        drop(conn);
        announce(db, &[Tag::site()]).await;
        let rows = list_changes_from(&mut db.read().await.unwrap(), newest).await.unwrap();
        assert_eq!(rows.iter().map(|c| c.tag.as_str()).collect::<Vec<_>>(), ["q", "s"]);
        assert!(list_changes_from(&mut db.read().await.unwrap(), newest + 1000).await.unwrap().is_empty());
    })
    .await;
}
