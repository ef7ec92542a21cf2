//! How an address is stored: one JSON document, the same for customers and orders.

use serde::{Deserialize, Serialize};

use crate::domain::address::Address;

/// Every field has a default, so that an older document stays readable.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Document {
    name: String,
    company: String,
    line1: String,
    line2: String,
    postcode: String,
    city: String,
    region: String,
    country: String,
    phone: String,
}

pub fn to_json(address: &Address) -> sqlx::Result<String> {
    let a = address.clone();
    let document = Document {
        name: a.name,
        company: a.company,
        line1: a.line1,
        line2: a.line2,
        postcode: a.postcode,
        city: a.city,
        region: a.region,
        country: a.country,
        phone: a.phone,
    };
    serde_json::to_string(&document).map_err(|e| sqlx::Error::Encode(Box::new(e)))
}

pub fn from_json(json: &str) -> sqlx::Result<Address> {
    let d: Document = serde_json::from_str(json).map_err(|e| sqlx::Error::Decode(Box::new(e)))?;
    Ok(Address {
        name: d.name,
        company: d.company,
        line1: d.line1,
        line2: d.line2,
        postcode: d.postcode,
        city: d.city,
        region: d.region,
        country: d.country,
        phone: d.phone,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_survives() {
        let address =
            Address { name: "Zoë \"Z\"".to_owned(), country: "IE".to_owned(), ..Address::default() };
        assert_eq!(from_json(&to_json(&address).unwrap()).unwrap(), address);
        assert_eq!(from_json("{}").unwrap(), Address::default());
    }
}
