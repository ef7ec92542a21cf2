//! What a shopper asks for, checked as far as it can be without looking at the cart.

use sha2::{Digest, Sha256};

use super::PlaceOrder;
use crate::app::App;
use crate::domain::address::Address;
use crate::domain::country::is_country;
use crate::domain::customer::Email;
use crate::domain::order::NOTE_CHARS_MAX;
use crate::domain::payment::Method;
use crate::error::FieldErrors;
use crate::random::token_hash;
use crate::shop::cart::{CartKey, is_shipping_key};

/// As the usual limit for such keys.
const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;

/// A checked [`PlaceOrder`].
pub(super) struct Wish {
    pub cart: CartKey,
    pub customer_id: Option<String>,
    pub email: String,
    pub shipping_address: Address,
    pub billing_address: Option<Address>,
    pub shipping_key: String,
    pub method: Method,
    pub note: String,
    pub seen_total_minor: i64,
    pub seen_digest: String,
    pub idempotency_key: String,
    /// Whose keys these are.
    pub scope: String,
    /// Tells a repetition from another request under the same key.
    pub request_hash: String,
}

impl Wish {
    pub fn check(app: &App, request: PlaceOrder) -> Result<Wish, FieldErrors> {
        let mut errors = FieldErrors::default();
        let settings = app.settings();
        let shipping_address = request.shipping_address.cleaned();
        for fault in shipping_address.faults(&settings.countries) {
            errors.add(fault.field, fault.reason);
        }
        let billing_address = request.billing_address.map(Address::cleaned);
        if let Some(address) = &billing_address {
            // A bill may go where no parcel goes.
            let anywhere: Vec<String> =
                Some(address.country.clone()).into_iter().filter(|c| is_country(c)).collect();
            for fault in address.faults(&anywhere) {
                errors.add(&format!("billing_{}", fault.field), fault.reason);
            }
        }
        // In the form in which accounts keep theirs: a guest's orders are found by it when he opens one.
        let email = Email::parse(&request.email).map(|email| email.as_str().to_owned());
        if email.is_err() {
            errors.add("email", "checkout.email.invalid");
        }
        if request.shipping_key.is_empty() || !is_shipping_key(&request.shipping_key) {
            errors.add("shipping_key", "checkout.shipping.required");
        }
        let method = Method::parse(&request.payment_method);
        if method.is_none() {
            errors.add("payment_method", "checkout.payment.required");
        }
        let note = request.note.trim().replace("\r\n", "\n");
        if note.chars().count() > NOTE_CHARS_MAX || note.chars().any(|c| c.is_control() && c != '\n') {
            errors.add("note", "checkout.note.invalid");
        }
        if !is_key(&request.idempotency_key) {
            errors.add("idempotency_key", "checkout.key.invalid");
        }
        let (Some(method), Ok(email), true) = (method, email, errors.is_empty()) else { return Err(errors) };
        let (scope, customer_id) = match &request.cart {
            CartKey::Token(token) => (format!("cart:{}", token_hash(token)), None),
            CartKey::Customer(id) => (format!("customer:{id}"), Some(id.clone())),
        };
        let mut wish = Wish {
            cart: request.cart,
            customer_id,
            email,
            shipping_address,
            billing_address,
            shipping_key: request.shipping_key,
            method,
            note,
            seen_total_minor: request.seen_total_minor,
            seen_digest: request.seen_digest,
            idempotency_key: request.idempotency_key,
            scope,
            request_hash: String::new(),
        };
        wish.request_hash = wish.hash();
        Ok(wish)
    }

    /// SHA-256 over everything that the order is made of; each part with its length, so that parts can't run
    /// together.
    fn hash(&self) -> String {
        let mut sha = Sha256::new();
        let total = self.seen_total_minor.to_string();
        let mut add = |part: &str| {
            sha.update(part.len().to_le_bytes());
            sha.update(part.as_bytes());
        };
        for part in [&self.email, &self.shipping_key, &self.note, &total] {
            add(part);
        }
        add(self.method.as_str());
        for address in [Some(&self.shipping_address), self.billing_address.as_ref()].into_iter().flatten() {
            let a = address;
            for part in [&a.name, &a.company, &a.line1, &a.line2, &a.postcode, &a.city, &a.region, &a.country]
            {
                add(part);
            }
            add(&a.phone);
        }
        hex::encode(sha.finalize())
    }
}

fn is_key(key: &str) -> bool {
    (1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        assert!(is_key("0b7c3a1e-4f5d-4c1a-9a55-0f3d0a4b1c2d"));
        for bad in ["", "a b", "a\0", "ü", &"k".repeat(256)] {
            assert!(!is_key(bad), "{bad:?}");
        }
    }
}
