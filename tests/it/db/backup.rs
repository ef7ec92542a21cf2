//! Copies of an embedded database. A server's database has its own tools, so there is no second engine here.

use mercer::db::backup::*;

use crate::support::{TestStore, shelf};

#[tokio::test]
async fn a_copy_is_whole_while_the_shop_goes_on() {
    let store = TestStore::sqlite().await;
    let copy = store.dir.path().join("copy.db");
    shelf::put(&store.app, &shelf::simple("before")).await;
    let url = &store.app.config.database.url;
    copy_database(url, &copy).await.unwrap();
    assert!(copy_database(url, &copy).await.is_err(), "an older copy is never written over");
    assert!(verify(&copy).await.is_err(), "without its files a backup is not whole");
    shelf::put(&store.app, &shelf::simple("after")).await;

    let files =
        vec![("a/original.png".to_owned(), vec![0, 1, 255]), ("b/original.jpg".to_owned(), Vec::new())];
    insert_files(&copy, &files).await.unwrap();
    assert!(insert_files(&copy, &files).await.is_err(), "files are put in once");
    verify(&copy).await.unwrap();
    verify_unused(&copy).await.unwrap();
    assert_eq!(take_files(&copy).await.unwrap(), files);
    assert!(take_files(&copy).await.is_err(), "the files are gone from the copy");

    let url = format!("sqlite://{}", copy.display());
    let connect = mercer::db::connect::Connect { url: &url, read_url: None, pool: 1 };
    let copied = mercer::db::Db::connect(connect).await.unwrap();
    let mut conn = copied.read().await.unwrap();
    let slugs = mercer::db::products::list_product_slugs(&mut conn).await.unwrap();
    assert_eq!(slugs.iter().map(|(slug, _)| slug.as_str()).collect::<Vec<_>>(), ["before"]);
    drop(conn);
    let _writer = copied.write().await.unwrap();
    assert!(verify_unused(&copy).await.is_err(), "somebody has it open");
}

#[tokio::test]
async fn a_damaged_or_foreign_file_is_no_backup() {
    let store = TestStore::sqlite().await;
    let file = store.dir.path().join("file.db");
    assert!(verify(&file).await.is_err(), "a file that is not there");
    std::fs::write(&file, b"not a database at all, but long enough to be looked at").unwrap();
    assert!(verify(&file).await.is_err(), "another kind of file");

    let copy = store.dir.path().join("copy.db");
    copy_database(&store.app.config.database.url, &copy).await.unwrap();
    insert_files(&copy, &[]).await.unwrap();
    verify(&copy).await.unwrap();
    let whole = std::fs::read(&copy).unwrap();
    std::fs::write(&copy, &whole[..whole.len() / 2]).unwrap();
    assert!(verify(&copy).await.is_err(), "half a file");
}
