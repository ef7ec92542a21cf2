//! Withdrawing from a contract (directive 2011/83/EU, its function as in 2023/2673): until when, from what, and what is
//! to be paid back.
//!
//! The law's fourteen days run from the day on which the goods arrive, which a shop rarely knows. They are counted here
//! from the later of two moments: when the order was noted as arrived, and [`TRANSIT_DAYS`] after it was sent. So an
//! order that is closed early shortens nobody's right, and whoever gets his parcel sooner has some days more. The last
//! day counts whole, by the shop's own clocks.

use super::order::{Event, Order, OrderLine, State};
use super::zone::Zone;

/// The law's period.
pub const PERIOD_DAYS: i64 = 14;
/// A parcel is taken to be this long under way, at least.
pub const TRANSIT_DAYS: i64 = 7;
/// Goods go back, and money too, within this.
pub const RETURN_DAYS: i64 = 14;
/// Characters of the name in a statement.
pub const NAME_CHARS_MAX: usize = 200;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A statement that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    pub id: String,
    pub outcome: Outcome,
    /// Nothing of the order is left after it.
    pub whole: bool,
    /// What is to be paid back, if it was paid.
    pub refund_minor: i64,
    /// Who withdrew; empty once the customer is forgotten.
    pub name: String,
    /// Where the receipt went; empty once the customer is forgotten.
    pub email: String,
    pub at: i64,
    pub lines: Vec<WithdrawnLine>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithdrawnLine {
    pub variant_id: String,
    pub quantity: i64,
}

/// What follows from a withdrawal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was sent and nothing will be: the order is cancelled.
    Cancelled,
    /// Nothing was sent yet; the rest of the order will be.
    PartUnsent,
    /// The goods come back.
    Return,
}

/// What a withdrawal does to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub event: Event,
    pub outcome: Outcome,
    pub whole: bool,
    pub refund_minor: i64,
    pub lines: Vec<WithdrawnLine>,
}

/// How much of an order was withdrawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Nothing,
    Part,
    Whole,
}

/// Why there is nothing to withdraw from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no contract any more: cancelled, expired.
    Ended,
    /// Everything was withdrawn from already.
    Done,
    /// The period is over.
    Late,
    /// Goods that the order does not have, or more of them than are left.
    Goods,
    /// What was neither paid nor sent is withdrawn from as a whole: the price that is waited for can't be parted.
    WholeOnly,
}

impl Outcome {
    pub const ALL: [Outcome; 3] = [Outcome::Cancelled, Outcome::PartUnsent, Outcome::Return];

    /// The stored name, and the last part of text keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Cancelled => "cancelled",
            Outcome::PartUnsent => "part_unsent",
            Outcome::Return => "return",
        }
    }

    pub fn parse(name: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == name)
    }
}

impl Withdrawal {
    /// Until then the goods and the money are on their way back: the last moment of the last day.
    pub fn settled_by(&self, zone: &Zone) -> i64 {
        zone.day_begins(self.at, RETURN_DAYS + 1) - 1
    }
}

/// The end of the period; `None` while it has not begun: nothing was sent yet.
pub fn ends_at(order: &Order, zone: &Zone) -> Option<i64> {
    let last = |event: Event| order.events.iter().filter(|e| e.kind == event.as_str()).map(|e| e.at).max();
    let arrival = last(Event::Ship)?.saturating_add(TRANSIT_DAYS * DAY_MS);
    let from = last(Event::Complete).map_or(arrival, |noted| noted.max(arrival));
    Some(zone.day_begins(from, PERIOD_DAYS + 1))
}

/// How many pieces of a line can still be withdrawn.
pub fn left_of(order: &Order, line: &OrderLine) -> i64 {
    line.quantity - withdrawn_of(order, &line.variant_id)
}

/// Whether only the whole order can be withdrawn from.
pub fn is_whole_only(order: &Order) -> bool {
    !owes(order)
}

/// Whether anything can be withdrawn now; the reason why not.
pub fn check(order: &Order, zone: &Zone, now_ms: i64) -> Result<(), Refusal> {
    if order.lines.iter().all(|line| left_of(order, line) == 0) {
        return Err(Refusal::Done);
    }
    match order.state {
        State::Cancelled | State::Expired | State::PaidUnfulfillable => Err(Refusal::Ended),
        State::Shipped | State::Completed if ends_at(order, zone).is_some_and(|end| now_ms >= end) => {
            Err(Refusal::Late)
        }
        _ => Ok(()),
    }
}

/// What withdrawing from `wanted` does; nothing wanted means everything that is left.
pub fn plan(order: &Order, wanted: &[WithdrawnLine], zone: &Zone, now_ms: i64) -> Result<Plan, Refusal> {
    check(order, zone, now_ms)?;
    let everything = || -> Vec<WithdrawnLine> {
        let line = |line: &OrderLine| WithdrawnLine {
            variant_id: line.variant_id.clone(),
            quantity: left_of(order, line),
        };
        order.lines.iter().map(line).filter(|line| line.quantity > 0).collect()
    };
    let lines = if wanted.is_empty() { everything() } else { wanted.to_vec() };
    let wants = |line: &OrderLine| -> i64 {
        lines.iter().filter(|w| w.variant_id == line.variant_id).map(|w| w.quantity).sum()
    };
    let known =
        |w: &WithdrawnLine| w.quantity > 0 && order.lines.iter().any(|line| line.variant_id == w.variant_id);
    if !lines.iter().all(known) || order.lines.iter().any(|line| wants(line) > left_of(order, line)) {
        return Err(Refusal::Goods);
    }
    let whole = order.lines.iter().all(|line| wants(line) == left_of(order, line));
    if !whole && !owes(order) {
        return Err(Refusal::WholeOnly);
    }
    let (event, outcome) = match (order.state, whole) {
        (State::Shipped | State::Completed, true) => (Event::Withdraw, Outcome::Return),
        (State::Shipped | State::Completed, false) => (Event::WithdrawPart, Outcome::Return),
        (_, true) => (Event::Withdraw, Outcome::Cancelled),
        (_, false) => (Event::WithdrawPart, Outcome::PartUnsent),
    };
    let goods_minor = order.lines.iter().map(|line| worth(order, line, wants(line))).sum::<i64>();
    // Whoever keeps something would have paid for its delivery anyway.
    let delivery_minor = if whole { order.shipping_minor } else { 0 };
    let refund_minor = if owes(order) { goods_minor + delivery_minor } else { 0 };
    Ok(Plan { event, outcome, whole, refund_minor, lines })
}

/// Whether the shop has the money, or the carrier has taken it at the door.
fn owes(order: &Order) -> bool {
    matches!(order.state, State::Shipped | State::Completed)
        || order.payments.last().is_some_and(|payment| payment.state.is_paid())
}

/// What was paid for the next `quantity` pieces of a line. Taken from the sum so far, so that the parts of a line add up
/// to its total.
fn worth(order: &Order, line: &OrderLine, quantity: i64) -> i64 {
    let before = withdrawn_of(order, &line.variant_id);
    let up_to = |pieces: i64| -> i64 {
        let share = i128::from(line.total_minor) * i128::from(pieces) / i128::from(line.quantity.max(1));
        i64::try_from(share).unwrap_or(line.total_minor)
    };
    up_to(before + quantity) - up_to(before)
}

fn withdrawn_of(order: &Order, variant_id: &str) -> i64 {
    let lines = order.withdrawals.iter().flat_map(|w| &w.lines);
    lines.filter(|line| line.variant_id == variant_id).map(|line| line.quantity).sum()
}

#[cfg(test)]
mod tests;
