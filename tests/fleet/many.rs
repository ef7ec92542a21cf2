//! Buyers at once, spread over three processes, for fewer pieces: as many orders as pieces.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::load::{self, Http, Ordered};
use super::rolling;

const BUYERS: usize = 200;
const PIECES: usize = 20;

pub async fn run() {
    let (store, instances) = rolling::fleet_with(PIECES as i64).await;
    let variant = rolling::variant(instances[0].port).await;
    let gate = Arc::new(Barrier::new(BUYERS));
    let mut buyers = JoinSet::new();
    for buyer in 0..BUYERS {
        let port = instances[buyer % instances.len()].port;
        buyers.spawn(buy(port, variant.clone(), buyer, gate.clone()));
    }
    let outcomes = buyers.join_all().await;
    let count = |is_it: fn(&Ordered) -> bool| outcomes.iter().filter(|outcome| is_it(outcome)).count();
    let placed = count(|outcome| matches!(outcome, Ordered::Placed(..)));
    let sold_out = count(|outcome| matches!(outcome, Ordered::Refused(409, text) if text.contains("sold")));
    assert_eq!((placed, sold_out), (PIECES, BUYERS - PIECES), "{outcomes:?}");
    assert_eq!(load::order_numbers(&store).len(), PIECES);
    store.run(&["doctor"]);
    println!(
        "ok many: {BUYERS} buyers at 3 processes for {PIECES} pieces: {placed} orders, {sold_out} told that it is sold out"
    );
}

async fn buy(port: u16, variant: String, buyer: usize, gate: Arc<Barrier>) -> Ordered {
    let mut http = Http::connect(port).await.unwrap();
    let lines = json!({ "lines": [{ "variant_id": variant, "quantity": 1 }] });
    let (_, made) = http.post("/api/v1/carts", "", "", &lines).await.unwrap();
    let token = made["token"].as_str().expect("a cart").to_owned();
    gate.wait().await;
    load::checkout(&mut http, &token, &format!("buyer-{buyer}"), &made["cart"]).await.unwrap()
}
