//! Stock rows, their movements and the reservations of orders; the guarded statements are in `selling`.

use mercer::app::App;
use mercer::db::stock::*;
use mercer::db::{Conn, Tx, Writes};
use mercer::domain::order::Reservation;
use mercer::domain::stock::{MovementKind, Pieces};
use sqlx::error::ErrorKind;

use super::seeds::refusal;
use crate::shop::goods::offer;
use crate::support::{both_engines, shelf};

fn pieces(variant_id: &str, quantity: i64) -> Pieces {
    Pieces { variant_id: variant_id.to_owned(), quantity }
}

async fn write(app: &App) -> Tx {
    app.db.write().await.unwrap()
}

async fn reserve(conn: &mut Conn, pieces: &[Pieces]) -> sqlx::Result<Vec<StockLevel>> {
    reserve_stock(conn, pieces, Writes::default()).await
}

async fn sell(conn: &mut Conn, pieces: &[Pieces]) -> sqlx::Result<Vec<StockLevel>> {
    sell_stock(conn, pieces, Writes::default()).await
}

async fn note_reservations(
    conn: &mut Conn,
    order_id: &str,
    pieces: &[Pieces],
    state: Reservation,
) -> sqlx::Result<()> {
    let mut writes = Writes::default();
    add_reservations(&mut writes, order_id, pieces, state);
    writes.run(conn).await
}

async fn level(conn: &mut Conn, variant_id: &str) -> Option<(i64, i64)> {
    find_stock(conn, variant_id).await.unwrap().map(|s| (s.on_hand, s.reserved))
}

#[tokio::test]
async fn a_variant_has_one_row_of_stock() {
    both_engines(async |t| {
        let mut tx = write(&t.app).await;
        assert_eq!(level(&mut tx, "none").await, None);
        assert_eq!(find_stock_locked(&mut tx, "none").await.unwrap(), None);
        drop(tx);
        let id = offer(&t.app, "watch", 100, 5).await;
        let mut tx = write(&t.app).await;
        assert!(!insert_stock(&mut tx, &id).await.unwrap());
        assert_eq!(level(&mut tx, &id).await, Some((5, 0)), "a row that is there keeps its pieces");
        assert_eq!(find_stock_locked(&mut tx, &id).await.unwrap().unwrap().on_hand, 5);
        assert_eq!(refusal(insert_stock(&mut tx, "no-variant").await), ErrorKind::ForeignKeyViolation);
    })
    .await;
}

#[tokio::test]
async fn no_piece_is_promised_twice() {
    both_engines(async |t| {
        let (a, b) = (offer(&t.app, "a", 100, 5).await, offer(&t.app, "b", 100, 1).await);
        let mut tx = write(&t.app).await;
        // All that is there may be reserved, and one more may not; a variant that has too few is left out alone.
        assert_eq!(reserve(&mut tx, &[pieces(&a, 5), pieces(&b, 2)]).await.unwrap().len(), 1);
        assert_eq!((level(&mut tx, &a).await, level(&mut tx, &b).await), (Some((5, 5)), Some((1, 0))));
        assert_eq!(reserve(&mut tx, &[pieces(&a, 1)]).await.unwrap(), []);
        assert_eq!(sell(&mut tx, &[pieces(&a, 1)]).await.unwrap(), []);
        assert_eq!(sell(&mut tx, &[pieces(&b, 1)]).await.unwrap()[0].on_hand, 0);
        assert_eq!(release_stock(&mut tx, &[pieces(&a, 2)]).await.unwrap()[0].available(), 2);
        assert_eq!(take_reserved_stock(&mut tx, &[pieces(&a, 3)]).await.unwrap()[0].on_hand, 2);
        assert_eq!(take_reserved_stock(&mut tx, &[pieces(&a, 1)]).await.unwrap(), []);
        assert_eq!(release_stock(&mut tx, &[pieces(&a, 1)]).await.unwrap(), []);
        assert_eq!(add_stock(&mut tx, &[pieces(&a, -2), pieces(&b, 4)]).await.unwrap().len(), 2);
        assert_eq!((level(&mut tx, &a).await, level(&mut tx, &b).await), (Some((0, 0)), Some((4, 0))));
        assert_eq!(add_stock(&mut tx, &[]).await.unwrap(), []);
        assert_eq!(reserve(&mut tx, &[pieces("none", 1)]).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn reservations_move_once_and_with_their_order() {
    both_engines(async |t| {
        let a = offer(&t.app, "a", 100, 5).await;
        // Ids of one millisecond have no order.
        t.app.clock.advance(1);
        let b = offer(&t.app, "b", 100, 5).await;
        let mut tx = write(&t.app).await;
        let both = [pieces(&a, 2), pieces(&b, 1)];
        note_reservations(&mut tx, "one", &both, Reservation::Held).await.unwrap();
        note_reservations(&mut tx, "two", &both, Reservation::Taken).await.unwrap();
        let (held, taken, released) = (Reservation::Held, Reservation::Taken, Reservation::Released);
        assert_eq!(update_reservations(&mut tx, "one", taken, released).await.unwrap(), []);
        assert_eq!(update_reservations(&mut tx, "one", held, taken).await.unwrap(), both);
        assert_eq!(update_reservations(&mut tx, "one", held, taken).await.unwrap(), []);
        assert_eq!(update_reservations(&mut tx, "none", held, taken).await.unwrap(), []);
        assert_eq!(update_reservations(&mut tx, "two", taken, released).await.unwrap(), both);
        let again = note_reservations(&mut tx, "one", &both, held).await;
        assert_eq!(refusal(again), ErrorKind::UniqueViolation);
        drop(tx);
        let mut tx = write(&t.app).await;
        let none = note_reservations(&mut tx, "four", &[pieces(&a, 0)], held).await;
        assert_eq!(refusal(none), ErrorKind::CheckViolation);
    })
    .await;
}

#[tokio::test]
async fn every_movement_is_a_row() {
    both_engines(async |t| {
        let id = offer(&t.app, "watch", 100, 5).await;
        let movement = |id: &str, variant_id, quantity| NewMovement {
            id: id.to_owned(),
            variant_id,
            kind: MovementKind::Sale,
            quantity,
            order_id: Some("one"),
        };
        let mut tx = write(&t.app).await;
        insert_movements(&mut tx, &[], 1).await.unwrap();
        insert_movements(&mut tx, &[movement("m1", &id, -1), movement("m2", &id, -2)], 7).await.unwrap();
        assert!(mercer::db::variants::rows::is_sold(&mut tx, &id).await.unwrap());
        tx.commit().await.unwrap();
        for (bad, kind) in [
            (movement("m3", &id, 0), ErrorKind::CheckViolation),
            (movement("m1", &id, 1), ErrorKind::UniqueViolation),
            (movement("m4", "none", 1), ErrorKind::ForeignKeyViolation),
        ] {
            let mut tx = write(&t.app).await;
            assert_eq!(refusal(insert_movements(&mut tx, &[bad], 7).await), kind);
        }
    })
    .await;
}

#[tokio::test]
async fn variants_are_traced_to_their_products_and_both_are_locked() {
    both_engines(async |t| {
        let a = offer(&t.app, "a", 100, 5).await;
        // Ids of one millisecond have no order.
        t.app.clock.advance(1);
        let b = offer(&t.app, "b", 100, 5).await;
        let cap = shelf::put(&t.app, &shelf::coloured("cap", &[("red", ""), ("blue", "")])).await;
        let mut tx = write(&t.app).await;
        let found = list_products_of(&mut tx, &[&b, "none", &a]).await.unwrap();
        assert_eq!(found.iter().map(|(_, variant)| variant).collect::<Vec<_>>(), [&a, &b], "by product");
        assert!(list_products_of(&mut tx, &[]).await.unwrap().is_empty());
        lock_product(&mut tx, &cap).await.unwrap();
        lock_product(&mut tx, "none").await.unwrap();
        lock_stock(&mut tx, &[]).await.unwrap();
        lock_stock(&mut tx, &[pieces(&a, 1), pieces(&b, 1), pieces("none", 1)]).await.unwrap();

        // Somebody else has to wait, and is told so when it takes too long.
        let mut other = match &t.app.db {
            mercer::db::Db::Sqlite { .. } => return,
            mercer::db::Db::Postgres { .. } => write(&t.app).await,
        };
        assert!(lock_product(&mut other, &cap).await.is_err());
        drop(other);
        let mut other = write(&t.app).await;
        assert!(reserve(&mut other, &[pieces(&b, 1)]).await.is_err());
        drop(other);
        drop(tx);
        let mut other = write(&t.app).await;
        lock_product(&mut other, &cap).await.unwrap();
        assert_eq!(reserve(&mut other, &[pieces(&b, 1)]).await.unwrap().len(), 1);
    })
    .await;
}
