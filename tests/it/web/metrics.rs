//! `/metrics` is the operator's: nobody else learns how busy the shop is.

use std::net::SocketAddr;

use mercer::config::{Config, Env};
use mercer::{app::App, routes};
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Body, Endpoint, Request, RequestParts};

use crate::support::TestStore;

/// The store's program under another environment.
async fn program(store: &TestStore, vars: &[(&str, &str)]) -> impl Endpoint<Output = poem::Response> {
    let own = [
        ("DATABASE_URL", format!("sqlite://{}", store.dir.path().join("store.db").display())),
        ("MERCER_DATA_DIR", store.dir.path().display().to_string()),
    ];
    let given = vars.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    let env = Env::of(own.map(|(k, v)| (k.to_owned(), v)).into_iter().chain(given));
    let Ok(config) = Config::load(env) else { panic!("the environment is right") };
    let (db, clock, random) = (store.app.db.clone(), store.app.clock.clone(), store.app.random.clone());
    routes::routes(App::new(config, db, clock, random).await.unwrap().into(), None)
}

async fn status(program: &impl Endpoint<Output = poem::Response>, peer: &str, lines: &[(&str, &str)]) -> u16 {
    let peer: SocketAddr = peer.parse().unwrap();
    let mut request = hyper::Request::get("/metrics");
    for (name, value) in lines {
        request = request.header(*name, *value);
    }
    let (head, ()) = request.body(()).unwrap().into_parts();
    let parts = RequestParts::from((head, LocalAddr::default(), RemoteAddr(peer.into()), Scheme::HTTP));
    let answer = program.get_response(Request::from_parts(parts, Body::empty())).await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    answer.status().as_u16()
}

#[tokio::test]
async fn without_a_token_the_operators_own_network_sees_them() {
    let store = TestStore::sqlite().await;
    let program = program(&store, &[("MERCER_TRUSTED_PROXIES", "10.0.0.0/8")]).await;
    for own in ["127.0.0.1:1", "[::1]:1", "10.1.2.3:1"] {
        assert_eq!(status(&program, own, &[]).await, 200, "{own}");
        // Who hands on what a stranger asked is not asking himself.
        for line in
            [("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=203.0.113.9"), ("via", "1.1 proxy")]
        {
            assert_eq!(status(&program, own, &[line]).await, 403, "{own} {line:?}");
        }
    }
    for stranger in ["203.0.113.9:1", "192.168.1.1:1", "[2001:db8::1]:1"] {
        assert_eq!(status(&program, stranger, &[]).await, 403, "{stranger}");
        assert_eq!(status(&program, stranger, &[("authorization", "Bearer ")]).await, 403, "{stranger}");
    }
}

#[tokio::test]
async fn with_a_token_its_bearer_sees_them() {
    let store = TestStore::sqlite().await;
    let program = program(&store, &[("MERCER_METRICS_TOKEN", "0123456789abcdef")]).await;
    for peer in ["127.0.0.1:1", "203.0.113.9:1"] {
        assert_eq!(status(&program, peer, &[("authorization", "Bearer 0123456789abcdef")]).await, 200);
        for wrong in ["Bearer 0123456789abcdeg", "Bearer ", "0123456789abcdef", "Basic 0123456789abcdef"] {
            assert_eq!(status(&program, peer, &[("authorization", wrong)]).await, 403, "{wrong}");
        }
        assert_eq!(status(&program, peer, &[]).await, 403);
    }
}
