//! The program's own files, those of other builds among them.

use mercer::edge::{assets, sweep};

use crate::support::{TestStore, both_engines};

const OLD: &str = "app-plain.00112233445566ff.css";
const DAY_MS: i64 = 24 * 3_600_000;

#[tokio::test]
async fn another_builds_files_are_answered_while_anybody_may_ask() {
    both_engines(async |t| {
        let client = t.client();
        let path = format!("/assets/{OLD}");
        let missing = client.get(&path).await.expect(404);
        assert_eq!(missing.header("cache-control"), "no-store");
        assets::publish(&t.app, &[(OLD, b"body{}"), ("new.0123456789abcdef.js", b"1")]).await.unwrap();
        let found = client.get(&path).await.expect(200);
        assert_eq!(found.text(), "body{}");
        assert_eq!(found.header("content-type"), "text/css; charset=utf-8");
        assert_eq!(found.header("cache-control"), "public, max-age=31536000, immutable");
        t.app.clock.advance(20 * DAY_MS);
        assets::publish(&t.app, &[("new.0123456789abcdef.js", b"1")]).await.unwrap();
        t.app.clock.advance(11 * DAY_MS);
        sweep::remove_old(&t.app).await.unwrap();
        client.get(&path).await.expect(404);
        client.get("/assets/new.0123456789abcdef.js").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn an_unknown_file_is_not_cached() {
    let store = TestStore::sqlite().await;
    for file in ["app-plain.css", "app-plain.0000000000000000.css", "missing", "a.%00.css"] {
        let answer = store.client().get(&format!("/assets/{file}")).await.expect(404);
        assert_eq!(answer.header("cache-control"), "no-store", "{file}");
    }
}
