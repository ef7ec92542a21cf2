//! The laws of the data, as statements; `tests/it/shop/doctor.rs` breaks each of them.

use mercer::db::invariants::*;

use crate::support::both_engines;

#[tokio::test]
async fn an_empty_store_breaks_no_law() {
    both_engines(async |t| {
        let mut conn = t.app.db.read().await.unwrap();
        let nothing = Broken { count: 0, example: String::new() };
        for law in &INVARIANTS {
            assert_eq!(find_broken(&mut conn, law).await.unwrap(), nothing, "{}", law.name);
        }
        assert_eq!(find_broken_taxes(&mut conn).await.unwrap(), nothing);
    })
    .await;
}
