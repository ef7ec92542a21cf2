//! Attributes, product types and brands are known by their keys.

use mercer::db::attributes::*;
use mercer::db::brands::{find_brand_by_slug, list_brands, upsert_brand};
use mercer::domain::catalogue::{Attribute, AttributeKind, Brand, ProductType};
use sqlx::error::ErrorKind;

use super::seeds::refusal;
use crate::support::both_engines;

fn attribute(key: &str, kind: AttributeKind, position: i64) -> Attribute {
    let (name, unit) = (key.to_uppercase(), "mm".to_owned());
    Attribute { key: key.to_owned(), name, kind, unit, facet: position == 0, position }
}

#[tokio::test]
async fn attributes_are_replaced_by_their_key() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        assert_eq!(list_attributes(&mut tx).await.unwrap(), []);
        let last = attribute("a", AttributeKind::Number, 2);
        for row in [&last, &attribute("b", AttributeKind::Text, 0), &attribute("c", AttributeKind::Flag, 0)] {
            upsert_attribute(&mut tx, row).await.unwrap();
        }
        let changed = attribute("b", AttributeKind::Choice, 1);
        upsert_attribute(&mut tx, &changed).await.unwrap();
        let expected = [attribute("c", AttributeKind::Flag, 0), changed, last];
        assert_eq!(list_attributes(&mut tx).await.unwrap(), expected);
    })
    .await;
}

#[tokio::test]
async fn types_keep_their_id_and_the_order_of_their_attributes() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        for key in ["a", "b"] {
            upsert_attribute(&mut tx, &attribute(key, AttributeKind::Text, 0)).await.unwrap();
        }
        let made = |id: &str, key: &str, attributes: &[&str]| ProductType {
            type_id: id.to_owned(),
            key: key.to_owned(),
            name: key.to_uppercase(),
            attributes: attributes.iter().map(|a| (*a).to_owned()).collect(),
        };
        let (strap, case) = (made("t1", "strap", &["b", "a"]), made("t2", "case", &[]));
        assert_eq!(upsert_type(&mut tx, &strap).await.unwrap(), "t1");
        assert_eq!(upsert_type(&mut tx, &case).await.unwrap(), "t2");
        assert_eq!(list_types(&mut tx).await.unwrap(), [case.clone(), strap]);
        assert_eq!(upsert_type(&mut tx, &made("t3", "strap", &["a"])).await.unwrap(), "t1");
        assert_eq!(list_types(&mut tx).await.unwrap(), [case, made("t1", "strap", &["a"])]);
        let unknown = upsert_type(&mut tx, &made("t4", "cup", &["handle"])).await;
        assert_eq!(refusal(unknown), ErrorKind::ForeignKeyViolation);
    })
    .await;
}

#[tokio::test]
async fn brands_keep_their_id() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        let brand = |id: &str, slug: &str, name: &str| Brand {
            brand_id: id.to_owned(),
            slug: slug.to_owned(),
            name: name.to_owned(),
        };
        assert_eq!(upsert_brand(&mut tx, &brand("1", "zeta", "Zeta")).await.unwrap(), "1");
        assert_eq!(upsert_brand(&mut tx, &brand("2", "beta", "Beta")).await.unwrap(), "2");
        assert_eq!(upsert_brand(&mut tx, &brand("3", "zeta", "Alpha")).await.unwrap(), "1");
        assert_eq!(
            list_brands(&mut tx).await.unwrap(),
            [brand("1", "zeta", "Alpha"), brand("2", "beta", "Beta")]
        );
        assert_eq!(find_brand_by_slug(&mut tx, "beta").await.unwrap(), Some(brand("2", "beta", "Beta")));
        assert_eq!(find_brand_by_slug(&mut tx, "Beta").await.unwrap(), None);
        assert_eq!(refusal(upsert_brand(&mut tx, &brand("2", "new", "N")).await), ErrorKind::UniqueViolation);
    })
    .await;
}
