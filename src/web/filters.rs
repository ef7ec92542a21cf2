//! The address of a listing: which filters, order and page it asks for, and how each of them is loosened again.
//!
//! Only known parameters count, in one order, so that one result has one address (and one place in a cache).

use crate::domain::listing::{ListingQuery, Sort};
use crate::format::{self, url_encode};

/// Attributes that one address may filter by, values of each, and characters of a value: more than any page offers.
const KEYS_MAX: usize = 12;
const VALUES_MAX: usize = 24;
const VALUE_CHARS_MAX: usize = 80;
/// Pages beyond this are nobody's wish.
const PAGE_MAX: i64 = 500;

/// What one address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// "/c/field" or "/search".
    pub path: String,
    /// The words searched for; empty in a category.
    pub q: String,
    pub query: ListingQuery,
    /// The order that needs no word in the address.
    pub natural: Sort,
    /// Digits after the point of the shop's currency, for prices in the address.
    exponent: u32,
}

impl Filters {
    /// Reads the query string; what is unknown or unreadable is ignored. `is_facet` tells the attributes that are
    /// filters.
    pub fn parse(
        path: &str,
        query_string: &str,
        currency: &str,
        natural: Sort,
        is_facet: impl Fn(&str) -> bool,
    ) -> Filters {
        let exponent = format::exponent(currency);
        let mut filters = Filters { path: path.to_owned(), natural, exponent, ..Filters::default() };
        filters.query.sort = natural;
        filters.query.page = 1;
        for (name, value) in url::form_urlencoded::parse(query_string.as_bytes()) {
            let value = value.trim();
            if !value.is_empty() {
                filters.take(&name, value, &is_facet);
            }
        }
        filters.query.brands.sort();
        filters.query.brands.dedup();
        filters.query.facets.values_mut().for_each(|values| {
            values.sort();
            values.dedup();
        });
        filters
    }

    fn take(&mut self, name: &str, value: &str, is_facet: impl Fn(&str) -> bool) {
        let query = &mut self.query;
        match name {
            "q" => self.q = value.chars().take(200).collect(),
            "brand" => push(&mut query.brands, value),
            "min" => query.price_min_minor = parse_price(value, self.exponent).or(query.price_min_minor),
            "max" => query.price_max_minor = parse_price(value, self.exponent).or(query.price_max_minor),
            "stock" => query.in_stock_only = true,
            "sort" => query.sort = Sort::parse(value).unwrap_or(self.natural),
            "page" => query.page = value.parse().unwrap_or(1).clamp(1, PAGE_MAX),
            key if is_facet(key) && (query.facets.len() < KEYS_MAX || query.facets.contains_key(key)) => {
                push(query.facets.entry(key.to_owned()).or_default(), value);
            }
            _ => {}
        }
    }

    /// The one address of this result.
    pub fn address(&self) -> String {
        let query = &self.query;
        let mut parts: Vec<(&str, String)> = Vec::new();
        if !self.q.is_empty() {
            parts.push(("q", self.q.clone()));
        }
        parts.extend(query.brands.iter().map(|b| ("brand", b.clone())));
        for (key, values) in &query.facets {
            parts.extend(values.iter().map(|v| (key.as_str(), v.clone())));
        }
        parts.extend(query.price_min_minor.map(|p| ("min", self.price_in_address(p))));
        parts.extend(query.price_max_minor.map(|p| ("max", self.price_in_address(p))));
        if query.in_stock_only {
            parts.push(("stock", "1".to_owned()));
        }
        if query.sort != self.natural {
            parts.push(("sort", query.sort.as_str().to_owned()));
        }
        if query.page > 1 {
            parts.push(("page", query.page.to_string()));
        }
        let pairs: Vec<String> =
            parts.into_iter().map(|(k, v)| format!("{}={}", url_encode(k), url_encode(&v))).collect();
        if pairs.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, pairs.join("&")) }
    }

    /// The address of another page of this result.
    pub fn page_address(&self, page: i64) -> String {
        let mut other = self.clone();
        other.query.page = page;
        other.address()
    }

    /// The address with a part of the question changed; a changed question begins on its first page.
    pub fn changed(&self, change: impl FnOnce(&mut ListingQuery)) -> String {
        let mut other = self.clone();
        change(&mut other.query);
        other.query.facets.retain(|_, values| !values.is_empty());
        other.query.page = 1;
        other.address()
    }

    /// The address without any filter.
    pub fn cleared(&self) -> String {
        let query = ListingQuery { sort: self.query.sort, page: 1, ..ListingQuery::default() };
        Filters { query, ..self.clone() }.address()
    }

    /// A price as it stands in the address: whole units where possible.
    fn price_in_address(&self, minor: i64) -> String {
        let unit = 10_i64.pow(self.exponent);
        if minor % unit == 0 {
            return (minor / unit).to_string();
        }
        format!("{}.{:0width$}", minor / unit, minor % unit, width = self.exponent as usize)
    }
}

fn push(values: &mut Vec<String>, value: &str) {
    if values.len() < VALUES_MAX && value.chars().count() <= VALUE_CHARS_MAX {
        values.push(value.to_owned());
    }
}

/// "100", "99.5" or "99,50" as minor units; `None` when it is no price.
fn parse_price(text: &str, exponent: u32) -> Option<i64> {
    let text = text.replace(',', ".");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = exponent as usize;
    let fraction: String = fraction.chars().chain(std::iter::repeat('0')).take(digits).collect();
    let all_digits = |s: &str| s.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || !all_digits(whole) || !all_digits(&fraction) {
        return None;
    }
    format!("{whole}{fraction}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Filters {
        Filters::parse("/c/field", query, "EUR", Sort::Popular, |key| key == "movement" || key == "lume")
    }

    #[test]
    fn one_result_has_one_address() {
        let canonical = "/c/field?brand=a&brand=b&movement=Automatic&movement=Quartz+%26+more&min=100&max=249.50&stock=1&sort=newest&page=2";
        let shuffled = "page=2&sort=newest&utm_source=x&movement=Quartz+%26+more&brand=b&max=249,5&brand=a&movement=Automatic&min=100.00&brand=a&stock=on&nonsense=1";
        assert_eq!(parse(shuffled).address(), canonical);
        assert_eq!(parse(canonical.split_once('?').unwrap().1).address(), canonical);
    }

    #[test]
    fn what_is_unreadable_is_ignored() {
        let filters = parse("min=cheap&max=-5&sort=best&page=none&brand=&movement=&q=");
        assert_eq!(filters.address(), "/c/field");
        assert!(!filters.query.is_filtered());
        assert_eq!(parse("page=99999999999999999999").query.page, 1);
        assert_eq!(parse("page=9999").query.page, PAGE_MAX);
    }

    #[test]
    fn filters_are_loosened_one_by_one() {
        let filters = parse("movement=Automatic&lume=true&min=50&sort=newest&page=3");
        assert_eq!(
            filters.page_address(4),
            "/c/field?lume=true&movement=Automatic&min=50&sort=newest&page=4"
        );
        assert_eq!(
            filters.changed(|q| {
                q.facets.remove("lume");
            }),
            "/c/field?movement=Automatic&min=50&sort=newest"
        );
        assert_eq!(filters.cleared(), "/c/field?sort=newest");
    }

    #[test]
    fn prices_are_read_in_either_writing() {
        assert_eq!(parse_price("100", 2), Some(10_000));
        assert_eq!(parse_price("99,5", 2), Some(9_950));
        assert_eq!(parse_price("1250", 0), Some(1_250));
        for wrong in ["", ".5", "1e3", "1234567890", "12 3", "1.2.3"] {
            assert_eq!(parse_price(wrong, 2), None, "{wrong}");
        }
    }
}
