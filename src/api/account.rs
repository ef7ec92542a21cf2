//! A customer's own data. Logging in gives a token; everything else here asks for it.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::types::{Example, Password};
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde_json::Value;

use super::Group;
use super::bearer::Token;
use super::orders::OrderState;
use super::problem::Problem;
use super::views::Money;
use crate::app::App;
use crate::domain::order::OrderSummary;
use crate::error::Error;
use crate::shop::accounts::{self, Credentials, LoggedIn, Registration, SessionKind};
use crate::shop::{cart, orders};

/// A new account.
#[derive(Debug, Object)]
#[oai(example)]
pub struct NewAccount {
    /// Where the link to confirm it goes.
    #[oai(validator(max_length = 254))]
    email: String,
    /// At least 8 characters, and not one that everybody uses.
    #[oai(validator(max_length = 256))]
    password: Password,
    #[oai(default, validator(max_length = 200))]
    name: String,
}

/// A login.
#[derive(Debug, Object)]
#[oai(example)]
pub struct Login {
    #[oai(validator(max_length = 254))]
    email: String,
    #[oai(validator(max_length = 256))]
    password: Password,
    /// A guest's cart to take along.
    #[oai(validator(max_length = 64))]
    cart_token: Option<String>,
}

/// Whose password is to be set anew.
#[derive(Debug, Object)]
#[oai(example)]
pub struct ResetRequest {
    #[oai(validator(max_length = 254))]
    email: String,
}

/// A login's secret.
#[derive(Debug, Object)]
pub struct LoginToken {
    /// Send it as `Authorization: Bearer`. It ends after 7 days without use, after 30 days at the latest. What is grave
    /// (addresses, export, deletion) it opens for 15 minutes only; then log in again.
    pub(super) token: String,
}

/// The customer.
#[derive(Debug, Object)]
pub struct AccountView {
    email: String,
    /// May be empty.
    name: String,
}

/// A page of orders, newest first.
#[derive(Debug, Object)]
pub struct OrderPage {
    items: Vec<OrderSummaryView>,
    /// Pass it as `after` for the next page; none on the last.
    next: Option<i64>,
}

/// An order in a list.
#[derive(Debug, Object)]
pub struct OrderSummaryView {
    number: i64,
    /// Names the order in `/orders/{token}`.
    token: String,
    state: OrderState,
    pieces: i64,
    total: Money,
    /// Milliseconds since 1970-01-01 UTC.
    placed_at: i64,
}

impl OrderSummaryView {
    fn of(order: OrderSummary) -> OrderSummaryView {
        OrderSummaryView {
            number: order.number,
            token: order.token,
            state: order.state.into(),
            pieces: order.pieces,
            total: Money::new(order.total_minor, &order.currency),
            placed_at: order.placed_at,
        }
    }
}

/// It was taken in; what follows comes by mail.
#[derive(ApiResponse)]
pub enum Accepted {
    /// Look into your mail.
    #[oai(status = 202)]
    Accepted,
}

/// The customer's data.
#[derive(ApiResponse)]
pub enum Exported {
    /// An object with `shop`, `exported_at`, `account`, `addresses`, `logins`, `cart` and `orders`; more may come.
    #[oai(status = 200)]
    Document(Json<Value>),
}

/// It is done; there is nothing to say.
#[derive(ApiResponse)]
pub enum Done {
    /// Done.
    #[oai(status = 204)]
    Done,
}

impl Example for NewAccount {
    fn example() -> NewAccount {
        NewAccount {
            email: "ada@example.com".to_owned(),
            password: Password("a long sentence of one's own".to_owned()),
            name: "Ada Lovelace".to_owned(),
        }
    }
}

impl Example for Login {
    fn example() -> Login {
        let password = Password("a long sentence of one's own".to_owned());
        Login { email: "ada@example.com".to_owned(), password, cart_token: None }
    }
}

impl Example for ResetRequest {
    fn example() -> ResetRequest {
        ResetRequest { email: "ada@example.com".to_owned() }
    }
}

pub struct AccountApi;

#[OpenApi]
impl AccountApi {
    /// Opens an account; a mail asks to confirm the address.
    #[oai(path = "/account/register", method = "post", operation_id = "register", tag = "Group::Account")]
    async fn register(&self, app: Data<&Arc<App>>, body: Json<NewAccount>) -> Result<Accepted, Problem> {
        let NewAccount { email, password, name } = body.0;
        accounts::register(&app, Registration { name, email, password: password.0 }).await?;
        Ok(Accepted::Accepted)
    }

    /// Logs in. It takes no `Idempotency-Key`: repeating it harms nobody, and an answer kept for repetitions would hold a
    /// login's token.
    #[oai(path = "/account/login", method = "post", operation_id = "log_in", tag = "Group::Account")]
    async fn log_in(&self, app: Data<&Arc<App>>, body: Json<Login>) -> Result<Json<LoginToken>, Problem> {
        let credentials = Credentials {
            email: body.0.email,
            password: body.0.password.0,
            device: "API".to_owned(),
            kind: SessionKind::Api,
            replaces: None,
        };
        let session = accounts::log_in(&app, credentials).await?.ok_or(Error::Unauthenticated)?;
        if let Some(cart_token) = &body.0.cart_token {
            cart::merge_into_customer(&app, cart_token, &session.customer_id).await?;
        }
        Ok(Json(LoginToken { token: session.token }))
    }

    /// Asks for a mail with which the password can be set anew. The answer does not tell whether there is an account.
    #[oai(path = "/account/reset", method = "post", operation_id = "request_reset", tag = "Group::Account")]
    async fn request_reset(
        &self,
        app: Data<&Arc<App>>,
        body: Json<ResetRequest>,
    ) -> Result<Accepted, Problem> {
        accounts::request_reset(&app, &body.email).await?;
        Ok(Accepted::Accepted)
    }

    /// Ends the login.
    #[oai(path = "/account/logout", method = "post", operation_id = "log_out", tag = "Group::Account")]
    async fn log_out(&self, app: Data<&Arc<App>>, token: Token) -> Result<Done, Problem> {
        let who = token.customer(&app).await?;
        accounts::log_out(&app, &who).await?;
        Ok(Done::Done)
    }

    /// The customer who is logged in.
    #[oai(path = "/account", method = "get", operation_id = "get_account", tag = "Group::Account")]
    async fn get(&self, app: Data<&Arc<App>>, token: Token) -> Result<Json<AccountView>, Problem> {
        let LoggedIn { email, name, .. } = token.customer(&app).await?;
        Ok(Json(AccountView { email, name }))
    }

    /// Everything that is kept about the customer: account, addresses, logins, cart, orders. Needs a login of the last 15
    /// minutes.
    #[oai(path = "/account/export", method = "get", operation_id = "export_account", tag = "Group::Account")]
    async fn export(&self, app: Data<&Arc<App>>, token: Token) -> Result<Exported, Problem> {
        let who = token.customer(&app).await?;
        Ok(Exported::Document(Json(accounts::export_account(&app, &who).await?)))
    }

    /// Deletes the account at once. Orders stay for the books, without account and e-mail address. Needs a login of the
    /// last 15 minutes.
    #[oai(path = "/account", method = "delete", operation_id = "delete_account", tag = "Group::Account")]
    async fn delete(&self, app: Data<&Arc<App>>, token: Token) -> Result<Done, Problem> {
        let who = token.customer(&app).await?;
        accounts::delete_account(&app, &who).await?;
        Ok(Done::Done)
    }

    /// The customer's orders, newest first.
    #[oai(path = "/account/orders", method = "get", operation_id = "list_orders", tag = "Group::Account")]
    async fn list_orders(
        &self,
        app: Data<&Arc<App>>,
        token: Token,
        /// At most this many.
        #[oai(default = "limit_default", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<u16>,
        /// `next` of the page before.
        after: Query<Option<i64>>,
    ) -> Result<Json<OrderPage>, Problem> {
        let who = token.customer(&app).await?;
        let wanted = i64::from(limit.0);
        let mut conn = app.db.read().await?;
        let mut found = orders::list_for_customer(&mut conn, &who.customer_id, after.0, wanted + 1).await?;
        let more = found.len() > usize::from(limit.0);
        found.truncate(usize::from(limit.0));
        let next = if more { found.last().map(|order| order.number) } else { None };
        Ok(Json(OrderPage { items: found.into_iter().map(OrderSummaryView::of).collect(), next }))
    }
}

fn limit_default() -> u16 {
    24
}
