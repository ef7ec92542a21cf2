//! The account's first page: orders first.

use std::sync::Arc;

use askama::Template;
use poem::http::StatusCode;
use poem::web::{Data, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::{DoneQuery, require};
use crate::app::App;
use crate::domain::order::OrderSummary;
use crate::domain::withdrawal::Extent;
use crate::error::Result;
use crate::shop::orders::list_for_customer;
use crate::web::guard::session::CurrentCustomer;
use crate::web::layout::Layout;
use crate::web::{format, page};

/// Orders on one page.
const PAGE: usize = 20;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct OverviewQuery {
    /// Continues the list with the orders before this number.
    before: String,
    done: String,
}

#[derive(Template)]
#[template(path = "account/overview.html")]
struct OverviewPage {
    l: Layout,
    section: &'static str,
    heading: String,
    done: String,
    orders: Vec<OrderRow>,
    next: Option<String>,
}

struct OrderRow {
    path: String,
    number: String,
    state: &'static str,
    state_name: String,
    date: String,
    what: String,
    total: String,
}

/// `GET /account`
#[handler]
pub async fn show_account(
    app: Data<&Arc<App>>,
    customer: CurrentCustomer,
    query: Option<Query<OverviewQuery>>,
) -> Result<Response> {
    let who = match require(customer.0, "/account") {
        Ok(who) => who,
        Err(login) => return Ok(login),
    };
    let query = query.map(|q| q.0).unwrap_or_default();
    let before = query.before.parse().ok().filter(|number: &i64| *number > 0);
    let mut conn = app.db.read().await?;
    let l = Layout::load(&app, &mut conn).await?;
    // One more than is shown tells whether there is a next page.
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX - 1) + 1;
    let mut orders = list_for_customer(&mut conn, &who.customer_id, before, limit).await?;
    let more = orders.len() > PAGE;
    orders.truncate(PAGE);
    let next = orders.last().filter(|_| more).map(|last| format!("/account?before={}", last.number));
    let told = DoneQuery { done: query.done };
    let overview = OverviewPage {
        section: "orders",
        heading: match who.name.as_str() {
            "" => l.t("account.title").to_owned(),
            name => l.fill("account.hello", "name", name),
        },
        done: told.text(&l, &["confirmed", "email_confirmed"]),
        orders: orders.iter().map(|order| row(&l, order)).collect(),
        next,
        l: l.clone().titled(l.t("account.title")),
    };
    page::render(StatusCode::OK, &overview)
}

fn row(l: &Layout, order: &OrderSummary) -> OrderRow {
    let state = order.state.as_str();
    let state_name = l.t(&format!("order.state_{state}")).to_owned();
    let (state, state_name) = match order.withdrawn {
        Extent::Nothing => (state, state_name),
        Extent::Part => (state, l.fill("order.state_withdrawn_part", "state", state_name)),
        // Cancelled, sent or arrived: to the shopper it is given back.
        Extent::Whole => ("withdrawn", l.t("order.state_withdrawn").to_owned()),
    };
    OrderRow {
        path: format!("/orders/{}", order.token),
        number: l.fill("order.title", "number", order.number),
        state,
        state_name,
        date: l.date(&order.placed_at),
        what: l.texts.count("frame.items", order.pieces),
        total: format::money(order.total_minor, &order.currency, l.texts.language),
    }
}
