//! What a category and a search result share: cards, filters with counts, chips, order, page links.

use super::card::{Card, Place, cards};
use super::filters::Filters;
use super::layout::{Layout, Link};
use crate::domain::catalogue::AttributeKind;
use crate::domain::listing::{Facet, Listing, Sort};

/// A listing as `templates/parts/listing.html` prints it.
#[derive(Debug, Clone)]
pub struct ListingView {
    /// Where the filter form goes.
    pub action: String,
    pub q: String,
    pub total: i64,
    pub sorts: Vec<Choice>,
    pub groups: Vec<Group>,
    pub price: Option<PriceFilter>,
    pub in_stock: bool,
    pub in_stock_count: i64,
    /// Applied filters; each leads to the listing without it.
    pub chips: Vec<Link>,
    pub clear: String,
    pub cards: Vec<Card>,
    pub pages: Pages,
}

/// The filter by one attribute or by brand.
#[derive(Debug, Clone)]
pub struct Group {
    pub name: String,
    pub title: String,
    pub choices: Vec<Choice>,
    /// Unfolded from the start.
    pub open: bool,
}

#[derive(Debug, Clone)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub count: i64,
    pub selected: bool,
}

/// The two ends of the price filter: what was typed, and what there is.
#[derive(Debug, Clone)]
pub struct PriceFilter {
    pub min: String,
    pub max: String,
    pub lowest: String,
    pub highest: String,
}

/// Links to the other pages of a list.
#[derive(Debug, Clone)]
pub struct Pages {
    pub count: i64,
    pub current: i64,
    pub previous: Option<String>,
    pub next: Option<String>,
    pub links: Vec<PageLink>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageLink {
    Current(i64),
    Other(i64, String),
    /// Pages left out.
    Gap,
}

/// Filters that are unfolded from the start; the rest open on demand.
const OPEN_GROUPS: usize = 4;

impl ListingView {
    pub fn new(l: &Layout, filters: &Filters, listing: &Listing, now_ms: i64) -> ListingView {
        ListingView {
            action: filters.path.clone(),
            q: filters.q.clone(),
            total: listing.total,
            sorts: sorts(l, filters),
            groups: groups(l, listing),
            price: price_filter(l, filters, listing),
            in_stock: filters.query.in_stock_only,
            in_stock_count: listing.in_stock,
            chips: chips(l, filters, listing),
            clear: filters.cleared(),
            cards: cards(l, &listing.cards, now_ms, Place::Listing),
            pages: Pages::new(filters, listing.page, listing.pages),
        }
    }

    pub fn is_filtered(&self) -> bool {
        !self.chips.is_empty()
    }
}

impl Pages {
    pub fn new(filters: &Filters, current: i64, count: i64) -> Pages {
        let address = |page: i64| filters.page_address(page);
        let mut links = Vec::new();
        for page in 1..=count {
            if page == current {
                links.push(PageLink::Current(page));
            } else if page == 1 || page == count || (page - current).abs() <= 1 {
                links.push(PageLink::Other(page, address(page)));
            } else if links.last() != Some(&PageLink::Gap) {
                links.push(PageLink::Gap);
            }
        }
        Pages {
            count,
            current,
            previous: (current > 1).then(|| address(current - 1)),
            next: (current < count).then(|| address(current + 1)),
            links,
        }
    }
}

fn sorts(l: &Layout, filters: &Filters) -> Vec<Choice> {
    let offered =
        Sort::ALL.into_iter().filter(|s| *s != Sort::Relevance || filters.natural == Sort::Relevance);
    offered
        .map(|sort| Choice {
            value: sort.as_str().to_owned(),
            label: l.t(&format!("listing.sort.{}", sort.as_str())).to_owned(),
            count: 0,
            selected: filters.query.sort == sort,
        })
        .collect()
}

/// A filter with one value that everything has would change nothing; it is left out.
fn groups(l: &Layout, listing: &Listing) -> Vec<Group> {
    let brands = Group {
        name: "brand".to_owned(),
        title: l.t("listing.brand").to_owned(),
        choices: listing
            .brands
            .iter()
            .map(|b| Choice {
                value: b.slug.clone(),
                label: b.name.clone(),
                count: b.count,
                selected: b.selected,
            })
            .collect(),
        open: false,
    };
    let facets = listing.facets.iter().map(|facet| Group {
        name: facet.key.clone(),
        title: facet.name.clone(),
        choices: facet
            .values
            .iter()
            .map(|v| Choice {
                value: v.value.clone(),
                label: facet_label(l, facet, &v.value),
                count: v.count,
                selected: v.selected,
            })
            .collect(),
        open: false,
    });
    let mut groups: Vec<Group> = facets.chain([brands]).filter(|g| is_useful(g, listing.total)).collect();
    for (i, group) in groups.iter_mut().enumerate() {
        group.open = i < OPEN_GROUPS || group.choices.iter().any(|c| c.selected);
    }
    groups
}

fn is_useful(group: &Group, total: i64) -> bool {
    match group.choices.as_slice() {
        [] => false,
        [only] => only.selected || only.count < total,
        _ => true,
    }
}

fn facet_label(l: &Layout, facet: &Facet, value: &str) -> String {
    super::card::spec_value(l, value, &facet.unit)
}

fn price_filter(l: &Layout, filters: &Filters, listing: &Listing) -> Option<PriceFilter> {
    let typed = |price: Option<i64>| price.map_or_else(String::new, |minor| l.typed_amount(minor));
    let (min, max) = (typed(filters.query.price_min_minor), typed(filters.query.price_max_minor));
    let (lowest, highest) = listing.price_range.unzip();
    let (lowest, highest) = (typed(lowest), typed(highest));
    let needless = lowest == highest && min.is_empty() && max.is_empty();
    (!needless).then_some(PriceFilter { min, max, lowest, highest })
}

fn chips(l: &Layout, filters: &Filters, listing: &Listing) -> Vec<Link> {
    let query = &filters.query;
    let mut chips = Vec::new();
    for slug in &query.brands {
        let name = listing.brands.iter().find(|b| b.slug == *slug).map_or(slug, |b| &b.name).clone();
        let path = filters.changed(|q| q.brands.retain(|b| b != slug));
        chips.push(Link { name, path });
    }
    for (key, values) in &query.facets {
        let facet = listing.facets.iter().find(|f| f.key == *key);
        for value in values {
            let name = facet.map_or_else(|| value.clone(), |f| chip_name(l, f, value));
            let path =
                filters.changed(|q| q.facets.entry(key.clone()).or_default().retain(|other| other != value));
            chips.push(Link { name, path });
        }
    }
    if let Some(min) = query.price_min_minor {
        let path = filters.changed(|q| q.price_min_minor = None);
        chips.push(Link { name: l.fill("listing.from", "price", l.money(&min)), path });
    }
    if let Some(max) = query.price_max_minor {
        let path = filters.changed(|q| q.price_max_minor = None);
        chips.push(Link { name: l.fill("listing.to", "price", l.money(&max)), path });
    }
    if query.in_stock_only {
        let path = filters.changed(|q| q.in_stock_only = false);
        chips.push(Link { name: l.t("listing.in_stock").to_owned(), path });
    }
    chips
}

/// A number or a yes says little without its attribute's name.
fn chip_name(l: &Layout, facet: &Facet, value: &str) -> String {
    let label = facet_label(l, facet, value);
    match facet.kind {
        AttributeKind::Number => format!("{} {label}", facet.name),
        AttributeKind::Flag if value == "true" => facet.name.clone(),
        AttributeKind::Flag => format!("{}: {label}", facet.name),
        AttributeKind::Text | AttributeKind::Choice => label,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_of_pages_have_gaps() {
        let filters = Filters::parse("/c/x", "", "EUR", crate::domain::listing::Sort::Popular, |_| false);
        let pages = Pages::new(&filters, 5, 9);
        let shown: Vec<i64> = pages
            .links
            .iter()
            .map(|link| match link {
                PageLink::Current(n) | PageLink::Other(n, _) => *n,
                PageLink::Gap => 0,
            })
            .collect();
        assert_eq!(shown, [1, 0, 4, 5, 6, 0, 9]);
        assert_eq!(pages.previous.as_deref(), Some("/c/x?page=4"));
        assert_eq!(Pages::new(&filters, 1, 1).next, None);
    }
}
