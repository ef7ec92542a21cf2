//! Withdrawing without the mail and without an account: the order is named by its number and the e-mail address that it
//! was placed with, then the same two steps follow as by its link. Each step is told the pair anew, so that nothing but
//! the pair lets anybody in.

use super::*;
use crate::outside::limits::Limit;
use crate::web::guard::ClientIp;
use poem::web::Query;
use serde::Deserialize;

/// Tokens of orders have 22 characters: none of them is this word.
pub(super) const PATH: &str = "/orders/withdraw";
/// Where a withdrawal ends that came this way.
pub(super) const DONE: &str = "/orders/withdraw?done=1";

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct DoneQuery {
    done: String,
}

#[derive(Template)]
#[template(path = "withdrawal/by_number.html")]
struct ByNumberPage {
    l: Layout,
    form: FormState,
    /// Why there is nothing to withdraw from; may be empty.
    problem: String,
    done: bool,
}

/// `GET /orders/withdraw`, and with `?done=1` when it is done.
#[handler]
pub async fn show_by_number(app: Data<&Arc<App>>, query: Option<Query<DoneQuery>>) -> Result<Response> {
    let done = query.is_some_and(|query| !query.done.is_empty());
    let page = ByNumberPage { done, ..page_of(&app, FormState::default()).await? };
    page::render(StatusCode::OK, &page)
}

/// `POST /orders/withdraw`: finds the order, and with `action=confirm` withdraws from it.
#[handler]
pub async fn submit_by_number(
    app: Data<&Arc<App>>,
    client: ClientIp,
    typed: Form<Typed>,
) -> Result<Response> {
    let form = form_of(&typed.0);
    match find_order(&app, client, &form).await {
        Ok(Some(order)) if form.value("action") == "confirm" => {
            declare(&app, &order, form, Way::Number).await
        }
        Ok(Some(order)) => begin(&app, &order, form, Way::Number).await,
        Ok(None) => {
            let mut errors = FieldErrors::default();
            errors.add("number", "withdrawal.error_unknown");
            show_again(&app, StatusCode::UNPROCESSABLE_ENTITY, form.rejected(errors)).await
        }
        Err(Error::Invalid(errors)) => {
            show_again(&app, StatusCode::UNPROCESSABLE_ENTITY, form.rejected(errors)).await
        }
        Err(Error::TooManyRequests { .. }) => {
            let mut errors = FieldErrors::default();
            errors.add("number", "form.error_limit");
            show_again(&app, StatusCode::TOO_MANY_REQUESTS, form.rejected(errors)).await
        }
        Err(error) => Err(error),
    }
}

/// Counted here and not by the guard: whoever asks too often keeps what was typed.
async fn find_order(app: &App, client: ClientIp, form: &FormState) -> Result<Option<Order>> {
    app.limits.check(Limit::OrderAddress, &client.key()).await?;
    app.limits.check(Limit::OrderNetwork, &client.network_key()).await?;
    orders::find_by_number(app, form.value("number"), form.value("email")).await
}

/// The order was found, but there is nothing to withdraw from; `key` names the text that says why.
pub(super) async fn show_refused(app: &App, key: &str) -> Result<Response> {
    let mut page = page_of(app, FormState::default()).await?;
    page.problem = page.l.t(key).to_owned();
    page::render(StatusCode::CONFLICT, &page)
}

async fn show_again(app: &App, status: StatusCode, form: FormState) -> Result<Response> {
    page::render(status, &page_of(app, form).await?)
}

async fn page_of(app: &App, form: FormState) -> Result<ByNumberPage> {
    let mut conn = app.db.read().await?;
    let l = Layout::load(app, &mut conn).await?.titled_by("withdrawal.title");
    Ok(ByNumberPage { l, form, problem: String::new(), done: false })
}
