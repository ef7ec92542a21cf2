//! Stock: reserved, sold, given back, received. Every change of what is on hand writes its movement, and a change of
//! band is announced, in the caller's transaction.

use crate::app::App;
use crate::db::stock::{self, NewMovement, StockLevel};
use crate::db::{Tx, Writes};
use crate::domain::order::Reservation;
use crate::domain::stock::{MovementKind, Pieces};
use crate::error::{Error, Result};
use crate::shop::catalogue::{StockMove, refresh_bands};

/// The most pieces of one variant that a shop can have.
pub const ON_HAND_MAX: i64 = 1_000_000_000;

/// Whether stock was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Outcome {
    Moved,
    /// Some variant had too little; the caller rolls back.
    Short,
}

/// Holds pieces for a new order or sells them at once, as `state` says, and makes the order's other `writes` with that.
/// `pieces` come from `sum_by_variant`. The writes that concern few rows of many orders travel last, so that a piece
/// that everybody wants is locked for no longer than the commit takes.
pub(super) async fn take(
    app: &App,
    tx: &mut Tx,
    order_id: &str,
    (pieces, state): (&[Pieces], Reservation),
    mut writes: Writes,
) -> Result<Outcome> {
    stock::add_reservations(&mut writes, order_id, pieces, state);
    if state != Reservation::Held {
        return sell_pieces(app, tx, order_id, pieces, writes).await;
    }
    stock::lock_stock(tx, pieces).await?;
    let levels = stock::reserve_stock(tx, pieces, writes).await?;
    if levels.len() != pieces.len() {
        return Ok(Outcome::Short);
    }
    announce(app, tx, &levels, pieces, -1).await?;
    Ok(Outcome::Moved)
}

/// Brings an order's reservations from one state to another, with the stock that belongs to it. Reservations that are
/// not in `from` are left alone, so that nothing happens twice.
pub(super) async fn move_reservations(
    app: &App,
    tx: &mut Tx,
    order_id: &str,
    from: Reservation,
    to: Reservation,
) -> Result<Outcome> {
    use Reservation::{Held, Released, Taken};
    if from == to {
        return Ok(Outcome::Moved);
    }
    let pieces = stock::update_reservations(tx, order_id, from, to).await?;
    stock::lock_stock(tx, &pieces).await?;
    match (from, to) {
        (Held, Taken) => {
            let levels = stock::take_reserved_stock(tx, &pieces).await?;
            write_movements(app, tx, order_id, &pieces, MovementKind::Sale).await?;
            announce(app, tx, &levels, &pieces, 0).await?;
        }
        (Held, Released) => {
            let levels = stock::release_stock(tx, &pieces).await?;
            announce(app, tx, &levels, &pieces, 1).await?;
        }
        (Taken, Released) => {
            let levels = stock::add_stock(tx, &pieces).await?;
            write_movements(app, tx, order_id, &pieces, MovementKind::Return).await?;
            announce(app, tx, &levels, &pieces, 1).await?;
        }
        (Released, Taken) => return sell_pieces(app, tx, order_id, &pieces, Writes::default()).await,
        _ => return Err(Error::internal(format!("reservations never go from {from:?} to {to:?}"))),
    }
    Ok(Outcome::Moved)
}

/// Adds pieces that came in.
pub async fn receive(app: &App, variant_id: &str, quantity: i64) -> Result<()> {
    if !(1..=ON_HAND_MAX).contains(&quantity) {
        return Err(Error::field("quantity", "stock.quantity_invalid"));
    }
    let mut tx = app.db.write().await?;
    stock::insert_stock(&mut tx, variant_id).await?;
    change_on_hand(app, &mut tx, variant_id, quantity, MovementKind::Receive).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets what was counted on the shelf.
pub async fn adjust(app: &App, variant_id: &str, on_hand: i64) -> Result<()> {
    let mut tx = app.db.write().await?;
    set_on_hand(app, &mut tx, variant_id, on_hand).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets what is on hand in the caller's transaction (imports, product editing). A variant that had no stock row gets
/// one. Errors: `Invalid` at `on_hand` when the number is out of range or orders hold more than that.
pub async fn set_on_hand(app: &App, tx: &mut Tx, variant_id: &str, on_hand: i64) -> Result<()> {
    if !(0..=ON_HAND_MAX).contains(&on_hand) {
        return Err(Error::field("on_hand", "stock.quantity_invalid"));
    }
    let is_new = stock::insert_stock(tx, variant_id).await?;
    // Under the row's lock: what a sale takes between reading and writing would be taken once more.
    let known = stock::find_stock_locked(tx, variant_id).await?;
    let kind = if is_new { MovementKind::Receive } else { MovementKind::Adjust };
    let change = on_hand - known.map_or(0, |level| level.on_hand);
    change_on_hand(app, tx, variant_id, change, kind).await
}

async fn change_on_hand(
    app: &App,
    tx: &mut Tx,
    variant_id: &str,
    change: i64,
    kind: MovementKind,
) -> Result<()> {
    if change == 0 {
        return Ok(());
    }
    let pieces = [Pieces { variant_id: variant_id.to_owned(), quantity: change }];
    let levels = stock::add_stock(tx, &pieces).await?;
    if levels.is_empty() {
        return Err(Error::field("on_hand", "stock.reserved"));
    }
    let movement = NewMovement { id: app.id(), variant_id, kind, quantity: change, order_id: None };
    stock::insert_movements(tx, &[movement], app.clock.now_ms()).await?;
    announce(app, tx, &levels, &pieces, 1).await
}

async fn sell_pieces(
    app: &App,
    tx: &mut Tx,
    order_id: &str,
    pieces: &[Pieces],
    mut writes: Writes,
) -> Result<Outcome> {
    let sold = movements(app, order_id, pieces, MovementKind::Sale);
    stock::add_movements(&mut writes, &sold, app.clock.now_ms());
    stock::lock_stock(tx, pieces).await?;
    let levels = stock::sell_stock(tx, pieces, writes).await?;
    if levels.len() != pieces.len() {
        return Ok(Outcome::Short);
    }
    announce(app, tx, &levels, pieces, -1).await?;
    Ok(Outcome::Moved)
}

async fn write_movements(
    app: &App,
    tx: &mut Tx,
    order_id: &str,
    pieces: &[Pieces],
    kind: MovementKind,
) -> Result<()> {
    stock::insert_movements(tx, &movements(app, order_id, pieces, kind), app.clock.now_ms()).await?;
    Ok(())
}

/// A sale takes pieces out, everything else brings them in.
fn movements<'a>(
    app: &App,
    order_id: &'a str,
    pieces: &'a [Pieces],
    kind: MovementKind,
) -> Vec<NewMovement<'a>> {
    let sign = if kind == MovementKind::Sale { -1 } else { 1 };
    pieces
        .iter()
        .map(|piece| NewMovement {
            id: app.id(),
            variant_id: &piece.variant_id,
            kind,
            quantity: sign * piece.quantity,
            order_id: Some(order_id),
        })
        .collect()
}

/// Announces the products of variants whose band changed. `direction` is what one piece did to what is available:
/// −1, 0 or 1.
async fn announce(
    app: &App,
    tx: &mut Tx,
    levels: &[StockLevel],
    pieces: &[Pieces],
    direction: i64,
) -> Result<()> {
    if levels.len() != pieces.len() {
        return Err(Error::internal("stock and reservations disagree: mercer doctor tells where"));
    }
    let moves: Vec<StockMove> = levels
        .iter()
        .map(|level| {
            let piece = pieces.iter().find(|piece| piece.variant_id == level.variant_id);
            let after = level.available();
            let before = after - direction * piece.map_or(0, |piece| piece.quantity);
            StockMove { variant_id: level.variant_id.clone(), before, after }
        })
        .collect();
    refresh_bands(tx, app.clock.now_ms(), &moves).await
}
