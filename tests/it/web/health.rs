use std::sync::atomic::Ordering;

use crate::support::both_engines;

#[tokio::test]
async fn a_store_is_ready_until_it_drains() {
    both_engines(async |store| {
        let client = store.client();
        client.get("/healthz").await.expect(200);
        client.get("/readyz").await.expect(503);
        // The test's clock stands still, so only an embedded database, which has no clock of its own, agrees with it.
        store.app.ready.store(true, Ordering::Release);
        client.get("/readyz").await.expect(if store.engine == "sqlite" { 200 } else { 503 });
    })
    .await;
}
