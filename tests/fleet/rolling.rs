//! Each of three processes is restarted in turn under load: nothing fails, nothing is lost.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::balancer::{Balancer, NOTICED_AFTER};
use super::client::Client;
use super::instance::Instance;
use super::load::{self, Engine, Store};
use super::shoppers::Street;

/// Before the first restart and after the last.
const QUIET: Duration = Duration::from_secs(1);

pub async fn run() {
    let rounds = if super::is_long() { 10 } else { 1 };
    let (store, mut instances) = fleet_with(1_000_000).await;
    let balancer = Balancer::start(&store, &instances).await;
    let street = Street::new(balancer.port, variant(balancer.port).await, store.dir.path().join("outbox"));
    let shoppers = street.open();
    tokio::time::sleep(QUIET).await;
    for _ in 0..rounds {
        for instance in &mut instances {
            instance.stop().await;
            instance.start(&store).await;
            tokio::time::sleep(NOTICED_AFTER).await;
        }
    }
    tokio::time::sleep(QUIET).await;
    street.close(shoppers).await;
    examine(&store, &street).await;
    println!(
        "ok rolling: 3 processes restarted {rounds} times each: {} pages, {} changes of carts, {} logins, {} orders, \
         0 failed, 0 lost",
        street.done.looks.load(Ordering::Relaxed),
        street.done.cart_changes.load(Ordering::Relaxed),
        street.done.logins.load(Ordering::Relaxed),
        street.orders.lock().unwrap().len(),
    );
}

async fn examine(store: &Store, street: &Street) {
    let failures = street.failures.lock().unwrap().clone();
    assert!(
        failures.is_empty(),
        "{} failed: {:#?}\n{}",
        failures.len(),
        &failures[..failures.len().min(5)],
        store.log()
    );
    let answered: BTreeSet<i64> = street.orders.lock().unwrap().keys().copied().collect();
    assert_eq!(load::order_numbers(store), answered, "what was answered is what is there");
    let done = [&street.done.looks, &street.done.cart_changes, &street.done.logins];
    assert!(
        done.iter().all(|count| count.load(Ordering::Relaxed) > 0) && !answered.is_empty(),
        "there was no load"
    );
    store.run(&["doctor"]);
}

/// A shop of `stock` pieces on PostgreSQL, served by three processes.
pub async fn fleet_with(stock: i64) -> (Store, Vec<Instance>) {
    let store = Store::new(Engine::Postgres).await;
    let instances = serve(&store, stock).await;
    (store, instances)
}

/// Fills the store with `stock` pieces and has three processes serve it.
pub async fn serve(store: &Store, stock: i64) -> Vec<Instance> {
    let csv = store.dir.path().join("products.csv");
    std::fs::write(&csv, load::products_csv(&[("piece", "PIECE-1", stock)])).unwrap();
    store.run(&["import", csv.to_str().unwrap()]);
    let mut instances: Vec<Instance> = (0..3).map(|_| Instance::new()).collect();
    for instance in &mut instances {
        instance.start(store).await;
    }
    instances
}

/// The only product's variant.
pub async fn variant(port: u16) -> String {
    let product = Client::new(port, 0).get("/api/v1/products/piece").await.unwrap().json();
    product["variants"][0]["id"].as_str().expect("the product has a variant").to_owned()
}
