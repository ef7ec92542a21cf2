//! Shipping: methods with rates by country and weight, free above an amount.

/// In a rate's countries: every country that the shop sells to.
pub const EVERYWHERE: &str = "*";

/// A way to deliver, such as "Standard delivery".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShippingMethod {
    pub id: String,
    pub key: String,
    pub name: String,
    pub note: String,
    /// Working days until delivery.
    pub days_min: i64,
    pub days_max: i64,
    /// The first one that fits country and weight is the price.
    pub rates: Vec<ShippingRate>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShippingRate {
    /// ISO codes, or [`EVERYWHERE`].
    pub countries: Vec<String>,
    pub weight_max_g: i64,
    /// Gross.
    pub price_minor: i64,
    /// Items worth at least this (gross, after the discount) travel free.
    pub free_above_minor: Option<i64>,
}

/// A method with its price for one cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShippingOffer {
    pub key: String,
    pub name: String,
    pub note: String,
    pub days_min: i64,
    pub days_max: i64,
    pub price_minor: i64,
    /// How much more the items must be worth for this to be free; `None` if it never is or already is.
    pub missing_to_free_minor: Option<i64>,
}

/// What the price of a delivery depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parcel<'a> {
    pub country: &'a str,
    pub weight_g: i64,
    /// Gross, after the discount.
    pub items_minor: i64,
}

/// The methods that deliver this parcel, in the shop's order.
pub fn offers(methods: &[ShippingMethod], parcel: Parcel<'_>) -> Vec<ShippingOffer> {
    methods.iter().filter_map(|method| offer(method, parcel)).collect()
}

/// The offer with the lowest price, the first one among equals.
pub fn cheapest(offers: &[ShippingOffer]) -> Option<&ShippingOffer> {
    offers.iter().min_by_key(|offer| offer.price_minor)
}

fn offer(method: &ShippingMethod, parcel: Parcel<'_>) -> Option<ShippingOffer> {
    let rate = method.rates.iter().find(|rate| {
        parcel.weight_g <= rate.weight_max_g
            && rate.countries.iter().any(|c| c == EVERYWHERE || c == parcel.country)
    })?;
    let missing = rate.free_above_minor.map(|above| above - parcel.items_minor);
    let free = rate.price_minor == 0 || missing.is_some_and(|missing| missing <= 0);
    Some(ShippingOffer {
        key: method.key.clone(),
        name: method.name.clone(),
        note: method.note.clone(),
        days_min: method.days_min,
        days_max: method.days_max,
        price_minor: if free { 0 } else { rate.price_minor },
        missing_to_free_minor: missing.filter(|_| !free),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn methods() -> Vec<ShippingMethod> {
        let rate = |country: &str, weight_max_g, price_minor, free_above_minor| ShippingRate {
            countries: vec![country.to_owned()],
            weight_max_g,
            price_minor,
            free_above_minor,
        };
        let method = |key: &str, rates| ShippingMethod {
            id: key.to_owned(),
            key: key.to_owned(),
            name: key.to_owned(),
            note: String::new(),
            days_min: 2,
            days_max: 4,
            rates,
        };
        vec![
            method("express", vec![rate("DE", 2000, 1490, None)]),
            method("standard", vec![rate("DE", 5000, 490, Some(15_000)), rate("*", 5000, 990, None)]),
        ]
    }

    fn prices(country: &str, weight_g: i64, items_minor: i64) -> Vec<(String, i64, Option<i64>)> {
        offers(&methods(), Parcel { country, weight_g, items_minor })
            .into_iter()
            .map(|o| (o.key, o.price_minor, o.missing_to_free_minor))
            .collect()
    }

    #[test]
    fn country_and_weight_decide() {
        let express = ("express".to_owned(), 1490, None);
        assert_eq!(prices("DE", 2000, 10_000), [express.clone(), ("standard".to_owned(), 490, Some(5000))]);
        assert_eq!(prices("DE", 2001, 15_000), [("standard".to_owned(), 0, None)]);
        assert_eq!(prices("FR", 100, 99_000), [("standard".to_owned(), 990, None)]);
        assert_eq!(prices("DE", 5001, 1), []);
    }

    #[test]
    fn the_estimate_is_the_cheapest() {
        let all = offers(&methods(), Parcel { country: "DE", weight_g: 1, items_minor: 1 });
        assert_eq!(cheapest(&all).unwrap().key, "standard");
        assert_eq!(cheapest(&[]), None);
    }
}
