//! Attributes and the product types that list them.

use super::{Conn, execute, fetch};
use crate::domain::catalogue::{Attribute, AttributeKind, ProductType};

/// All attributes in order.
pub async fn list_attributes(conn: &mut Conn) -> sqlx::Result<Vec<Attribute>> {
    let rows = fetch!(
        conn,
        fetch_all as (String, String, String, String, bool, i64),
        "SELECT key, name, kind, unit, facet, position FROM attributes ORDER BY position, key",
    )?;
    Ok(rows
        .into_iter()
        .map(|(key, name, kind, unit, facet, position)| Attribute {
            kind: AttributeKind::parse(&kind).unwrap_or(AttributeKind::Text),
            key,
            name,
            unit,
            facet,
            position,
        })
        .collect())
}

/// Stores an attribute; one with the same key is replaced.
pub async fn upsert_attribute(conn: &mut Conn, attribute: &Attribute) -> sqlx::Result<()> {
    execute!(
        conn,
        "INSERT INTO attributes (key, name, kind, unit, facet, position) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (key) DO UPDATE SET name = excluded.name, kind = excluded.kind, unit = excluded.unit,
             facet = excluded.facet, position = excluded.position",
        &attribute.key,
        &attribute.name,
        attribute.kind.as_str(),
        &attribute.unit,
        attribute.facet,
        attribute.position,
    )?;
    Ok(())
}

/// All product types by key, each with its attributes in order.
pub async fn list_types(conn: &mut Conn) -> sqlx::Result<Vec<ProductType>> {
    let rows = fetch!(
        conn,
        fetch_all as (String, String, String, Option<String>),
        "SELECT t.id, t.key, t.name, a.attribute_key
         FROM product_types t LEFT JOIN product_type_attributes a ON a.type_id = t.id
         ORDER BY t.key, t.id, a.position",
    )?;
    let mut types: Vec<ProductType> = Vec::new();
    for (type_id, key, name, attribute) in rows {
        match types.last_mut() {
            Some(last) if last.type_id == type_id => last.attributes.extend(attribute),
            _ => types.push(ProductType { type_id, key, name, attributes: attribute.into_iter().collect() }),
        }
    }
    Ok(types)
}

/// Stores a type with its attributes; one with the same key is replaced and keeps its id, which is given back.
pub async fn upsert_type(conn: &mut Conn, product_type: &ProductType) -> sqlx::Result<String> {
    let (type_id,): (String,) = fetch!(
        conn,
        fetch_one as (String,),
        "INSERT INTO product_types (id, key, name) VALUES ($1, $2, $3)
         ON CONFLICT (key) DO UPDATE SET name = excluded.name RETURNING id",
        &product_type.type_id,
        &product_type.key,
        &product_type.name,
    )?;
    execute!(conn, "DELETE FROM product_type_attributes WHERE type_id = $1", type_id.as_str())?;
    for (position, key) in (0_i64..).zip(&product_type.attributes) {
        execute!(
            conn,
            "INSERT INTO product_type_attributes (type_id, attribute_key, position) VALUES ($1, $2, $3)",
            type_id.as_str(),
            key,
            position,
        )?;
    }
    Ok(type_id)
}
