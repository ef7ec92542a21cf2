//! Rows that others refer to, and what a refused row says.

use mercer::db::Conn;
use mercer::db::customers::{Customer, insert_customer};
use mercer::db::media::{Media, insert_media};
use sqlx::error::ErrorKind;

/// A customer `id` with the address `id@example.com`.
pub async fn customer(conn: &mut Conn, id: &str) -> Customer {
    let customer = Customer {
        id: id.to_owned(),
        email: format!("{id}@example.com"),
        email_confirmed_at: None,
        password_hash: format!("hash of {id}"),
        name: id.to_uppercase(),
        created_at: 1,
    };
    assert!(insert_customer(conn, &customer).await.unwrap());
    customer
}

/// A picture `id` with the hash `hash-id`.
pub async fn picture(conn: &mut Conn, id: &str) -> Media {
    let media = Media {
        id: id.to_owned(),
        hash: format!("hash-{id}"),
        kind: "file".to_owned(),
        source: "png".to_owned(),
        width: 64,
        height: 48,
    };
    assert_eq!(insert_media(conn, &media, 1).await.unwrap(), id);
    media
}

/// Which constraint refused it.
pub fn refusal<T: std::fmt::Debug>(result: sqlx::Result<T>) -> ErrorKind {
    result.unwrap_err().into_database_error().expect("the database refused it").kind()
}
