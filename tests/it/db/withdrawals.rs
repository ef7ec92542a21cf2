//! Withdrawals: kept as they were stated, and forgotten with their customer.

use mercer::db::withdrawals::*;
use mercer::domain::withdrawal::{Outcome, Withdrawal, WithdrawnLine};
use mercer::shop::setup;
use sqlx::error::ErrorKind;

use super::seeds::{self, refusal};
use crate::shop::goods::{buy, offer};
use crate::support::both_engines;

fn withdrawal(id: &str, at: i64, lines: &[(&str, i64)]) -> Withdrawal {
    let line = |(variant_id, quantity): &(&str, i64)| WithdrawnLine {
        variant_id: (*variant_id).to_owned(),
        quantity: *quantity,
    };
    Withdrawal {
        id: id.to_owned(),
        outcome: Outcome::Return,
        whole: false,
        refund_minor: 100,
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        at,
        lines: lines.iter().map(line).collect(),
    }
}

#[tokio::test]
async fn a_withdrawal_is_kept_with_its_lines() {
    both_engines(async |t| {
        setup::ensure_defaults(&t.app).await.unwrap();
        let watch = offer(&t.app, "watch", 100, 9).await;
        let order = buy(&t.app, &[(&watch, 3)], "bank_transfer").await;
        let mut tx = t.app.db.write().await.unwrap();
        seeds::customer(&mut tx, "ada").await;
        assert_eq!(list_withdrawals(&mut tx, &order.id).await.unwrap(), []);
        let (second, first) =
            (withdrawal("w2", 20, &[("b", 1)]), withdrawal("w1", 10, &[("a", 2), ("b", 1)]));
        insert_withdrawal(&mut tx, &order.id, &second).await.unwrap();
        insert_withdrawal(&mut tx, &order.id, &first).await.unwrap();
        assert_eq!(list_withdrawals(&mut tx, &order.id).await.unwrap(), [first, second]);
        // A guest's order is nobody's account.
        assert_eq!(update_withdrawals_forgotten(&mut tx, "ada").await.unwrap(), 0);
        tx.commit().await.unwrap();
        for (order_id, bad, kind) in [
            (order.id.as_str(), withdrawal("w1", 1, &[("a", 1)]), ErrorKind::UniqueViolation),
            (order.id.as_str(), withdrawal("w3", 1, &[("a", 0)]), ErrorKind::CheckViolation),
            ("none", withdrawal("w4", 1, &[("a", 1)]), ErrorKind::ForeignKeyViolation),
        ] {
            let mut tx = t.app.db.write().await.unwrap();
            assert_eq!(refusal(insert_withdrawal(&mut tx, order_id, &bad).await), kind);
        }
    })
    .await;
}
