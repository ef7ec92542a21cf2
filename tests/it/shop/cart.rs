//! Carts: live prices and stock, limits, what changed, two becoming one.

use mercer::db::Db;
use mercer::domain::cart::{CART_LINES_MAX, CartChange, GUEST_CART_MS};
use mercer::error::Error;
use mercer::shop::cart::*;
use mercer::shop::catalogue::set_price;
use mercer::shop::{setup, stock};

use super::goods::*;
use crate::support::{TestStore, both_engines};

async fn view(t: &TestStore, key: &CartKey) -> CartView {
    view_cart(&t.app, &mut t.app.db.read().await.unwrap(), Some(key)).await.unwrap()
}

#[tokio::test]
async fn a_cart_is_filled_changed_and_emptied() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 5).await;
        let strap = offer(app, "strap", 2_900, 100).await;
        let key = guest_cart(app, &[(&watch, 1), (&strap, 2)]).await;
        let added = add_line(app, Some(&key), &watch, 9).await.unwrap();
        assert_eq!((added.token, added.added, added.quantity, added.pieces), (None, 4, 5, 7));
        assert_eq!(set_quantity(app, &key, &watch, 2).await.unwrap(), 2);
        let seen = view(&t, &key).await;
        assert_eq!((seen.pieces, seen.totals.items_minor, seen.totals.total_minor), (4, 75_600, 76_190));
        assert_eq!((seen.country.as_str(), seen.shipping_chosen), ("DE", false));
        assert_eq!(seen.changes, []);
        assert_eq!(set_quantity(app, &key, &watch, 0).await.unwrap(), 0);
        remove_line(app, &key, &watch).await.unwrap();
        remove_line(app, &key, &strap).await.unwrap();
        let seen = view(&t, &key).await;
        assert_eq!((seen.lines.len(), seen.totals.total_minor), (0, 0));
        assert_eq!(count_pieces(&mut app.db.read().await.unwrap(), &key).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn changes_are_told_until_they_are_acknowledged() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let mut ids = Vec::new();
        for slug in ["dearer", "cheaper", "fewer", "gone"] {
            ids.push(offer(app, slug, 10_000, 5).await);
        }
        let lines: Vec<(&str, i64)> = ids.iter().map(|id| (id.as_str(), 3)).collect();
        let key = guest_cart(app, &lines).await;
        set_price(app, &ids[0], 11_000, None).await.unwrap();
        set_price(app, &ids[1], 9_000, None).await.unwrap();
        stock::adjust(app, &ids[2], 1).await.unwrap();
        unpublish(&t, &ids[3]).await;
        let seen = view(&t, &key).await;
        assert!(matches!(seen.changes[0], CartChange::PriceUp { from_minor: 10_000, to_minor: 11_000, .. }));
        assert!(matches!(seen.changes[1], CartChange::PriceDown { to_minor: 9_000, .. }));
        assert!(matches!(seen.changes[2], CartChange::Reduced { from: 3, to: 1, .. }));
        assert!(matches!(seen.changes[3], CartChange::Gone { .. }));
        assert_eq!(seen.totals.items_minor, 33_000 + 27_000 + 10_000);
        acknowledge(app, &key).await.unwrap();
        let seen = view(&t, &key).await;
        assert_eq!((seen.changes.len(), seen.lines.len(), seen.totals.items_minor), (0, 3, 70_000));
    })
    .await;
}

async fn unpublish(t: &TestStore, variant_id: &str) {
    let sql =
        "UPDATE products SET status = 'draft' WHERE id = (SELECT product_id FROM variants WHERE id = $1)";
    match &t.app.db {
        Db::Sqlite { write, .. } => {
            sqlx::query(sql).bind(variant_id).execute(write).await.unwrap();
        }
        Db::Postgres { write, .. } => {
            sqlx::query(sql).bind(variant_id).execute(write).await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_can_not_be_in_a_cart() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 5).await;
        let none = offer(app, "none", 34_900, 0).await;
        let key = guest_cart(app, &[(&watch, 1)]).await;
        let reason = async |variant_id: &str, quantity: i64| {
            let error = add_line(app, Some(&key), variant_id, quantity).await.unwrap_err();
            let Error::Invalid(fields) = error else { panic!("{error:?}") };
            fields.0[0].reason.clone()
        };
        for quantity in [0, -1, 1000, i64::MAX, i64::MIN] {
            assert_eq!(reason(&watch, quantity).await, "cart.quantity_invalid");
        }
        assert_eq!(reason(&none, 1).await, "cart.sold_out");
        for id in ["", "x", "0\0", &"9".repeat(36), &"ä".repeat(18)] {
            assert_eq!(reason(id, 1).await, "cart.not_sold", "{id:?}");
        }
        let stranger = CartKey::Token("no such token".to_owned());
        assert!(matches!(set_quantity(app, &stranger, &watch, 1).await, Err(Error::NotFound(_))));
        assert!(matches!(set_quantity(app, &key, &none, 0).await, Ok(0)));
    })
    .await;
}

#[tokio::test]
async fn a_cart_has_a_hundred_lines() {
    let t = TestStore::sqlite().await;
    let app = &t.app;
    let mut key = None;
    for i in 0..=CART_LINES_MAX {
        let id = offer(app, &format!("thing-{i}"), 100, 1).await;
        match add_line(app, key.as_ref(), &id, 1).await {
            Ok(added) => key = added.token.map(CartKey::Token).or(key),
            Err(error) => {
                assert_eq!((i, error.status().as_u16()), (CART_LINES_MAX, 422));
                return;
            }
        }
    }
    panic!("there was no end");
}

#[tokio::test]
async fn a_guest_logs_in_with_a_full_cart() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 50).await;
        let strap = offer(app, "strap", 2_900, 50).await;
        let customer_id = customer(&t).await;
        let own = CartKey::Customer(customer_id.clone());

        let first = guest_cart(app, &[(&watch, 1)]).await;
        let CartKey::Token(token) = &first else { unreachable!() };
        merge_into_customer(app, token, &customer_id).await.unwrap();
        assert_eq!(view(&t, &own).await.pieces, 1);
        assert_eq!(view(&t, &first).await.cart, None, "the guest's token no longer opens the cart");

        let second = guest_cart(app, &[(&watch, 2), (&strap, 3)]).await;
        let CartKey::Token(token) = &second else { unreachable!() };
        merge_into_customer(app, token, &customer_id).await.unwrap();
        merge_into_customer(app, token, &customer_id).await.unwrap();
        let seen = view(&t, &own).await;
        let quantities: Vec<i64> = seen.lines.iter().map(|l| l.quantity).collect();
        assert_eq!(quantities, [3, 3]);
    })
    .await;
}

#[tokio::test]
async fn a_login_clicked_twice_takes_the_cart_over_once() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 50).await;
        let customer_id = customer(&t).await;
        let own = CartKey::Customer(customer_id.clone());
        for _ in 0..10 {
            let CartKey::Token(token) = guest_cart(app, &[(&watch, 2)]).await else { unreachable!() };
            let clicks = (0..4).map(|_| merge_into_customer(app, &token, &customer_id));
            for click in futures_util::future::join_all(clicks).await {
                click.unwrap();
            }
            let seen = view(&t, &own).await;
            assert_eq!(seen.pieces, 2);
            let mut tx = app.db.write().await.unwrap();
            mercer::db::carts::delete_cart(&mut tx, &seen.cart.unwrap().id).await.unwrap();
            tx.commit().await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_customers_first_cart_is_made_once() {
    both_engines(async |t| {
        let app = &t.app;
        let watch = offer(app, "watch", 34_900, 50).await;
        let own = CartKey::Customer(customer(&t).await);
        let tabs = futures_util::future::join_all((0..8).map(|_| add_line(app, Some(&own), &watch, 1))).await;
        assert!(tabs.into_iter().all(|tab| tab.unwrap().token.is_none()));
        assert_eq!(count_pieces(&mut app.db.read().await.unwrap(), &own).await.unwrap(), 8);
    })
    .await;
}

async fn customer(t: &TestStore) -> String {
    let id = t.app.id();
    let sql = "INSERT INTO customers (id, email, password_hash, created_at, updated_at)
               VALUES ($1, 'ada@example.com', 'x', 0, 0)";
    match &t.app.db {
        Db::Sqlite { write, .. } => {
            sqlx::query(sql).bind(&id).execute(write).await.unwrap();
        }
        Db::Postgres { write, .. } => {
            sqlx::query(sql).bind(&id).execute(write).await.unwrap();
        }
    }
    id
}

#[tokio::test]
async fn codes_and_choices() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 10_000, 50).await;
        let key = guest_cart(app, &[(&watch, 1)]).await;
        add_discount(app, &ten_percent("TEN", None)).await;
        for bad in ["", "NOPE", "a\0b", "ten percent"] {
            assert_eq!(apply_discount(app, &key, bad).await.unwrap_err().status(), 422, "{bad:?}");
        }
        apply_discount(app, &key, "ten").await.unwrap();
        choose(app, &key, Choice { country: "FR", shipping_key: "standard" }).await.unwrap();
        let seen = view(&t, &key).await;
        assert_eq!((seen.totals.discount_minor, seen.totals.total_minor), (1_000, 9_590));
        assert_eq!((seen.country.as_str(), seen.shipping_chosen, seen.lines[0].rate_bp), ("FR", true, 2000));
        for country in ["US", "xx", "D\0"] {
            let choice = Choice { country, shipping_key: "" };
            assert_eq!(choose(app, &key, choice).await.unwrap_err().status(), 422);
        }
        remove_discount(app, &key).await.unwrap();
        assert_eq!(view(&t, &key).await.totals.total_minor, 10_590);
    })
    .await;
}

#[tokio::test]
async fn forgotten_guest_carts_go_away() {
    both_engines(async |t| {
        let app = &t.app;
        let watch = offer(app, "watch", 10_000, 50).await;
        let old = guest_cart(app, &[(&watch, 1)]).await;
        app.clock.advance(GUEST_CART_MS);
        let young = guest_cart(app, &[(&watch, 1)]).await;
        assert_eq!(remove_old_carts(app).await.unwrap(), 0);
        app.clock.advance(1);
        assert_eq!(remove_old_carts(app).await.unwrap(), 1);
        assert_eq!(view(&t, &old).await.cart, None);
        assert_eq!(view(&t, &young).await.pieces, 1);
    })
    .await;
}
