//! A product as somebody writes it: whole, with ids of what it refers to. What is stored can be read back as a draft,
//! so that an import changes only what differs.

use super::catalogue::OptionAxis;
use super::slug::check_slug;
use crate::error::FieldErrors;

/// Characters.
pub const TITLE_MAX: usize = 200;
/// Characters.
pub const SKU_MAX: usize = 64;
pub const OPTIONS_MAX: usize = 3;
pub const VARIANTS_MAX: usize = 500;
pub const PICTURES_MAX: usize = 100;
/// Minor units: far above any price, far below an overflow of sums.
pub const PRICE_MAX_MINOR: i64 = 100_000_000_000;
/// Pieces of one variant.
pub const STOCK_MAX: i64 = 10_000_000;
/// Grams.
pub const WEIGHT_MAX_G: i64 = 10_000_000;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductDraft {
    pub slug: String,
    pub title: String,
    pub summary: String,
    /// Markdown.
    pub description: String,
    pub box_contents: Vec<String>,
    pub brand_id: Option<String>,
    pub type_id: Option<String>,
    /// Empty: "standard".
    pub tax_class: String,
    pub published: bool,
    /// `None`: since it is first published.
    pub published_at: Option<i64>,
    pub popularity: i64,
    /// Ids; the first is the primary one.
    pub categories: Vec<String>,
    /// Attribute key and printed values, sorted by key.
    pub attributes: Vec<AttributeDraft>,
    pub options: Vec<OptionAxis>,
    pub variants: Vec<VariantDraft>,
    pub pictures: Vec<PictureDraft>,
    /// Ids of products.
    pub related: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeDraft {
    pub key: String,
    /// As printed, without the unit; a flag's is "true" or "false".
    pub values: Vec<String>,
    /// A number attribute's first value in thousandths.
    pub number_milli: Option<i64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VariantDraft {
    pub sku: String,
    /// One value per option.
    pub options: Vec<String>,
    /// Gross.
    pub price_minor: i64,
    pub compare_at_minor: Option<i64>,
    pub weight_g: i64,
    pub barcode: String,
    pub media_id: Option<String>,
    /// Pieces on hand; `None` leaves the stock as it is.
    pub stock: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureDraft {
    pub media_id: String,
    pub alt: String,
}

impl ProductDraft {
    /// Checks everything that needs no database. Fields of variants are named `variants.<sku>.<field>`.
    pub fn check(&self) -> FieldErrors {
        let mut errors = FieldErrors::default();
        if let Err(e) = check_slug(&self.slug) {
            errors.add("slug", e.to_string());
        }
        check_text(&mut errors, "title", &self.title, TITLE_MAX);
        if self.options.len() > OPTIONS_MAX {
            errors.add("options", format!("at most {OPTIONS_MAX} options"));
        }
        for option in &self.options {
            check_option(&mut errors, option);
        }
        if self.variants.is_empty() {
            errors.add("variants", "at least one variant");
        }
        if self.variants.len() > VARIANTS_MAX {
            errors.add("variants", format!("at most {VARIANTS_MAX} variants"));
        }
        if self.pictures.len() > PICTURES_MAX {
            errors.add("pictures", format!("at most {PICTURES_MAX} pictures"));
        }
        for (position, variant) in self.variants.iter().enumerate() {
            self.check_variant(&mut errors, variant, &self.variants[..position]);
        }
        for (field, ids) in [("categories", &self.categories), ("related", &self.related)] {
            if has_twice(ids) {
                errors.add(field, "the same one stands twice");
            }
        }
        errors
    }

    fn check_variant(&self, errors: &mut FieldErrors, variant: &VariantDraft, before: &[VariantDraft]) {
        let field = |name: &str| format!("variants.{}.{name}", variant.sku);
        check_text(errors, &field("sku"), &variant.sku, SKU_MAX);
        if before.iter().any(|b| b.sku == variant.sku) {
            errors.add(&field("sku"), "stands twice in this product");
        }
        if before.iter().any(|b| b.options == variant.options) {
            errors.add(&field("options"), "another variant has the same options");
        }
        if variant.options.len() != self.options.len() {
            errors.add(&field("options"), format!("{} values are needed", self.options.len()));
        }
        for (axis, value) in self.options.iter().zip(&variant.options) {
            if !axis.choices.iter().any(|c| &c.value == value) {
                errors.add(&field("options"), format!("{value:?} is not a value of {:?}", axis.name));
            }
        }
        check_range(errors, &field("price"), variant.price_minor, PRICE_MAX_MINOR);
        if let Some(old) = variant.compare_at_minor {
            check_range(errors, &field("compare_at"), old, PRICE_MAX_MINOR);
            if old <= variant.price_minor {
                errors.add(&field("compare_at"), "must be above the price");
            }
        }
        check_range(errors, &field("weight_g"), variant.weight_g, WEIGHT_MAX_G);
        check_range(errors, &field("stock"), variant.stock.unwrap_or(0), STOCK_MAX);
    }
}

fn check_option(errors: &mut FieldErrors, option: &OptionAxis) {
    check_text(errors, "options", &option.name, TITLE_MAX);
    let values: Vec<&String> = option.choices.iter().map(|c| &c.value).collect();
    if has_twice(&values) {
        errors.add("options", format!("a value of {:?} stands twice", option.name));
    }
    for choice in &option.choices {
        check_text(errors, "options", &choice.value, TITLE_MAX);
        if choice.swatch.as_deref().is_some_and(|s| !is_colour(s)) {
            errors.add("options", format!("the swatch of {:?} must be a colour like #a0b1c2", choice.value));
        }
    }
}

fn check_text(errors: &mut FieldErrors, field: &str, text: &str, max: usize) {
    if text.trim().is_empty() {
        errors.add(field, "is missing");
    } else if text.chars().count() > max {
        errors.add(field, format!("is longer than {max} characters"));
    }
}

fn check_range(errors: &mut FieldErrors, field: &str, value: i64, max: i64) {
    if !(0..=max).contains(&value) {
        errors.add(field, format!("must lie between 0 and {max}"));
    }
}

fn has_twice<T: Ord>(values: &[T]) -> bool {
    let distinct: std::collections::BTreeSet<&T> = values.iter().collect();
    distinct.len() < values.len()
}

fn is_colour(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text[1..].bytes().all(|b| b.is_ascii_hexdigit())
}

/// A decimal number in thousandths: "38.5" → 38500; `None` when it is not a number or too exact.
pub fn parse_milli(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(fraction) || fraction.len() > 3 || whole.len() > 12 {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let fraction: i64 = format!("{fraction:0<3}").parse().ok()?;
    Some(sign * (whole * 1000 + fraction))
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::Choice;
    use super::*;

    fn draft() -> ProductDraft {
        let choice = |value: &str, swatch: Option<&str>| Choice {
            value: value.to_owned(),
            swatch: swatch.map(str::to_owned),
        };
        let variant = |sku: &str, value: &str| VariantDraft {
            sku: sku.to_owned(),
            options: vec![value.to_owned()],
            price_minor: 1000,
            ..VariantDraft::default()
        };
        ProductDraft {
            slug: "case".to_owned(),
            title: "Case".to_owned(),
            options: vec![OptionAxis {
                name: "Colour".to_owned(),
                choices: vec![choice("Red", Some("#ff0000")), choice("Blue", None)],
            }],
            variants: vec![variant("C-R", "Red"), variant("C-B", "Blue")],
            ..ProductDraft::default()
        }
    }

    #[test]
    fn a_sound_draft_has_no_errors() {
        assert_eq!(draft().check().0, []);
    }

    #[test]
    fn each_mistake_is_told_at_its_field() {
        let check = |field: &str, spoil: fn(&mut ProductDraft)| {
            let mut spoilt = draft();
            spoil(&mut spoilt);
            let errors = spoilt.check();
            assert!(errors.get(field).is_some(), "{field}: {errors:?}");
        };
        check("slug", |d| d.slug = "A b".to_owned());
        check("title", |d| d.title = " ".to_owned());
        check("variants", |d| d.variants.clear());
        check("options", |d| d.options[0].choices[1].value = "Red".to_owned());
        check("options", |d| d.options[0].choices[1].swatch = Some("red".to_owned()));
        check("variants.C-R.sku", |d| d.variants[1].sku = "C-R".to_owned());
        check("variants.C-B.options", |d| d.variants[1].options = vec!["Red".to_owned()]);
        check("variants.C-B.options", |d| d.variants[1].options = vec!["Green".to_owned()]);
        check("variants.C-B.options", |d| d.variants[1].options.clear());
        check("variants.C-R.price", |d| d.variants[0].price_minor = -1);
        check("variants.C-R.compare_at", |d| d.variants[0].compare_at_minor = Some(1000));
        check("variants.C-R.stock", |d| d.variants[0].stock = Some(-1));
        check("categories", |d| d.categories = vec!["a".to_owned(), "a".to_owned()]);
    }

    #[test]
    fn numbers_are_read_in_thousandths() {
        let read: Vec<_> = ["38", "38.5", "-0.25", "1.234", "1.2345", "", "a", "1.", "+1"]
            .into_iter()
            .map(parse_milli)
            .collect();
        assert_eq!(read, [Some(38_000), Some(38_500), Some(-250), Some(1_234), None, None, None, None, None]);
    }
}
