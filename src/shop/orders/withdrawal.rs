//! Withdrawing from an order: the statement is kept, the order moves, and the receipt is on its way, all at once.

use super::step::{Applied, Step, apply, busy};
use crate::app::App;
use crate::db::jobs::{self, NewJob};
use crate::db::{Tx, idempotency, orders, withdrawals};
use crate::domain::customer::Email;
use crate::domain::order::{Actor, Order};
use crate::domain::withdrawal::{NAME_CHARS_MAX, Plan, Refusal, Withdrawal, WithdrawnLine, plan};
use crate::error::{Error, FieldErrors, OrNotFound, Result};
use crate::random::token_hash;
use crate::shop::attempts::{ATTEMPTS_MAX, pause, settled};
use crate::shop::mails::MailJob;

/// As the usual limit for such keys.
const KEY_BYTES_MAX: usize = 255;

/// What a shopper states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Who withdraws.
    pub name: String,
    /// Where the receipt goes.
    pub email: String,
    /// Nothing named means everything that is left.
    pub lines: Vec<WithdrawnLine>,
    /// Made when the form was shown: the same one twice withdraws once. None: each request is a statement of its own.
    pub idempotency_key: Option<String>,
}

/// What a key and its request are called in the table of keys.
struct Key {
    scope: String,
    key: String,
    request_hash: String,
}

/// Withdraws from all or a part of an order.
/// Errors: `Invalid` at `name`, `email`, `lines` or `idempotency_key`; `Conflict` when there is nothing to withdraw from
/// any more.
pub async fn withdraw(app: &App, order_id: &str, statement: Statement) -> Result<Order> {
    let statement = checked(statement)?;
    let key = statement.idempotency_key.as_ref().map(|key| Key {
        scope: format!("withdrawal:{order_id}"),
        key: key.clone(),
        request_hash: token_hash(&format!("{:?}", (&statement.name, &statement.email, &statement.lines))),
    });
    for _ in 0..ATTEMPTS_MAX {
        if let Some(outcome) = settled(try_withdraw(app, order_id, &statement, key.as_ref()).await) {
            return outcome;
        }
        pause(app).await;
    }
    Err(busy())
}

/// The statement without needless blanks, its address in the form in which accounts keep theirs.
fn checked(statement: Statement) -> Result<Statement> {
    let mut errors = FieldErrors::default();
    let name = statement.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        errors.add("name", "withdrawal.error_name");
    }
    let email = Email::parse(&statement.email).map(|email| email.as_str().to_owned());
    if email.is_err() {
        errors.add("email", "checkout.email.invalid");
    }
    let is_key =
        |key: &String| (1..=KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    if !statement.idempotency_key.as_ref().is_none_or(is_key) {
        errors.add("idempotency_key", "checkout.key.invalid");
    }
    errors.into_result()?;
    Ok(Statement { name, email: email.unwrap_or_default(), ..statement })
}

async fn try_withdraw(
    app: &App,
    order_id: &str,
    statement: &Statement,
    key: Option<&Key>,
) -> Result<Option<Order>> {
    let mut tx = app.db.write().await?;
    let now_ms = app.clock.now_ms();
    let id = app.id();
    if let Some(key) = key
        && !take_key(&mut tx, key, &id, now_ms).await?
    {
        return Ok(Some(orders::find_order(&mut tx, order_id).await?.or_not_found("order")?));
    }
    let order = orders::find_order(&mut tx, order_id).await?.or_not_found("order")?;
    let zone = app.settings().zone();
    let plan = plan(&order, &statement.lines, &zone, now_ms).map_err(refused)?;
    let Some(order) = write(app, &mut tx, &order, (id, statement, plan)).await? else { return Ok(None) };
    tx.commit().await?;
    app.jobs_wake.notify_one();
    Ok(Some(order))
}

/// Takes the key; false when the same request had it before.
async fn take_key(tx: &mut Tx, key: &Key, id: &str, now_ms: i64) -> Result<bool> {
    let (scope, request_hash) = (key.scope.as_str(), key.request_hash.as_str());
    let new = idempotency::NewKey { scope, key: &key.key, request_hash, resource_id: id };
    if idempotency::insert_key(tx, &new, now_ms).await? {
        return Ok(true);
    }
    match idempotency::find_key(tx, scope, &key.key).await? {
        Some(known) if known.request_hash == request_hash => Ok(false),
        _ => Err(Error::field("idempotency_key", "withdrawal.error_key_reused")),
    }
}

/// Writes the statement, the order's move and both mails; `None` when the order moved meanwhile.
async fn write(
    app: &App,
    tx: &mut Tx,
    order: &Order,
    (id, statement, plan): (String, &Statement, Plan),
) -> Result<Option<Order>> {
    let note = what(order, &plan.lines);
    let step = Step { note: &note, ..Step::new(plan.event, Actor::Shopper) };
    if apply(app, tx, order, step).await? != Applied::Done {
        return Ok(None);
    }
    let withdrawal = Withdrawal {
        id,
        outcome: plan.outcome,
        whole: plan.whole,
        refund_minor: plan.refund_minor,
        name: statement.name.clone(),
        email: statement.email.clone(),
        // Two statements within a millisecond keep their order.
        at: app.clock.now_ms().max(order.withdrawals.last().map_or(0, |last| last.at + 1)),
        lines: plan.lines,
    };
    withdrawals::insert_withdrawal(tx, &order.id, &withdrawal).await?;
    let (order_id, withdrawal_id) = (order.id.clone(), withdrawal.id.clone());
    insert_mail(app, tx, &MailJob::OrderWithdrawn { order_id, withdrawal_id }).await?;
    let (order_id, withdrawal_id) = (order.id.clone(), withdrawal.id);
    insert_mail(app, tx, &MailJob::WithdrawalNotice { order_id, withdrawal_id }).await?;
    Ok(Some(orders::find_order(tx, &order.id).await?.or_not_found("order")?))
}

/// "MER38-BRN × 1, STR-20 × 2", for the order's history.
fn what(order: &Order, lines: &[WithdrawnLine]) -> String {
    let sku = |variant_id: &str| {
        order.lines.iter().find(|line| line.variant_id == variant_id).map_or("", |line| line.sku.as_str())
    };
    let parts: Vec<String> =
        lines.iter().map(|line| format!("{} × {}", sku(&line.variant_id), line.quantity)).collect();
    parts.join(", ")
}

async fn insert_mail(app: &App, tx: &mut Tx, mail: &MailJob) -> Result<()> {
    let (id, payload, now_ms) = (app.id(), mail.payload(), app.clock.now_ms());
    let job = NewJob { id: &id, kind: "mail", payload: &payload, due_at: now_ms };
    Ok(jobs::insert_job(tx, job, now_ms).await?)
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Goods => Error::field("lines", "withdrawal.error_goods"),
        Refusal::WholeOnly => Error::field("lines", "withdrawal.error_whole_only"),
        Refusal::Ended => {
            Error::Conflict("the order has ended: there is nothing to withdraw from".to_owned())
        }
        Refusal::Done => Error::Conflict("all of this order was withdrawn from already".to_owned()),
        Refusal::Late => Error::Conflict("the time to withdraw from this order is over".to_owned()),
    }
}
