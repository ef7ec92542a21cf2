//! Tax rates by country and class.

use super::{Conn, execute, fetch, with_conn};
use crate::domain::tax::{CountryRates, TaxClass, TaxRate};

/// The rates of one country.
pub async fn find_country_rates(conn: &mut Conn, country: &str) -> sqlx::Result<CountryRates> {
    let rows = fetch!(
        conn,
        fetch_all as (String, i64),
        "SELECT tax_class, rate_bp FROM tax_rates WHERE country = $1",
        country,
    )?;
    let rates: Vec<TaxRate> = rows
        .into_iter()
        .map(|(class, rate_bp)| TaxRate {
            country: country.to_owned(),
            class: TaxClass::parse(&class),
            rate_bp,
        })
        .collect();
    Ok(CountryRates::of(&rates))
}

/// The rates of every country.
pub async fn list_tax_rates(conn: &mut Conn) -> sqlx::Result<Vec<TaxRate>> {
    let rows = fetch!(
        conn,
        fetch_all as (String, String, i64),
        "SELECT country, tax_class, rate_bp FROM tax_rates ORDER BY country, tax_class",
    )?;
    Ok(rows
        .into_iter()
        .map(|(country, class, rate_bp)| TaxRate { country, class: TaxClass::parse(&class), rate_bp })
        .collect())
}

/// How many rates there are.
pub async fn count_tax_rates(conn: &mut Conn) -> sqlx::Result<i64> {
    let row: (i64,) = fetch!(conn, fetch_one as (i64,), "SELECT count(*) FROM tax_rates")?;
    Ok(row.0)
}

/// Adds rates; those that exist keep their value. The caller records the change of
/// `Tag::site`: every process keeps a copy.
pub async fn insert_tax_rates(conn: &mut Conn, rates: &[TaxRate]) -> sqlx::Result<()> {
    if rates.is_empty() {
        return Ok(());
    }
    with_conn!(conn, |c| {
        let mut query = sqlx::QueryBuilder::new("INSERT INTO tax_rates (country, tax_class, rate_bp) ");
        query.push_values(rates, |mut row, rate| {
            row.push_bind(rate.country.as_str()).push_bind(rate.class.as_str()).push_bind(rate.rate_bp);
        });
        query.push(" ON CONFLICT (country, tax_class) DO NOTHING");
        query.build().execute(c).await.map(|_| ())
    })
}

/// Sets one rate. The caller records the change of
/// `Tag::site`: every process keeps a copy.
pub async fn update_tax_rate(conn: &mut Conn, rate: &TaxRate) -> sqlx::Result<()> {
    execute!(
        conn,
        "INSERT INTO tax_rates (country, tax_class, rate_bp) VALUES ($1, $2, $3)
         ON CONFLICT (country, tax_class) DO UPDATE SET rate_bp = excluded.rate_bp",
        rate.country.as_str(),
        rate.class.as_str(),
        rate.rate_bp,
    )?;
    Ok(())
}
