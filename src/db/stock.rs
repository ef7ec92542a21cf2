//! Stock, its movements, and the reservations of orders. Every statement carries its own guard; whoever calls one
//! for several variants passes them summed and sorted (`domain::stock::sum_by_variant`).

use super::sql::{Sql, Writes};
use super::{Conn, by_engine, execute, fetch, with_conn};
use crate::domain::order::Reservation;
use crate::domain::stock::{MovementKind, Pieces};

/// A variant's stock after a change.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct StockLevel {
    pub variant_id: String,
    pub on_hand: i64,
    pub reserved: i64,
}

/// A row of the history of stock.
pub struct NewMovement<'a> {
    pub id: String,
    pub variant_id: &'a str,
    pub kind: MovementKind,
    /// Positive: came in; negative: went out.
    pub quantity: i64,
    pub order_id: Option<&'a str>,
}

impl StockLevel {
    pub fn available(&self) -> i64 {
        self.on_hand - self.reserved
    }
}

pub async fn find_stock(conn: &mut Conn, variant_id: &str) -> sqlx::Result<Option<StockLevel>> {
    fetch!(
        conn,
        fetch_optional as StockLevel,
        "SELECT variant_id, on_hand, reserved FROM stock WHERE variant_id = $1",
        variant_id,
    )
}

/// Locks the rows in the order of their ids, so that two orders of the same variants never wait for each other.
/// SQLite's writer is alone anyway.
pub async fn lock_stock(conn: &mut Conn, pieces: &[Pieces]) -> sqlx::Result<()> {
    // One row can't be locked in a wrong order.
    if pieces.len() < 2 {
        return Ok(());
    }
    by_engine!(
        conn,
        sqlite | _ | Ok(()),
        postgres | c | {
            let mut query = sqlx::QueryBuilder::new("SELECT 1 FROM stock WHERE variant_id IN (");
            let mut ids = query.separated(", ");
            for piece in pieces {
                ids.push_bind(piece.variant_id.as_str());
            }
            query.push(") ORDER BY variant_id FOR UPDATE");
            query.build().execute(c).await.map(|_| ())
        }
    )
}

/// Reserves what is there, together with `writes`; the levels of those variants that had enough. Fewer levels than
/// pieces: roll back.
pub async fn reserve_stock(
    conn: &mut Conn,
    pieces: &[Pieces],
    writes: Writes,
) -> sqlx::Result<Vec<StockLevel>> {
    update_stock(
        conn,
        pieces,
        writes,
        ") UPDATE stock SET reserved = reserved + piece_count FROM pieces
         WHERE variant_id = piece_id AND on_hand - reserved >= piece_count
         RETURNING variant_id, on_hand, reserved",
    )
    .await
}

/// Takes what is there and not reserved, together with `writes`. Fewer levels than pieces: roll back.
pub async fn sell_stock(conn: &mut Conn, pieces: &[Pieces], writes: Writes) -> sqlx::Result<Vec<StockLevel>> {
    update_stock(
        conn,
        pieces,
        writes,
        ") UPDATE stock SET on_hand = on_hand - piece_count FROM pieces
         WHERE variant_id = piece_id AND on_hand - reserved >= piece_count
         RETURNING variant_id, on_hand, reserved",
    )
    .await
}

/// Takes what was reserved before.
pub async fn take_reserved_stock(conn: &mut Conn, pieces: &[Pieces]) -> sqlx::Result<Vec<StockLevel>> {
    update_stock(
        conn,
        pieces,
        Writes::default(),
        ") UPDATE stock SET on_hand = on_hand - piece_count, reserved = reserved - piece_count FROM pieces
         WHERE variant_id = piece_id AND reserved >= piece_count
         RETURNING variant_id, on_hand, reserved",
    )
    .await
}

/// Gives back what was reserved.
pub async fn release_stock(conn: &mut Conn, pieces: &[Pieces]) -> sqlx::Result<Vec<StockLevel>> {
    update_stock(
        conn,
        pieces,
        Writes::default(),
        ") UPDATE stock SET reserved = reserved - piece_count FROM pieces
         WHERE variant_id = piece_id AND reserved >= piece_count
         RETURNING variant_id, on_hand, reserved",
    )
    .await
}

/// Adds pieces to what is on hand; negative ones are taken away, but never what is reserved.
pub async fn add_stock(conn: &mut Conn, pieces: &[Pieces]) -> sqlx::Result<Vec<StockLevel>> {
    update_stock(
        conn,
        pieces,
        Writes::default(),
        ") UPDATE stock SET on_hand = on_hand + piece_count FROM pieces
         WHERE variant_id = piece_id AND on_hand + piece_count >= reserved
         RETURNING variant_id, on_hand, reserved",
    )
    .await
}

/// The level, its row locked until the transaction ends.
pub async fn find_stock_locked(conn: &mut Conn, variant_id: &str) -> sqlx::Result<Option<StockLevel>> {
    fetch!(
        conn,
        fetch_optional as StockLevel,
        "UPDATE stock SET on_hand = on_hand WHERE variant_id = $1 RETURNING variant_id, on_hand, reserved",
        variant_id,
    )
}

/// Makes sure that the variant has a row; true when it had none.
pub async fn insert_stock(conn: &mut Conn, variant_id: &str) -> sqlx::Result<bool> {
    let rows = execute!(
        conn,
        "INSERT INTO stock (variant_id, on_hand, reserved) VALUES ($1, 0, 0) ON CONFLICT (variant_id) DO NOTHING",
        variant_id,
    )?;
    Ok(rows == 1)
}

pub async fn insert_movements(
    conn: &mut Conn,
    movements: &[NewMovement<'_>],
    now_ms: i64,
) -> sqlx::Result<()> {
    let mut writes = Writes::default();
    add_movements(&mut writes, movements, now_ms);
    writes.run(conn).await
}

/// The same as a part of `writes`.
pub fn add_movements(writes: &mut Writes, movements: &[NewMovement<'_>], now_ms: i64) {
    if movements.is_empty() {
        return;
    }
    let row = |m: &NewMovement<'_>| {
        [
            m.id.as_str().into(),
            m.variant_id.into(),
            m.kind.as_str().into(),
            m.quantity.into(),
            m.order_id.into(),
            now_ms.into(),
        ]
    };
    let mut sql =
        Sql::new("INSERT INTO stock_movements (id, variant_id, kind, quantity, order_id, at) VALUES ");
    sql.bind_rows(movements.iter().map(row));
    writes.add(sql);
}

/// Notes what an order has of the stock, as a part of `writes`.
pub fn add_reservations(writes: &mut Writes, order_id: &str, pieces: &[Pieces], state: Reservation) {
    let row = |piece: &Pieces| {
        [order_id.into(), piece.variant_id.as_str().into(), piece.quantity.into(), state.as_str().into()]
    };
    let mut sql = Sql::new("INSERT INTO reservations (order_id, variant_id, quantity, state) VALUES ");
    sql.bind_rows(pieces.iter().map(row));
    writes.add(sql);
}

/// Moves an order's reservations from one state to another; the pieces that moved, sorted by variant. What is not in
/// `from` stays untouched, so that a move happens once.
pub async fn update_reservations(
    conn: &mut Conn,
    order_id: &str,
    from: Reservation,
    to: Reservation,
) -> sqlx::Result<Vec<Pieces>> {
    let mut rows = fetch!(
        conn,
        fetch_all as (String, i64),
        "UPDATE reservations SET state = $3 WHERE order_id = $1 AND state = $2 RETURNING variant_id, quantity",
        order_id,
        from.as_str(),
        to.as_str(),
    )?;
    rows.sort();
    Ok(rows.into_iter().map(|(variant_id, quantity)| Pieces { variant_id, quantity }).collect())
}

/// The products to which variants belong: product id, variant id.
pub async fn list_products_of(conn: &mut Conn, variant_ids: &[&str]) -> sqlx::Result<Vec<(String, String)>> {
    if variant_ids.is_empty() {
        return Ok(Vec::new());
    }
    with_conn!(conn, |c| {
        let mut query = sqlx::QueryBuilder::new("SELECT product_id, id FROM variants WHERE id IN (");
        let mut ids = query.separated(", ");
        for id in variant_ids {
            ids.push_bind(*id);
        }
        query.push(") ORDER BY product_id, id");
        query.build_query_as::<(String, String)>().fetch_all(c).await
    })
}

/// Runs one guarded statement over all pieces at once, together with `writes`.
async fn update_stock(
    conn: &mut Conn,
    pieces: &[Pieces],
    writes: Writes,
    update: &'static str,
) -> sqlx::Result<Vec<StockLevel>> {
    if pieces.is_empty() {
        writes.run(conn).await?;
        return Ok(Vec::new());
    }
    let row = |piece: &Pieces| [piece.variant_id.as_str().into(), piece.quantity.into()];
    let mut sql = Sql::new("WITH pieces (piece_id, piece_count) AS (VALUES ");
    sql.bind_rows(pieces.iter().map(row)).push(update);
    writes.fetch_all(conn, sql).await
}

/// Locks a product's row before its band is derived: two orders could else each see the other's last piece and both
/// leave the band as it was.
pub async fn lock_product(conn: &mut Conn, product_id: &str) -> sqlx::Result<()> {
    execute!(conn, "UPDATE products SET band = band WHERE id = $1", product_id)?;
    Ok(())
}
