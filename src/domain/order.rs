//! An order: its states, the table of legal moves, and what is kept of it for ever.

use super::address::Address;
use super::payment::{Method, Payment};
use super::tax::TaxSum;
use super::withdrawal::{Extent, Withdrawal};

/// A note that a shopper leaves is cut off by a form error above this.
pub const NOTE_CHARS_MAX: usize = 1000;
/// The longest tracking number or link of a carrier.
pub const TRACKING_CHARS_MAX: usize = 200;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Stock is held, money has not come.
    PendingPayment,
    /// Money is here, stock is taken.
    Paid,
    /// Being packed. Pay on delivery starts here: stock is taken, the carrier collects the money.
    Fulfilling,
    Shipped,
    Completed,
    Cancelled,
    /// Money did not come in time; the stock went back.
    Expired,
    /// Money came after the stock had gone: it is to be given back.
    PaidUnfulfillable,
}

/// What can happen to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// Money came, and the stock for it is there.
    Pay,
    /// Money came, but the stock is gone.
    PayUnfulfillable,
    /// Packing began.
    Pack,
    Ship,
    Complete,
    Cancel,
    Expire,
    /// Money that could not be used was given back.
    Refund,
    /// The shopper withdrew from all of it: what was not sent is cancelled, what was comes back.
    Withdraw,
    /// The shopper withdrew from a part of it.
    WithdrawPart,
}

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Shopper,
    Operator,
    System,
}

/// An order with everything that its page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub id: String,
    /// Public, ascending with gaps.
    pub number: i64,
    /// 128 random bits: whoever has the link sees the order.
    pub token: String,
    pub customer_id: Option<String>,
    pub email: String,
    pub state: State,
    pub payment_method: Method,
    pub shipping_key: String,
    pub shipping_name: String,
    pub country: String,
    /// ISO 4217.
    pub currency: String,
    pub items_minor: i64,
    pub discount_minor: i64,
    pub shipping_minor: i64,
    pub tax_minor: i64,
    pub total_minor: i64,
    pub taxes: Vec<TaxSum>,
    pub discount_code: String,
    pub shipping_address: Address,
    /// `None`: as the shipping address.
    pub billing_address: Option<Address>,
    pub note: String,
    pub tracking: String,
    pub expires_at: Option<i64>,
    pub version: i64,
    pub placed_at: i64,
    pub updated_at: i64,
    pub lines: Vec<OrderLine>,
    /// Oldest first.
    pub events: Vec<OrderEvent>,
    /// Oldest first; the last one counts.
    pub payments: Vec<Payment>,
    /// Oldest first.
    pub withdrawals: Vec<Withdrawal>,
}

/// A bought line, as it was sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    pub variant_id: String,
    pub product_slug: String,
    pub title: String,
    pub variant_title: String,
    pub sku: String,
    /// Empty: the product had no picture.
    pub media_hash: String,
    pub quantity: i64,
    pub unit_minor: i64,
    pub discount_minor: i64,
    pub total_minor: i64,
    pub rate_bp: i64,
    pub tax_minor: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderEvent {
    pub id: String,
    /// "placed", or an [`Event`]'s name.
    pub kind: String,
    /// The order's state after it.
    pub state: State,
    pub actor: Actor,
    pub note: String,
    pub at: i64,
}

/// A line of a list of orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderSummary {
    pub id: String,
    pub number: i64,
    pub token: String,
    pub email: String,
    pub state: State,
    pub payment_method: Method,
    pub currency: String,
    pub total_minor: i64,
    /// Pieces, over all lines.
    pub pieces: i64,
    pub withdrawn: Extent,
    pub placed_at: i64,
}

impl State {
    pub const ALL: [State; 8] = [
        State::PendingPayment,
        State::Paid,
        State::Fulfilling,
        State::Shipped,
        State::Completed,
        State::Cancelled,
        State::Expired,
        State::PaidUnfulfillable,
    ];

    /// The state after `event`, or `None` if that can't happen now.
    pub fn after(self, event: Event) -> Option<State> {
        use Event::*;
        match (self, event) {
            (State::PendingPayment, Pay) => Some(State::Paid),
            (State::PendingPayment, Cancel) => Some(State::Cancelled),
            (State::PendingPayment, Expire) => Some(State::Expired),
            (State::Paid, Pack) => Some(State::Fulfilling),
            (State::Paid | State::Fulfilling, Ship) => Some(State::Shipped),
            (State::Paid | State::Fulfilling, Cancel) => Some(State::Cancelled),
            // Pay on delivery: the money comes while or after the parcel travels, and moves nothing else.
            (State::Fulfilling, Pay) => Some(State::Fulfilling),
            (State::Shipped, Pay) => Some(State::Shipped),
            (State::Completed, Pay) => Some(State::Completed),
            (State::Shipped, Complete) => Some(State::Completed),
            // Money that came too late: filled if the stock is still there, else given back.
            (State::Expired, Pay) => Some(State::Paid),
            (State::Expired | State::Cancelled, PayUnfulfillable) => Some(State::PaidUnfulfillable),
            (State::PaidUnfulfillable, Refund) => Some(State::Cancelled),
            // Money given back for what was cancelled or returned moves nothing else.
            (State::Cancelled, Refund) => Some(State::Cancelled),
            (State::Shipped, Refund) => Some(State::Shipped),
            (State::Completed, Refund) => Some(State::Completed),
            (State::PendingPayment | State::Paid | State::Fulfilling, Withdraw) => Some(State::Cancelled),
            // What was sent comes back, or a part stays at home: the order goes its way.
            (State::Shipped, Withdraw | WithdrawPart) => Some(State::Shipped),
            (State::Completed, Withdraw | WithdrawPart) => Some(State::Completed),
            (State::Paid, WithdrawPart) => Some(State::Paid),
            (State::Fulfilling, WithdrawPart) => Some(State::Fulfilling),
            _ => None,
        }
    }

    /// The stored name, and the text key after `order.state.`.
    pub fn as_str(self) -> &'static str {
        match self {
            State::PendingPayment => "pending_payment",
            State::Paid => "paid",
            State::Fulfilling => "fulfilling",
            State::Shipped => "shipped",
            State::Completed => "completed",
            State::Cancelled => "cancelled",
            State::Expired => "expired",
            State::PaidUnfulfillable => "paid_unfulfillable",
        }
    }

    pub fn parse(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// What the order's reservations are while it is in this state.
    pub fn reservation(self) -> Reservation {
        match self {
            State::PendingPayment => Reservation::Held,
            State::Paid | State::Fulfilling | State::Shipped | State::Completed => Reservation::Taken,
            State::Cancelled | State::Expired | State::PaidUnfulfillable => Reservation::Released,
        }
    }
}

/// What an order has of the stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reservation {
    /// Counted in `reserved`, still on the shelf.
    Held,
    /// Sold: gone from `on_hand`.
    Taken,
    /// Given back.
    Released,
}

impl Reservation {
    pub fn as_str(self) -> &'static str {
        match self {
            Reservation::Held => "held",
            Reservation::Taken => "taken",
            Reservation::Released => "released",
        }
    }
}

impl Event {
    pub const ALL: [Event; 10] = [
        Event::Pay,
        Event::PayUnfulfillable,
        Event::Pack,
        Event::Ship,
        Event::Complete,
        Event::Cancel,
        Event::Expire,
        Event::Refund,
        Event::Withdraw,
        Event::WithdrawPart,
    ];

    /// The name in the order's history, and the text key after `order.event.`.
    pub fn as_str(self) -> &'static str {
        match self {
            Event::Pay => "paid",
            Event::PayUnfulfillable => "paid_unfulfillable",
            Event::Pack => "packed",
            Event::Ship => "shipped",
            Event::Complete => "completed",
            Event::Cancel => "cancelled",
            Event::Expire => "expired",
            Event::Refund => "refunded",
            Event::Withdraw => "withdrawn",
            Event::WithdrawPart => "withdrawn_part",
        }
    }
}

impl Actor {
    pub fn as_str(self) -> &'static str {
        match self {
            Actor::Shopper => "shopper",
            Actor::Operator => "operator",
            Actor::System => "system",
        }
    }

    pub fn parse(name: &str) -> Option<Actor> {
        [Actor::Shopper, Actor::Operator, Actor::System].into_iter().find(|a| a.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pair of state and event, in words; what is not listed can't happen.
    const LEGAL: [(&str, &str, &str); 28] = [
        ("pending_payment", "paid", "paid"),
        ("pending_payment", "cancelled", "cancelled"),
        ("pending_payment", "expired", "expired"),
        ("paid", "packed", "fulfilling"),
        ("paid", "shipped", "shipped"),
        ("paid", "cancelled", "cancelled"),
        ("fulfilling", "shipped", "shipped"),
        ("fulfilling", "cancelled", "cancelled"),
        ("fulfilling", "paid", "fulfilling"),
        ("shipped", "paid", "shipped"),
        ("shipped", "completed", "completed"),
        ("completed", "paid", "completed"),
        ("expired", "paid", "paid"),
        ("expired", "paid_unfulfillable", "paid_unfulfillable"),
        ("cancelled", "paid_unfulfillable", "paid_unfulfillable"),
        ("paid_unfulfillable", "refunded", "cancelled"),
        ("cancelled", "refunded", "cancelled"),
        ("shipped", "refunded", "shipped"),
        ("completed", "refunded", "completed"),
        ("pending_payment", "withdrawn", "cancelled"),
        ("paid", "withdrawn", "cancelled"),
        ("fulfilling", "withdrawn", "cancelled"),
        ("shipped", "withdrawn", "shipped"),
        ("completed", "withdrawn", "completed"),
        ("paid", "withdrawn_part", "paid"),
        ("fulfilling", "withdrawn_part", "fulfilling"),
        ("shipped", "withdrawn_part", "shipped"),
        ("completed", "withdrawn_part", "completed"),
    ];

    #[test]
    fn every_pair_of_state_and_event() {
        let mut moves = 0;
        for state in State::ALL {
            for event in Event::ALL {
                let legal =
                    LEGAL.iter().find(|(from, what, _)| *from == state.as_str() && *what == event.as_str());
                assert_eq!(
                    state.after(event).map(State::as_str),
                    legal.map(|(_, _, to)| *to),
                    "{state:?} {event:?}"
                );
                moves += usize::from(legal.is_some());
            }
        }
        assert_eq!(moves, LEGAL.len());
    }

    #[test]
    fn names_are_read_back() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        assert_eq!(State::parse("canceled"), None);
        assert_eq!(Actor::parse("operator"), Some(Actor::Operator));
    }

    #[test]
    fn a_final_order_has_no_stock_unless_it_was_delivered() {
        for state in State::ALL {
            let stuck = Event::ALL.iter().all(|e| state.after(*e).is_none_or(|to| to == state));
            if stuck {
                assert_eq!(state.reservation(), Reservation::Taken, "{state:?}");
            }
        }
    }
}
