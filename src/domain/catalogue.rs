//! What the shop offers: products, their variants, attributes and pictures, and the tree of categories.

/// Up to this many pieces the stock is called low.
pub const LOW_MAX: i64 = 3;
/// A product counts as new for this long after it was published.
pub const NEW_FOR_MS: i64 = 30 * 24 * 3_600_000;
/// Related products on a product's page.
pub const RELATED_MAX: usize = 12;

/// What a shopper is told about stock; never the count. Ordered from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    In,
    Low,
    Out,
}

impl Band {
    /// The band of `available` pieces (on hand without the reserved ones).
    pub fn of(available: i64) -> Band {
        match available {
            ..=0 => Band::Out,
            1..=LOW_MAX => Band::Low,
            _ => Band::In,
        }
    }

    /// A product is as available as its best variant; without variants it is sold out.
    pub fn best(bands: impl IntoIterator<Item = Band>) -> Band {
        bands.into_iter().min().unwrap_or(Band::Out)
    }

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Band::In => "in",
            Band::Low => "low",
            Band::Out => "out",
        }
    }

    /// The band that `word` stands for.
    pub fn parse(word: &str) -> Option<Band> {
        [Band::In, Band::Low, Band::Out].into_iter().find(|b| b.as_str() == word)
    }
}

/// A picture in the shop: its hash names it in `/media/{hash}/…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub hash: String,
    pub alt: String,
    /// Size of the original in px.
    pub width: i64,
    pub height: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    pub brand_id: String,
    pub slug: String,
    pub name: String,
}

/// One way in which a product's variants differ: "Strap", "Colour".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionAxis {
    pub name: String,
    /// In display order.
    pub choices: Vec<Choice>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    /// A colour as `#rrggbb`, when the choice is shown as one.
    pub swatch: Option<String>,
}

/// What is put into the cart: one combination of option values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    pub variant_id: String,
    pub sku: String,
    /// One value per option, in the options' order.
    pub options: Vec<String>,
    /// Gross.
    pub price_minor: i64,
    /// The old price, when the variant is on sale.
    pub compare_at_minor: Option<i64>,
    /// The lowest price of the 30 days before the reduction, when the variant is on sale and had another price then.
    pub lowest_minor: Option<i64>,
    pub weight_g: i64,
    pub barcode: String,
    pub band: Band,
    /// Its own main picture.
    pub picture: Option<Picture>,
}

impl Variant {
    /// "Brown leather / 38 mm"; empty for a product without options.
    pub fn title(&self) -> String {
        self.options.join(" / ")
    }
}

/// What an attribute's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttributeKind {
    Text,
    Number,
    Choice,
    Flag,
}

impl AttributeKind {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            AttributeKind::Text => "text",
            AttributeKind::Number => "number",
            AttributeKind::Choice => "choice",
            AttributeKind::Flag => "flag",
        }
    }

    /// The kind that `word` stands for.
    pub fn parse(word: &str) -> Option<AttributeKind> {
        [AttributeKind::Text, AttributeKind::Number, AttributeKind::Choice, AttributeKind::Flag]
            .into_iter()
            .find(|k| k.as_str() == word)
    }
}

/// A property that products can have: "Case diameter" in mm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    pub key: String,
    pub name: String,
    pub kind: AttributeKind,
    /// Empty: none.
    pub unit: String,
    /// Offered as a filter.
    pub facet: bool,
    pub position: i64,
}

/// A kind of product and the attributes of its specification table, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductType {
    pub type_id: String,
    pub key: String,
    pub name: String,
    pub attributes: Vec<String>,
}

/// One line of a specification table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    pub key: String,
    pub name: String,
    pub kind: AttributeKind,
    /// Empty: none.
    pub unit: String,
    /// As printed, without the unit; a flag's is "true" or "false".
    pub values: Vec<String>,
}

/// A product with everything that its page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub product_id: String,
    pub slug: String,
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// Markdown.
    pub description: String,
    /// What is in the box.
    pub box_contents: Vec<String>,
    pub brand: Option<Brand>,
    /// The product type's name; empty without a type.
    pub type_name: String,
    pub tax_class: String,
    pub published_at: Option<i64>,
    pub updated_at: i64,
    pub price_min_minor: i64,
    pub price_max_minor: i64,
    pub compare_at_minor: Option<i64>,
    pub band: Band,
    pub options: Vec<OptionAxis>,
    pub variants: Vec<Variant>,
    pub specs: Vec<Spec>,
    pub pictures: Vec<Picture>,
    /// Where the product is listed; the first is its primary category.
    pub categories: Vec<CategoryRef>,
    /// From the tree's root down to the primary category.
    pub breadcrumb: Vec<CategoryRef>,
    pub related: Vec<ProductCard>,
}

/// A category's name and address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryRef {
    pub category_id: String,
    pub slug: String,
    pub name: String,
}

/// The one fact that decides in a category: "Case diameter", "38", "mm".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub name: String,
    pub value: String,
    pub unit: String,
    pub kind: AttributeKind,
}

/// A product as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductCard {
    pub product_id: String,
    pub slug: String,
    pub title: String,
    pub summary: String,
    pub brand: Option<String>,
    pub price_min_minor: i64,
    pub price_max_minor: i64,
    /// The old price of the cheapest variant, when it is on sale.
    pub compare_at_minor: Option<i64>,
    /// See [`Variant::lowest_minor`]; of the cheapest variant.
    pub lowest_minor: Option<i64>,
    pub band: Band,
    pub published_at: Option<i64>,
    pub picture: Option<Picture>,
    /// Shown when the pointer rests on the card.
    pub second_picture: Option<Picture>,
    pub fact: Option<Fact>,
    /// The choices of the first option that has colours.
    pub swatches: Vec<Choice>,
}

impl ProductCard {
    /// True for [`NEW_FOR_MS`] after the product was published.
    pub fn is_new(&self, now_ms: i64) -> bool {
        self.published_at.is_some_and(|at| at <= now_ms && now_ms - at < NEW_FOR_MS)
    }
}

/// A node of the category tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    pub category_id: String,
    pub parent_id: Option<String>,
    pub slug: String,
    pub name: String,
    /// One line of help for choosing.
    pub help: String,
    /// Key of the attribute that the category's cards print.
    pub fact_attribute: Option<String>,
    /// Shown as a door on the home page.
    pub door: bool,
    pub position: i64,
}

impl Category {
    pub fn reference(&self) -> CategoryRef {
        CategoryRef {
            category_id: self.category_id.clone(),
            slug: self.slug.clone(),
            name: self.name.clone(),
        }
    }
}

/// A way into the shop on the home page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    pub category: Category,
    /// The main picture of the category's most popular product.
    pub picture: Option<Picture>,
    /// Published products in the category and below it.
    pub products: i64,
}

/// All categories. They are few (hundreds), so the tree is read whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CategoryTree {
    /// Siblings in their order.
    pub categories: Vec<Category>,
}

impl CategoryTree {
    pub fn find(&self, category_id: &str) -> Option<&Category> {
        self.categories.iter().find(|c| c.category_id == category_id)
    }

    pub fn find_by_slug(&self, slug: &str) -> Option<&Category> {
        self.categories.iter().find(|c| c.slug == slug)
    }

    /// The top of the tree, in order.
    pub fn roots(&self) -> impl Iterator<Item = &Category> {
        self.categories.iter().filter(|c| c.parent_id.is_none())
    }

    /// The categories directly below `category_id`, in order.
    pub fn children<'a>(&'a self, category_id: &'a str) -> impl Iterator<Item = &'a Category> {
        self.categories.iter().filter(move |c| c.parent_id.as_deref() == Some(category_id))
    }

    /// From the root down to the category itself; empty when it does not exist.
    pub fn path(&self, category_id: &str) -> Vec<&Category> {
        let mut path = Vec::new();
        let mut next = self.find(category_id);
        // A tree of n nodes has no longer path; the bound keeps a damaged tree from looping.
        while let Some(category) = next
            && path.len() < self.categories.len()
        {
            path.push(category);
            next = category.parent_id.as_deref().and_then(|id| self.find(id));
        }
        path.reverse();
        path
    }

    /// The ids of the category and of everything below it.
    pub fn subtree(&self, category_id: &str) -> Vec<String> {
        let mut ids: Vec<String> =
            self.find(category_id).map(|c| c.category_id.clone()).into_iter().collect();
        let mut next = 0;
        while let Some(id) = ids.get(next).cloned() {
            next += 1;
            let below: Vec<String> = self
                .children(&id)
                .filter(|c| !ids.contains(&c.category_id))
                .map(|c| c.category_id.clone())
                .collect();
            ids.extend(below);
        }
        ids
    }
}

/// A printed page: delivery, returns, imprint …
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub page_id: String,
    pub slug: String,
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Which column of the footer links it: "help", "legal" or empty.
    pub footer: String,
    pub position: i64,
    pub updated_at: i64,
}

/// What a footer prints of a [`Page`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLink {
    pub slug: String,
    pub title: String,
    pub footer: String,
}

/// What stands around every page: the menu's tree and the footer's pages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    pub tree: CategoryTree,
    pub pages: Vec<PageLink>,
}

/// 30 days, the period that a reduced price is compared with.
const LOWEST_PERIOD_MS: i64 = 30 * 24 * 3_600_000;

/// The lowest price in force during the 30 days before the newest price began. `history` is `(since, price)` with the
/// oldest first. `None` when there was no price before the newest.
pub fn lowest_before(history: &[(i64, i64)]) -> Option<i64> {
    let (&(began, _), before) = history.split_last()?;
    let from = began - LOWEST_PERIOD_MS;
    // A price is in force until the next one begins; the last one older than the period reaches into it.
    let first = before.iter().rposition(|&(since, _)| since <= from).unwrap_or(0);
    before[first..].iter().map(|&(_, price)| price).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 3_600_000;

    #[test]
    fn bands_follow_the_count() {
        let bands: Vec<&str> = [-1, 0, 1, 3, 4].map(|n| Band::of(n).as_str()).to_vec();
        assert_eq!(bands, ["out", "out", "low", "low", "in"]);
        assert_eq!(Band::best([Band::Out, Band::Low]), Band::Low);
        assert_eq!(Band::best([]), Band::Out);
    }

    #[test]
    fn the_lowest_price_counts_only_the_thirty_days_before_the_reduction() {
        assert_eq!(lowest_before(&[]), None);
        assert_eq!(lowest_before(&[(0, 100)]), None);
        assert_eq!(lowest_before(&[(0, 100), (40 * DAY, 80)]), Some(100));
        // 90 ended before the period began, 95 reaches into it.
        assert_eq!(lowest_before(&[(0, 90), (5 * DAY, 95), (20 * DAY, 110), (40 * DAY, 80)]), Some(95));
        assert_eq!(lowest_before(&[(0, 90), (12 * DAY, 110), (40 * DAY, 80)]), Some(90));
        assert_eq!(lowest_before(&[(0, 90), (10 * DAY, 110), (40 * DAY, 80)]), Some(110));
    }

    fn category(id: &str, parent: Option<&str>) -> Category {
        Category {
            category_id: id.to_owned(),
            parent_id: parent.map(str::to_owned),
            slug: format!("slug-{id}"),
            name: id.to_owned(),
            help: String::new(),
            fact_attribute: None,
            door: false,
            position: 0,
        }
    }

    #[test]
    fn the_tree_knows_ways_up_and_down() {
        let tree = CategoryTree {
            categories: vec![
                category("a", None),
                category("b", Some("a")),
                category("c", Some("b")),
                category("d", None),
            ],
        };
        assert_eq!(tree.path("c").iter().map(|c| &*c.category_id).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(tree.subtree("a"), ["a", "b", "c"]);
        assert_eq!(tree.subtree("nowhere"), Vec::<String>::new());
        assert_eq!(tree.roots().count(), 2);
    }

    #[test]
    fn a_damaged_tree_does_not_loop() {
        let tree = CategoryTree { categories: vec![category("a", Some("b")), category("b", Some("a"))] };
        assert!(tree.path("a").len() <= 2);
        assert_eq!(tree.subtree("a"), ["a", "b"]);
    }
}
