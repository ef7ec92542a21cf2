//! Carts and their lines.

use std::collections::BTreeMap;

use super::sql::{Sql, Writes};
use super::{Conn, execute, fetch};
use crate::domain::cart::{Cart, CartLine};

mod ordered;

pub use ordered::{Ordered, update_cart_ordered};

/// A line together with everything that its price and its place on a page depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartRow {
    pub variant_id: String,
    pub product_id: String,
    pub product_slug: String,
    pub title: String,
    pub variant_title: String,
    pub sku: String,
    /// Empty: no picture.
    pub media_hash: String,
    pub quantity: i64,
    pub price_seen_minor: i64,
    pub unit_minor: i64,
    pub compare_at_minor: Option<i64>,
    pub weight_g: i64,
    pub tax_class: String,
    /// The product is published.
    pub sold: bool,
    /// On hand less reserved.
    pub available: i64,
}

/// What adding a variant to a cart depends on.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct VariantOffer {
    pub title: String,
    pub unit_minor: i64,
    pub sold: bool,
    pub available: i64,
}

#[derive(sqlx::FromRow)]
struct OfferColumns {
    id: String,
    #[sqlx(flatten)]
    offer: VariantOffer,
}

#[derive(sqlx::FromRow)]
struct CartColumns {
    id: String,
    customer_id: Option<String>,
    country: String,
    shipping_key: String,
    discount_code: String,
    version: i64,
    updated_at: i64,
}

#[derive(sqlx::FromRow)]
struct CartLineColumns {
    #[sqlx(flatten)]
    cart: CartColumns,
    #[sqlx(flatten)]
    line: LineColumns,
}

#[derive(sqlx::FromRow)]
struct LineColumns {
    variant_id: String,
    product_id: String,
    slug: String,
    title: String,
    options: String,
    sku: String,
    media_hash: String,
    quantity: i64,
    price_seen_minor: i64,
    unit_minor: i64,
    compare_at_minor: Option<i64>,
    weight_g: i64,
    tax_class: String,
    sold: bool,
    available: i64,
}

/// Whose cart is meant.
#[derive(Debug, Clone, Copy)]
pub enum Owner<'a> {
    /// Whoever has the token with this hash, as long as no customer took the cart over.
    Guest {
        token_hash: &'a str,
    },
    Customer {
        customer_id: &'a str,
    },
}

/// The cart of its owner.
pub async fn find_cart(conn: &mut Conn, owner: Owner<'_>) -> sqlx::Result<Option<Cart>> {
    match owner {
        Owner::Guest { token_hash } => find_cart_by_token(conn, token_hash).await,
        Owner::Customer { customer_id } => find_cart_by_customer(conn, customer_id).await,
    }
}

/// A guest's cart by the hash of its token. A cart that a customer took over answers to its customer only.
pub async fn find_cart_by_token(conn: &mut Conn, token_hash: &str) -> sqlx::Result<Option<Cart>> {
    let row = fetch!(
        conn,
        fetch_optional as CartColumns,
        "SELECT id, customer_id, country, shipping_key, discount_code, version, updated_at
         FROM carts WHERE token_hash = $1 AND customer_id IS NULL",
        token_hash,
    )?;
    Ok(row.map(CartColumns::into_cart))
}

pub async fn find_cart_by_customer(conn: &mut Conn, customer_id: &str) -> sqlx::Result<Option<Cart>> {
    let row = fetch!(
        conn,
        fetch_optional as CartColumns,
        "SELECT id, customer_id, country, shipping_key, discount_code, version, updated_at
         FROM carts WHERE customer_id = $1",
        customer_id,
    )?;
    Ok(row.map(CartColumns::into_cart))
}

/// The statement for lines with live prices and stock, oldest first; `$of` says whose.
macro_rules! line_rows {
    ($columns:literal, $of:literal) => {
        concat!(
            "SELECT ",
            $columns,
            "l.variant_id, v.product_id, p.slug, p.title, v.options, v.sku,
                coalesce(own.hash,
                         (SELECT m.hash FROM product_media pm JOIN media m ON m.id = pm.media_id
                          WHERE pm.product_id = p.id ORDER BY pm.position LIMIT 1), '') AS media_hash,
                l.quantity, l.price_seen_minor, v.price_minor AS unit_minor, v.compare_at_minor, v.weight_g,
                p.tax_class, p.status = 'published' AS sold, coalesce(s.on_hand - s.reserved, 0) AS available
             FROM ",
            $of,
            " JOIN variants v ON v.id = l.variant_id
             JOIN products p ON p.id = v.product_id
             LEFT JOIN stock s ON s.variant_id = v.id
             LEFT JOIN media own ON own.id = v.media_id
             ORDER BY l.added_at, l.variant_id"
        )
    };
}

/// The columns of [`CartColumns`] beside those of a line.
macro_rules! cart_and_line_rows {
    ($of:literal) => {
        line_rows!(
            "c.id, c.customer_id, c.country, c.shipping_key, c.discount_code, c.version, c.updated_at, ",
            $of
        )
    };
}

/// The cart's lines with live prices and stock, oldest first.
pub async fn list_cart_rows(conn: &mut Conn, cart_id: &str) -> sqlx::Result<Vec<CartRow>> {
    let rows = fetch!(
        conn,
        fetch_all as LineColumns,
        line_rows!("", "(SELECT * FROM cart_lines WHERE cart_id = $1) AS l"),
        cart_id,
    )?;
    rows.into_iter().map(LineColumns::into_row).collect()
}

/// A cart together with its lines as [`list_cart_rows`] gives them: one statement, unless the cart is empty.
pub async fn find_cart_with_rows(
    conn: &mut Conn,
    owner: Owner<'_>,
) -> sqlx::Result<Option<(Cart, Vec<CartRow>)>> {
    let mut rows = match owner {
        Owner::Guest { token_hash } => fetch!(
            conn,
            fetch_all as CartLineColumns,
            cart_and_line_rows!(
                "(SELECT * FROM carts WHERE token_hash = $1 AND customer_id IS NULL) AS c
                 JOIN cart_lines l ON l.cart_id = c.id"
            ),
            token_hash,
        )?,
        Owner::Customer { customer_id } => fetch!(
            conn,
            fetch_all as CartLineColumns,
            cart_and_line_rows!(
                "(SELECT * FROM carts WHERE customer_id = $1) AS c JOIN cart_lines l ON l.cart_id = c.id"
            ),
            customer_id,
        )?,
    };
    let Some(last) = rows.pop() else {
        return Ok(find_cart(conn, owner).await?.map(|cart| (cart, Vec::new())));
    };
    let mut lines: Vec<CartRow> =
        rows.into_iter().map(|row| row.line.into_row()).collect::<sqlx::Result<_>>()?;
    lines.push(last.line.into_row()?);
    Ok(Some((last.cart.into_cart(), lines)))
}

/// The cart's lines as stored.
pub async fn list_cart_lines(conn: &mut Conn, cart_id: &str) -> sqlx::Result<Vec<CartLine>> {
    let rows = fetch!(
        conn,
        fetch_all as (String, i64, i64, i64),
        "SELECT variant_id, quantity, price_seen_minor, added_at FROM cart_lines WHERE cart_id = $1
         ORDER BY added_at, variant_id",
        cart_id,
    )?;
    let lines = rows.into_iter().map(|(variant_id, quantity, price_seen_minor, added_at)| CartLine {
        variant_id,
        quantity,
        price_seen_minor,
        added_at,
    });
    Ok(lines.collect())
}

/// What adding several variants to a cart depends on, by id; unknown ones are left out.
pub async fn list_variant_offers(
    conn: &mut Conn,
    variant_ids: &[&str],
) -> sqlx::Result<BTreeMap<String, VariantOffer>> {
    let mut sql = Sql::new(
        "SELECT v.id, p.title, v.price_minor AS unit_minor, p.status = 'published' AS sold,
                coalesce(s.on_hand - s.reserved, 0) AS available
         FROM variants v JOIN products p ON p.id = v.product_id LEFT JOIN stock s ON s.variant_id = v.id
         WHERE v.id IN ",
    );
    sql.bind_list(variant_ids);
    let rows: Vec<OfferColumns> = sql.fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.offer)).collect())
}

pub async fn find_variant_offer(conn: &mut Conn, variant_id: &str) -> sqlx::Result<Option<VariantOffer>> {
    fetch!(
        conn,
        fetch_optional as VariantOffer,
        "SELECT p.title, v.price_minor AS unit_minor, p.status = 'published' AS sold,
                coalesce(s.on_hand - s.reserved, 0) AS available
         FROM variants v JOIN products p ON p.id = v.product_id LEFT JOIN stock s ON s.variant_id = v.id
         WHERE v.id = $1",
        variant_id,
    )
}

/// Pieces over all lines of a cart.
pub async fn count_cart_pieces(conn: &mut Conn, cart_id: &str) -> sqlx::Result<i64> {
    let row: (i64,) = fetch!(
        conn,
        fetch_one as (i64,),
        "SELECT CAST(coalesce(sum(quantity), 0) AS BIGINT) FROM cart_lines WHERE cart_id = $1",
        cart_id,
    )?;
    Ok(row.0)
}

/// A customer's new, empty cart, unless he has one.
pub async fn insert_cart(
    conn: &mut Conn,
    id: &str,
    token_hash: &str,
    customer_id: &str,
    now_ms: i64,
) -> sqlx::Result<()> {
    execute!(
        conn,
        "INSERT INTO carts (id, token_hash, customer_id, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)
         ON CONFLICT (customer_id) DO NOTHING",
        id,
        token_hash,
        customer_id,
        now_ms,
    )?;
    Ok(())
}

/// A guest's new cart with its first lines.
pub async fn insert_guest_cart(
    conn: &mut Conn,
    id: &str,
    token_hash: &str,
    lines: &[CartLine],
    now_ms: i64,
) -> sqlx::Result<()> {
    let mut sql = Sql::new("INSERT INTO carts (id, token_hash, created_at, updated_at) VALUES ");
    sql.bind_rows([[id.into(), token_hash.into(), now_ms.into(), now_ms.into()]]);
    let mut writes = Writes::default();
    writes.add(sql);
    add_cart_lines(&mut writes, id, lines);
    writes.run(conn).await
}

/// Marks the cart as changed and locks its row until the transaction ends: changes of one cart queue up.
pub async fn update_cart_version(conn: &mut Conn, cart_id: &str, now_ms: i64) -> sqlx::Result<bool> {
    let rows = execute!(
        conn,
        "UPDATE carts SET version = version + 1, updated_at = $2 WHERE id = $1",
        cart_id,
        now_ms,
    )?;
    Ok(rows == 1)
}

/// Marks a cart as changed, locks its row until the transaction ends, and gives it as it is then: whoever held the row
/// before may have changed it, or given it to a customer.
pub async fn lock_cart(conn: &mut Conn, owner: Owner<'_>, now_ms: i64) -> sqlx::Result<Option<Cart>> {
    let row = match owner {
        Owner::Guest { token_hash } => fetch!(
            conn,
            fetch_optional as CartColumns,
            "UPDATE carts SET version = version + 1, updated_at = $2
             WHERE token_hash = $1 AND customer_id IS NULL
             RETURNING id, customer_id, country, shipping_key, discount_code, version, updated_at",
            token_hash,
            now_ms,
        )?,
        Owner::Customer { customer_id } => fetch!(
            conn,
            fetch_optional as CartColumns,
            "UPDATE carts SET version = version + 1, updated_at = $2 WHERE customer_id = $1
             RETURNING id, customer_id, country, shipping_key, discount_code, version, updated_at",
            customer_id,
            now_ms,
        )?,
    };
    Ok(row.map(CartColumns::into_cart))
}

/// Saves what the shopper chose for the whole cart.
pub async fn update_cart_choices(conn: &mut Conn, cart: &Cart, now_ms: i64) -> sqlx::Result<()> {
    execute!(
        conn,
        "UPDATE carts SET country = $2, shipping_key = $3, discount_code = $4, version = version + 1, updated_at = $5
         WHERE id = $1",
        cart.id.as_str(),
        cart.country.as_str(),
        cart.shipping_key.as_str(),
        cart.discount_code.as_str(),
        now_ms,
    )?;
    Ok(())
}

/// Gives a guest's cart to a customer who has none.
pub async fn update_cart_owner(
    conn: &mut Conn,
    cart_id: &str,
    customer_id: &str,
    now_ms: i64,
) -> sqlx::Result<()> {
    execute!(
        conn,
        "UPDATE carts SET customer_id = $2, version = version + 1, updated_at = $3 WHERE id = $1",
        cart_id,
        customer_id,
        now_ms,
    )?;
    Ok(())
}

/// Adds lines, or sets quantity and seen price of those that exist.
pub async fn insert_cart_lines(conn: &mut Conn, cart_id: &str, lines: &[CartLine]) -> sqlx::Result<()> {
    let mut writes = Writes::default();
    add_cart_lines(&mut writes, cart_id, lines);
    writes.run(conn).await
}

fn add_cart_lines(writes: &mut Writes, cart_id: &str, lines: &[CartLine]) {
    if lines.is_empty() {
        return;
    }
    let row = |line: &CartLine| {
        [
            cart_id.into(),
            line.variant_id.as_str().into(),
            line.quantity.into(),
            line.price_seen_minor.into(),
            line.added_at.into(),
        ]
    };
    let mut sql = Sql::new(
        "INSERT INTO cart_lines (cart_id, variant_id, quantity, price_seen_minor, added_at) VALUES ",
    );
    sql.bind_rows(lines.iter().map(row));
    sql.push(
        " ON CONFLICT (cart_id, variant_id) DO UPDATE
          SET quantity = excluded.quantity, price_seen_minor = excluded.price_seen_minor",
    );
    writes.add(sql);
}

/// Removes a line; false when it was not there.
pub async fn delete_cart_line(conn: &mut Conn, cart_id: &str, variant_id: &str) -> sqlx::Result<bool> {
    let rows = execute!(
        conn,
        "DELETE FROM cart_lines WHERE cart_id = $1 AND variant_id = $2",
        cart_id,
        variant_id,
    )?;
    Ok(rows == 1)
}

/// Empties a cart.
pub async fn delete_cart_lines(conn: &mut Conn, cart_id: &str) -> sqlx::Result<()> {
    let mut writes = Writes::default();
    add_no_cart_lines(&mut writes, cart_id);
    writes.run(conn).await
}

/// The same as a part of `writes`.
pub fn add_no_cart_lines(writes: &mut Writes, cart_id: &str) {
    let mut sql = Sql::new("DELETE FROM cart_lines WHERE cart_id = ");
    sql.bind_text(cart_id);
    writes.add(sql);
}

/// Removes a cart with its lines.
pub async fn delete_cart(conn: &mut Conn, cart_id: &str) -> sqlx::Result<()> {
    delete_cart_lines(conn, cart_id).await?;
    execute!(conn, "DELETE FROM carts WHERE id = $1", cart_id)?;
    Ok(())
}

/// Removes guests' carts that nobody touched since `before_ms`, at most `limit`; how many.
pub async fn delete_old_guest_carts(conn: &mut Conn, before_ms: i64, limit: i64) -> sqlx::Result<usize> {
    let old = fetch!(
        conn,
        fetch_all as (String,),
        "SELECT id FROM carts WHERE customer_id IS NULL AND updated_at < $1 ORDER BY updated_at LIMIT $2",
        before_ms,
        limit,
    )?;
    for (cart_id,) in &old {
        // Locked and looked at again: somebody may have come back this very moment.
        let still = execute!(
            conn,
            "UPDATE carts SET version = version + 1
             WHERE id = $1 AND customer_id IS NULL AND updated_at < $2",
            cart_id.as_str(),
            before_ms,
        )?;
        if still == 1 {
            delete_cart(conn, cart_id).await?;
        }
    }
    Ok(old.len())
}

impl CartColumns {
    fn into_cart(self) -> Cart {
        Cart {
            id: self.id,
            customer_id: self.customer_id,
            country: self.country,
            shipping_key: self.shipping_key,
            discount_code: self.discount_code,
            version: self.version,
            updated_at: self.updated_at,
        }
    }
}

impl LineColumns {
    fn into_row(self) -> sqlx::Result<CartRow> {
        let options: Vec<String> =
            serde_json::from_str(&self.options).map_err(|e| sqlx::Error::Decode(Box::new(e)))?;
        Ok(CartRow {
            variant_id: self.variant_id,
            product_id: self.product_id,
            product_slug: self.slug,
            title: self.title,
            variant_title: options.join(" / "),
            sku: self.sku,
            media_hash: self.media_hash,
            quantity: self.quantity,
            price_seen_minor: self.price_seen_minor,
            unit_minor: self.unit_minor,
            compare_at_minor: self.compare_at_minor,
            weight_g: self.weight_g,
            tax_class: self.tax_class,
            sold: self.sold,
            available: self.available,
        })
    }
}
