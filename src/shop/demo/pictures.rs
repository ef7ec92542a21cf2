//! Which pictures a demo product has: every view of its first look, and the front of each other look.

use super::format::Product;
use crate::drawing::Params;

/// A picture to draw.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub params: Params,
    pub alt: String,
}

/// A product's pictures, and for each variant the position of its own main picture among them.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Gallery {
    pub pictures: Vec<Plan>,
    pub fronts: Vec<usize>,
}

/// Plans the pictures of a product; variants that look alike share theirs.
pub(super) fn plan(product: &Product) -> Gallery {
    let mut gallery = Gallery::default();
    let mut looks: Vec<(Params, usize)> = Vec::new();
    for (position, variant) in product.variant.iter().enumerate() {
        let mut params = product.drawing.clone();
        params.extend(variant.drawing.clone());
        let front = match looks.iter().find(|(look, _)| *look == params) {
            Some(&(_, front)) => front,
            None => {
                let front = gallery.pictures.len();
                let views = if position == 0 { product.views.len() } else { 1 };
                for view in product.views.iter().take(views) {
                    gallery.pictures.push(draw(product, position, &params, view));
                }
                looks.push((params, front));
                front
            }
        };
        gallery.fronts.push(front);
    }
    gallery
}

fn draw(product: &Product, variant: usize, look: &Params, view: &str) -> Plan {
    let mut params = look.clone();
    params.insert("view".to_owned(), view.into());
    let mut words = vec![product.alt.clone()];
    let chosen = product.option.iter().zip(&product.variant[variant].options);
    words.extend(chosen.filter(|(option, _)| option.draws).map(|(_, value)| value.clone()));
    match view {
        "front" => {}
        "angle" => words.push("seen from an angle".to_owned()),
        "back" => words.push("the back".to_owned()),
        "side" => words.push("from the side".to_owned()),
        "detail" => words.push("close up".to_owned()),
        "strap" => words.push("the buckle close up".to_owned()),
        "set" => words.push("in use".to_owned()),
        other => words.push(other.replace(['_', '-'], " ")),
    }
    Plan { params, alt: words.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::super::format::parse_products;
    use super::*;

    #[test]
    fn the_first_look_has_every_view_and_others_their_front() {
        let text = r##"
            [[product]]
            slug = "a"
            title = "A"
            brand = "b"
            type = "t"
            categories = ["c"]
            summary = ""
            description = ""
            drawing = { kind = "watch", strap = "leather" }
            views = ["front", "back"]
            alt = "A watch"
            option = [{ name = "Strap", values = ["Leather", "Steel"], draws = true },
                      { name = "Size", values = ["S", "L"] }]
            variant = [
                { sku = "1", options = ["Leather", "S"], price = "1", stock = 1 },
                { sku = "2", options = ["Leather", "L"], price = "1", stock = 1 },
                { sku = "3", options = ["Steel", "S"], price = "1", stock = 1, drawing = { strap = "steel" } },
            ]
        "##;
        let gallery = plan(&parse_products("x", text).unwrap()[0]);
        let alts: Vec<&str> = gallery.pictures.iter().map(|p| p.alt.as_str()).collect();
        assert_eq!(alts, ["A watch, Leather", "A watch, Leather, the back", "A watch, Steel"]);
        assert_eq!(gallery.fronts, [0, 0, 2]);
        assert_eq!(gallery.pictures[2].params["strap"], "steel");
        assert_eq!(gallery.pictures[1].params["view"], "back");
    }
}
