//! Would it help to keep listings in Redis, where all processes find them? Category pages of the demo shop on PostgreSQL:
//! how long the whole page takes, how long its queries take, how long Redis takes to give the same listing back as JSON
//! that is parsed, and how long the page takes once it is kept.
//!
//! Run it by `./ops/test bench`, or alone by `cargo test --release --bench listings` with `TEST_POSTGRES_URL` and `TEST_REDIS_URL`.

#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "a proof stops at the first thing that is not as it must be")]

mod inside;

use std::time::Instant;

use mercer::db::categories::list_categories;
use mercer::db::listing::list_products;
use mercer::domain::listing::ListingQuery;
use mercer::{routes, shop};
use poem::endpoint::BoxEndpoint;
use poem::{Endpoint, EndpointExt, Request, Response};
use redis::AsyncCommands as _;

/// Times that each category is asked for.
const ROUNDS: usize = 100;

fn main() {
    // Cargo passes arguments of its own; there is nothing to choose here.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let dir = tempfile::tempdir().unwrap();
    let app = inside::open("postgres", dir.path()).await;
    shop::demo::seed(&app, "watches").await.unwrap();
    let endpoint = routes::routes(app.clone(), None).boxed();
    let tree = list_categories(&mut app.db.read().await.unwrap()).await.unwrap();
    let categories: Vec<(String, String)> =
        tree.roots().map(|c| (c.category_id.clone(), c.slug.clone())).collect();

    let (mut page, mut queries, mut shared, mut kept) = (vec![], vec![], vec![], vec![]);
    let redis = redis::Client::open(std::env::var("TEST_REDIS_URL").unwrap()).unwrap();
    let mut redis = redis.get_multiplexed_async_connection().await.unwrap();
    for (id, slug) in &categories {
        let json = get(&endpoint, &format!("/api/v1/products?category={slug}")).await;
        let () = redis.set(slug, &json[..]).await.unwrap();
        let query = ListingQuery { category_id: Some(id.clone()), ..ListingQuery::default() };
        for _ in 0..ROUNDS {
            let began = Instant::now();
            get(&endpoint, &format!("/c/{slug}")).await;
            page.push(began.elapsed().as_secs_f64() * 1e3);

            let began = Instant::now();
            list_products(&mut app.db.read().await.unwrap(), &query).await.unwrap();
            queries.push(began.elapsed().as_secs_f64() * 1e3);

            let began = Instant::now();
            let found: Vec<u8> = redis.get(slug).await.unwrap();
            serde_json::from_slice::<serde_json::Value>(&found).unwrap();
            shared.push(began.elapsed().as_secs_f64() * 1e3);
        }
    }
    // The clock stands still: what this poll vouches for is vouched for from now on.
    app.feed.poll(&app).await.unwrap();
    for (_, slug) in &categories {
        get(&endpoint, &format!("/c/{slug}")).await;
        for _ in 0..ROUNDS {
            let began = Instant::now();
            get(&endpoint, &format!("/c/{slug}")).await;
            kept.push(began.elapsed().as_secs_f64() * 1e3);
        }
    }
    let rows = [
        ("a category's page, rendered", median(&mut page)),
        ("of that, the queries of its listing", median(&mut queries)),
        ("the same listing as JSON from Redis, parsed", median(&mut shared)),
        ("the page, once it is kept", median(&mut kept)),
    ];
    for (name, ms) in rows {
        println!("{name:<52}{ms:>12.3} ms");
    }
}

async fn get(endpoint: &BoxEndpoint<'static, Response>, path: &str) -> Vec<u8> {
    let request = Request::builder().uri_str(path).finish();
    let mut response = endpoint.get_response(request).await;
    assert_eq!(response.status(), 200, "{path}");
    response.take_body().into_bytes().await.unwrap().to_vec()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
