//! Which variant the page shows, and what choosing otherwise would lead to.

use super::super::layout::Layout;
use super::{delivery_text, variant_price};
use crate::domain::catalogue::{Band, Product, Variant};
use crate::domain::shipping::ShippingMethod;

/// What the address asks for: `?sku=MER38-BRN`, or the option fields of the page's form, `?o0=Brown+leather`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Position in the product's variants.
    index: Option<usize>,
}

/// An option of the product with its values, as radio buttons.
#[derive(Debug)]
pub struct Axis {
    /// The form field: `o0`, `o1` …
    pub field: String,
    pub name: String,
    /// The chosen value.
    pub value: String,
    pub choices: Vec<Choice>,
}

#[derive(Debug)]
pub struct Choice {
    pub value: String,
    pub swatch: Option<String>,
    pub is_checked: bool,
    /// Sold out together with what is chosen beside it.
    pub is_out: bool,
    /// There is no such combination.
    pub is_none: bool,
}

impl Chosen {
    /// Reads the query string; what fits nothing falls back to the first variant that can be bought.
    pub fn of(product: &Product, query_string: &str) -> Chosen {
        let mut sku = None;
        let mut wanted: Vec<Option<String>> = vec![None; product.options.len()];
        for (name, value) in url::form_urlencoded::parse(query_string.as_bytes()) {
            match name.strip_prefix('o').and_then(|n| n.parse::<usize>().ok()) {
                Some(axis) if axis < wanted.len() => wanted[axis] = Some(value.into_owned()),
                _ if name == "sku" => sku = Some(value.into_owned()),
                _ => {}
            }
        }
        let by_sku = sku.and_then(|sku| product.variants.iter().position(|v| v.sku == sku));
        Chosen { index: by_sku.or_else(|| closest(product, &wanted)) }
    }

    pub fn variant<'a>(&self, product: &'a Product) -> Option<&'a Variant> {
        self.index.and_then(|i| product.variants.get(i))
    }
}

/// The variant that has most of the wanted values; among equals the one that can be bought, then the first.
fn closest(product: &Product, wanted: &[Option<String>]) -> Option<usize> {
    let misses = |variant: &Variant| {
        let pairs = wanted.iter().zip(&variant.options);
        pairs.filter(|(wish, value)| wish.as_ref().is_some_and(|w| w != *value)).count()
    };
    let rank = |(i, v): &(usize, &Variant)| (misses(v), v.band == Band::Out, *i);
    product.variants.iter().enumerate().min_by_key(rank).map(|(i, _)| i)
}

/// The options with their values, marked by what each would lead to when the other options stay as they are.
pub fn axes(product: &Product, chosen: Option<&Variant>) -> Vec<Axis> {
    let current = chosen.map(|v| v.options.clone()).unwrap_or_default();
    let axis = |(i, option): (usize, &crate::domain::catalogue::OptionAxis)| Axis {
        field: format!("o{i}"),
        name: option.name.clone(),
        value: current.get(i).cloned().unwrap_or_default(),
        choices: option
            .choices
            .iter()
            .map(|choice| {
                let mut options = current.clone();
                if let Some(slot) = options.get_mut(i) {
                    slot.clone_from(&choice.value);
                }
                let variant = product.variants.iter().find(|v| v.options == options);
                Choice {
                    value: choice.value.clone(),
                    swatch: choice.swatch.clone(),
                    is_checked: current.get(i) == Some(&choice.value),
                    is_out: variant.is_some_and(|v| v.band == Band::Out),
                    is_none: variant.is_none(),
                }
            })
            .collect(),
    };
    product.options.iter().enumerate().map(axis).collect()
}

/// Every variant as the page's script needs it, safe inside a `<script>` element.
pub fn variants_json(l: &Layout, product: &Product, methods: &[ShippingMethod]) -> String {
    let variant = |v: &Variant| {
        serde_json::json!({
            "id": v.variant_id,
            "sku": v.sku,
            "options": v.options,
            "price": variant_price(l, v).to_string(),
            "band": v.band.as_str(),
            "stock": l.t(&format!("band.{}", v.band.as_str())),
            "delivery": delivery_text(l, methods, v),
            "picture": v.picture.as_ref().map(|p| &p.hash),
            "alt": v.picture.as_ref().map(|p| &p.alt),
        })
    };
    let variants: Vec<_> = product.variants.iter().map(variant).collect();
    serde_json::Value::Array(variants).to_string().replace('<', "\\u003c")
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::domain::catalogue::{Choice as DomainChoice, OptionAxis};

    /// A product of two options: Black and Red in S and M, but no red M; black S is sold out.
    pub fn product() -> Product {
        let axis = |name: &str, values: &[&str]| OptionAxis {
            name: name.to_owned(),
            choices: values.iter().map(|v| DomainChoice { value: (*v).to_owned(), swatch: None }).collect(),
        };
        let variant = |sku: &str, options: [&str; 2], band| Variant {
            variant_id: format!("id-{sku}"),
            sku: sku.to_owned(),
            options: options.map(str::to_owned).to_vec(),
            price_minor: 1_990,
            compare_at_minor: None,
            lowest_minor: None,
            weight_g: 10,
            barcode: String::new(),
            band,
            picture: None,
        };
        Product {
            product_id: "1".to_owned(),
            slug: "case".to_owned(),
            title: "Case".to_owned(),
            summary: "A case.".to_owned(),
            description: String::new(),
            box_contents: Vec::new(),
            brand: None,
            type_name: String::new(),
            tax_class: "standard".to_owned(),
            published_at: None,
            updated_at: 0,
            price_min_minor: 1_990,
            price_max_minor: 1_990,
            compare_at_minor: None,
            band: Band::In,
            options: vec![axis("Colour", &["Black", "Red"]), axis("Size", &["S", "M"])],
            variants: vec![
                variant("BS", ["Black", "S"], Band::Out),
                variant("BM", ["Black", "M"], Band::In),
                variant("RS", ["Red", "S"], Band::Low),
            ],
            specs: Vec::new(),
            pictures: Vec::new(),
            categories: Vec::new(),
            breadcrumb: Vec::new(),
            related: Vec::new(),
        }
    }

    fn sku(query: &str) -> String {
        let product = product();
        Chosen::of(&product, query).variant(&product).unwrap().sku.clone()
    }

    #[test]
    fn the_address_chooses_and_falls_back() {
        assert_eq!(sku("sku=RS"), "RS");
        assert_eq!(sku("sku=BS"), "BS");
        assert_eq!(sku("o0=Red&o1=S"), "RS");
        // Red M does not exist: something as near as possible, which can be bought.
        assert_eq!(sku("o0=Red&o1=M"), "BM");
        assert_eq!(sku("o0=Black"), "BM");
        assert_eq!(sku("sku=none&o9=x&utm=1"), "BM");
    }

    #[test]
    fn choices_say_what_they_lead_to() {
        let product = product();
        let chosen = Chosen::of(&product, "sku=RS");
        let axes = axes(&product, chosen.variant(&product));
        let marks = |axis: &Axis| {
            axis.choices.iter().map(|c| (c.is_checked, c.is_out, c.is_none)).collect::<Vec<_>>()
        };
        assert_eq!(marks(&axes[0]), [(false, true, false), (true, false, false)]);
        assert_eq!(marks(&axes[1]), [(true, false, false), (false, false, true)]);
    }
}
