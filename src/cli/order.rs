//! `mercer order`: what an operator must be able to do without a browser.

use clap::Subcommand;

use super::out::say;
use super::table::{moment, print_table};
use super::{Failure, start};
use crate::app::App;
use crate::config::Env;
use crate::db::orders::{self, OrderFilter};
use crate::domain::money::Currency;
use crate::domain::order::{Actor, Order, OrderSummary, State};
use crate::domain::withdrawal::{Extent, Outcome, Withdrawal};
use crate::shop;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Prints the newest orders
    List {
        /// Only orders in this state, such as `pending_payment`
        #[arg(long)]
        state: Option<String>,
        /// Only orders with a smaller number: the last one of the page before
        #[arg(long)]
        before: Option<i64>,
        /// How many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=1000))]
        limit: i64,
    },
    /// Prints an order with its lines and its history
    Show { number: i64 },
    /// The money has come
    Paid {
        number: i64,
        /// What the statement of account says
        #[arg(long, default_value = "")]
        reference: String,
    },
    /// The parcel has left
    Ship {
        number: i64,
        /// The carrier's number or link
        #[arg(long, default_value = "")]
        tracking: String,
    },
    /// Cancels the order; its stock goes back
    Cancel {
        number: i64,
        /// Why, for the order's history
        #[arg(long, default_value = "")]
        note: String,
    },
}

pub async fn run(env: Env, command: Command) -> Result<(), Failure> {
    start::with_store(env, async |app| act(app, command).await).await
}

async fn act(app: &App, command: Command) -> Result<(), Failure> {
    let moved = match command {
        Command::List { state, before, limit } => return list(app, state.as_deref(), before, limit).await,
        Command::Show { number } => {
            print_order(&find(app, number).await?);
            return Ok(());
        }
        Command::Paid { number, reference } => {
            let order = find(app, number).await?;
            shop::orders::mark_paid(app, &order.id, &reference, Actor::Operator).await?
        }
        Command::Ship { number, tracking } => {
            let order = find(app, number).await?;
            shop::orders::ship(app, &order.id, &tracking, Actor::Operator).await?
        }
        Command::Cancel { number, note } => {
            let order = find(app, number).await?;
            shop::orders::cancel(app, &order.id, &note, Actor::Operator).await?
        }
    };
    say!("order {} is {}", moved.number, moved.state.as_str());
    Ok(())
}

async fn find(app: &App, number: i64) -> Result<Order, Failure> {
    let found = orders::find_order_by_number(&mut app.db.read().await?, number).await?;
    found.ok_or_else(|| Failure(format!("there is no order {number}; `mercer order list` shows them")))
}

async fn list(app: &App, state: Option<&str>, before: Option<i64>, limit: i64) -> Result<(), Failure> {
    let state = match state {
        Some(name) => Some(State::parse(name).ok_or_else(|| {
            let known: Vec<&str> = State::ALL.iter().map(|s| s.as_str()).collect();
            Failure(format!("there is no state {name:?}; there are {}", known.join(", ")))
        })?),
        None => None,
    };
    let filter = OrderFilter { state, before_number: before, limit };
    let found = orders::list_orders(&mut app.db.read().await?, &filter).await?;
    let rows: Vec<[String; 6]> = found.iter().map(summary).collect();
    print_table(&["NUMBER", "PLACED", "STATE", "PIECES", "TOTAL", "E-MAIL"], &rows);
    Ok(())
}

fn summary(order: &OrderSummary) -> [String; 6] {
    [
        order.number.to_string(),
        moment(order.placed_at),
        match order.withdrawn {
            Extent::Nothing => order.state.as_str().to_owned(),
            Extent::Part => format!("{}, partly withdrawn", order.state.as_str()),
            Extent::Whole => format!("{}, withdrawn", order.state.as_str()),
        },
        order.pieces.to_string(),
        amount(order.total_minor, &order.currency),
        order.email.clone(),
    ]
}

fn print_order(order: &Order) {
    say!("order {} · {} · placed {}", order.number, order.state.as_str(), moment(order.placed_at));
    say!("{} · {}", order.email, order.payment_method.as_str());
    say!("{} {}", order.shipping_address.lines().join(", "), order.shipping_address.country);
    if !order.tracking.is_empty() {
        say!("tracking {}", order.tracking);
    }
    if !order.note.is_empty() {
        say!("note: {}", order.note.replace('\n', " / "));
    }
    say!();
    let lines: Vec<[String; 5]> = order
        .lines
        .iter()
        .map(|line| {
            [
                line.sku.clone(),
                [line.title.as_str(), line.variant_title.as_str()].join(" ").trim().to_owned(),
                line.quantity.to_string(),
                amount(line.unit_minor, &order.currency),
                amount(line.total_minor, &order.currency),
            ]
        })
        .collect();
    print_table(&["SKU", "ITEM", "PIECES", "PRICE", "TOTAL"], &lines);
    say!();
    for (name, minor) in [
        ("items", order.items_minor),
        ("discount", -order.discount_minor),
        ("delivery", order.shipping_minor),
        ("total", order.total_minor),
        ("of which tax", order.tax_minor),
    ] {
        say!("{name:<14}{:>14}", amount(minor, &order.currency));
    }
    for withdrawal in &order.withdrawals {
        print_withdrawal(order, withdrawal);
    }
    say!();
    let events: Vec<[String; 4]> = order
        .events
        .iter()
        .map(|e| [moment(e.at), e.kind.clone(), e.actor.as_str().to_owned(), e.note.clone()])
        .collect();
    print_table(&["WHEN", "WHAT", "WHO", "NOTE"], &events);
}

fn print_withdrawal(order: &Order, withdrawal: &Withdrawal) {
    let sku = |id: &str| order.lines.iter().find(|l| l.variant_id == id).map_or("?", |l| l.sku.as_str());
    let goods: Vec<String> =
        withdrawal.lines.iter().map(|l| format!("{} × {}", l.quantity, sku(&l.variant_id))).collect();
    let all = if withdrawal.whole { "all of it" } else { "a part" };
    say!();
    say!("withdrawn {} ({all}): {}", moment(withdrawal.at), goods.join(", "));
    say!("by {} <{}>", withdrawal.name, withdrawal.email);
    let next = match withdrawal.outcome {
        Outcome::Cancelled => "not sent, the goods are back in stock",
        Outcome::PartUnsent => "do not send these goods, put them back into stock",
        Outcome::Return => "the goods come back",
    };
    say!("{next}; to pay back {}", amount(withdrawal.refund_minor, &order.currency));
}

fn amount(minor: i64, currency: &str) -> String {
    match Currency::parse(currency) {
        Some(known) => format!("{} {currency}", known.decimal(minor)),
        None => format!("{minor} {currency} (minor units)"),
    }
}
