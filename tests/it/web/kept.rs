//! The page cache: the same page for everybody, rendered once, gone when anything of it changes.

use std::sync::Arc;
use std::time::Duration;

use flate2::read::GzDecoder;
use futures_util::future::join_all;
use poem::http::header;
use std::io::Read as _;

use crate::support::shelf::{coloured, put, simple};
use crate::support::{TestStore, both_engines};

const MISS: &str = "mercer; fwd=uri-miss; stored";
const HIT: &str = "mercer; hit";

#[tokio::test]
async fn a_page_is_rendered_once_for_everybody() {
    let store = TestStore::sqlite().await;
    put(&store.app, &coloured("strap", &[("Tan", "#aa7700"), ("Black", "#000000")])).await;
    let first = store.client().get("/p/strap?utm_source=mail").await.expect(200);
    assert_eq!(first.header("cache-status"), MISS);
    let shopper = store.client();
    shopper.set_cookie("cart", "3");
    shopper.set_cookie("sid", "secret");
    let again = shopper.get("/p/strap").await.expect(200);
    assert_eq!(again.header("cache-status"), HIT);
    assert_eq!(again.body, first.body);
    let chosen = shopper.get("/p/strap?o0=Black").await.expect(200);
    assert_eq!(chosen.header("cache-status"), MISS, "another choice is another page");
    assert_ne!(chosen.body, first.body);
    shopper.get("/account/login").await.expect(200);
    let cart = shopper.get("/cart").await.expect(200);
    assert_eq!(cart.header("cache-status"), "", "what is personal is not looked for");
}

#[tokio::test]
async fn nobody_keeps_a_page_beyond_the_moment_at_which_time_changes_it() {
    let store = TestStore::sqlite().await;
    put(&store.app, &simple("strap")).await;
    let (client, card) = (store.client(), "class=\"flag new\"");
    let ask = async || {
        store.app.feed.poll(&store.app).await.unwrap();
        client.get("/").await.expect(200)
    };
    let page = ask().await;
    assert!(page.text().contains(card), "{}", page.text());
    assert!(page.header("cache-control").ends_with("s-maxage=300"));
    // The card is new for 30 days.
    store.app.clock.advance(30 * 24 * 3_600_000 - 100_000);
    let late = ask().await;
    assert!(late.text().contains(card));
    assert!(late.header("cache-control").ends_with("s-maxage=50"), "{}", late.header("cache-control"));
    store.app.clock.advance(50_000);
    assert_eq!(ask().await.header("cache-status"), MISS);
    store.app.clock.advance(50_000);
    let after = ask().await;
    assert!(!after.text().contains(card));
    assert!(after.header("cache-control").ends_with("s-maxage=300"));
}

#[tokio::test]
async fn each_encoding_of_a_kept_page_is_that_page() {
    let store = TestStore::sqlite().await;
    put(&store.app, &simple("strap")).await;
    let client = store.client();
    let ask = |encoding: &'static str| {
        client.send(
            client
                .request(poem::http::Method::GET, "/p/strap")
                .header(header::ACCEPT_ENCODING, encoding)
                .finish(),
        )
    };
    let plain = client.get("/p/strap").await.expect(200);
    let gzip = ask("gzip").await.expect(200);
    assert_eq!((gzip.header("content-encoding"), gzip.header("cache-status")), ("gzip", HIT));
    let mut unpacked = Vec::new();
    GzDecoder::new(&*gzip.body).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
    let brotli = ask("gzip, br").await.expect(200);
    let mut unpacked = Vec::new();
    brotli::BrotliDecompress(&mut &*brotli.body, &mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
    let tags = [plain.header("etag"), gzip.header("etag"), brotli.header("etag")];
    assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags.iter().all(|t| !t.is_empty()), "{tags:?}");
    for (tag, encoding) in [(tags[0], ""), (tags[1], "gzip"), (tags[2], "br")] {
        let request = client.request(poem::http::Method::GET, "/p/strap");
        let request = request.header(header::ACCEPT_ENCODING, encoding).header(header::IF_NONE_MATCH, tag);
        let held = client.send(request.finish()).await.expect(304);
        assert!(held.body.is_empty());
        assert_eq!(held.header("cache-tag"), plain.header("cache-tag"));
        assert_eq!(held.header("cache-control"), plain.header("cache-control"));
        assert_eq!((held.header("content-type"), held.header("content-encoding")), ("", ""));
    }
    let head = client.send(client.request(poem::http::Method::HEAD, "/p/strap").finish()).await.expect(200);
    assert!(head.body.is_empty());
    assert_eq!(head.header("content-length"), plain.body.len().to_string());
}

#[tokio::test]
async fn the_first_reader_decides_nothing_about_a_page() {
    let store = TestStore::sqlite().await;
    put(&store.app, &simple("strap")).await;
    let client = store.client();
    let head = client.send(client.request(poem::http::Method::HEAD, "/p/strap").finish()).await.expect(200);
    assert_eq!((head.header("cache-status"), head.body.len()), (MISS, 0));
    let page = client.get("/p/strap").await.expect(200);
    assert_eq!(page.header("cache-status"), HIT);
    assert!(page.text().contains("</html>"));
}

#[tokio::test]
async fn a_change_takes_its_pages_with_it_and_no_others() {
    both_engines(|store| async move {
        let strap = put(&store.app, &simple("strap")).await;
        put(&store.app, &simple("buckle")).await;
        let client = store.client();
        for path in ["/p/strap", "/p/buckle"] {
            client.get(path).await.expect(200);
            assert_eq!(client.get(path).await.header("cache-status"), HIT, "{path}");
        }
        let mut dearer = simple("strap");
        dearer.variants[0].price_minor = 77_700;
        mercer::shop::catalogue::save_product(&store.app, Some(&strap), &dearer).await.unwrap();

        let behind = store.client_of_the_past();
        assert_eq!(behind.get("/p/strap").await.header("cache-status"), HIT, "nobody polled yet");
        let page = client.get("/p/strap").await.expect(200);
        assert_eq!(page.header("cache-status"), MISS);
        assert!(page.text().contains("777"), "the new price is there");
        assert_eq!(client.get("/p/buckle").await.header("cache-status"), HIT);
    })
    .await;
}

#[tokio::test]
async fn without_a_lease_nothing_may_be_kept_and_nothing_kept_is_given() {
    let store = TestStore::sqlite().await;
    put(&store.app, &simple("strap")).await;
    store.client().get("/p/strap").await.expect(200);
    store.app.clock.advance(store.app.config.edge.timing.lease_ms);
    let behind = store.client_of_the_past();
    let page = behind.get("/p/strap").await.expect(200);
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!((page.header("cache-tag"), page.header("etag")), ("", ""));
    let followed = store.client().get("/p/strap").await.expect(200);
    assert_eq!(followed.header("cache-status"), HIT, "what was kept is still true");
    assert!(followed.header("cache-control").starts_with("public"));
}

#[tokio::test]
async fn while_the_database_is_away_pages_are_shown_as_they_were_known_last() {
    let store = TestStore::sqlite().await;
    put(&store.app, &simple("strap")).await;
    let before = store.client().get("/p/strap").await.expect(200);
    let (client, lease_ms) = (store.client_of_the_past(), store.app.config.edge.timing.lease_ms);
    store.app.db.close().await;
    assert_eq!(client.get("/p/strap").await.header("cache-status"), HIT, "under the lease");
    store.app.clock.advance(lease_ms);
    client.get("/p/strap").await.expect(503);
    store.app.feed.poll(&store.app).await.unwrap_err();
    let known = client.get("/p/strap").await.expect(200);
    assert_eq!(known.body, before.body);
    assert_eq!(known.header("cache-status"), "mercer; hit; detail=database-away");
    assert_eq!(known.header("cache-control"), "no-store", "nobody keeps what nobody vouches for");
    for name in ["cache-tag", "x-mercer-gen", "etag"] {
        assert_eq!(known.header(name), "");
    }
    client.get("/").await.expect(503);
    store.app.clock.advance(600_000);
    client.get("/p/strap").await.expect(503);
}

#[tokio::test]
async fn a_page_that_fails_as_the_database_goes_away_is_shown_as_it_was_known_last() {
    let store = TestStore::sqlite().await;
    put(&store.app, &simple("strap")).await;
    let before = store.client().get("/p/strap").await.expect(200);
    let client = store.client_of_the_past();
    store.app.clock.advance(store.app.config.edge.timing.lease_ms);
    // Nobody reads any more, which the follower notices sooner than who renders.
    let mut held = Vec::new();
    while let Ok(Ok(conn)) = tokio::time::timeout(Duration::from_millis(100), store.app.db.read()).await {
        held.push(conn);
    }
    let (page, poll) = tokio::join!(client.get("/p/strap"), store.app.feed.poll(&store.app));
    poll.unwrap_err();
    let page = page.expect(200);
    assert_eq!(page.body, before.body);
    assert_eq!(page.header("cache-status"), "mercer; hit; detail=database-away");
    assert_eq!(page.header("cache-control"), "no-store");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_at_once_are_one_render() {
    let store = Arc::new(TestStore::sqlite().await);
    put(&store.app, &simple("strap")).await;
    store.client().get("/").await.expect(200);
    let readers = (0..1000).map(|_| {
        let client = store.client_of_the_past();
        tokio::spawn(
            async move { client.get("/p/strap").await.expect(200).header("cache-status").to_owned() },
        )
    });
    let outcomes: Vec<String> = join_all(readers).await.into_iter().map(Result::unwrap).collect();
    let renders = outcomes.iter().filter(|o| !o.starts_with(HIT)).count();
    assert_eq!(renders, 1, "{outcomes:?}");
}

#[tokio::test]
async fn missing_pages_are_not_kept() {
    let store = TestStore::sqlite().await;
    let client = store.client();
    let missing = client.get("/p/strap").await.expect(404);
    assert_eq!(missing.header("cache-control"), "no-store");
    put(&store.app, &simple("strap")).await;
    client.get("/p/strap").await.expect(200);
}
