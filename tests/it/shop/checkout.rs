//! Placing orders: once, exactly, and never more than there is.

use std::sync::Arc;

use futures_util::future::join_all;
use mercer::app::App;
use mercer::db::{Tx, carts, variants};
use mercer::domain::cart::CartChange;
use mercer::domain::order::State;
use mercer::domain::stock::Pieces;
use mercer::shop::checkout::{PlaceOrder, PlaceOutcome, place_order};
use mercer::shop::{cart, setup, stock};

use super::goods::*;
use crate::support::{TestStore, both_engines, shelf};

#[tokio::test]
async fn a_transfer_holds_the_stock_and_empties_the_cart() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 5).await;
        let key = guest_cart(app, &[(&watch, 2)]).await;
        let request = wish(app, &key, "bank_transfer").await;
        let order = placed(place_order(app, request).await.unwrap());
        assert_eq!(
            (order.state, order.items_minor, order.total_minor),
            (State::PendingPayment, 69_800, 70_390)
        );
        assert_eq!(order.tax_minor, 11_239, "19 % contained in 698.00 and in 5.90, each rounded");
        assert!(order.number > 10_000 && order.token.len() == 22);
        assert_eq!(order.expires_at, Some(app.clock.now_ms() + 7 * 24 * 3_600_000));
        assert_eq!(reload(app, &order).await, order, "what was answered is what was stored");
        assert_eq!(stock_of(app, &watch).await, (5, 2));
        let view = cart::view_cart(app, &mut app.db.read().await.unwrap(), Some(&key)).await.unwrap();
        assert!(view.lines.is_empty());
        expect_healthy(app).await;
        let mails = t.mails().await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].to, "ada@example.com");
    })
    .await;
}

#[tokio::test]
async fn paying_on_delivery_is_final_at_once() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 5).await;
        let order = buy(app, &[(&watch, 2)], "pay_on_delivery").await;
        assert_eq!((order.state, order.expires_at), (State::Fulfilling, None));
        assert_eq!(stock_of(app, &watch).await, (3, 0));
        expect_healthy(app).await;
    })
    .await;
}

#[tokio::test]
async fn two_hundred_buyers_for_twenty_pieces() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 20).await;
        let mut wishes = Vec::new();
        for i in 0..200 {
            let key = guest_cart(app, &[(&watch, 1)]).await;
            let method = if i % 2 == 0 { "bank_transfer" } else { "pay_on_delivery" };
            wishes.push(wish(app, &key, method).await);
        }
        let buyers = wishes.into_iter().map(|wish| {
            let app = Arc::clone(app);
            tokio::spawn(async move { place_order(&app, wish).await.unwrap() })
        });
        let mut numbers = Vec::new();
        let mut sold_out = 0;
        for outcome in join_all(buyers).await {
            match outcome.unwrap() {
                PlaceOutcome::Placed(order) => numbers.push(order.number),
                PlaceOutcome::SoldOut(changes) => {
                    assert!(matches!(changes[0], CartChange::SoldOut { .. }));
                    sold_out += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!((numbers.len(), sold_out), (20, 180));
        let (on_hand, reserved) = stock_of(app, &watch).await;
        assert_eq!(on_hand, reserved, "all that is left is held");
        expect_healthy(app).await;
    })
    .await;
}

#[tokio::test]
async fn the_same_key_fifty_times_is_one_order() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 20).await;
        let key = guest_cart(app, &[(&watch, 1)]).await;
        let request = wish(app, &key, "bank_transfer").await;
        let clicks = (0..50).map(|_| {
            let (app, request) = (Arc::clone(app), request.clone());
            tokio::spawn(async move { placed(place_order(&app, request).await.unwrap()) })
        });
        let orders: Vec<_> = join_all(clicks).await.into_iter().map(|o| o.unwrap()).collect();
        assert!(orders.iter().all(|order| *order == orders[0]), "every click got the same answer");
        assert_eq!(stock_of(app, &watch).await, (20, 1));

        // The shopper fills the cart again: the old key still answers with the old order, and takes no other address.
        cart::add_line(app, Some(&key), &watch, 3).await.unwrap();
        assert_eq!(placed(place_order(app, request.clone()).await.unwrap()), orders[0]);
        let mut other = request;
        other.shipping_address.line1 = "Elsewhere 1".to_owned();
        assert_eq!(place_order(app, other).await.unwrap(), PlaceOutcome::KeyReused);
        assert_eq!(stock_of(app, &watch).await, (20, 1));
        expect_healthy(app).await;
    })
    .await;
}

#[tokio::test]
async fn opposite_orders_of_lines_do_not_block_each_other() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let mut goods = Vec::new();
        for i in 0..6 {
            goods.push(offer(app, &format!("thing-{i}"), 1_000, 40).await);
        }
        let mut wishes = Vec::new();
        for i in 0..40 {
            let mut lines: Vec<(&str, i64)> = goods.iter().map(|id| (id.as_str(), 1)).collect();
            if i % 2 == 1 {
                lines.reverse();
            }
            let key = guest_cart(app, &lines).await;
            wishes.push(wish(app, &key, "pay_on_delivery").await);
        }
        let buyers = wishes.into_iter().map(|wish| {
            let app = Arc::clone(app);
            tokio::spawn(async move { placed(place_order(&app, wish).await.unwrap()) })
        });
        for order in join_all(buyers).await {
            assert_eq!(order.unwrap().lines.len(), 6);
        }
        for id in &goods {
            assert_eq!(stock_of(app, id).await, (0, 0));
        }
        expect_healthy(app).await;
    })
    .await;
}

#[tokio::test]
async fn what_changed_is_told_and_nothing_is_placed() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 5).await;
        let strap = offer(app, "strap", 2_900, 5).await;
        let key = guest_cart(app, &[(&watch, 4), (&strap, 1)]).await;
        let request = wish(app, &key, "bank_transfer").await;
        stock::adjust(app, &watch, 2).await.unwrap();
        stock::adjust(app, &strap, 0).await.unwrap();
        let PlaceOutcome::Changed(changes) = place_order(app, request.clone()).await.unwrap() else {
            panic!("placed at a total that nobody saw")
        };
        assert!(matches!(changes[0], CartChange::Reduced { from: 4, to: 2, .. }), "{changes:?}");
        assert!(matches!(changes[1], CartChange::SoldOut { .. }), "{changes:?}");
        assert_eq!(changes[2], CartChange::Total { from_minor: 143_090, to_minor: 70_390 });
        assert_eq!(stock_of(app, &watch).await, (2, 0));
        // The shopper agrees to what is left.
        let again = wish(app, &key, "bank_transfer").await;
        let order = placed(place_order(app, again).await.unwrap());
        assert_eq!((order.lines.len(), order.total_minor), (1, 70_390));
        expect_healthy(app).await;
    })
    .await;
}

#[tokio::test]
async fn a_code_is_used_no_more_often_than_it_may() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 10_000, 50).await;
        add_discount(app, &ten_percent("TEN", Some(3))).await;
        let mut wishes = Vec::new();
        for _ in 0..10 {
            let key = guest_cart(app, &[(&watch, 1)]).await;
            cart::apply_discount(app, &key, " ten ").await.unwrap();
            wishes.push(wish(app, &key, "bank_transfer").await);
        }
        assert_eq!(wishes[0].seen_total_minor, 9_590);
        let buyers = wishes.into_iter().map(|wish| {
            let app = Arc::clone(app);
            tokio::spawn(async move { place_order(&app, wish).await.unwrap() })
        });
        let outcomes: Vec<_> = join_all(buyers).await.into_iter().map(|o| o.unwrap()).collect();
        let count = |f: fn(&PlaceOutcome) -> bool| outcomes.iter().filter(|o| f(o)).count();
        assert_eq!(count(|o| matches!(o, PlaceOutcome::Placed(_))), 3);
        assert_eq!(count(|o| matches!(o, PlaceOutcome::Changed(_))), 7);
        expect_healthy(app).await;
    })
    .await;
}

#[tokio::test]
async fn an_order_has_the_address_as_accounts_have_it() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 10_000, 50).await;
        let key = guest_cart(app, &[(&watch, 1)]).await;
        let mut request = wish(app, &key, "bank_transfer").await;
        request.email = " Ada.L@Bücher.Example ".to_owned();
        let order = placed(place_order(app, request).await.unwrap());
        assert_eq!(order.email, "ada.l@xn--bcher-kva.example");
    })
    .await;
}

#[tokio::test]
async fn wrong_input_is_told_at_its_field() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 10_000, 50).await;
        let key = guest_cart(app, &[(&watch, 1)]).await;
        let mut request = wish(app, &key, "gold").await;
        request.email = "nobody\0@example.com".to_owned();
        request.shipping_address.postcode = "1".to_owned();
        request.shipping_key = "'; DROP TABLE orders".to_owned();
        request.note = "x".repeat(5000);
        let PlaceOutcome::Invalid(errors) = place_order(app, request).await.unwrap() else {
            panic!("placed")
        };
        for field in ["email", "postcode", "shipping_key", "payment_method", "note"] {
            assert!(errors.get(field).is_some(), "{field}: {errors:?}");
        }
        let mut unknown = wish(app, &key, "bank_transfer").await;
        unknown.shipping_key = "teleport".to_owned();
        let outcome = place_order(app, unknown).await.unwrap();
        assert!(matches!(outcome, PlaceOutcome::Invalid(e) if e.get("shipping_key").is_some()));
    })
    .await;
}

#[tokio::test]
async fn other_goods_of_the_same_price_are_noticed() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let brown = offer(app, "brown-strap", 2_900, 5).await;
        let black = offer(app, "black-strap", 2_900, 5).await;
        let key = guest_cart(app, &[(&brown, 1)]).await;
        let request = wish(app, &key, "bank_transfer").await;
        // Another tab exchanges the goods; the total stays.
        cart::remove_line(app, &key, &brown).await.unwrap();
        cart::add_line(app, Some(&key), &black, 1).await.unwrap();
        let outcome = place_order(app, request.clone()).await.unwrap();
        assert_eq!(outcome, PlaceOutcome::Changed(vec![CartChange::Contents]));
        assert_eq!((stock_of(app, &brown).await, stock_of(app, &black).await), ((5, 0), (5, 0)));
        // Seen again and agreed to, under the same key.
        let seen = wish(app, &key, "bank_transfer").await;
        let again = mercer::shop::checkout::PlaceOrder { seen_digest: seen.seen_digest, ..request };
        let order = placed(place_order(app, again).await.unwrap());
        assert_eq!(order.lines[0].variant_id, black);
        expect_healthy(app).await;
    })
    .await;
}

#[tokio::test]
async fn another_address_or_delivery_of_the_same_price_is_the_shoppers_own_choice() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 5).await;
        let key = guest_cart(app, &[(&watch, 1)]).await;
        let mut request = wish(app, &key, "bank_transfer").await;
        request.shipping_address.country = "AT".to_owned();
        request.shipping_address.postcode = "1010".to_owned();
        let order = placed(place_order(app, request).await.unwrap());
        assert_eq!(order.taxes[0].rate_bp, 2000, "Austria's tax is in the same total");
    })
    .await;
}

/// Begins to place an order while somebody else writes: it has read everything and waits for its turn. If the machine
/// is so slow that it has not even read, it finds the change by reading, and the outcome is the same.
async fn place_during<F: AsyncFnOnce(&mut Tx)>(app: &Arc<App>, wish: PlaceOrder, change: F) -> PlaceOutcome {
    let mut tx = app.db.write().await.unwrap();
    let placing = {
        let app = Arc::clone(app);
        tokio::spawn(async move { place_order(&app, wish).await.unwrap() })
    };
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    change(&mut tx).await;
    tx.commit().await.unwrap();
    placing.await.unwrap()
}

#[tokio::test]
async fn what_changes_between_reading_and_writing_is_told_too() {
    let t = TestStore::sqlite().await;
    let app = &t.app;
    setup::ensure_defaults(app).await.unwrap();
    let watch = offer(app, "watch", 34_900, 5).await;
    let key = guest_cart(app, &[(&watch, 1)]).await;
    let request = wish(app, &key, "bank_transfer").await;

    let outcome = place_during(app, request.clone(), async |tx| {
        variants::rows::update_price(tx, &watch, 39_900, None, 1).await.unwrap();
    })
    .await;
    let PlaceOutcome::Changed(changes) = outcome else { panic!("placed at the old price: {outcome:?}") };
    assert!(changes.iter().any(|c| matches!(c, CartChange::PriceUp { to_minor: 39_900, .. })), "{changes:?}");

    let again = wish(app, &key, "bank_transfer").await;
    let outcome = place_during(app, again, async |tx| {
        let mercer::shop::cart::CartKey::Token(token) = &key else { unreachable!("a guest has a token") };
        let hash = mercer::random::token_hash(token);
        let cart = carts::find_cart_by_token(tx, &hash).await.unwrap().unwrap();
        let mut lines = carts::list_cart_lines(tx, &cart.id).await.unwrap();
        lines[0].quantity = 2;
        carts::insert_cart_lines(tx, &cart.id, &lines).await.unwrap();
        carts::update_cart_version(tx, &cart.id, 1).await.unwrap();
    })
    .await;
    assert!(matches!(outcome, PlaceOutcome::Changed(_)), "the cart of another tab was not seen: {outcome:?}");

    let again = wish(app, &key, "bank_transfer").await;
    let outcome = place_during(app, again, async |tx| {
        let pieces = [Pieces { variant_id: watch.clone(), quantity: -5 }];
        assert_eq!(mercer::db::stock::add_stock(tx, &pieces).await.unwrap().len(), 1);
    })
    .await;
    assert!(matches!(outcome, PlaceOutcome::SoldOut(_)), "{outcome:?}");
    assert_eq!(stock_of(app, &watch).await, (0, 0));
}

#[tokio::test]
async fn each_line_is_taxed_at_the_rate_of_its_class() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 11_900, 5).await;
        let mut book = shelf::simple("book");
        (book.tax_class, book.variants[0].price_minor) = ("reduced".to_owned(), 10_700);
        let product = shelf::put(app, &book).await;
        let mut conn = app.db.read().await.unwrap();
        let book = variants::list_variants(&mut conn, &product, "").await.unwrap()[0].variant_id.clone();
        drop(conn);
        let order = buy(app, &[(&watch, 1), (&book, 1)], "bank_transfer").await;
        let taxed = |id: &str| {
            let line = order.lines.iter().find(|l| l.variant_id == id).unwrap();
            (line.rate_bp, line.tax_minor)
        };
        assert_eq!((taxed(&watch), taxed(&book)), ((1900, 1900), (700, 700)));
        assert_eq!(order.taxes.iter().map(|t| t.rate_bp).collect::<Vec<_>>(), [1900, 700]);
        expect_healthy(app).await;
    })
    .await;
}
