//! From a cart to an order.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Header;
use poem_openapi::payload::Json;
use poem_openapi::types::{Example, ToJSON as _};
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::Group;
use super::bearer::Token;
use super::orders::{AddressView, OrderView, PaymentMethod};
use super::problem::Problem;
use crate::app::App;
use crate::domain::cart::CartChange;
use crate::error::{Error, FieldErrors};
use crate::shop::checkout::{PlaceOrder, PlaceOutcome, place_order};

/// An order to place.
#[derive(Debug, Clone, Object)]
#[oai(example)]
pub struct NewOrder {
    /// Where the confirmation goes.
    #[oai(validator(max_length = 254))]
    email: String,
    shipping_address: AddressView,
    /// Left out: as the shipping address.
    billing_address: Option<AddressView>,
    /// Key of a delivery that the cart offers.
    #[oai(validator(max_length = 100))]
    delivery: String,
    payment: PaymentMethod,
    /// A word to the shop.
    #[oai(default, validator(max_length = 1000))]
    note: String,
    /// The total that the shopper agreed to, in minor units. If it is not the total any more, nothing is placed.
    expected_total_minor: i64,
    /// The `digest` of the cart that the shopper saw. If the cart offers anything else by now, nothing is placed. Whoever
    /// wants another delivery than the cart's own chooses it there first (`PUT /cart/delivery`).
    #[oai(validator(max_length = 64))]
    expected_digest: String,
}

impl Example for NewOrder {
    fn example() -> NewOrder {
        NewOrder {
            email: "ada@example.com".to_owned(),
            shipping_address: AddressView::example(),
            billing_address: None,
            delivery: "standard".to_owned(),
            payment: PaymentMethod::BankTransfer,
            note: String::new(),
            expected_total_minor: 35_490,
            expected_digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        }
    }
}

/// An order was placed.
#[derive(ApiResponse)]
pub enum Placed {
    /// The order; the same again for the same `Idempotency-Key`.
    #[oai(status = 201)]
    Created(Json<OrderView>),
}

pub struct CheckoutApi;

#[OpenApi]
impl CheckoutApi {
    /// Places the cart's order.
    #[oai(path = "/checkout", method = "post", operation_id = "place_order", tag = "Group::Orders")]
    async fn create(
        &self,
        app: Data<&Arc<App>>,
        token: Token,
        /// Made by the client for this order: printable, at most 255 characters. Without one every request is new.
        #[oai(name = "Idempotency-Key", validator(max_length = 255))]
        idempotency_key: Header<Option<String>>,
        body: Json<NewOrder>,
    ) -> Result<Placed, Problem> {
        let key = idempotency_key.0.unwrap_or_else(|| app.random.token());
        let body = body.0;
        let request = PlaceOrder {
            cart: token.cart(&app).await?,
            email: body.email,
            shipping_address: body.shipping_address.into_address(),
            billing_address: body.billing_address.map(AddressView::into_address),
            shipping_key: body.delivery,
            payment_method: body.payment.into_method().as_str().to_owned(),
            idempotency_key: key,
            note: body.note,
            seen_total_minor: body.expected_total_minor,
            seen_digest: body.expected_digest,
        };
        match place_order(&app, request).await? {
            PlaceOutcome::Placed(order) => {
                Ok(Placed::Created(Json(OrderView::of(*order, &app.settings().zone()))))
            }
            refused => Err(refusal(refused).into()),
        }
    }
}

/// Why nothing was placed.
fn refusal(outcome: PlaceOutcome) -> Error {
    match outcome {
        PlaceOutcome::Placed(_) => Error::internal("an order that was placed is not refused"),
        PlaceOutcome::Invalid(errors) => Error::Invalid(renamed(errors)),
        PlaceOutcome::KeyReused => Error::field("Idempotency-Key", "stands for an order with other details"),
        PlaceOutcome::Empty => Error::Conflict("there is nothing in the cart".to_owned()),
        PlaceOutcome::SoldOut(changes) => Error::Conflict(told("sold out", &changes)),
        PlaceOutcome::Changed(changes) => Error::Conflict(told("the cart changed", &changes)),
    }
}

/// The fields under the names of this document.
fn renamed(errors: FieldErrors) -> FieldErrors {
    let mut named = FieldErrors::default();
    for error in errors.0 {
        let field = match error.field.as_str() {
            "shipping_key" => "delivery".to_owned(),
            "payment_method" => "payment".to_owned(),
            own @ ("email" | "note") => own.to_owned(),
            "idempotency_key" => "Idempotency-Key".to_owned(),
            field => match field.strip_prefix("billing_") {
                Some(part) => format!("billing_address.{part}"),
                None => format!("shipping_address.{field}"),
            },
        };
        named.add(&field, error.reason);
    }
    named
}

/// The kinds of change in one sentence; `GET /cart` has the details.
fn told(what: &str, changes: &[CartChange]) -> String {
    let kinds: Vec<String> = changes
        .iter()
        .filter_map(|c| super::carts::change_view(c).kind.to_json())
        .filter_map(|kind| kind.as_str().map(str::to_owned))
        .collect();
    format!("{what}: {}", kinds.join(", "))
}
