//! Carts. A guest's cart is opened by the token that its creation gave; a customer's by the customer's token.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::types::Example;
use poem_openapi::{ApiResponse, Enum, Object, OpenApi};

use super::Group;
use super::answers::NewToken;
use super::bearer::Token;
use super::problem::Problem;
use super::views::{Availability, Money};
use crate::app::App;
use crate::domain::cart::CartChange;
use crate::domain::shipping::ShippingOffer;
use crate::error::{Error, Result};
use crate::shop::cart::{self, CartKey, CartView, CartViewLine, Choice};

/// What goes into a new cart.
#[derive(Debug, Clone, Object)]
#[oai(example)]
pub struct NewCart {
    /// Up to 100; a cart may begin empty.
    #[oai(default, validator(max_items = 100))]
    lines: Vec<NewLine>,
}

/// Pieces of a variant.
#[derive(Debug, Clone, Object)]
#[oai(example)]
pub struct NewLine {
    /// A variant's `id`.
    #[oai(validator(max_length = 64))]
    variant_id: String,
    /// How many pieces.
    #[oai(validator(minimum(value = "1"), maximum(value = "999")))]
    quantity: i64,
}

/// How many pieces a line shall have.
#[derive(Debug, Clone, Object)]
#[oai(example)]
pub struct NewQuantity {
    /// 0 removes the line.
    #[oai(validator(minimum(value = "0"), maximum(value = "999")))]
    quantity: i64,
}

/// A discount code.
#[derive(Debug, Clone, Object)]
#[oai(example)]
pub struct NewDiscount {
    /// As the shop printed it; capitals do not matter.
    #[oai(validator(max_length = 100))]
    code: String,
}

/// Where to and how.
#[derive(Debug, Clone, Object)]
#[oai(example)]
pub struct NewDelivery {
    /// ISO 3166-1 alpha-2; empty: as before.
    #[oai(default, validator(max_length = 2))]
    country: String,
    /// A delivery's `key`; empty: as before.
    #[oai(default, validator(max_length = 100))]
    shipping: String,
}

/// A new cart and the secret that opens it.
#[derive(Debug, Clone, Object)]
pub struct CreatedCart {
    /// Send it as `Authorization: Bearer`. It is told only now.
    token: String,
    cart: CartDocument,
}

/// What a shopper is about to buy, priced now.
#[derive(Debug, Clone, Object)]
pub struct CartDocument {
    lines: Vec<CartLineView>,
    /// What is different from what was last acknowledged.
    changes: Vec<ChangeView>,
    /// Where it goes: ISO 3166-1 alpha-2.
    country: String,
    /// Deliveries to choose from.
    deliveries: Vec<DeliveryView>,
    /// Key of the delivery that the totals contain.
    delivery: Option<String>,
    /// The discount code that was entered.
    discount_code: Option<String>,
    totals: TotalsView,
    /// Stands for what this document offers: goods, quantities, prices, discount, delivery price and total. An order
    /// sends it back as `expected_digest`.
    digest: String,
}

/// One line.
#[derive(Debug, Clone, Object)]
pub struct CartLineView {
    variant_id: String,
    sku: String,
    product_slug: String,
    title: String,
    /// "Brown leather / 38 mm"; empty for a product without options.
    variant_title: String,
    /// What can be bought of what is wanted.
    quantity: i64,
    wanted: i64,
    unit_price: Money,
    /// After the discount, tax included.
    total: Money,
    availability: Availability,
}

/// Something that changed, in the shop's language.
#[derive(Debug, Clone, Object)]
pub struct ChangeView {
    pub(super) kind: ChangeKind,
    /// The variant concerned, if it is one.
    variant_id: Option<String>,
    /// Its title.
    title: Option<String>,
}

/// What is different from what was last acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum ChangeKind {
    PriceUp,
    PriceDown,
    /// There is less of it than was wanted.
    Reduced,
    SoldOut,
    /// The shop does not sell it any more.
    Gone,
    DiscountGone,
    DeliveryGone,
    /// Other goods or prices than those that were shown.
    Contents,
    Total,
}

/// One way to deliver.
#[derive(Debug, Clone, Object)]
pub struct DeliveryView {
    key: String,
    name: String,
    note: String,
    /// Working days.
    days_min: i64,
    days_max: i64,
    price: Money,
}

/// Sums; every amount contains its tax.
#[derive(Debug, Clone, Object)]
pub struct TotalsView {
    items: Money,
    discount: Money,
    shipping: Money,
    /// Contained in the total.
    tax: Money,
    total: Money,
}

/// A cart was made.
#[derive(ApiResponse)]
pub enum Created {
    /// The new cart.
    #[oai(status = 201)]
    Created(Json<CreatedCart>),
}

impl Example for NewCart {
    fn example() -> NewCart {
        NewCart { lines: vec![NewLine::example()] }
    }
}

impl Example for NewLine {
    fn example() -> NewLine {
        NewLine { variant_id: "019bd3a2-7c40-7d11-9a35-5f0c2f1f6a01".to_owned(), quantity: 1 }
    }
}

impl Example for NewQuantity {
    fn example() -> NewQuantity {
        NewQuantity { quantity: 2 }
    }
}

impl Example for NewDiscount {
    fn example() -> NewDiscount {
        NewDiscount { code: "WELCOME10".to_owned() }
    }
}

impl Example for NewDelivery {
    fn example() -> NewDelivery {
        NewDelivery { country: "DE".to_owned(), shipping: "standard".to_owned() }
    }
}

pub struct CartsApi;

#[OpenApi]
impl CartsApi {
    /// Makes a cart.
    #[oai(path = "/carts", method = "post", operation_id = "create_cart", tag = "Group::Cart")]
    async fn create(
        &self,
        app: Data<&Arc<App>>,
        token: Data<&NewToken>,
        body: Json<NewCart>,
    ) -> Result<Created, Problem> {
        let lines: Vec<(String, i64)> =
            body.0.lines.into_iter().map(|l| (l.variant_id, l.quantity)).collect();
        let token = token.0.0.clone();
        cart::create_cart(&app, &lines, &token).await?;
        let document = document(&app, &CartKey::Token(token.clone())).await?;
        Ok(Created::Created(Json(CreatedCart { token, cart: document })))
    }

    /// The cart, priced now.
    #[oai(path = "/cart", method = "get", operation_id = "get_cart", tag = "Group::Cart")]
    async fn get(&self, app: Data<&Arc<App>>, token: Token) -> Result<Json<CartDocument>, Problem> {
        let key = token.cart(&app).await?;
        Ok(Json(document(&app, &key).await?))
    }

    /// Adds pieces of a variant; at most what is there.
    #[oai(path = "/cart/lines", method = "post", operation_id = "add_cart_line", tag = "Group::Cart")]
    async fn create_line(
        &self,
        app: Data<&Arc<App>>,
        token: Token,
        body: Json<NewLine>,
    ) -> Result<Json<CartDocument>, Problem> {
        let key = token.cart(&app).await?;
        cart::add_line(&app, Some(&key), &body.variant_id, body.quantity).await?;
        Ok(Json(document(&app, &key).await?))
    }

    /// Sets a line's quantity; 0 removes it.
    #[oai(
        path = "/cart/lines/:variant_id",
        method = "put",
        operation_id = "update_cart_line",
        tag = "Group::Cart"
    )]
    async fn update_line(
        &self,
        app: Data<&Arc<App>>,
        token: Token,
        #[oai(validator(max_length = 64))] variant_id: Path<String>,
        body: Json<NewQuantity>,
    ) -> Result<Json<CartDocument>, Problem> {
        let key = token.cart(&app).await?;
        cart::set_quantity(&app, &key, &variant_id, body.quantity).await?;
        Ok(Json(document(&app, &key).await?))
    }

    /// Removes a line.
    #[oai(
        path = "/cart/lines/:variant_id",
        method = "delete",
        operation_id = "delete_cart_line",
        tag = "Group::Cart"
    )]
    async fn delete_line(
        &self,
        app: Data<&Arc<App>>,
        token: Token,
        #[oai(validator(max_length = 64))] variant_id: Path<String>,
    ) -> Result<Json<CartDocument>, Problem> {
        let key = token.cart(&app).await?;
        cart::remove_line(&app, &key, &variant_id).await?;
        Ok(Json(document(&app, &key).await?))
    }

    /// Enters a discount code.
    #[oai(path = "/cart/discount", method = "put", operation_id = "set_cart_discount", tag = "Group::Cart")]
    async fn update_discount(
        &self,
        app: Data<&Arc<App>>,
        token: Token,
        body: Json<NewDiscount>,
    ) -> Result<Json<CartDocument>, Problem> {
        let key = token.cart(&app).await?;
        cart::apply_discount(&app, &key, &body.code).await.map_err(renamed)?;
        Ok(Json(document(&app, &key).await?))
    }

    /// Takes the discount code out.
    #[oai(
        path = "/cart/discount",
        method = "delete",
        operation_id = "delete_cart_discount",
        tag = "Group::Cart"
    )]
    async fn delete_discount(
        &self,
        app: Data<&Arc<App>>,
        token: Token,
    ) -> Result<Json<CartDocument>, Problem> {
        let key = token.cart(&app).await?;
        cart::remove_discount(&app, &key).await?;
        Ok(Json(document(&app, &key).await?))
    }

    /// Chooses the country and the delivery.
    #[oai(path = "/cart/delivery", method = "put", operation_id = "set_cart_delivery", tag = "Group::Cart")]
    async fn update_delivery(
        &self,
        app: Data<&Arc<App>>,
        token: Token,
        body: Json<NewDelivery>,
    ) -> Result<Json<CartDocument>, Problem> {
        let key = token.cart(&app).await?;
        let choice = Choice { country: &body.country, shipping_key: &body.shipping };
        cart::choose(&app, &key, choice).await.map_err(renamed)?;
        Ok(Json(document(&app, &key).await?))
    }
}

/// Wrong fields under the names of this document.
fn renamed(error: Error) -> Error {
    let Error::Invalid(mut errors) = error else { return error };
    for wrong in &mut errors.0 {
        match wrong.field.as_str() {
            "discount_code" => wrong.field = "code".to_owned(),
            "shipping_key" => wrong.field = "shipping".to_owned(),
            _ => {}
        }
    }
    Error::Invalid(errors)
}

async fn document(app: &App, key: &CartKey) -> Result<CartDocument> {
    let mut conn = app.db.read().await?;
    let view = cart::view_cart(app, &mut conn, Some(key)).await?;
    Ok(CartDocument::of(view))
}

impl CartDocument {
    /// The document of a cart as it stands.
    pub fn of(view: CartView) -> CartDocument {
        let money = |minor| Money::new(minor, view.currency.code());
        let totals = &view.totals;
        CartDocument {
            lines: view.lines.iter().map(|line| line_view(line, view.currency.code())).collect(),
            changes: view.changes.iter().map(change_view).collect(),
            country: view.country.clone(),
            deliveries: view.offers.iter().map(|offer| delivery_view(offer, view.currency.code())).collect(),
            delivery: view.shipping.as_ref().map(|offer| offer.key.clone()),
            discount_code: view.discount.as_ref().map(|d| d.code.clone()),
            totals: TotalsView {
                items: money(totals.items_minor),
                discount: money(totals.discount_minor),
                shipping: money(totals.shipping_minor),
                tax: money(totals.tax_minor),
                total: money(totals.total_minor),
            },
            digest: view.digest(),
        }
    }
}

fn line_view(line: &CartViewLine, currency: &str) -> CartLineView {
    CartLineView {
        variant_id: line.variant_id.clone(),
        sku: line.sku.clone(),
        product_slug: line.product_slug.clone(),
        title: line.title.clone(),
        variant_title: line.variant_title.clone(),
        quantity: line.quantity,
        wanted: line.wanted,
        unit_price: Money::new(line.unit_minor, currency),
        total: Money::new(line.totals.total_minor, currency),
        availability: line.band.into(),
    }
}

fn delivery_view(offer: &ShippingOffer, currency: &str) -> DeliveryView {
    DeliveryView {
        key: offer.key.clone(),
        name: offer.name.clone(),
        note: offer.note.clone(),
        days_min: offer.days_min,
        days_max: offer.days_max,
        price: Money::new(offer.price_minor, currency),
    }
}

pub(super) fn change_view(change: &CartChange) -> ChangeView {
    let (kind, about) = match change {
        CartChange::PriceUp { variant_id, title, .. } => (ChangeKind::PriceUp, Some((variant_id, title))),
        CartChange::PriceDown { variant_id, title, .. } => (ChangeKind::PriceDown, Some((variant_id, title))),
        CartChange::Reduced { variant_id, title, .. } => (ChangeKind::Reduced, Some((variant_id, title))),
        CartChange::SoldOut { variant_id, title } => (ChangeKind::SoldOut, Some((variant_id, title))),
        CartChange::Gone { variant_id, title } => (ChangeKind::Gone, Some((variant_id, title))),
        CartChange::DiscountGone { .. } => (ChangeKind::DiscountGone, None),
        CartChange::ShippingGone => (ChangeKind::DeliveryGone, None),
        CartChange::Contents => (ChangeKind::Contents, None),
        CartChange::Total { .. } => (ChangeKind::Total, None),
    };
    ChangeView {
        kind,
        variant_id: about.map(|(id, _)| id.clone()),
        title: about.map(|(_, title)| title.clone()),
    }
}
