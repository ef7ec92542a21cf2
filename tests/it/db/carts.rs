//! Carts: who finds one, who changes one, and what is seen in one.

use mercer::app::App;
use mercer::db::carts::*;
use mercer::db::idempotency::{NewKey, delete_old_keys};
use mercer::db::{Conn, Tx};
use mercer::domain::cart::{Cart, CartLine};
use mercer::shop::catalogue::unpublish_product;
use sqlx::error::ErrorKind;

use super::seeds::{self, refusal};
use crate::shop::goods::offer;
use crate::support::both_engines;

fn line(variant_id: &str, quantity: i64, added_at: i64) -> CartLine {
    CartLine { variant_id: variant_id.to_owned(), quantity, price_seen_minor: 90, added_at }
}

fn key(key: &str) -> NewKey<'_> {
    NewKey { scope: "cart:one", key, request_hash: "h", resource_id: "o" }
}

async fn guest(conn: &mut Conn, id: &str, at: i64) -> Cart {
    insert_guest_cart(conn, id, &format!("token {id}"), &[], at).await.unwrap();
    find_cart_by_token(conn, &format!("token {id}")).await.unwrap().unwrap()
}

async fn write(app: &App) -> Tx {
    app.db.write().await.unwrap()
}

#[tokio::test]
async fn a_cart_answers_to_its_token_until_a_customer_has_it() {
    both_engines(async |t| {
        let mut tx = write(&t.app).await;
        seeds::customer(&mut tx, "ada").await;
        let cart = guest(&mut tx, "one", 5).await;
        assert_eq!(
            (cart.id.as_str(), cart.version, cart.updated_at, &cart.customer_id),
            ("one", 0, 5, &None)
        );
        assert_eq!(find_cart_by_token(&mut tx, "token two").await.unwrap(), None);
        assert_eq!(find_cart_by_customer(&mut tx, "ada").await.unwrap(), None);

        update_cart_owner(&mut tx, "one", "ada", 6).await.unwrap();
        assert_eq!(find_cart_by_token(&mut tx, "token one").await.unwrap(), None);
        let owned = find_cart_by_customer(&mut tx, "ada").await.unwrap().unwrap();
        assert_eq!((owned.id.as_str(), owned.version, owned.updated_at), ("one", 1, 6));
        // A customer has one cart: a second is not made.
        insert_cart(&mut tx, "two", "token two", "ada", 7).await.unwrap();
        assert_eq!(find_cart_by_customer(&mut tx, "ada").await.unwrap(), Some(owned));
        tx.commit().await.unwrap();

        let mut tx = write(&t.app).await;
        guest(&mut tx, "three", 8).await;
        assert_eq!(refusal(update_cart_owner(&mut tx, "three", "ada", 9).await), ErrorKind::UniqueViolation);
        drop(tx);
        let mut tx = write(&t.app).await;
        let same_token = insert_guest_cart(&mut tx, "four", "token one", &[], 9).await;
        assert_eq!(refusal(same_token), ErrorKind::UniqueViolation);
    })
    .await;
}

#[tokio::test]
async fn a_change_moves_the_version_and_an_old_version_changes_nothing() {
    both_engines(async |t| {
        let variant = offer(&t.app, "a", 100, 5).await;
        let prices = [(variant.as_str(), 100)];
        let mut tx = write(&t.app).await;
        let mut cart = guest(&mut tx, "one", 5).await;
        guest(&mut tx, "other", 5).await;
        cart.country = "DE".to_owned();
        cart.shipping_key = "standard".to_owned();
        cart.discount_code = "TEN".to_owned();
        update_cart_choices(&mut tx, &cart, 6).await.unwrap();
        assert!(update_cart_version(&mut tx, "one", 7).await.unwrap());
        assert!(!update_cart_version(&mut tx, "gone", 7).await.unwrap());
        let now = find_cart_by_token(&mut tx, "token one").await.unwrap().unwrap();
        assert_eq!(now, Cart { version: 2, updated_at: 7, ..cart.clone() });
        let old = update_cart_ordered(&mut tx, &key("1"), &cart, &prices, 8).await.unwrap();
        assert_eq!(old, Ordered::Changed, "read before the change");
        assert_eq!(
            update_cart_ordered(&mut tx, &key("1"), &cart, &prices, 8).await.unwrap(),
            Ordered::KeyTaken
        );
        let placed = update_cart_ordered(&mut tx, &key("2"), &now, &prices, 8).await.unwrap();
        assert!(matches!(placed, Ordered::Number(_)), "{placed:?}");
        let again = update_cart_ordered(&mut tx, &key("3"), &now, &prices, 9).await.unwrap();
        assert_eq!(again, Ordered::Changed);
        let after = find_cart_by_token(&mut tx, "token one").await.unwrap().unwrap();
        assert_eq!((after.version, after.updated_at, after.discount_code.as_str()), (3, 8, ""));
        assert_eq!(find_cart_by_token(&mut tx, "token other").await.unwrap().unwrap().version, 0);
    })
    .await;
}

#[tokio::test]
async fn lines_are_added_changed_and_removed() {
    both_engines(async |t| {
        let (a, b) = (offer(&t.app, "a", 100, 5).await, offer(&t.app, "b", 200, 0).await);
        let mut tx = write(&t.app).await;
        guest(&mut tx, "one", 5).await;
        guest(&mut tx, "other", 5).await;
        insert_cart_lines(&mut tx, "one", &[]).await.unwrap();
        insert_cart_lines(&mut tx, "one", &[line(&b, 1, 2), line(&a, 2, 1)]).await.unwrap();
        insert_cart_lines(&mut tx, "other", &[line(&a, 7, 1)]).await.unwrap();
        insert_cart_lines(&mut tx, "one", &[CartLine { added_at: 9, ..line(&a, 3, 9) }]).await.unwrap();
        // The line keeps its place.
        assert_eq!(list_cart_lines(&mut tx, "one").await.unwrap(), [line(&a, 3, 1), line(&b, 1, 2)]);
        assert_eq!(count_cart_pieces(&mut tx, "one").await.unwrap(), 4);
        assert_eq!(count_cart_pieces(&mut tx, "gone").await.unwrap(), 0);

        let rows = list_cart_rows(&mut tx, "one").await.unwrap();
        let seen: Vec<_> =
            rows.iter().map(|r| (r.sku.as_str(), r.quantity, r.unit_minor, r.available)).collect();
        assert_eq!(seen, [("A", 3, 100, 5), ("B", 1, 200, 0)]);
        assert!(rows.iter().all(|r| r.sold && r.price_seen_minor == 90 && r.media_hash.is_empty()));

        assert!(delete_cart_line(&mut tx, "one", &b).await.unwrap());
        assert!(!delete_cart_line(&mut tx, "one", &b).await.unwrap());
        delete_cart_lines(&mut tx, "one").await.unwrap();
        assert_eq!(list_cart_lines(&mut tx, "one").await.unwrap(), []);
        delete_cart(&mut tx, "one").await.unwrap();
        assert_eq!(find_cart_by_token(&mut tx, "token one").await.unwrap(), None);
        assert_eq!(count_cart_pieces(&mut tx, "other").await.unwrap(), 7);
        tx.commit().await.unwrap();

        for (bad, kind) in [
            (line(&a, 0, 1), ErrorKind::CheckViolation),
            (line("no-variant", 1, 1), ErrorKind::ForeignKeyViolation),
        ] {
            let mut tx = write(&t.app).await;
            assert_eq!(refusal(insert_cart_lines(&mut tx, "other", &[bad]).await), kind);
        }
    })
    .await;
}

/// A cart becomes an order at these prices, whose number is told; it is not made.
async fn order(tx: &mut Tx, prices: &[(&str, i64)]) -> Ordered {
    let cart = guest(tx, "one", 5).await;
    update_cart_ordered(tx, &key("1"), &cart, prices, 6).await.unwrap()
}

async fn may_order(app: &App, prices: &[(&str, i64)]) -> bool {
    let ordered = order(&mut write(app).await, prices).await;
    assert_ne!(ordered, Ordered::KeyTaken);
    matches!(ordered, Ordered::Number(_))
}

#[tokio::test]
async fn numbers_ascend_and_a_rollback_never_repeats_one() {
    both_engines(async |t| {
        let variant = offer(&t.app, "a", 100, 5).await;
        let mut last = 10_000;
        for is_made in [true, false, true] {
            let mut tx = write(&t.app).await;
            let ordered = order(&mut tx, &[(&variant, 100)]).await;
            let Ordered::Number(number) = ordered else { panic!("{ordered:?}") };
            assert!(number > last, "{number} after {last}");
            // A number that was rolled back may be given again: nobody saw it.
            if is_made {
                last = number;
                delete_cart(&mut tx, "one").await.unwrap();
                delete_old_keys(&mut tx, i64::MAX).await.unwrap();
                tx.commit().await.unwrap();
            }
        }
    })
    .await;
}

#[tokio::test]
async fn prices_stand_only_while_all_of_them_do() {
    both_engines(async |t| {
        let (a, b) = (offer(&t.app, "a", 100, 5).await, offer(&t.app, "b", 200, 5).await);
        let mut conn = t.app.db.read().await.unwrap();
        assert!(may_order(&t.app, &[(&a, 100), (&b, 200)]).await);
        assert!(!may_order(&t.app, &[(&a, 100), (&b, 199)]).await);
        assert!(!may_order(&t.app, &[(&a, 100), ("gone", 1)]).await);
        let offered = find_variant_offer(&mut conn, &b).await.unwrap().unwrap();
        assert_eq!((offered.unit_minor, offered.sold, offered.available), (200, true, 5));
        assert_eq!(find_variant_offer(&mut conn, "gone").await.unwrap(), None);
        drop(conn);

        let id = mercer::db::products::rows::find_product_id(&mut t.app.db.read().await.unwrap(), "b").await;
        unpublish_product(&t.app, &id.unwrap().unwrap()).await.unwrap();
        let mut conn = t.app.db.read().await.unwrap();
        assert!(!may_order(&t.app, &[(&b, 200)]).await, "it is not sold any more");
        assert!(!find_variant_offer(&mut conn, &b).await.unwrap().unwrap().sold);
    })
    .await;
}

#[tokio::test]
async fn only_guests_carts_that_nobody_touched_are_removed() {
    both_engines(async |t| {
        let mut tx = write(&t.app).await;
        seeds::customer(&mut tx, "ada").await;
        insert_cart(&mut tx, "hers", "token hers", "ada", 1).await.unwrap();
        for (id, at) in [("first", 1), ("second", 2), ("third", 3), ("young", 10)] {
            guest(&mut tx, id, at).await;
        }
        assert_eq!(delete_old_guest_carts(&mut tx, 10, 2).await.unwrap(), 2);
        assert_eq!(find_cart_by_token(&mut tx, "token second").await.unwrap(), None);
        assert!(find_cart_by_token(&mut tx, "token third").await.unwrap().is_some());
        assert_eq!(delete_old_guest_carts(&mut tx, 10, 9).await.unwrap(), 1);
        assert_eq!(delete_old_guest_carts(&mut tx, 10, 9).await.unwrap(), 0);
        assert!(find_cart_by_token(&mut tx, "token young").await.unwrap().is_some());
        assert!(find_cart_by_customer(&mut tx, "ada").await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_cart_is_read_with_its_lines_by_its_owner() {
    both_engines(async |t| {
        let (a, b) = (offer(&t.app, "a", 100, 5).await, offer(&t.app, "b", 200, 3).await);
        let mut tx = write(&t.app).await;
        seeds::customer(&mut tx, "ada").await;
        insert_cart(&mut tx, "hers", "token hers", "ada", 1).await.unwrap();
        insert_guest_cart(&mut tx, "one", "token one", &[line(&a, 2, 1), line(&b, 1, 2)], 5).await.unwrap();
        let (guest, customer) =
            (Owner::Guest { token_hash: "token one" }, Owner::Customer { customer_id: "ada" });
        let (cart, rows) = find_cart_with_rows(&mut tx, guest).await.unwrap().unwrap();
        assert_eq!(find_cart(&mut tx, guest).await.unwrap(), Some(cart));
        assert_eq!(rows, list_cart_rows(&mut tx, "one").await.unwrap());
        assert_eq!(rows.iter().map(|row| row.quantity).collect::<Vec<_>>(), [2, 1]);
        let (cart, rows) = find_cart_with_rows(&mut tx, customer).await.unwrap().unwrap();
        assert_eq!((cart.id.as_str(), rows.len()), ("hers", 0), "an empty cart is a cart");
        assert_eq!(find_cart(&mut tx, customer).await.unwrap(), Some(cart));
        let nobody = Owner::Guest { token_hash: "token hers" };
        assert_eq!(find_cart(&mut tx, nobody).await.unwrap(), None, "it answers to its customer");
        assert_eq!(find_cart_with_rows(&mut tx, nobody).await.unwrap(), None);

        let locked = lock_cart(&mut tx, guest, 9).await.unwrap().unwrap();
        assert_eq!((locked.version, locked.updated_at), (1, 9), "read as it is after the lock");
        assert_eq!(lock_cart(&mut tx, customer, 9).await.unwrap().unwrap().version, 1);
        assert_eq!(lock_cart(&mut tx, nobody, 9).await.unwrap(), None);

        let offers = list_variant_offers(&mut tx, &[&b, "none"]).await.unwrap();
        assert_eq!(offers.keys().collect::<Vec<_>>(), [&b]);
        assert_eq!((offers[&b].unit_minor, offers[&b].available), (200, 3));
        assert!(list_variant_offers(&mut tx, &[]).await.unwrap().is_empty());
    })
    .await;
}
