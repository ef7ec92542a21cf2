//! The rows of selling that no flow of the shop reads back: rates, methods, codes, keys, stock, forgotten customers.

use mercer::db::idempotency::{NewKey, delete_old_keys, find_key, insert_key};
use mercer::db::{Tx, Writes, discounts, jobs, orders, shipping, stock, taxes};
use mercer::domain::shipping::{ShippingMethod, ShippingRate};
use mercer::domain::stock::Pieces;
use mercer::domain::tax::{CountryRates, TaxClass, TaxRate};
use mercer::shop::setup;

use crate::shop::goods::{buy, expect_healthy, offer, stock_of, ten_percent};
use crate::support::both_engines;

#[tokio::test]
async fn rates_are_added_once_and_changed() {
    both_engines(async |t| {
        setup::ensure_defaults(&t.app).await.unwrap();
        let rate = |class, rate_bp| TaxRate { country: "FI".to_owned(), class, rate_bp };
        let mut tx = t.app.db.write().await.unwrap();
        taxes::insert_tax_rates(&mut tx, &[rate(TaxClass::Standard, 1)]).await.unwrap();
        let kept = CountryRates { standard_bp: 2550, reduced_bp: Some(1350) };
        assert_eq!(taxes::find_country_rates(&mut tx, "FI").await.unwrap(), kept);
        taxes::update_tax_rate(&mut tx, &rate(TaxClass::Reduced, 1400)).await.unwrap();
        assert_eq!(taxes::find_country_rates(&mut tx, "FI").await.unwrap().reduced_bp, Some(1400));
        let listed = taxes::list_tax_rates(&mut tx).await.unwrap();
        let finnish: Vec<_> = listed.iter().filter(|r| r.country == "FI").map(|r| r.rate_bp).collect();
        assert_eq!((finnish.contains(&1400), listed.is_sorted_by_key(|r| r.country.clone())), (true, true));
        assert_eq!(taxes::find_country_rates(&mut tx, "US").await.unwrap(), CountryRates::default());
        tx.commit().await.unwrap();
        setup::ensure_defaults(&t.app).await.unwrap();
        assert_eq!(taxes::count_tax_rates(&mut t.app.db.read().await.unwrap()).await.unwrap(), 54);
    })
    .await;
}

#[tokio::test]
async fn methods_are_replaced_by_their_key() {
    both_engines(async |t| {
        let method = |id: &str, rates: Vec<ShippingRate>| ShippingMethod {
            id: id.to_owned(),
            key: "express".to_owned(),
            name: "Express".to_owned(),
            note: "by noon".to_owned(),
            days_min: 1,
            days_max: 1,
            rates,
        };
        let rate = ShippingRate {
            countries: vec!["DE".to_owned(), "AT".to_owned()],
            weight_max_g: 2000,
            price_minor: 1490,
            free_above_minor: Some(50_000),
        };
        let mut tx = t.app.db.write().await.unwrap();
        shipping::insert_shipping_method(&mut tx, &method("m1", vec![]), 0).await.unwrap();
        let two = method("m2", vec![rate.clone(), rate]);
        shipping::insert_shipping_method(&mut tx, &two, 1).await.unwrap();
        assert_eq!(shipping::list_shipping_methods(&mut tx).await.unwrap(), [two]);
        shipping::delete_shipping_method(&mut tx, "express").await.unwrap();
        assert_eq!(shipping::count_shipping_methods(&mut tx).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn codes_are_used_up_and_given_back() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        let mut code = ten_percent("TEN", Some(1));
        code.ends_at = Some(200);
        discounts::insert_discount(&mut tx, &code).await.unwrap();
        assert!(!discounts::update_discount_used(&mut tx, "TEN", 200).await.unwrap());
        assert!(discounts::update_discount_used(&mut tx, "TEN", 199).await.unwrap());
        assert!(!discounts::update_discount_used(&mut tx, "TEN", 199).await.unwrap());
        discounts::update_discount_unused(&mut tx, "TEN").await.unwrap();
        discounts::update_discount_unused(&mut tx, "TEN").await.unwrap();
        assert_eq!(discounts::find_discount(&mut tx, "TEN").await.unwrap(), Some(code));
        // A use that was agreed before is counted after the code's time too, while there is one.
        assert!(discounts::update_discount_used_again(&mut tx, "TEN").await.unwrap());
        assert!(!discounts::update_discount_used_again(&mut tx, "TEN").await.unwrap());
        assert!(!discounts::update_discount_used_again(&mut tx, "none").await.unwrap());
        assert_eq!(discounts::find_discount(&mut tx, "ten").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_taken_once_and_forgotten() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        let key = |resource_id| NewKey { scope: "cart:1", key: "k", request_hash: "h", resource_id };
        assert!(insert_key(&mut tx, &key("first"), 100).await.unwrap());
        assert!(!insert_key(&mut tx, &key("second"), 100).await.unwrap());
        assert_eq!(find_key(&mut tx, "cart:1", "k").await.unwrap().unwrap().resource_id, "first");
        assert_eq!(find_key(&mut tx, "cart:2", "k").await.unwrap(), None);
        assert_eq!(delete_old_keys(&mut tx, 100).await.unwrap(), 0);
        assert_eq!(delete_old_keys(&mut tx, 101).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn jobs_are_claimed_oldest_first_and_leased() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        for (id, due_at) in [("b", 2), ("a", 1), ("later", 11)] {
            let job = jobs::NewJob { id, kind: "none", payload: "{}", due_at };
            jobs::insert_job(&mut tx, job, 1).await.unwrap();
        }
        let claim = async |tx: &mut Tx, now_ms, limit| {
            let claimed = jobs::claim_jobs(tx, now_ms, now_ms + 100, limit, &[]).await.unwrap();
            claimed.into_iter().map(|job| (job.id, job.attempts)).collect::<Vec<_>>()
        };
        let names = |list: &[(&str, i64)]| {
            list.iter().map(|(id, attempts)| ((*id).to_owned(), *attempts)).collect::<Vec<_>>()
        };
        assert_eq!(claim(&mut tx, 10, 1).await, names(&[("a", 1)]));
        assert_eq!(claim(&mut tx, 10, 8).await, names(&[("b", 1)]));
        assert_eq!(claim(&mut tx, 10, 8).await, []);
        assert_eq!(claim(&mut tx, 110, 8).await, names(&[("a", 2), ("b", 2), ("later", 1)]));
    })
    .await;
}

#[tokio::test]
async fn stock_statements_refuse_what_is_not_there() {
    both_engines(async |t| {
        let id = offer(&t.app, "watch", 100, 5).await;
        let mut tx = t.app.db.write().await.unwrap();
        let pieces = |quantity| [Pieces { variant_id: id.clone(), quantity }];
        assert_eq!(stock::reserve_stock(&mut tx, &pieces(6), Writes::default()).await.unwrap(), []);
        assert_eq!(
            stock::reserve_stock(&mut tx, &pieces(4), Writes::default()).await.unwrap()[0].available(),
            1
        );
        assert_eq!(stock::sell_stock(&mut tx, &pieces(2), Writes::default()).await.unwrap(), []);
        assert_eq!(stock::release_stock(&mut tx, &pieces(5)).await.unwrap(), []);
        assert_eq!(stock::take_reserved_stock(&mut tx, &pieces(5)).await.unwrap(), []);
        assert_eq!(stock::add_stock(&mut tx, &pieces(-2)).await.unwrap(), []);
        assert_eq!(stock::add_stock(&mut tx, &pieces(-1)).await.unwrap()[0].available(), 0);
        assert_eq!(stock::take_reserved_stock(&mut tx, &pieces(4)).await.unwrap()[0].on_hand, 0);
        drop(tx);
        assert_eq!(stock_of(&t.app, &id).await, (5, 0), "a dropped transaction leaves nothing");
        mercer::shop::stock::receive(&t.app, &id, 3).await.unwrap();
        assert_eq!(stock_of(&t.app, &id).await, (8, 0));
        assert!(mercer::shop::stock::receive(&t.app, &id, 0).await.is_err());
        expect_healthy(&t.app).await;
    })
    .await;
}

#[tokio::test]
async fn a_guests_orders_are_nobodys() {
    both_engines(async |t| {
        setup::ensure_defaults(&t.app).await.unwrap();
        let id = offer(&t.app, "watch", 100, 5).await;
        let order = buy(&t.app, &[(&id, 1)], "bank_transfer").await;
        let mut tx = t.app.db.write().await.unwrap();
        assert_eq!(orders::update_orders_forgotten(&mut tx, "nobody", 1).await.unwrap(), 0);
        assert_eq!(orders::list_orders_by_customer(&mut tx, "nobody", None, 9).await.unwrap(), []);
        let found = orders::find_order_by_number(&mut tx, order.number).await.unwrap();
        assert_eq!(found.as_ref(), Some(&order));
        assert_eq!(orders::find_order_by_token(&mut tx, &order.token).await.unwrap(), found);
    })
    .await;
}
