//! Orders, by the random token of their link.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::types::Example;
use poem_openapi::{Enum, Object, OpenApi};

use super::Group;
use super::problem::Problem;
use super::views::Money;
use super::withdrawals::WithdrawalView;
use crate::app::App;
use crate::domain::address::Address;
use crate::domain::order::{Actor, Order, OrderEvent, OrderLine, State};
use crate::domain::payment::Method;
use crate::domain::withdrawal;
use crate::domain::zone::Zone;
use crate::error::OrNotFound as _;
use crate::shop::orders;

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Object)]
#[oai(example)]
pub struct AddressView {
    /// Of the person who gets it.
    #[oai(validator(max_length = 200))]
    name: String,
    #[oai(default, validator(max_length = 200))]
    company: String,
    /// Street and number.
    #[oai(validator(max_length = 200))]
    line1: String,
    #[oai(default, validator(max_length = 200))]
    line2: String,
    #[oai(default, validator(max_length = 40))]
    postcode: String,
    #[oai(validator(max_length = 200))]
    city: String,
    /// Only where the country has them in addresses.
    #[oai(default, validator(max_length = 200))]
    region: String,
    /// ISO 3166-1 alpha-2.
    #[oai(validator(max_length = 2))]
    country: String,
    #[oai(default, validator(max_length = 60))]
    phone: String,
}

impl AddressView {
    pub fn of(a: &Address) -> AddressView {
        let a = a.clone();
        AddressView {
            name: a.name,
            company: a.company,
            line1: a.line1,
            line2: a.line2,
            postcode: a.postcode,
            city: a.city,
            region: a.region,
            country: a.country,
            phone: a.phone,
        }
    }

    pub fn into_address(self) -> Address {
        Address {
            name: self.name,
            company: self.company,
            line1: self.line1,
            line2: self.line2,
            postcode: self.postcode,
            city: self.city,
            region: self.region,
            country: self.country,
            phone: self.phone,
        }
    }
}

impl Example for AddressView {
    fn example() -> AddressView {
        AddressView {
            name: "Ada Lovelace".to_owned(),
            line1: "Linienstraße 40".to_owned(),
            postcode: "10119".to_owned(),
            city: "Berlin".to_owned(),
            country: "DE".to_owned(),
            ..AddressView::default()
        }
    }
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum OrderState {
    /// The goods are held, the money has not come.
    PendingPayment,
    Paid,
    /// Being packed.
    Fulfilling,
    Shipped,
    Completed,
    Cancelled,
    /// The money did not come in time.
    Expired,
    /// The money came when the goods had gone; it is given back.
    PaidUnfulfillable,
}

impl From<State> for OrderState {
    fn from(state: State) -> OrderState {
        match state {
            State::PendingPayment => OrderState::PendingPayment,
            State::Paid => OrderState::Paid,
            State::Fulfilling => OrderState::Fulfilling,
            State::Shipped => OrderState::Shipped,
            State::Completed => OrderState::Completed,
            State::Cancelled => OrderState::Cancelled,
            State::Expired => OrderState::Expired,
            State::PaidUnfulfillable => OrderState::PaidUnfulfillable,
        }
    }
}

/// How an order is paid: `bank_transfer` holds the goods for 7 days until the money has come, with `pay_on_delivery`
/// the carrier collects it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum PaymentMethod {
    BankTransfer,
    PayOnDelivery,
}

impl PaymentMethod {
    pub fn into_method(self) -> Method {
        match self {
            PaymentMethod::BankTransfer => Method::BankTransfer,
            PaymentMethod::PayOnDelivery => Method::PayOnDelivery,
        }
    }
}

impl From<Method> for PaymentMethod {
    fn from(method: Method) -> PaymentMethod {
        match method {
            Method::BankTransfer => PaymentMethod::BankTransfer,
            Method::PayOnDelivery => PaymentMethod::PayOnDelivery,
        }
    }
}

/// What was bought, as agreed then.
#[derive(Debug, Clone, Object)]
pub struct OrderView {
    /// The public number.
    number: i64,
    /// Names the order in `/orders/{token}`; whoever has it can see the order.
    token: String,
    state: OrderState,
    payment: PaymentMethod,
    email: String,
    lines: Vec<OrderLineView>,
    items: Money,
    discount: Money,
    shipping: Money,
    /// Contained in the total.
    tax: Money,
    total: Money,
    delivery: String,
    shipping_address: AddressView,
    billing_address: Option<AddressView>,
    /// The carrier's number or link, once the parcel left.
    tracking: String,
    /// Milliseconds since 1970-01-01 UTC.
    placed_at: i64,
    /// Unpaid, the order ends then.
    expires_at: Option<i64>,
    events: Vec<OrderEventView>,
    /// Oldest first.
    withdrawals: Vec<WithdrawalView>,
    /// Milliseconds since 1970-01-01 UTC: the shopper can withdraw until then. Nothing before the parcel left, when the
    /// period has not begun.
    withdrawable_until: Option<i64>,
}

/// One line of an order.
#[derive(Debug, Clone, Object)]
pub struct OrderLineView {
    variant_id: String,
    sku: String,
    title: String,
    variant_title: String,
    quantity: i64,
    unit_price: Money,
    /// After the discount, tax included.
    total: Money,
    /// Contained in the total.
    tax: Money,
    /// Hundredths of a per cent.
    tax_rate_bp: i64,
}

/// Something that happened to an order.
#[derive(Debug, Clone, Object)]
pub struct OrderEventView {
    /// `placed`, `paid`, `packed`, `shipped`, `completed`, `cancelled`, `expired`, `refunded`, `paid_unfulfillable`,
    /// `withdrawn` or `withdrawn_part`; more may come.
    kind: String,
    /// The order's state after it.
    state: OrderState,
    /// Milliseconds since 1970-01-01 UTC.
    at: i64,
}

impl OrderView {
    /// `zone` is the shop's: its days end the periods.
    pub fn of(order: Order, zone: &Zone) -> OrderView {
        let money = |minor| Money::new(minor, &order.currency);
        OrderView {
            items: money(order.items_minor),
            discount: money(order.discount_minor),
            shipping: money(order.shipping_minor),
            tax: money(order.tax_minor),
            total: money(order.total_minor),
            lines: order.lines.iter().map(|line| line_view(line, &order.currency)).collect(),
            events: order.events.iter().map(event_view).collect(),
            withdrawals: order.withdrawals.iter().map(|w| WithdrawalView::of(w, &order, zone)).collect(),
            withdrawable_until: withdrawal::ends_at(&order, zone),
            number: order.number,
            state: order.state.into(),
            payment: order.payment_method.into(),
            delivery: order.shipping_name,
            shipping_address: AddressView::of(&order.shipping_address),
            billing_address: order.billing_address.as_ref().map(AddressView::of),
            token: order.token,
            email: order.email,
            tracking: order.tracking,
            placed_at: order.placed_at,
            expires_at: order.expires_at,
        }
    }
}

fn line_view(line: &OrderLine, currency: &str) -> OrderLineView {
    OrderLineView {
        variant_id: line.variant_id.clone(),
        sku: line.sku.clone(),
        title: line.title.clone(),
        variant_title: line.variant_title.clone(),
        quantity: line.quantity,
        unit_price: Money::new(line.unit_minor, currency),
        total: Money::new(line.total_minor, currency),
        tax: Money::new(line.tax_minor, currency),
        tax_rate_bp: line.rate_bp,
    }
}

fn event_view(event: &OrderEvent) -> OrderEventView {
    OrderEventView { kind: event.kind.clone(), state: event.state.into(), at: event.at }
}

pub struct OrdersApi;

#[OpenApi]
impl OrdersApi {
    /// An order, by its token.
    #[oai(path = "/orders/:token", method = "get", operation_id = "get_order", tag = "Group::Orders")]
    async fn get(
        &self,
        app: Data<&Arc<App>>,
        #[oai(validator(max_length = 64))] token: Path<String>,
    ) -> Result<Json<OrderView>, Problem> {
        let mut conn = app.db.read().await?;
        let order = orders::find_by_token(&mut conn, &token).await?.or_not_found("order")?;
        Ok(Json(OrderView::of(order, &app.settings().zone())))
    }

    /// Cancels an order that is not paid yet.
    #[oai(
        path = "/orders/:token/cancel",
        method = "post",
        operation_id = "cancel_order",
        tag = "Group::Orders"
    )]
    async fn cancel(
        &self,
        app: Data<&Arc<App>>,
        #[oai(validator(max_length = 64))] token: Path<String>,
    ) -> Result<Json<OrderView>, Problem> {
        let mut conn = app.db.read().await?;
        let order = orders::find_by_token(&mut conn, &token).await?.or_not_found("order")?;
        drop(conn);
        let order = orders::cancel(&app, &order.id, "", Actor::Shopper).await?;
        Ok(Json(OrderView::of(order, &app.settings().zone())))
    }
}
