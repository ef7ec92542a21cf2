//! The Google Merchant feed: RSS 2.0 with Google's own elements, an item per variant.

use super::super::picture;
use super::xml::Xml;
use crate::db::feeds::FeedItem;
use crate::domain::money::Currency;
use crate::domain::settings::ShopSettings;
use crate::format::url_encode;

/// Characters that Google reads of a title and of a description.
const TITLE_MAX: usize = 150;
const DESCRIPTION_MAX: usize = 5_000;
/// Pixels; Google asks for at least 500 and recommends more.
const PICTURE_WIDTH: i64 = 1280;

/// The feed in the making.
pub struct Feed {
    xml: Xml,
    origin: String,
    currency: Currency,
}

impl Feed {
    /// None when the shop's currency is unknown.
    pub fn new(origin: &str, shop: &ShopSettings) -> Option<Feed> {
        let currency = Currency::parse(&shop.currency)?;
        let mut xml = Xml::new();
        xml.open("rss", &[("version", "2.0"), ("xmlns:g", "http://base.google.com/ns/1.0")]);
        xml.open("channel", &[]);
        xml.text("title", &shop.name);
        xml.text("link", origin);
        xml.text("description", if shop.tagline.is_empty() { &shop.name } else { &shop.tagline });
        Some(Feed { xml, origin: origin.to_owned(), currency })
    }

    /// Adds the variants of one product. One without a picture or a price is left out: Google would refuse it.
    pub fn add(&mut self, variants: &[FeedItem]) {
        let grouped = variants.len() > 1;
        for item in variants.iter().filter(|item| item.price_minor > 0) {
            if let Some(hash) = &item.picture {
                self.add_item(item, hash, grouped);
            }
        }
    }

    pub fn finish(mut self) -> String {
        self.xml.close("channel");
        self.xml.close("rss");
        self.xml.finish()
    }

    fn add_item(&mut self, item: &FeedItem, hash: &str, grouped: bool) {
        let title = [std::slice::from_ref(&item.title), &item.options[..]].concat().join(", ");
        let description = if item.summary.is_empty() { &item.title } else { &item.summary };
        let link = match grouped {
            true => format!("{}/p/{}?sku={}", self.origin, item.slug, url_encode(&item.sku)),
            false => format!("{}/p/{}", self.origin, item.slug),
        };
        let picture = format!("{}{}", self.origin, picture::jpeg_url(hash, PICTURE_WIDTH));
        let xml = &mut self.xml;
        xml.open("item", &[]);
        xml.text("g:id", &item.sku);
        xml.text("title", &cut(&title, TITLE_MAX));
        xml.text("description", &cut(description, DESCRIPTION_MAX));
        xml.text("link", &link);
        xml.text("g:image_link", &picture);
        xml.text("g:availability", if item.available > 0 { "in_stock" } else { "out_of_stock" });
        xml.text("g:condition", "new");
        if grouped {
            xml.text("g:item_group_id", &item.product_id);
        }
        self.add_price(item);
        self.add_identifiers(item);
        self.xml.close("item");
    }

    /// On sale, `price` is the old one.
    fn add_price(&mut self, item: &FeedItem) {
        let amount = |minor| format!("{} {}", self.currency.decimal(minor), self.currency.code());
        let (price, now) =
            (amount(item.compare_at_minor.unwrap_or(item.price_minor)), amount(item.price_minor));
        self.xml.text("g:price", &price);
        if item.compare_at_minor.is_some() {
            self.xml.text("g:sale_price", &now);
        }
    }

    fn add_identifiers(&mut self, item: &FeedItem) {
        let xml = &mut self.xml;
        if !item.brand.is_empty() {
            xml.text("g:brand", &item.brand);
        }
        if is_global(&item.barcode) {
            xml.text("g:gtin", &item.barcode);
        } else {
            xml.text("g:mpn", &item.sku);
            if item.brand.is_empty() {
                xml.text("g:identifier_exists", "no");
            }
        }
        if !item.category.is_empty() {
            xml.text("g:product_type", &item.category);
        }
        if item.weight_g > 0 {
            xml.text("g:shipping_weight", &format!("{} g", item.weight_g));
        }
    }
}

/// Whether a barcode is a trade item number that is unique in the world: right length and check digit, and not from
/// the range that every shop may use within its own walls.
fn is_global(barcode: &str) -> bool {
    let digits: Option<Vec<u32>> = barcode.chars().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits.filter(|d| matches!(d.len(), 8 | 12 | 13 | 14)) else { return false };
    let in_store = digits.len() == 13 && digits[0] == 2;
    let weighted = digits.iter().rev().enumerate().map(|(at, d)| if at % 2 == 1 { d * 3 } else { *d });
    !in_store && weighted.sum::<u32>() % 10 == 0
}

fn cut(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> FeedItem {
        FeedItem {
            product_id: "p1".to_owned(),
            slug: "meridian-38".to_owned(),
            title: "Meridian <38>".to_owned(),
            summary: String::new(),
            brand: "Orrery & Sons".to_owned(),
            category: "Field watches".to_owned(),
            sku: "MER38 BRN".to_owned(),
            options: vec!["Brown".to_owned()],
            price_minor: 34_900,
            compare_at_minor: Some(39_900),
            weight_g: 90,
            barcode: "4006381333931".to_owned(),
            picture: Some("ab".to_owned()),
            available: 2,
        }
    }

    fn feed(variants: &[FeedItem]) -> String {
        let mut feed = Feed::new("https://shop.example", &ShopSettings::default()).unwrap();
        feed.add(variants);
        feed.finish()
    }

    #[test]
    fn an_item_says_what_google_asks() {
        let xml = feed(&[item(), FeedItem { available: 0, compare_at_minor: None, ..item() }]);
        for part in [
            "<g:id>MER38 BRN</g:id><title>Meridian &lt;38&gt;, Brown</title>",
            "<link>https://shop.example/p/meridian-38?sku=MER38",
            "<g:image_link>https://shop.example/media/ab/w1280.jpg</g:image_link>",
            "<g:availability>in_stock</g:availability>",
            "<g:availability>out_of_stock</g:availability>",
            "<g:item_group_id>p1</g:item_group_id>",
            "<g:price>399.00 EUR</g:price><g:sale_price>349.00 EUR</g:sale_price>",
            "<g:price>349.00 EUR</g:price><g:brand>Orrery &amp; Sons</g:brand><g:gtin>4006381333931</g:gtin>",
            "<g:shipping_weight>90 g</g:shipping_weight>",
        ] {
            assert!(xml.contains(part), "{part} in {xml}");
        }
    }

    #[test]
    fn what_google_refuses_is_left_out() {
        assert!(!feed(&[FeedItem { picture: None, ..item() }]).contains("<item>"));
        let single = feed(&[FeedItem { barcode: "2000000000008".to_owned(), ..item() }]);
        assert!(!single.contains("item_group_id") && !single.contains("gtin") && single.contains("<g:mpn>"));
    }

    #[test]
    fn trade_item_numbers_have_a_check_digit() {
        assert!(is_global("4006381333931") && is_global("96385074"));
        for wrong in ["4006381333930", "", "abc", "12345", "2000000000008", "400638133393１"] {
            assert!(!is_global(wrong), "{wrong}");
        }
    }
}
