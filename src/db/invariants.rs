//! What must always be true of the stored data, as queries that find what breaks it.

use super::orders::taxes_of;
use super::{Conn, fetch};

/// A law of the data, and what breaks it.
pub struct Invariant {
    pub name: &'static str,
    sql: &'static str,
}

/// How many rows break a law, and one of them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Broken {
    pub count: i64,
    pub example: String,
}

/// Orders read at a time for the law that SQL can't check.
const TAXES_BATCH: i64 = 1000;

/// Wraps a query for the broken rows, whose column `which` names one.
macro_rules! broken {
    ($sql:literal) => {
        concat!("SELECT count(*) AS count, coalesce(min(which), '') AS example FROM (", $sql, ") AS broken")
    };
}

/// All that a query can check.
pub const INVARIANTS: [Invariant; 13] = [
    Invariant {
        name: "stock is the sum of its movements",
        sql: broken!(
            "SELECT s.variant_id AS which FROM stock s WHERE s.on_hand <>
                 (SELECT coalesce(sum(m.quantity), 0) FROM stock_movements m WHERE m.variant_id = s.variant_id)"
        ),
    },
    Invariant {
        name: "every movement belongs to a stock",
        sql: broken!(
            "SELECT m.id AS which FROM stock_movements m
             WHERE NOT EXISTS (SELECT 1 FROM stock s WHERE s.variant_id = m.variant_id)"
        ),
    },
    Invariant {
        name: "what is reserved is what orders hold",
        sql: broken!(
            "SELECT s.variant_id AS which FROM stock s WHERE s.reserved <>
                 (SELECT coalesce(sum(r.quantity), 0) FROM reservations r
                  WHERE r.variant_id = s.variant_id AND r.state = 'held')"
        ),
    },
    Invariant {
        name: "every reservation fits the state of its order",
        sql: broken!(
            "SELECT r.order_id AS which FROM reservations r LEFT JOIN orders o ON o.id = r.order_id
             WHERE o.id IS NULL OR r.state <> CASE
                 WHEN o.state = 'pending_payment' THEN 'held'
                 WHEN o.state IN ('paid', 'fulfilling', 'shipped', 'completed') THEN 'taken'
                 ELSE 'released' END"
        ),
    },
    Invariant {
        name: "every ordered piece was reserved",
        sql: broken!(
            "SELECT l.order_id AS which FROM order_lines l GROUP BY l.order_id, l.variant_id
             HAVING sum(l.quantity) <> (SELECT coalesce(sum(r.quantity), 0) FROM reservations r
                                        WHERE r.order_id = l.order_id AND r.variant_id = l.variant_id)"
        ),
    },
    Invariant {
        name: "every sale that was not returned belongs to an order that has it",
        sql: broken!(
            "SELECT m.order_id AS which FROM stock_movements m WHERE m.order_id IS NOT NULL
             GROUP BY m.order_id, m.variant_id
             HAVING -sum(m.quantity) <> (SELECT coalesce(sum(r.quantity), 0) FROM reservations r
                 WHERE r.order_id = m.order_id AND r.variant_id = m.variant_id AND r.state = 'taken')"
        ),
    },
    Invariant {
        name: "an order's total is its items less the discount with the delivery",
        sql: broken!(
            "SELECT o.id AS which FROM orders o WHERE o.total_minor <> o.items_minor - o.discount_minor + o.shipping_minor"
        ),
    },
    Invariant {
        name: "an order's sums are those of its lines",
        sql: broken!(
            "SELECT o.id AS which FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id
             GROUP BY o.id, o.items_minor, o.discount_minor
             HAVING coalesce(sum(l.unit_minor * l.quantity), -1) <> o.items_minor
                 OR coalesce(sum(l.discount_minor), -1) <> o.discount_minor
                 OR coalesce(sum(l.total_minor), -1) <> o.items_minor - o.discount_minor"
        ),
    },
    Invariant {
        name: "every order was placed once, and its last event is its state",
        sql: broken!(
            "SELECT o.id AS which FROM orders o
             WHERE (SELECT count(*) FROM order_events e WHERE e.order_id = o.id AND e.kind = 'placed') <> 1
                OR NOT EXISTS (SELECT 1 FROM order_events e WHERE e.order_id = o.id AND e.state = o.state
                               AND e.at = (SELECT max(f.at) FROM order_events f WHERE f.order_id = o.id))"
        ),
    },
    Invariant {
        name: "every order has a payment of its total",
        sql: broken!(
            "SELECT o.id AS which FROM orders o
             WHERE NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.amount_minor = o.total_minor
                               AND p.currency = o.currency)"
        ),
    },
    Invariant {
        name: "every unpaid order that waits has an end",
        sql: broken!(
            "SELECT o.id AS which FROM orders o WHERE (o.state = 'pending_payment') <> (o.expires_at IS NOT NULL)"
        ),
    },
    Invariant {
        name: "no job was given up",
        sql: broken!("SELECT j.id AS which FROM jobs j WHERE j.state = 'dead'"),
    },
    Invariant {
        name: "products show the prices and the stock of their variants",
        sql: broken!(
            "SELECT p.slug AS which FROM products p
             LEFT JOIN (SELECT v.product_id, min(v.price_minor) AS low, max(v.price_minor) AS high,
                               max(coalesce(s.on_hand - s.reserved, 0)) AS available
                        FROM variants v LEFT JOIN stock s ON s.variant_id = v.id GROUP BY v.product_id) AS d
                    ON d.product_id = p.id
             WHERE p.price_min_minor <> coalesce(d.low, 0) OR p.price_max_minor <> coalesce(d.high, 0)
                OR p.band <> CASE WHEN coalesce(d.available, 0) <= 0 THEN 'out'
                                  WHEN d.available <= 3 THEN 'low' ELSE 'in' END"
        ),
    },
];

/// What breaks a law.
pub async fn find_broken(conn: &mut Conn, invariant: &Invariant) -> sqlx::Result<Broken> {
    fetch!(conn, fetch_one as Broken, invariant.sql)
}

/// Orders whose tax by rate does not add up to their tax and total.
pub async fn find_broken_taxes(conn: &mut Conn) -> sqlx::Result<Broken> {
    let mut broken = Broken { count: 0, example: String::new() };
    let mut after = 0_i64;
    loop {
        let rows = fetch!(
            conn,
            fetch_all as (i64, String, String, i64, i64),
            "SELECT number, id, taxes, tax_minor, total_minor FROM orders WHERE number > $1 ORDER BY number LIMIT $2",
            after,
            TAXES_BATCH,
        )?;
        let Some(last) = rows.last() else { return Ok(broken) };
        after = last.0;
        for (_, id, json, tax_minor, total_minor) in &rows {
            let taxes = taxes_of(json)?;
            let tax: i64 = taxes.iter().map(|t| t.tax_minor).sum();
            let gross: i64 = taxes.iter().map(|t| t.tax_minor + t.net_minor).sum();
            if tax != *tax_minor || gross != *total_minor {
                broken = Broken { count: broken.count + 1, example: id.clone() };
            }
        }
    }
}
