//! Shapes that several resources show.

use poem_openapi::{Enum, Object};

use crate::domain::catalogue::{Band, Picture, ProductCard};

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
#[oai(example)]
pub struct Money {
    /// In the currency's minor unit: cents for EUR.
    pub minor: i64,
    /// ISO 4217.
    pub currency: String,
}

impl poem_openapi::types::Example for Money {
    fn example() -> Money {
        Money::new(34_900, "EUR")
    }
}

impl Money {
    pub fn new(minor: i64, currency: &str) -> Money {
        Money { minor, currency: currency.to_owned() }
    }
}

/// How much there is. The exact count is the merchant's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum Availability {
    /// Enough.
    InStock,
    /// A few pieces.
    Low,
    /// Sold out.
    OutOfStock,
}

impl From<Band> for Availability {
    fn from(band: Band) -> Availability {
        match band {
            Band::In => Availability::InStock,
            Band::Low => Availability::Low,
            Band::Out => Availability::OutOfStock,
        }
    }
}

/// A picture, in the widths that it exists in.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct Image {
    /// Absolute address of a picture 640 px wide.
    pub url: String,
    /// What the picture shows, in words.
    pub alt: String,
}

impl Image {
    /// `public_url` is the shop's own origin.
    pub fn of(picture: &Picture, public_url: &str) -> Image {
        Image { url: format!("{public_url}/media/{}/w640.jpg", picture.hash), alt: picture.alt.clone() }
    }
}

/// A product as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct ProductSummary {
    pub id: String,
    /// Names the product in addresses.
    pub slug: String,
    pub title: String,
    /// One sentence.
    pub summary: String,
    pub brand: Option<String>,
    /// Of the cheapest variant, tax included.
    pub price: Money,
    /// Of the dearest variant, tax included.
    pub price_max: Money,
    /// The old price of the cheapest variant, when it is on sale.
    pub compare_at: Option<Money>,
    pub availability: Availability,
    pub image: Option<Image>,
}

impl ProductSummary {
    /// `currency` and `public_url` are the shop's.
    pub fn of(card: ProductCard, currency: &str, public_url: &str) -> ProductSummary {
        ProductSummary {
            id: card.product_id,
            slug: card.slug,
            title: card.title,
            summary: card.summary,
            brand: card.brand,
            price: Money::new(card.price_min_minor, currency),
            price_max: Money::new(card.price_max_minor, currency),
            compare_at: card.compare_at_minor.map(|minor| Money::new(minor, currency)),
            availability: card.band.into(),
            image: card.picture.as_ref().map(|p| Image::of(p, public_url)),
        }
    }
}
