//! Buys the first thing that is in stock: `cargo run --example order https://shop.example/api/v1`.

use std::time::SystemTime;

use mercer_client::{Client, Error, prelude::*, types};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};

type Failure = Box<dyn std::error::Error>;

/// A client that carries a cart's token.
fn with_token(url: &str, token: &str) -> Result<Client, Failure> {
    let bearer = HeaderValue::from_str(&format!("Bearer {token}"))?;
    let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer)]);
    Ok(Client::new_with_client(url, reqwest::Client::builder().default_headers(headers).build()?))
}

/// The problem document of a refusal, or nothing: a typed error.
fn problem<T>(answer: Result<T, Error<types::ProblemDocument>>) -> Option<types::ProblemDocument> {
    match answer {
        Err(Error::ErrorResponse(refused)) => Some(refused.into_inner()),
        _ => None,
    }
}

async fn find_variant(client: &Client) -> Result<String, Failure> {
    let categories = client.list_categories().send().await?;
    let category = categories.items.first().ok_or("no category")?;
    let page = client.list_products().category(&category.slug).limit(12).send().await?;
    for summary in &page.items {
        let product = client.get_product().slug(&summary.slug).send().await?;
        for variant in &product.variants {
            if variant.availability != types::Availability::OutOfStock {
                println!("found {} at {} {}", product.title, variant.price.minor, variant.price.currency);
                return Ok(variant.id.clone());
            }
        }
    }
    Err("everything is sold out".into())
}

fn address(postcode: &str) -> types::builder::AddressView {
    types::AddressView::builder()
        .name("Ada Lovelace")
        .line1("Linienstraße 40")
        .postcode(Some(postcode.to_owned()))
        .city("Berlin")
        .country("DE")
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let url = std::env::args().nth(1).ok_or("the address of the API")?;
    let guest = Client::new(&url);
    let variant = find_variant(&guest).await?;
    let created = guest.create_cart().body(types::NewCart::builder()).send().await?;
    let client = with_token(&url, &created.token)?;
    let line = types::NewLine::builder().variant_id(&variant).quantity(1);
    let cart = client.add_cart_line().body(line).send().await?;
    let total = cart.totals.total.minor;
    println!("the cart holds {} line for {total}", cart.lines.len());

    let missing = problem(guest.get_product().slug("there-is-no-such-product").send().await).ok_or("no problem")?;
    println!("a product that is not there: {} {}", missing.status, missing.title);

    let delivery = &cart.deliveries.first().ok_or("no delivery")?.key;
    let order = |postcode| {
        types::NewOrder::builder()
            .email("ada@example.com")
            .delivery(delivery)
            .payment(types::PaymentMethod::BankTransfer)
            .expected_total_minor(total)
            .expected_digest(&cart.digest)
            .shipping_address(address(postcode))
    };
    let refused = problem(client.place_order().body(order("1")).send().await).ok_or("no problem")?;
    let fields: Vec<_> = refused.errors.iter().flatten().map(|wrong| wrong.field.as_str()).collect();
    println!("refused with {}: {}", refused.status, fields.join(", "));

    let key = format!("example-{}", SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_nanos());
    let placed = client.place_order().idempotency_key(key).body(order("10119")).send().await?;
    let seen = guest.get_order().token(&placed.token).send().await?;
    println!("placed order {}: {} {}, {}", seen.number, seen.total.minor, seen.total.currency, seen.state);
    Ok(())
}
