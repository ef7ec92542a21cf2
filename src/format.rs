//! How numbers, money and dates are written for people.

use iso_currency::Currency;

use crate::texts::Texts;

/// Joins a number and its unit, and the parts of a date, so that a line never breaks between them.
const NO_BREAK: &str = "\u{a0}";

/// "1,349.00 €" in English, "1.349,00 €" in German. `currency` is an ISO 4217 code; an unknown one has two digits
/// and stands for itself.
pub fn money(minor: i64, currency: &str, language: &str) -> String {
    let known = Currency::from_code(currency);
    let exponent = known.and_then(|c| c.exponent()).map_or(2, u32::from);
    let symbol = known.map_or_else(|| currency.to_owned(), |c| c.symbol().to_string());
    let mut text = decimal(minor, exponent, language);
    text.push_str(NO_BREAK);
    text.push_str(&symbol);
    text
}

/// The bare amount for machines, as schema.org and `<data value>` want it: "1349.00".
pub fn amount(minor: i64, currency: &str) -> String {
    let exponent = exponent(currency);
    let unit = 10_i64.pow(exponent).unsigned_abs();
    let sign = if minor < 0 { "-" } else { "" };
    let minor = minor.unsigned_abs();
    match exponent {
        0 => format!("{sign}{minor}"),
        _ => format!("{sign}{}.{:0width$}", minor / unit, minor % unit, width = exponent as usize),
    }
}

/// "€"; an unknown currency stands for itself.
pub fn symbol(currency: &str) -> String {
    Currency::from_code(currency).map_or_else(|| currency.to_owned(), |c| c.symbol().to_string())
}

/// Digits after the point of amounts in `currency`.
pub fn exponent(currency: &str) -> u32 {
    Currency::from_code(currency).and_then(|c| c.exponent()).map_or(2, u32::from)
}

/// A whole number with its thousands set apart.
pub fn number(value: i64, language: &str) -> String {
    decimal(value, 0, language)
}

/// An attribute's value in thousandths without needless zeros: 38000 → "38", 38500 → "38.5".
pub fn milli(value: i64, language: &str) -> String {
    let text = decimal(value, 3, language);
    text.trim_end_matches('0').trim_end_matches(['.', ',']).to_owned()
}

/// A rate in hundredths of a per cent: 1900 → "19 %", 550 → "5.5 %".
pub fn percent(basis_points: i64, language: &str) -> String {
    let text = decimal(basis_points, 2, language);
    format!("{}{NO_BREAK}%", text.trim_end_matches('0').trim_end_matches(['.', ',']))
}

/// "22 November 2026" or "22. November 2026", in UTC, in one piece: no line breaks inside it. `at` is milliseconds since
/// 1970.
pub fn date(at: i64, texts: &Texts) -> String {
    let Some(when) = moment(at) else { return String::new() };
    let day = when.day().to_string();
    let month = format!("format.month.{}", u8::from(when.month()));
    let text = texts.fill(
        "format.date",
        &[("day", &day), ("month", texts.get(&month)), ("year", &when.year().to_string())],
    );
    text.replace(' ', NO_BREAK)
}

/// A date with its time of day: "22 November 2026, 14:05". A line may break between the two.
pub fn date_time(at: i64, texts: &Texts) -> String {
    let Some(when) = moment(at) else { return String::new() };
    format!("{}, {:02}:{:02}", date(at, texts), when.hour(), when.minute())
}

/// The machine's form for `<time datetime>`: "2026-11-22".
pub fn iso_date(at: i64) -> String {
    moment(at).map_or_else(String::new, |when| when.date().to_string())
}

/// `bytes` percent-encoded as a part of a query string or path segment.
pub fn url_encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn moment(at: i64) -> Option<time::OffsetDateTime> {
    time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000_000).ok()
}

/// `value` scaled down by `10^exponent`, all digits kept.
fn decimal(value: i64, exponent: u32, language: &str) -> String {
    let (point, group) = if language == "de" { (',', '.') } else { ('.', ',') };
    let unit = 10_u64.pow(exponent);
    let magnitude = value.unsigned_abs();
    let whole = (magnitude / unit).to_string();
    let mut text = String::with_capacity(whole.len() + 8);
    if value < 0 {
        text.push('\u{2212}');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    if exponent > 0 {
        text.push(point);
        text.push_str(&format!("{:0width$}", magnitude % unit, width = exponent as usize));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_by_language_and_currency() {
        assert_eq!(money(34_900, "EUR", "en"), "349.00\u{a0}€");
        assert_eq!(money(134_900, "EUR", "de"), "1.349,00\u{a0}€");
        assert_eq!(money(-5, "EUR", "en"), "\u{2212}0.05\u{a0}€");
        assert_eq!(money(1_250, "JPY", "en"), "1,250\u{a0}¥");
        assert_eq!(amount(34_905, "EUR"), "349.05");
        assert_eq!(amount(1_250, "JPY"), "1250");
    }

    #[test]
    fn numbers_lose_needless_zeros() {
        assert_eq!(milli(38_000, "en"), "38");
        assert_eq!(milli(38_500, "de"), "38,5");
        assert_eq!(milli(1_200_050, "en"), "1,200.05");
        assert_eq!(percent(1900, "en"), "19\u{a0}%");
        assert_eq!(percent(550, "de"), "5,5\u{a0}%");
    }

    #[test]
    fn dates_by_language() {
        let at = 1_795_356_300_000;
        assert_eq!(date(at, Texts::of("en")), "22\u{a0}November\u{a0}2026");
        assert_eq!(date(at, Texts::of("de")), "22.\u{a0}November\u{a0}2026");
        assert_eq!(date_time(at, Texts::of("en")), "22\u{a0}November\u{a0}2026, 14:05");
        assert_eq!(iso_date(at), "2026-11-22");
    }
}
