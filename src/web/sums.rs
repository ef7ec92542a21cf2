//! Sums and short lines of goods, as cart, checkout and order pages print them.

use super::format;
use super::picture::Picture;
use super::texts::Texts;
use crate::domain::tax::TaxSum;

/// One row of the totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SumRow {
    pub name: String,
    pub amount: String,
    /// The sum of the rows above.
    pub strong: bool,
}

/// A bought or to be bought thing in one line.
#[derive(Debug, Clone)]
pub struct SmallLine {
    pub picture: Option<Picture>,
    pub title: String,
    /// The product's page.
    pub href: String,
    /// Variant, quantity and unit price.
    pub variant: String,
    pub total: String,
}

/// What totals are made of; amounts in minor units, gross.
pub struct Sums<'a> {
    pub items_minor: i64,
    pub discount_minor: i64,
    pub discount_code: &'a str,
    /// Name and price of the delivery; `None`: not known yet.
    pub shipping: Option<(&'a str, i64)>,
    pub total_minor: i64,
    /// ISO 4217.
    pub currency: &'a str,
}

/// The rows of the totals, the total last.
pub fn sum_rows(texts: &Texts, sums: &Sums<'_>) -> Vec<SumRow> {
    let money = |minor: i64| format::money(minor, sums.currency, texts.language);
    let row = |name: String, amount: String| SumRow { name, amount, strong: false };
    let mut rows = vec![row(texts.get("cart.items").to_owned(), money(sums.items_minor))];
    if sums.discount_minor > 0 {
        let name = texts.fill("cart.discount", &[("code", sums.discount_code)]);
        rows.push(row(name, money(-sums.discount_minor)));
    }
    if let Some((name, price_minor)) = sums.shipping {
        let price =
            if price_minor == 0 { texts.get("cart.shipping_free").to_owned() } else { money(price_minor) };
        rows.push(row(texts.fill("cart.shipping", &[("name", name)]), price));
    }
    let name = texts.get("cart.total").to_owned();
    rows.push(SumRow { name, amount: money(sums.total_minor), strong: true });
    rows
}

/// "includes 55.72 € VAT (19 %)", one per rate.
pub fn tax_lines(texts: &Texts, taxes: &[TaxSum], currency: &str) -> Vec<String> {
    let line = |sum: &TaxSum| {
        let tax = format::money(sum.tax_minor, currency, texts.language);
        let rate = format::percent(sum.rate_bp, texts.language);
        texts.fill("cart.tax", &[("tax", &tax), ("rate", &rate)])
    };
    taxes.iter().filter(|sum| sum.tax_minor > 0).map(line).collect()
}

/// A small picture beside a line that names the thing already.
pub fn thumbnail(media_hash: &str) -> Option<Picture> {
    (!media_hash.is_empty()).then(|| Picture::new(media_hash, "", 320, 320).sizes("96px").decorative())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_say_what_the_total_is_made_of() {
        let sums = Sums {
            items_minor: 10_000,
            discount_minor: 1_000,
            discount_code: "TEN",
            shipping: Some(("Standard", 0)),
            total_minor: 9_000,
            currency: "EUR",
        };
        let rows = sum_rows(Texts::of("en"), &sums);
        let printed: Vec<_> = rows.iter().map(|r| (r.name.as_str(), r.amount.as_str())).collect();
        assert_eq!(
            printed,
            [
                ("Items", "100.00\u{a0}€"),
                ("Discount TEN", "\u{2212}10.00\u{a0}€"),
                ("Delivery, Standard", "free"),
                ("Total", "90.00\u{a0}€"),
            ]
        );
        assert!(rows[3].strong && !rows[0].strong);
    }
}
