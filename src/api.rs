//! The shop in JSON: a struct per resource, generated into the OpenAPI document with its types.
//!
//! Cookies are not read here: customers, carts and keys come as `Authorization: Bearer`. To add an endpoint: a method
//! in the resource's file with an `operation_id`, its view types beside it, a test in `tests/it/api`.

pub mod account;
pub mod addresses;
pub mod answers;
pub mod bearer;
pub mod carts;
pub mod categories;
pub mod checkout;
pub mod credentials;
mod document;
pub mod orders;
pub mod problem;
pub mod products;
mod shape;
pub mod views;
pub mod withdrawals;

use poem::{Endpoint, EndpointExt, Response, Route};
use poem_openapi::{ContactObject, LicenseObject, OpenApiService, ServerObject, Tags};

use answers::Answers;
use problem::Problems;

/// The groups of the document.
#[derive(Tags)]
pub enum Group {
    /// Categories, products, search and availability.
    Catalogue,
    /// What a shopper is about to buy.
    Cart,
    /// What a shopper has bought.
    Orders,
    /// A customer's own data.
    Account,
}

type Apis = (
    categories::CategoriesApi,
    products::ProductsApi,
    carts::CartsApi,
    checkout::CheckoutApi,
    orders::OrdersApi,
    withdrawals::WithdrawalsApi,
    account::AccountApi,
    credentials::CredentialsApi,
    addresses::AddressesApi,
);

/// All resources with what the document says of them.
fn service() -> OpenApiService<Apis, ()> {
    let apis = (
        categories::CategoriesApi,
        products::ProductsApi,
        carts::CartsApi,
        checkout::CheckoutApi,
        orders::OrdersApi,
        withdrawals::WithdrawalsApi,
        account::AccountApi,
        credentials::CredentialsApi,
        addresses::AddressesApi,
    );
    OpenApiService::new(apis, "Mercer", env!("CARGO_PKG_VERSION"))
        .description(DESCRIPTION)
        .contact(ContactObject::new().name("Mercer"))
        .license(LicenseObject::new("MIT OR Apache-2.0"))
        .server(ServerObject::new("/api/v1").description("This shop"))
}

const DESCRIPTION: &str = "Everything that the storefront does, for programs. Amounts are integers in the currency's \
    minor unit. Errors are problem documents (RFC 9457). Lists answer `{items, next}`; pass `next` as `after` to go on. \
    Operations that create something take an `Idempotency-Key`, made by the client for one request: sent again with the \
    same key, the request does nothing and gets the first answer, marked by `Idempotent-Replayed: true`, for 48 hours; with \
    another body it is refused with 422, and while the first is still running with 409. A refused request (4xx) leaves its \
    key free. An order is placed once for its key whatever happens; its repetition shows the order as it is now.";

/// The OpenAPI document as JSON.
pub fn document() -> String {
    document::exact(&service().spec())
}

/// Everything below `/api/v1`.
pub fn routes() -> impl Endpoint<Output = Response> + 'static {
    let service = service();
    let spec = document::exact(&service.spec());
    let (answers, problems) = (Answers::new(&spec), Problems::new(&spec));
    let service = service.with(answers);
    Route::new().at("/openapi.json", poem::get(Document(spec))).nest("/", service).with(problems)
}

/// Answers with the document.
struct Document(String);

impl Endpoint for Document {
    type Output = Response;

    async fn call(&self, _request: poem::Request) -> poem::Result<Response> {
        Ok(Response::builder()
            .content_type("application/json; charset=utf-8")
            .header("Cache-Control", "public, max-age=0, s-maxage=300")
            .body(self.0.clone()))
    }
}
