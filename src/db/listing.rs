//! Listings: a category or a search result, filtered, counted, sorted and paged.
//!
//! Each filter's counts are taken with all other filters applied, so that a shopper sees what a click would give.
//! Filters that are not in use share one statement; a listing takes about eight statements, whatever its size.

use std::collections::HashMap;

use super::sql::Sql;
use super::{Conn, cards, categories, fetch};
use crate::domain::catalogue::{AttributeKind, CategoryTree, ProductCard};
use crate::domain::listing::{
    BrandCount, Facet, FacetValue, Listing, ListingQuery, PAGE_SIZE, SEARCH_IDS_MAX, Sort, page_count,
};
use crate::domain::tag::Tag;

/// The listing that `query` asks for. It depends on its category, its search, or on the home page's lists.
pub async fn list_products(conn: &mut Conn, query: &ListingQuery) -> sqlx::Result<Listing> {
    conn.record(match (&query.category_id, &query.ids) {
        (_, Some(_)) => Tag::search(),
        (Some(id), None) => Tag::category(id),
        (None, None) => Tag::home(),
    });
    let tree = match query.category_id {
        Some(_) => categories::list_categories(conn).await?,
        None => CategoryTree::default(),
    };
    let filter = Filter::new(query, &tree);
    let page = query.page.max(1);
    let totals = count_totals(conn, &filter).await?;
    let ids = list_page_ids(conn, &filter, page).await?;
    Ok(Listing {
        cards: load_page(conn, query, &tree, &ids).await?,
        facets: list_facets(conn, &filter).await?,
        brands: list_brand_counts(conn, &filter).await?,
        total: totals.total,
        page,
        pages: page_count(totals.total),
        price_range: totals.lowest.zip(totals.highest),
        in_stock: totals.in_stock,
    })
}

/// Keys of the attributes that are offered as filters; they change with the shop's settings.
pub async fn list_facet_keys(conn: &mut Conn) -> sqlx::Result<Vec<String>> {
    conn.record(Tag::site());
    let rows = fetch!(conn, fetch_all as (String,), "SELECT key FROM attributes WHERE facet ORDER BY key")?;
    Ok(rows.into_iter().map(|(key,)| key).collect())
}

async fn load_page(
    conn: &mut Conn,
    query: &ListingQuery,
    tree: &CategoryTree,
    ids: &[String],
) -> sqlx::Result<Vec<ProductCard>> {
    // A category without a fact of its own prints its parent's.
    let path = query.category_id.as_deref().map(|id| tree.path(id)).unwrap_or_default();
    let fact = path.iter().rev().find_map(|c| c.fact_attribute.as_deref());
    cards::load_cards(conn, ids, fact).await
}

/// The filter that is left out when its own values are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Except<'a> {
    Nothing,
    Brands,
    Facet(&'a str),
    PriceAndStock,
}

struct Filter<'a> {
    query: &'a ListingQuery,
    /// The category and everything below it.
    categories: Option<Vec<String>>,
    ids: Option<&'a [String]>,
}

impl<'a> Filter<'a> {
    fn new(query: &'a ListingQuery, tree: &CategoryTree) -> Filter<'a> {
        let ids = query.ids.as_deref().map(|ids| &ids[..ids.len().min(SEARCH_IDS_MAX)]);
        Filter { query, categories: query.category_id.as_deref().map(|id| tree.subtree(id)), ids }
    }

    /// Appends the conditions on `products p`.
    fn push(&self, sql: &mut Sql, except: Except<'_>) {
        sql.push("p.status = 'published'");
        if let Some(categories) = &self.categories {
            sql.push(
                " AND p.id IN (SELECT pc.product_id FROM product_categories pc WHERE pc.category_id IN ",
            )
            .bind_list(categories)
            .push(")");
        }
        if let Some(ids) = self.ids {
            sql.push(" AND p.id IN ").bind_list(ids);
        }
        if !self.query.brands.is_empty() && except != Except::Brands {
            sql.push(" AND p.brand_id IN (SELECT b.id FROM brands b WHERE b.slug IN ")
                .bind_list(&self.query.brands)
                .push(")");
        }
        for (key, values) in self.query.facets.iter().filter(|(_, v)| !v.is_empty()) {
            if except != Except::Facet(key) {
                sql.push(
                    " AND p.id IN (SELECT a.product_id FROM product_attributes a WHERE a.attribute_key = ",
                )
                .bind_text(key)
                .push(" AND a.value IN ")
                .bind_list(values)
                .push(")");
            }
        }
        if except != Except::PriceAndStock {
            sql.push(" AND ");
            self.push_price(sql);
            sql.push(" AND ");
            self.push_stock(sql);
        }
    }

    /// A product with several prices fits when one of them can.
    fn push_price(&self, sql: &mut Sql) {
        sql.push("(TRUE");
        if let Some(min) = self.query.price_min_minor {
            sql.push(" AND p.price_max_minor >= ").bind_number(min);
        }
        if let Some(max) = self.query.price_max_minor {
            sql.push(" AND p.price_min_minor <= ").bind_number(max);
        }
        sql.push(")");
    }

    fn push_stock(&self, sql: &mut Sql) {
        sql.push(if self.query.in_stock_only { "p.band <> 'out'" } else { "TRUE" });
    }
}

#[derive(sqlx::FromRow)]
struct Totals {
    total: i64,
    in_stock: i64,
    lowest: Option<i64>,
    highest: Option<i64>,
}

async fn count_totals(conn: &mut Conn, filter: &Filter<'_>) -> sqlx::Result<Totals> {
    let mut sql = Sql::new("SELECT CAST(coalesce(sum(CASE WHEN ");
    filter.push_price(&mut sql);
    sql.push(" AND ");
    filter.push_stock(&mut sql);
    sql.push(" THEN 1 ELSE 0 END), 0) AS BIGINT) AS total, CAST(coalesce(sum(CASE WHEN ");
    filter.push_price(&mut sql);
    sql.push(" AND p.band <> 'out' THEN 1 ELSE 0 END), 0) AS BIGINT) AS in_stock, min(CASE WHEN ");
    filter.push_stock(&mut sql);
    sql.push(" THEN p.price_min_minor END) AS lowest, max(CASE WHEN ");
    filter.push_stock(&mut sql);
    sql.push(" THEN p.price_max_minor END) AS highest FROM products p WHERE ");
    filter.push(&mut sql, Except::PriceAndStock);
    let rows: Vec<Totals> = sql.fetch_all(conn).await?;
    rows.into_iter().next().ok_or(sqlx::Error::RowNotFound)
}

async fn list_page_ids(conn: &mut Conn, filter: &Filter<'_>, page: i64) -> sqlx::Result<Vec<String>> {
    let offset = (page - 1).saturating_mul(PAGE_SIZE);
    let mut sql = Sql::new("SELECT p.id FROM products p WHERE ");
    filter.push(&mut sql, Except::Nothing);
    if let (Sort::Relevance, Some(ranked)) = (filter.query.sort, filter.ids) {
        let rows: Vec<(String,)> = sql.fetch_all(conn).await?;
        let fitting: std::collections::HashSet<&str> = rows.iter().map(|(id,)| id.as_str()).collect();
        let skip = usize::try_from(offset).unwrap_or(usize::MAX);
        let page = ranked.iter().filter(|id| fitting.contains(id.as_str())).skip(skip);
        return Ok(page.take(PAGE_SIZE as usize).cloned().collect());
    }
    sql.push(" ORDER BY ").push(match filter.query.sort {
        Sort::Relevance | Sort::Popular => cards::POPULAR_FIRST,
        Sort::Newest => cards::NEWEST_FIRST,
        Sort::PriceUp => "p.price_min_minor, p.id DESC",
        Sort::PriceDown => "p.price_min_minor DESC, p.id DESC",
    });
    sql.push(" LIMIT ").bind_number(PAGE_SIZE).push(" OFFSET ").bind_number(offset);
    let rows: Vec<(String,)> = sql.fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

#[derive(sqlx::FromRow)]
struct FacetRow {
    key: String,
    name: String,
    unit: String,
    kind: String,
}

#[derive(sqlx::FromRow)]
struct ValueRow {
    key: String,
    value: String,
    number_milli: Option<i64>,
    products: i64,
}

async fn list_facets(conn: &mut Conn, filter: &Filter<'_>) -> sqlx::Result<Vec<Facet>> {
    let facets = fetch!(
        conn,
        fetch_all as FacetRow,
        "SELECT key, name, unit, kind FROM attributes WHERE facet ORDER BY position, key",
    )?;
    let selected = |key: &str| filter.query.facets.get(key).is_some_and(|v| !v.is_empty());
    let (used, unused): (Vec<&str>, Vec<&str>) =
        facets.iter().map(|f| f.key.as_str()).partition(|key| selected(key));
    let mut values = list_values(conn, filter, &unused, Except::Nothing).await?;
    for key in used {
        values.extend(list_values(conn, filter, &[key], Except::Facet(key)).await?);
    }
    let mut by_key: HashMap<String, Vec<ValueRow>> = HashMap::new();
    for row in values {
        by_key.entry(row.key.clone()).or_default().push(row);
    }
    Ok(facets
        .into_iter()
        .filter_map(|facet| {
            let rows = by_key.remove(&facet.key).unwrap_or_default();
            let chosen = filter.query.facets.get(&facet.key).map(Vec::as_slice).unwrap_or_default();
            make_facet(facet, rows, chosen)
        })
        .collect())
}

/// Counts the values of the attributes `keys`.
async fn list_values(
    conn: &mut Conn,
    filter: &Filter<'_>,
    keys: &[&str],
    except: Except<'_>,
) -> sqlx::Result<Vec<ValueRow>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(
        "SELECT v.attribute_key AS key, v.value AS value, max(v.number_milli) AS number_milli, count(*) AS products
         FROM product_attributes v WHERE v.attribute_key IN ",
    );
    sql.bind_list(keys).push(" AND v.product_id IN (SELECT p.id FROM products p WHERE ");
    filter.push(&mut sql, except);
    sql.push(") GROUP BY v.attribute_key, v.value");
    sql.fetch_all(conn).await
}

/// `None` when the facet could not narrow anything.
fn make_facet(facet: FacetRow, mut rows: Vec<ValueRow>, chosen: &[String]) -> Option<Facet> {
    let kind = AttributeKind::parse(&facet.kind).unwrap_or(AttributeKind::Text);
    if kind == AttributeKind::Flag {
        rows.retain(|row| row.value == "true");
    }
    // A chosen value that fits nothing any more must stay, or it could not be taken back.
    for value in chosen {
        if !rows.iter().any(|row| &row.value == value) {
            let (key, value) = (facet.key.clone(), value.clone());
            rows.push(ValueRow { key, value, number_milli: None, products: 0 });
        }
    }
    rows.sort_by(|a, b| {
        (a.number_milli, a.value.to_lowercase(), &a.value).cmp(&(
            b.number_milli,
            b.value.to_lowercase(),
            &b.value,
        ))
    });
    if rows.is_empty() || (rows.len() == 1 && chosen.is_empty() && kind != AttributeKind::Flag) {
        return None;
    }
    let values = rows
        .into_iter()
        .map(|row| FacetValue {
            selected: chosen.contains(&row.value),
            value: row.value,
            count: row.products,
        })
        .collect();
    Some(Facet { key: facet.key, name: facet.name, unit: facet.unit, kind, values })
}

#[derive(sqlx::FromRow)]
struct BrandRow {
    slug: String,
    name: String,
    products: i64,
}

async fn list_brand_counts(conn: &mut Conn, filter: &Filter<'_>) -> sqlx::Result<Vec<BrandCount>> {
    let mut sql = Sql::new(
        "SELECT b.slug, b.name, count(*) AS products FROM products p JOIN brands b ON b.id = p.brand_id WHERE ",
    );
    filter.push(&mut sql, Except::Brands);
    sql.push(" GROUP BY b.slug, b.name");
    let mut rows: Vec<BrandRow> = sql.fetch_all(conn).await?;
    rows.sort_by_key(|row| (row.name.to_lowercase(), row.slug.clone()));
    Ok(rows
        .into_iter()
        .map(|row| BrandCount {
            selected: filter.query.brands.contains(&row.slug),
            slug: row.slug,
            name: row.name,
            count: row.products,
        })
        .collect())
}
