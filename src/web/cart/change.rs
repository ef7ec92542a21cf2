//! What the cart's buttons do.

use super::*;
use crate::domain::cart::CartRefusal;
use crate::outside::limits::Limit;
use crate::web::guard::ClientIp;
use crate::web::guard::session::{write_cart, write_cart_count};

/// What a script is told after an instant add.
#[derive(serde::Serialize)]
struct AddAnswer {
    /// Pieces in the whole cart.
    pieces: i64,
    /// A sentence for the shopper.
    message: String,
}

/// `POST /cart`
#[handler]
pub async fn submit_cart(
    app: Data<&Arc<App>>,
    key: CurrentCart,
    client: ClientIp,
    headers: &HeaderMap,
    form: Form<CartForm>,
) -> Result<Response> {
    if form.action == "discount" {
        app.limits.check(Limit::Coupon, &client.key()).await?;
    }
    let wants_json = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"));
    let outcome = match form.action.as_str() {
        "" | "add" => return submit_add(&app, key.0.as_ref(), &form.0, wants_json).await,
        action => change(&app, key.0.as_ref(), action, &form.0).await,
    };
    match outcome {
        Ok(path) => with_count(&app, key.0.as_ref(), see_other(&path)).await,
        Err(Error::Invalid(errors)) => show_refused(&app, key.0.as_ref(), &form.0, errors).await,
        // The line or the cart went in another tab: the page shows what there is.
        Err(Error::NotFound(_)) => with_count(&app, key.0.as_ref(), see_other("/cart")).await,
        Err(error) => Err(error),
    }
}

/// Does what a button of the page says; where to go then.
async fn change(app: &App, key: Option<&CartKey>, action: &str, form: &CartForm) -> Result<String> {
    let key = key.ok_or(Error::NotFound("cart"))?;
    match action {
        "quantity" => {
            let quantity = parse_quantity(&form.quantity)
                .map_err(|refusal| Error::field("quantity", refusal.text_key()))?;
            match quantity {
                0 => remove(app, key, form).await,
                _ => {
                    cart::set_quantity(app, key, &form.variant_id, quantity).await?;
                    Ok("/cart".to_owned())
                }
            }
        }
        "remove" => remove(app, key, form).await,
        "discount" => {
            cart::apply_discount(app, key, &form.code).await?;
            Ok("/cart".to_owned())
        }
        "discount_remove" => {
            cart::remove_discount(app, key).await?;
            Ok("/cart".to_owned())
        }
        "understood" => {
            cart::acknowledge(app, key).await?;
            Ok("/cart".to_owned())
        }
        _ => Err(Error::field("action", "cart.error_action")),
    }
}

/// Removes a line; the page then offers to put it back as it was.
async fn remove(app: &App, key: &CartKey, form: &CartForm) -> Result<String> {
    let mut conn = app.db.read().await?;
    let view = cart::view_cart(app, &mut conn, Some(key)).await?;
    drop(conn);
    let wanted = view.lines.iter().find(|line| line.variant_id == form.variant_id).map(|line| line.wanted);
    cart::remove_line(app, key, &form.variant_id).await?;
    Ok(match wanted {
        Some(wanted) => format!("/cart?removed={}&quantity={wanted}", format::url_encode(&form.variant_id)),
        None => "/cart".to_owned(),
    })
}

async fn submit_add(app: &App, key: Option<&CartKey>, form: &CartForm, wants_json: bool) -> Result<Response> {
    let texts = Texts::of(&app.settings().language);
    match add(app, key, form).await {
        Ok(added) => {
            let message = match (added.added, added.wanted) {
                (0, _) => texts.get("cart.added_none").to_owned(),
                (some, wanted) if some < wanted => {
                    texts.fill("cart.added_some", &[("added", &some.to_string())])
                }
                _ => texts.fill("cart.added", &[("title", &added.title)]),
            };
            let mut response = match wants_json {
                true => json(StatusCode::OK, &AddAnswer { pieces: added.pieces, message })?,
                false if added.added < added.wanted => see_other(&format!("/cart?added={}", added.added)),
                false => see_other("/cart"),
            };
            if let Some(token) = &added.token {
                write_cart(&mut response, app, token);
            }
            write_cart_count(&mut response, app, added.pieces);
            Ok(response)
        }
        Err(Error::Invalid(errors)) if wants_json => {
            let reason = errors.0.first().map_or("cart.error_action", |e| e.reason.as_str());
            let pieces = count(app, key).await?;
            let message = texts.get(reason).to_owned();
            json(StatusCode::UNPROCESSABLE_ENTITY, &AddAnswer { pieces, message })
        }
        Err(Error::Invalid(errors)) => show_refused(app, key, form, errors).await,
        Err(error) => Err(error),
    }
}

struct AddedLine {
    token: Option<String>,
    title: String,
    added: i64,
    wanted: i64,
    pieces: i64,
}

async fn add(app: &App, key: Option<&CartKey>, form: &CartForm) -> Result<AddedLine> {
    let wanted = match form.quantity.trim() {
        "" => 1,
        typed => parse_quantity(typed)
            .ok()
            .filter(|quantity| *quantity > 0)
            .ok_or_else(|| Error::field("quantity", CartRefusal::Quantity.text_key()))?,
    };
    let mut conn = app.db.read().await?;
    let variant_id = chosen_variant(&mut conn, form).await?;
    let title = find_title(&mut conn, &variant_id).await?.unwrap_or_default();
    drop(conn);
    let added = cart::add_line(app, key, &variant_id, wanted).await?;
    Ok(AddedLine { token: added.token, title, added: added.added, wanted, pieces: added.pieces })
}

/// The variant of the chosen options, or the one that the form names when it has no options.
async fn chosen_variant(conn: &mut Conn, form: &CartForm) -> Result<String> {
    let chosen: Vec<&str> =
        [&form.o0, &form.o1, &form.o2].into_iter().map(String::as_str).filter(|o| !o.is_empty()).collect();
    if chosen.is_empty() {
        return Ok(form.variant_id.clone());
    }
    if !cart::is_id(&form.variant_id) {
        return Err(Error::field("variant_id", CartRefusal::NotSold.text_key()));
    }
    let siblings = crate::db::variants::list_sibling_options(conn, &form.variant_id).await?;
    let found = siblings.into_iter().find(|(_, options)| *options == chosen);
    found.map(|(id, _)| id).ok_or_else(|| Error::field("variant_id", "product.no_combination"))
}

async fn count(app: &App, key: Option<&CartKey>) -> Result<i64> {
    match key {
        Some(key) => cart::count_pieces(&mut app.db.read().await?, key).await,
        None => Ok(0),
    }
}

/// Tells the badge how many pieces there are now.
async fn with_count(app: &App, key: Option<&CartKey>, mut response: Response) -> Result<Response> {
    let pieces = count(app, key).await?;
    write_cart_count(&mut response, app, pieces);
    Ok(response)
}

fn json(status: StatusCode, answer: &AddAnswer) -> Result<Response> {
    let body = serde_json::to_string(answer).map_err(Error::internal)?;
    Ok(Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CACHE_CONTROL, "no-store")
        .body(body))
}
