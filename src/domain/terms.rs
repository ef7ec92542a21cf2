//! What delivery and taxes cost in this shop: few rows that change seldom and that every cart needs.

use std::collections::BTreeMap;

use super::shipping::ShippingMethod;
use super::tax::{CountryRates, TaxRate};

/// The shop's terms, all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// In the shop's order.
    pub methods: Vec<ShippingMethod>,
    rates: BTreeMap<String, CountryRates>,
}

impl Terms {
    pub fn new(methods: Vec<ShippingMethod>, rates: Vec<TaxRate>) -> Terms {
        let mut by_country: BTreeMap<String, Vec<TaxRate>> = BTreeMap::new();
        for rate in rates {
            by_country.entry(rate.country.clone()).or_default().push(rate);
        }
        let rates = by_country.into_iter().map(|(country, rates)| (country, CountryRates::of(&rates)));
        Terms { methods, rates: rates.collect() }
    }

    /// The rates of a country; one without any has none to charge.
    pub fn rates(&self, country: &str) -> CountryRates {
        self.rates.get(country).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tax::TaxClass;

    #[test]
    fn each_country_has_its_own_rates() {
        let rate = |country: &str, class, rate_bp| TaxRate { country: country.to_owned(), class, rate_bp };
        let rates = vec![
            rate("DE", TaxClass::Standard, 1900),
            rate("AT", TaxClass::Standard, 2000),
            rate("DE", TaxClass::Reduced, 700),
        ];
        let terms = Terms::new(Vec::new(), rates);
        assert_eq!(terms.rates("DE"), CountryRates { standard_bp: 1900, reduced_bp: Some(700) });
        assert_eq!(terms.rates("AT").reduced_bp, None);
        assert_eq!(terms.rates("US"), CountryRates::default());
    }
}
