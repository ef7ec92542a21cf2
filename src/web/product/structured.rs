//! What search engines are told about a product.

use serde_json::{Value, json};

use super::super::layout::Layout;
use super::super::picture;
use crate::domain::catalogue::{Band, Product, Variant};
use crate::format;

/// schema.org's `Product` with an offer per variant, and the breadcrumb.
pub fn data(l: &Layout, product: &Product, path: &str) -> Value {
    let pictures: Vec<String> =
        product.pictures.iter().map(|p| l.absolute(&picture::url(&p.hash, 960))).collect();
    let offers: Vec<Value> = product.variants.iter().map(|v| offer(l, v, path)).collect();
    let mut thing = json!({
        "@type": "Product",
        "name": product.title,
        "description": product.summary,
        "image": pictures,
        "url": l.absolute(path),
        "offers": offers,
    });
    if let Some(brand) = &product.brand {
        thing["brand"] = json!({ "@type": "Brand", "name": brand.name });
    }
    if let [only] = product.variants.as_slice() {
        thing["sku"] = json!(only.sku);
    }
    json!({ "@context": "https://schema.org", "@graph": [thing, breadcrumb(l, product)] })
}

fn offer(l: &Layout, variant: &Variant, path: &str) -> Value {
    let availability = match variant.band {
        Band::In => "https://schema.org/InStock",
        Band::Low => "https://schema.org/LimitedAvailability",
        Band::Out => "https://schema.org/OutOfStock",
    };
    let mut offer = json!({
        "@type": "Offer",
        "sku": variant.sku,
        "price": format::amount(variant.price_minor, &l.shop.currency),
        "priceCurrency": l.shop.currency,
        "availability": availability,
        "url": l.absolute(&format!("{path}?sku={}", format::url_encode(&variant.sku))),
    });
    if !variant.barcode.is_empty() {
        offer["gtin"] = json!(variant.barcode);
    }
    offer
}

fn breadcrumb(l: &Layout, product: &Product) -> Value {
    let home = (l.shop.name.clone(), l.absolute("/"));
    let steps = product.breadcrumb.iter().map(|c| (c.name.clone(), l.absolute(&format!("/c/{}", c.slug))));
    let items: Vec<Value> = std::iter::once(home)
        .chain(steps)
        .zip(1..)
        .map(|((name, url), at)| json!({ "@type": "ListItem", "position": at, "name": name, "item": url }))
        .collect();
    json!({ "@type": "BreadcrumbList", "itemListElement": items })
}
