//! Withdrawing from an order: the law's function, for programs.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::types::Example;
use poem_openapi::{ApiResponse, Enum, Object, OpenApi};

use super::Group;
use super::orders::OrderView;
use super::problem::Problem;
use super::views::Money;
use crate::app::App;
use crate::domain::order::Order;
use crate::domain::withdrawal::{Outcome, Withdrawal, WithdrawnLine};
use crate::domain::zone::Zone;
use crate::error::{Error, FieldErrors, OrNotFound as _};
use crate::shop::orders::{self, Statement};

/// What a shopper states when he withdraws.
#[derive(Debug, Clone, Object)]
#[oai(example)]
pub struct NewWithdrawal {
    /// Who withdraws.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    /// Where the receipt goes: a mail with the statement, date and time.
    #[oai(validator(max_length = 254))]
    email: String,
    /// The goods; left out or empty: everything that is left. What was neither paid nor sent can only be withdrawn from
    /// as a whole.
    #[oai(default, validator(max_items = 100))]
    lines: Vec<WithdrawalLine>,
}

/// Pieces of a line of the order.
#[derive(Debug, Clone, Object)]
#[oai(example)]
pub struct WithdrawalLine {
    /// The line's `variant_id`.
    #[oai(validator(max_length = 64))]
    variant_id: String,
    /// How many pieces.
    #[oai(validator(minimum(value = "1"), maximum(value = "999")))]
    quantity: i64,
}

impl Example for NewWithdrawal {
    fn example() -> NewWithdrawal {
        NewWithdrawal {
            name: "Ada Lovelace".to_owned(),
            email: "ada@example.com".to_owned(),
            lines: vec![WithdrawalLine::example()],
        }
    }
}

impl Example for WithdrawalLine {
    fn example() -> WithdrawalLine {
        WithdrawalLine { variant_id: "0199d8a2-7c1e-7b11-9f00-4a5b6c7d8e9f".to_owned(), quantity: 1 }
    }
}

/// What follows from a withdrawal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum WithdrawalOutcome {
    /// Nothing was sent and nothing will be.
    Cancelled,
    /// These goods are not sent; the rest of the order is.
    PartUnsent,
    /// The goods are to be sent back.
    Return,
}

impl From<Outcome> for WithdrawalOutcome {
    fn from(outcome: Outcome) -> WithdrawalOutcome {
        match outcome {
            Outcome::Cancelled => WithdrawalOutcome::Cancelled,
            Outcome::PartUnsent => WithdrawalOutcome::PartUnsent,
            Outcome::Return => WithdrawalOutcome::Return,
        }
    }
}

/// A withdrawal as it was received.
#[derive(Debug, Clone, Object)]
pub struct WithdrawalView {
    outcome: WithdrawalOutcome,
    /// Nothing of the order is left after it.
    whole: bool,
    /// What is paid back.
    refund: Money,
    lines: Vec<WithdrawalLine>,
    /// When the statement came. Milliseconds since 1970-01-01 UTC.
    at: i64,
    /// Until then the goods are to be sent back and the money is paid back. Milliseconds since 1970-01-01 UTC.
    settled_by: i64,
}

impl WithdrawalView {
    pub fn of(withdrawal: &Withdrawal, order: &Order, zone: &Zone) -> WithdrawalView {
        let line =
            |l: &WithdrawnLine| WithdrawalLine { variant_id: l.variant_id.clone(), quantity: l.quantity };
        WithdrawalView {
            outcome: withdrawal.outcome.into(),
            whole: withdrawal.whole,
            refund: Money::new(withdrawal.refund_minor, &order.currency),
            lines: withdrawal.lines.iter().map(line).collect(),
            at: withdrawal.at,
            settled_by: withdrawal.settled_by(zone),
        }
    }
}

/// The statement was received.
#[derive(ApiResponse)]
pub enum Withdrawn {
    /// The order with its withdrawals; the same again for the same `Idempotency-Key`.
    #[oai(status = 201)]
    Created(Json<OrderView>),
}

pub struct WithdrawalsApi;

#[OpenApi]
impl WithdrawalsApi {
    /// Withdraws from all or a part of an order, as the law lets consumers until 14 days after the goods arrived. Before
    /// the parcel left the order is cancelled or sent without these goods; afterwards they come back.
    #[oai(
        path = "/orders/:token/withdrawals",
        method = "post",
        operation_id = "withdraw_from_order",
        tag = "Group::Orders"
    )]
    async fn create(
        &self,
        app: Data<&Arc<App>>,
        #[oai(validator(max_length = 64))] token: Path<String>,
        /// Made by the client for this statement: printable, at most 255 characters. Without one every request is new.
        #[oai(name = "Idempotency-Key", validator(max_length = 255))]
        idempotency_key: Header<Option<String>>,
        body: Json<NewWithdrawal>,
    ) -> Result<Withdrawn, Problem> {
        let mut conn = app.db.read().await?;
        let order = orders::find_by_token(&mut conn, &token).await?.or_not_found("order")?;
        drop(conn);
        let NewWithdrawal { name, email, lines } = body.0;
        let line = |l: WithdrawalLine| WithdrawnLine { variant_id: l.variant_id, quantity: l.quantity };
        let statement = Statement {
            name,
            email,
            lines: lines.into_iter().map(line).collect(),
            idempotency_key: idempotency_key.0,
        };
        let done = orders::withdraw(&app, &order.id, statement).await;
        Ok(Withdrawn::Created(Json(OrderView::of(done.map_err(renamed)?, &app.settings().zone()))))
    }
}

/// The fields under the names of this document.
fn renamed(error: Error) -> Error {
    let Error::Invalid(errors) = error else { return error };
    let mut named = FieldErrors::default();
    for error in errors.0 {
        let field = if error.field == "idempotency_key" { "Idempotency-Key" } else { &error.field };
        named.add(field, error.reason);
    }
    Error::Invalid(named)
}
