//! Assets that builds share.

use mercer::db::assets::*;

use crate::support::both_engines;

#[tokio::test]
async fn files_are_kept_while_somebody_has_them() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        assert_eq!(find_asset(&mut tx, "a").await.unwrap(), None);
        insert_asset(&mut tx, "a", b"\0first", 10).await.unwrap();
        insert_asset(&mut tx, "a", b"second", 11).await.unwrap();
        insert_asset(&mut tx, "b", b"", 10).await.unwrap();
        assert_eq!(find_asset(&mut tx, "a").await.unwrap().as_deref(), Some(&b"\0first"[..]));
        let known = update_assets_seen(&mut tx, &["a", "c"], 20).await.unwrap();
        assert_eq!(known.into_iter().collect::<Vec<_>>(), ["a"]);
        assert_eq!(delete_old_assets(&mut tx, 10).await.unwrap(), 0);
        assert_eq!(delete_old_assets(&mut tx, 20).await.unwrap(), 1);
        assert_eq!(find_asset(&mut tx, "b").await.unwrap(), None);
    })
    .await;
}
