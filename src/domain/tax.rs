//! Value added tax: prices contain it, and each country has its own rate.

use super::money::{Overflow, share};

/// Which of a country's rates a product takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaxClass {
    Standard,
    Reduced,
}

/// A country's rate for one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxRate {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    pub class: TaxClass,
    /// Hundredths of a per cent: 1900 = 19 %.
    pub rate_bp: i64,
}

/// The rates of one country. A class without a rate of its own takes the standard one; a country without any has
/// none to charge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CountryRates {
    pub standard_bp: i64,
    pub reduced_bp: Option<i64>,
}

/// What a rate contributed to a total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxSum {
    pub rate_bp: i64,
    pub net_minor: i64,
    pub tax_minor: i64,
}

impl TaxClass {
    /// The stored name. An unknown name is the standard class, the one that is never too low.
    pub fn parse(name: &str) -> TaxClass {
        if name == "reduced" { TaxClass::Reduced } else { TaxClass::Standard }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            TaxClass::Standard => "standard",
            TaxClass::Reduced => "reduced",
        }
    }
}

impl CountryRates {
    pub fn of(rates: &[TaxRate]) -> CountryRates {
        let find = |class| rates.iter().find(|r| r.class == class).map(|r| r.rate_bp);
        CountryRates {
            standard_bp: find(TaxClass::Standard).unwrap_or(0),
            reduced_bp: find(TaxClass::Reduced),
        }
    }

    pub fn rate_bp(&self, class: TaxClass) -> i64 {
        match class {
            TaxClass::Standard => self.standard_bp,
            TaxClass::Reduced => self.reduced_bp.unwrap_or(self.standard_bp),
        }
    }
}

/// The tax in a gross amount, rounded half up: `gross × rate / (100 % + rate)`.
pub fn contained_tax(gross_minor: i64, rate_bp: i64) -> Result<i64, Overflow> {
    let net = share(gross_minor, 10_000, 10_000 + rate_bp)?;
    Ok(gross_minor - net)
}

/// The rates that a fresh shop starts with: the European Union's members, in 2026: country, standard rate, the
/// reduced rate that most reduced goods take. Denmark has one rate. A merchant checks and changes them.
pub const EU_RATES: [(&str, i64, i64); 27] = [
    ("AT", 2000, 1000),
    ("BE", 2100, 600),
    ("BG", 2000, 900),
    ("CY", 1900, 900),
    ("CZ", 2100, 1200),
    ("DE", 1900, 700),
    ("DK", 2500, 2500),
    ("EE", 2400, 900),
    ("ES", 2100, 1000),
    ("FI", 2550, 1350),
    ("FR", 2000, 550),
    ("GR", 2400, 1300),
    ("HR", 2500, 1300),
    ("HU", 2700, 500),
    ("IE", 2300, 1350),
    ("IT", 2200, 1000),
    ("LT", 2100, 1200),
    ("LU", 1700, 800),
    ("LV", 2100, 1200),
    ("MT", 1800, 500),
    ("NL", 2100, 900),
    ("PL", 2300, 800),
    ("PT", 2300, 600),
    ("RO", 2100, 1100),
    ("SE", 2500, 1200),
    ("SI", 2200, 950),
    ("SK", 2300, 500),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::EU_COUNTRIES;

    #[test]
    fn tax_is_the_rest_of_the_rounded_net() {
        assert_eq!(contained_tax(11_900, 1900), Ok(1900));
        assert_eq!(contained_tax(100, 1900), Ok(16));
        assert_eq!(contained_tax(1, 1900), Ok(0));
        assert_eq!(contained_tax(12_550, 2550), Ok(2550));
        assert_eq!(contained_tax(500, 0), Ok(0));
    }

    #[test]
    fn every_member_has_its_rates() {
        for country in EU_COUNTRIES {
            let (_, standard, reduced) = EU_RATES.iter().find(|r| r.0 == country).unwrap();
            assert!((1500..=2700).contains(standard), "no member charges {standard} ({country})");
            assert!(*reduced >= 500 && reduced <= standard, "{country}");
        }
    }

    #[test]
    fn a_missing_reduced_rate_is_the_standard_one() {
        let rates = CountryRates { standard_bp: 2500, reduced_bp: None };
        assert_eq!(rates.rate_bp(TaxClass::Reduced), 2500);
        let rates = CountryRates { standard_bp: 1900, reduced_bp: Some(700) };
        assert_eq!((rates.rate_bp(TaxClass::Standard), rates.rate_bp(TaxClass::Reduced)), (1900, 700));
        assert_eq!(TaxClass::parse("odd"), TaxClass::Standard);
    }
}
