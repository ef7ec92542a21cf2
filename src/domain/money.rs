//! Money: whole minor units of one currency, never a float.

use iso_currency::Currency as Iso;

/// The largest amount that any price, line or order may have, in minor units.
pub const MINOR_MAX: i64 = 1_000_000_000_000;

/// A sum or product left the range that the store counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the amount is too large")]
pub struct Overflow;

/// A currency: its ISO 4217 code and how many decimals people write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency {
    code: &'static str,
    /// 2 for EUR, 0 for JPY, 3 for KWD.
    pub exponent: u32,
}

/// An amount of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

/// Why a text is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    #[error("not an amount such as 12.50")]
    Malformed,
    #[error("more decimals than the currency has")]
    Decimals,
    #[error("the amount is too large")]
    TooLarge,
}

impl Currency {
    pub const EUR: Currency = Currency { code: "EUR", exponent: 2 };

    /// A currency by its three-letter code, in upper case.
    pub fn parse(code: &str) -> Option<Currency> {
        let iso = Iso::from_code(code)?;
        Some(Currency { code: iso.code(), exponent: u32::from(iso.exponent()?) })
    }

    pub fn code(&self) -> &'static str {
        self.code
    }

    /// An amount as machines write it: "349.00", without sign of the currency.
    pub fn decimal(&self, minor: i64) -> String {
        let sign = if minor < 0 { "-" } else { "" };
        let unit = 10_u64.pow(self.exponent);
        let (whole, part) = (minor.unsigned_abs() / unit, minor.unsigned_abs() % unit);
        match self.exponent {
            0 => format!("{sign}{whole}"),
            width => format!("{sign}{whole}.{part:0width$}", width = width as usize),
        }
    }

    /// Reads an amount as machines write it ("349", "349.5", "349.00"); a decimal comma and signs are refused.
    pub fn parse_decimal(&self, text: &str) -> Result<i64, AmountError> {
        let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
        let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) {
            return Err(AmountError::Malformed);
        }
        let width = self.exponent as usize;
        let part = part.trim_end_matches('0');
        if part.len() > width {
            return Err(AmountError::Decimals);
        }
        let all = format!("{whole}{part:0<width$}");
        let minor = all.parse::<i64>().map_err(|_| AmountError::TooLarge)?;
        if minor > MINOR_MAX { Err(AmountError::TooLarge) } else { Ok(minor) }
    }
}

/// Adds amounts; an error instead of a wrap-around or of a sum above [`MINOR_MAX`].
pub fn sum(amounts: impl IntoIterator<Item = i64>) -> Result<i64, Overflow> {
    let mut total = 0_i64;
    for amount in amounts {
        total = bounded(total.checked_add(amount))?;
    }
    Ok(total)
}

/// A unit price times a quantity.
pub fn multiply(unit_minor: i64, quantity: i64) -> Result<i64, Overflow> {
    bounded(unit_minor.checked_mul(quantity))
}

/// `amount × numerator / denominator`, rounded half up; `denominator` is positive, `amount` and `numerator` are not
/// negative.
pub fn share(amount: i64, numerator: i64, denominator: i64) -> Result<i64, Overflow> {
    debug_assert!(amount >= 0 && numerator >= 0 && denominator > 0);
    let (amount, numerator, denominator) =
        (i128::from(amount), i128::from(numerator), i128::from(denominator));
    let rounded = (amount * numerator * 2 + denominator) / (denominator * 2);
    bounded(i64::try_from(rounded).ok())
}

/// Splits `total` in proportion to `weights` so that the parts add up to it exactly: each part is rounded down, then
/// the largest remainders get the units that are left, the first one when remainders are equal.
/// `total` and `weights` are not negative; without any weight every part is 0 unless there is something to split,
/// which the first part then takes.
pub fn split_largest_remainder(total: i64, weights: &[i64]) -> Vec<i64> {
    let whole: i128 = weights.iter().map(|w| i128::from(*w)).sum();
    if whole == 0 {
        let mut parts = vec![0; weights.len()];
        if let Some(first) = parts.first_mut() {
            *first = total;
        }
        return parts;
    }
    let scaled: Vec<i128> = weights.iter().map(|w| i128::from(total) * i128::from(*w)).collect();
    let mut parts: Vec<i64> =
        scaled.iter().map(|s| i64::try_from(s / whole).expect("a part is at most the total")).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&i| (-(scaled[i] % whole), i));
    let left = total - parts.iter().sum::<i64>();
    for &i in order.iter().take(usize::try_from(left).unwrap_or(0)) {
        parts[i] += 1;
    }
    parts
}

fn bounded(amount: Option<i64>) -> Result<i64, Overflow> {
    amount.filter(|a| (-MINOR_MAX..=MINOR_MAX).contains(a)).ok_or(Overflow)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimals_follow_the_currency() {
        assert_eq!(Currency::EUR.decimal(34_900), "349.00");
        assert_eq!(Currency::EUR.decimal(-5), "-0.05");
        assert_eq!(Currency::parse("JPY").unwrap().decimal(500), "500");
        assert_eq!(Currency::parse("KWD").unwrap().decimal(1), "0.001");
        assert_eq!(Currency::parse("eur"), None);
        assert_eq!(Currency::parse("XXQ"), None);
    }

    #[test]
    fn amounts_are_read_strictly() {
        let eur = Currency::EUR;
        assert_eq!(eur.parse_decimal("4.9"), Ok(490));
        assert_eq!(eur.parse_decimal(" 349 "), Ok(34_900));
        assert_eq!(eur.parse_decimal("4.900"), Ok(490));
        assert_eq!(eur.parse_decimal("4.905"), Err(AmountError::Decimals));
        for bad in ["", "4,90", "-1", "+1", "1e3", "1.", ".5", "1 000", "٣"] {
            assert_eq!(eur.parse_decimal(bad), Err(AmountError::Malformed), "{bad:?}");
        }
        assert_eq!(eur.parse_decimal("99999999999999999999"), Err(AmountError::TooLarge));
        assert_eq!(eur.parse_decimal("10000000001"), Err(AmountError::TooLarge));
    }

    #[test]
    fn the_largest_remainder_gets_the_cent() {
        assert_eq!(split_largest_remainder(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(split_largest_remainder(10, &[0, 0]), [10, 0]);
        assert_eq!(split_largest_remainder(5, &[1, 2, 3]), [1, 2, 2]);
        assert_eq!(split_largest_remainder(7, &[]), Vec::<i64>::new());
    }

    #[test]
    fn sums_refuse_to_wrap() {
        assert_eq!(sum([MINOR_MAX, 1]), Err(Overflow));
        assert_eq!(sum([i64::MAX, i64::MAX]), Err(Overflow));
        assert_eq!(multiply(i64::MAX, 2), Err(Overflow));
        assert_eq!(share(5, 1, 2), Ok(3));
    }

    proptest! {
        #[test]
        fn parts_add_up_and_stay_within_their_weight(weights in prop::collection::vec(0_i64..1_000_000, 1..50), cut in 0.0..1.0_f64) {
            let whole: i64 = weights.iter().sum();
            let total = (whole as f64 * cut) as i64;
            let parts = split_largest_remainder(total, &weights);
            prop_assert_eq!(parts.iter().sum::<i64>(), total);
            for (part, weight) in parts.iter().zip(&weights) {
                prop_assert!(*part >= 0 && part <= weight);
            }
        }

        #[test]
        fn what_is_printed_is_read_back(minor in 0..MINOR_MAX, code in prop::sample::select(vec!["EUR", "JPY", "KWD"])) {
            let currency = Currency::parse(code).unwrap();
            prop_assert_eq!(currency.parse_decimal(&currency.decimal(minor)), Ok(minor));
        }
    }
}
