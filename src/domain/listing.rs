//! A list of products: what is asked (filters, order, page) and what is answered (cards, counts).

use std::collections::BTreeMap;

use super::catalogue::{AttributeKind, ProductCard};

/// Cards on one page.
pub const PAGE_SIZE: i64 = 24;
/// Most products of a search that a listing is made from; a search keeps its best ones.
pub const SEARCH_IDS_MAX: usize = 2_000;

/// The order of a listing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// As the search ranked them; in a category the same as `Popular`.
    Relevance,
    Newest,
    #[default]
    Popular,
    PriceUp,
    PriceDown,
}

impl Sort {
    pub const ALL: [Sort; 5] = [Sort::Relevance, Sort::Popular, Sort::Newest, Sort::PriceUp, Sort::PriceDown];

    /// The word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Sort::Relevance => "relevance",
            Sort::Newest => "newest",
            Sort::Popular => "popular",
            Sort::PriceUp => "price-up",
            Sort::PriceDown => "price-down",
        }
    }

    /// The order that `word` stands for.
    pub fn parse(word: &str) -> Option<Sort> {
        Sort::ALL.into_iter().find(|s| s.as_str() == word)
    }
}

/// What is asked. `Default` asks for everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListingQuery {
    /// This category and everything below it.
    pub category_id: Option<String>,
    /// Only these products, in the order of their relevance: the result of a search.
    pub ids: Option<Vec<String>>,
    /// Slugs; any of them.
    pub brands: Vec<String>,
    /// Attribute key → values; any value of a key, every key.
    pub facets: BTreeMap<String, Vec<String>>,
    pub price_min_minor: Option<i64>,
    pub price_max_minor: Option<i64>,
    pub in_stock_only: bool,
    pub sort: Sort,
    /// From 1; 0 counts as 1.
    pub page: i64,
}

impl ListingQuery {
    /// True when anything narrows the category or search.
    pub fn is_filtered(&self) -> bool {
        !self.brands.is_empty()
            || self.facets.values().any(|v| !v.is_empty())
            || self.price_min_minor.is_some()
            || self.price_max_minor.is_some()
            || self.in_stock_only
    }
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// At most [`PAGE_SIZE`]; none when the page lies behind the last.
    pub cards: Vec<ProductCard>,
    /// Products on all pages.
    pub total: i64,
    pub page: i64,
    /// At least 1.
    pub pages: i64,
    pub facets: Vec<Facet>,
    pub brands: Vec<BrandCount>,
    /// Lowest and highest price with all filters but the price; `None` when nothing is left.
    pub price_range: Option<(i64, i64)>,
    /// Products that can be bought, with all filters but this one.
    pub in_stock: i64,
}

/// A filter by one attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    pub key: String,
    pub name: String,
    pub unit: String,
    pub kind: AttributeKind,
    /// Numbers by size, words by alphabet.
    pub values: Vec<FacetValue>,
}

/// One value of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetValue {
    /// As printed, without the unit; a flag's is "true".
    pub value: String,
    /// Products with it, with all filters but this facet's.
    pub count: i64,
    pub selected: bool,
}

/// One brand of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrandCount {
    pub slug: String,
    pub name: String,
    /// Products of it, with all filters but the brands.
    pub count: i64,
    pub selected: bool,
}

/// Pages that `total` products fill, at least 1.
pub fn page_count(total: i64) -> i64 {
    ((total + PAGE_SIZE - 1) / PAGE_SIZE).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_counted_up() {
        let pages: Vec<i64> = [0, 1, 24, 25, 48, 49].map(page_count).to_vec();
        assert_eq!(pages, [1, 1, 1, 2, 2, 3]);
    }

    #[test]
    fn orders_have_words() {
        for sort in Sort::ALL {
            assert_eq!(Sort::parse(sort.as_str()), Some(sort));
        }
        assert_eq!(Sort::parse("cheapest"), None);
    }
}
