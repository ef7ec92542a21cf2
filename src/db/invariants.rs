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

/// All that a query can check. What has no index of its own is grouped and joined: looked up row by row, a year of orders
/// would take hours.
pub const INVARIANTS: [Invariant; 22] = [
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
        name: "every piece that an order has left the stock for it",
        sql: broken!(
            "SELECT r.order_id AS which FROM reservations r
             LEFT JOIN (SELECT m.order_id, m.variant_id, -sum(m.quantity) AS quantity FROM stock_movements m
                        WHERE m.order_id IS NOT NULL GROUP BY m.order_id, m.variant_id) AS gone
                    ON gone.order_id = r.order_id AND gone.variant_id = r.variant_id
             WHERE CASE WHEN r.state = 'taken' THEN r.quantity ELSE 0 END <> coalesce(gone.quantity, 0)"
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
        name: "an order's tax is contained in its total, and its lines' taxes in theirs",
        sql: broken!(
            "SELECT o.id AS which FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id
             GROUP BY o.id, o.tax_minor, o.total_minor, o.shipping_minor
             HAVING o.tax_minor NOT BETWEEN 0 AND o.total_minor
                 OR o.tax_minor - coalesce(sum(l.tax_minor), 0) NOT BETWEEN 0 AND o.shipping_minor
                 OR min(CASE WHEN l.tax_minor BETWEEN 0 AND l.total_minor THEN 1 ELSE 0 END) = 0"
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
        name: "no money lies with an order that waits for it or gave it up",
        sql: broken!(
            "SELECT o.id AS which FROM orders o JOIN payments p ON p.order_id = o.id
             WHERE o.state IN ('pending_payment', 'expired')
               AND p.state IN ('captured', 'partially_refunded', 'disputed')"
        ),
    },
    Invariant {
        name: "every order that was paid for has its money",
        sql: broken!(
            "SELECT o.id AS which FROM orders o
             WHERE (o.state IN ('paid', 'paid_unfulfillable')
                    OR o.state IN ('fulfilling', 'shipped', 'completed') AND o.payment_method <> 'pay_on_delivery')
               AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id
                   AND (p.state IN ('captured', 'partially_refunded', 'disputed')
                        OR p.state = 'refunded' AND o.state IN ('shipped', 'completed')))"
        ),
    },
    Invariant {
        name: "no payment is waited for when its order is over",
        sql: broken!(
            "SELECT o.id AS which FROM orders o JOIN payments p ON p.order_id = o.id
             WHERE o.state IN ('cancelled', 'expired') AND p.state IN ('created', 'pending', 'authorized')"
        ),
    },
    // An order that expired gave its use back, also when late money revived it: somebody else may have it now.
    Invariant {
        name: "every use of a discount code is an order that has it",
        sql: broken!(
            "SELECT d.code AS which FROM discounts d
             LEFT JOIN (SELECT o.discount_code AS code, count(*) AS uses FROM orders o
                        WHERE o.discount_code <> ''
                          AND o.state NOT IN ('cancelled', 'expired', 'paid_unfulfillable')
                        GROUP BY o.discount_code) AS used ON used.code = d.code
             WHERE d.uses <> coalesce(used.uses, 0)"
        ),
    },
    // The schema says this, too; but other programs open an embedded database without being held to it.
    Invariant {
        name: "every cart line lies in a cart and is a variant",
        sql: broken!(
            "SELECT l.cart_id AS which FROM cart_lines l
             WHERE NOT EXISTS (SELECT 1 FROM carts c WHERE c.id = l.cart_id)
                OR NOT EXISTS (SELECT 1 FROM variants v WHERE v.id = l.variant_id)"
        ),
    },
    Invariant {
        name: "every old address leads to something",
        sql: broken!(
            "SELECT r.slug AS which FROM slug_redirects r
             WHERE NOT EXISTS (SELECT 1 FROM products p WHERE r.kind = 'product' AND p.id = r.target_id)
               AND NOT EXISTS (SELECT 1 FROM categories c WHERE r.kind = 'category' AND c.id = r.target_id)
               AND NOT EXISTS (SELECT 1 FROM pages g WHERE r.kind = 'page' AND g.id = r.target_id)"
        ),
    },
    Invariant {
        name: "every unpaid order that waits has an end",
        sql: broken!(
            "SELECT o.id AS which FROM orders o WHERE (o.state = 'pending_payment') <> (o.expires_at IS NOT NULL)"
        ),
    },
    Invariant {
        name: "no more is withdrawn than was ordered",
        sql: broken!(
            "SELECT w.order_id AS which FROM withdrawals w JOIN withdrawal_lines l ON l.withdrawal_id = w.id
             GROUP BY w.order_id, l.variant_id
             HAVING sum(l.quantity) > (SELECT coalesce(sum(o.quantity), 0) FROM order_lines o
                                       WHERE o.order_id = w.order_id AND o.variant_id = l.variant_id)"
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
                OR coalesce(p.compare_at_minor, -1) <> coalesce((SELECT v.compare_at_minor FROM variants v
                       WHERE v.product_id = p.id AND v.compare_at_minor IS NOT NULL AND v.price_minor = d.low
                       ORDER BY v.position LIMIT 1), -1)
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
