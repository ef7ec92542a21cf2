//! Payments of an order, oldest first; one moves from where it was read only.

use mercer::db::payments::*;
use mercer::db::{Conn, Writes};
use mercer::domain::payment::{Method, Payment, PaymentState};
use mercer::shop::setup;
use sqlx::error::ErrorKind;

use super::seeds::refusal;
use crate::shop::goods::{buy, offer};
use crate::support::both_engines;

fn payment(id: &str, at: i64) -> Payment {
    Payment {
        id: id.to_owned(),
        method: Method::PayOnDelivery,
        state: PaymentState::Created,
        amount_minor: 100,
        currency: "EUR".to_owned(),
        reference: String::new(),
        created_at: at,
        updated_at: at,
    }
}

async fn put_payment(conn: &mut Conn, order_id: &str, payment: &Payment) -> sqlx::Result<()> {
    let mut writes = Writes::default();
    add_payment(&mut writes, order_id, payment);
    writes.run(conn).await
}

#[tokio::test]
async fn a_payment_moves_once_from_where_it_was() {
    both_engines(async |t| {
        setup::ensure_defaults(&t.app).await.unwrap();
        let watch = offer(&t.app, "watch", 100, 9).await;
        let order = buy(&t.app, &[(&watch, 2)], "bank_transfer").await;
        let mut tx = t.app.db.write().await.unwrap();
        let (late, early) = (payment("late", 30), payment("early", 10));
        for row in [&late, &early] {
            put_payment(&mut tx, &order.id, row).await.unwrap();
        }
        let listed = list_payments(&mut tx, &order.id).await.unwrap();
        assert_eq!(listed, [early.clone(), late, order.payments[0].clone()]);
        assert_eq!(list_payments(&mut tx, "none").await.unwrap(), []);

        assert!(update_payment(&mut tx, &early, PaymentState::Pending, "tx 1", 40).await.unwrap());
        assert!(!update_payment(&mut tx, &early, PaymentState::Captured, "tx 2", 41).await.unwrap());
        let read = list_payments(&mut tx, &order.id).await.unwrap().remove(0);
        let pending = PaymentState::Pending;
        let expected = Payment { state: pending, reference: "tx 1".to_owned(), updated_at: 40, ..early };
        assert_eq!(read, expected);
        assert!(update_payment(&mut tx, &read, PaymentState::Captured, "", 50).await.unwrap());
        let listed = list_payments(&mut tx, &order.id).await.unwrap();
        assert_eq!((listed[0].reference.as_str(), listed[0].state), ("tx 1", PaymentState::Captured));
        assert_eq!(listed[1].state, PaymentState::Created, "the other one stays");
        tx.commit().await.unwrap();

        let negative = Payment { amount_minor: -1, ..payment("negative", 1) };
        for (order_id, row, kind) in [
            (order.id.as_str(), &negative, ErrorKind::CheckViolation),
            ("none", &payment("orphan", 1), ErrorKind::ForeignKeyViolation),
        ] {
            let mut tx = t.app.db.write().await.unwrap();
            assert_eq!(refusal(put_payment(&mut tx, order_id, row).await), kind);
        }
    })
    .await;
}
