//! What the checkout's two buttons do: look again with another country or delivery, or order.

use super::*;
use crate::domain::address::Address;
use crate::error::Error;
use crate::outside::limits::Limit;
use crate::shop::accounts::keep_address;
use crate::shop::cart::choose;
use crate::shop::checkout::{PlaceOrder, PlaceOutcome, place_order};
use crate::web::guard::ClientIp;
use crate::web::guard::session::write_cart_count;
use poem::web::Form;

/// `POST /checkout`
#[handler]
pub async fn submit_checkout(
    app: Data<&Arc<App>>,
    client: ClientIp,
    customer: CurrentCustomer,
    key: CurrentCart,
    typed: Form<Typed>,
) -> Result<Response> {
    let Some(cart_key) = key.0 else { return Ok(see_other("/cart")) };
    let visit = Visit { app: &app, client, customer: customer.0, cart_key, typed: typed.0 };
    match visit.text("action") {
        "order" => visit.order().await,
        _ => visit.update().await,
    }
}

/// One POST: who, which cart, and what was typed.
struct Visit<'a> {
    app: &'a Arc<App>,
    client: ClientIp,
    customer: Option<LoggedIn>,
    cart_key: CartKey,
    typed: Typed,
}

impl Visit<'_> {
    fn text(&self, field: &str) -> &str {
        self.typed.get(field).map_or("", String::as_str)
    }

    fn form(&self) -> FormState {
        FormState::of(self.typed.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    async fn show(
        &self,
        status: StatusCode,
        form: FormState,
        changes: Vec<CartChange>,
        idempotency_key: Option<String>,
    ) -> Result<Response> {
        let asked = Asked {
            customer: self.customer.as_ref(),
            key: Some(&self.cart_key),
            form,
            changes,
            idempotency_key,
        };
        show(self.app, status, asked).await
    }

    /// The key that the page came with, unless it can't be one.
    fn key(&self) -> Option<String> {
        Some(self.text("idempotency_key").to_owned()).filter(|key| !key.is_empty())
    }

    /// Looks again and remembers country and delivery; what can't be remembered is told when ordering.
    async fn update(&self) -> Result<Response> {
        let saved = self.saved_address().await?;
        let country = saved.as_ref().map_or_else(|| self.text("country"), |a| a.country.as_str());
        let choice = Choice { country, shipping_key: self.text("shipping_key") };
        match choose(self.app, &self.cart_key, choice).await {
            Ok(()) | Err(Error::Invalid(_) | Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
        self.show(StatusCode::OK, self.form(), Vec::new(), self.key()).await
    }

    /// Counts an attempt to order. By the address too: a cart is made with one click, and each may hold goods for days.
    async fn count(&self) -> Result<()> {
        self.app.limits.check(Limit::Checkout, self.cart_key.as_str()).await?;
        self.app.limits.check(Limit::CheckoutAddress, &self.client.key()).await
    }

    async fn order(&self) -> Result<Response> {
        // Counted here and not by the guard: whoever orders too often keeps what was typed.
        if self.count().await.is_err() {
            let mut errors = FieldErrors::default();
            errors.add("main", "form.error_limit");
            let form = self.form().rejected(errors);
            return self.show(StatusCode::TOO_MANY_REQUESTS, form, Vec::new(), self.key()).await;
        }
        let saved = self.saved_address().await?;
        let request = self.request(saved.as_ref());
        match place_order(self.app, request).await? {
            PlaceOutcome::Placed(order) => {
                self.keep_address(saved.is_none()).await?;
                let mut response = see_other(&format!("/orders/{}", order.token));
                write_cart_count(&mut response, self.app, 0);
                Ok(response)
            }
            PlaceOutcome::Changed(changes) | PlaceOutcome::SoldOut(changes) => {
                self.show(StatusCode::CONFLICT, self.form(), changes, self.key()).await
            }
            PlaceOutcome::Invalid(errors) => self.reject(errors, saved).await,
            PlaceOutcome::Empty => Ok(see_other("/cart")),
            PlaceOutcome::KeyReused => self.reject(too_old(), saved).await,
        }
    }

    /// The page with what is wrong. A mistake in a saved address is shown in the fields, where it can be mended.
    async fn reject(&self, mut errors: FieldErrors, saved: Option<Address>) -> Result<Response> {
        // The summary reads from top to bottom like the form; what has no place in this list follows in its own order.
        const ORDER: [&str; 5] = ["email", "name", "line1", "postcode", "city"];
        errors.0.sort_by_key(|e| ORDER.iter().position(|&field| field == e.field).unwrap_or(ORDER.len()));
        let mut form = self.form();
        if let Some(address) = saved
            && errors.0.iter().any(|e| SHIPPING.has(&e.field))
        {
            SHIPPING.fill(&mut form, &address);
            form.set("address_id", TYPED_ADDRESS);
        }
        // A key that can't be one, or that stands for another order, is replaced by a new one.
        let key = self.key().filter(|_| errors.get("idempotency_key").is_none());
        self.show(StatusCode::UNPROCESSABLE_ENTITY, form.rejected(errors), Vec::new(), key).await
    }

    /// The saved address that was chosen, if it is the customer's.
    async fn saved_address(&self) -> Result<Option<Address>> {
        let id = self.text("address_id");
        let Some(who) = &self.customer else { return Ok(None) };
        let mut conn = self.app.db.read().await?;
        let own = addresses::list_addresses(&mut conn, &who.customer_id).await?;
        Ok(own.into_iter().find(|a| a.address_id == id).map(|a| a.address))
    }

    fn request(&self, saved: Option<&Address>) -> PlaceOrder {
        let billing = !self.text("billing").is_empty();
        PlaceOrder {
            cart: self.cart_key.clone(),
            email: self.text("email").to_owned(),
            shipping_address: saved.cloned().unwrap_or_else(|| SHIPPING.read(&self.typed)),
            billing_address: billing.then(|| BILLING.read(&self.typed)),
            shipping_key: self.text("shipping_key").to_owned(),
            payment_method: self.text("payment_method").to_owned(),
            idempotency_key: self.text("idempotency_key").to_owned(),
            note: self.text("note").to_owned(),
            // What is no number was never shown: then the shopper is told the total first.
            seen_total_minor: self.text("seen_total").parse().unwrap_or(-1),
            seen_digest: self.text("seen_digest").to_owned(),
        }
    }

    /// Keeps a typed address if the customer wants that. The order stands: an account that is full changes nothing.
    async fn keep_address(&self, typed: bool) -> Result<()> {
        let Some(who) = self.customer.as_ref().filter(|_| typed && !self.text("save_address").is_empty())
        else {
            return Ok(());
        };
        match keep_address(self.app, who, SHIPPING.read(&self.typed)).await {
            Ok(()) | Err(Error::Conflict(_) | Error::Invalid(_)) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, "an order was placed, but its address was not kept");
                Ok(())
            }
        }
    }
}

fn too_old() -> FieldErrors {
    let mut errors = FieldErrors::default();
    errors.add("idempotency_key", "checkout.key.invalid");
    errors
}
