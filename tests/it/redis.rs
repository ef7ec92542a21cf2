//! A shop that shares a Redis: what is kept there, what several processes count together, and what becomes of each
//! request when Redis is gone, hangs, is slow or has forgotten everything.

mod kept;
mod limits;
mod server;
mod silent;

use mercer::shop::accounts::ensure_account;

use crate::support::{Answer, Client, TestStore};

const ADA: &str = "ada@example.com";
const PASSWORD: &str = "tulip-kettle-47";

/// A customer who is logged in in the browser.
async fn customer(store: &TestStore) -> Client {
    ensure_account(&store.app, ADA, "Ada", PASSWORD).await.unwrap();
    let client = store.client();
    log_in(&client).await.expect(303);
    client.get("/account").await.expect(200);
    client
}

async fn log_in(client: &Client) -> Answer {
    client.post("/account/login", &[("email", ADA), ("password", PASSWORD)]).await
}
