//! How numbers, money and dates are written for people.

use iso_currency::Currency;

use crate::domain::zone::{Local, Zone};
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

/// The bare amount as people type it: "349", "14.90" in English, "14,90" in German.
pub fn typed_amount(minor: i64, currency: &str, language: &str) -> String {
    let amount = amount(minor, currency);
    match amount.split_once('.') {
        None => amount,
        Some((whole, part)) if part.bytes().all(|digit| digit == b'0') => whole.to_owned(),
        Some((whole, part)) => format!("{whole}{}{part}", marks(language).0),
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

/// "22 November 2026" or "22. November 2026", the day that the zone's calendar shows, in one piece: no line breaks inside
/// it. `at` is milliseconds since 1970.
pub fn date(at: i64, zone: &Zone, texts: &Texts) -> String {
    let Some(when) = zone.local(at) else { return String::new() };
    let day = when.day.to_string();
    let month = format!("format.month.{}", when.month);
    let text = texts.fill(
        "format.date",
        &[("day", &day), ("month", texts.get(&month)), ("year", &when.year.to_string())],
    );
    text.replace(' ', NO_BREAK)
}

/// A date with its time of day: "22 November 2026, 14:05". A line may break between the two.
pub fn date_time(at: i64, zone: &Zone, texts: &Texts) -> String {
    let Some(when) = zone.local(at) else { return String::new() };
    format!("{}, {:02}:{:02}", date(at, zone, texts), when.hour, when.minute)
}

/// A date and time that must prove something, with how far the clocks are from UTC: "22 November 2026, 15:05 (UTC+1)".
pub fn exact_time(at: i64, zone: &Zone, texts: &Texts) -> String {
    let minutes = zone.local(at).map_or(0, |when| when.offset_minutes);
    let sign = if minutes < 0 { '\u{2212}' } else { '+' };
    let offset = match (minutes.abs() / 60, minutes.abs() % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    };
    texts.fill("order.moment", &[("moment", &date_time(at, zone, texts)), ("offset", &offset)])
}

/// The machine's form for `<time datetime>`: "2026-11-22".
pub fn iso_date(at: i64, zone: &Zone) -> String {
    let iso = |when: Local| format!("{:04}-{:02}-{:02}", when.year, when.month, when.day);
    zone.local(at).map_or_else(String::new, iso)
}

/// `bytes` percent-encoded as a part of a query string or path segment.
pub fn url_encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// What stands before a number's fraction, and between its thousands.
fn marks(language: &str) -> (char, char) {
    if language == "de" { (',', '.') } else { ('.', ',') }
}

/// `value` scaled down by `10^exponent`, all digits kept.
fn decimal(value: i64, exponent: u32, language: &str) -> String {
    let (point, group) = marks(language);
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
        let typed = |minor| typed_amount(minor, "EUR", "de");
        assert_eq!([typed(134_900), typed(1_490)], ["1349", "14,90"]);
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
        let (at, utc) = (1_795_356_300_000, &Zone::UTC);
        assert_eq!(date(at, utc, Texts::of("en")), "22\u{a0}November\u{a0}2026");
        assert_eq!(date(at, utc, Texts::of("de")), "22.\u{a0}November\u{a0}2026");
        assert_eq!(date_time(at, utc, Texts::of("en")), "22\u{a0}November\u{a0}2026, 14:05");
        assert_eq!(iso_date(at, utc), "2026-11-22");
    }

    #[test]
    fn dates_by_zone() {
        let (evening, en) = (1_795_391_700_000, Texts::of("en"));
        let time = |zone: &str| exact_time(evening, &Zone::parse(zone).unwrap(), en);
        assert_eq!(time("UTC"), "22\u{a0}November\u{a0}2026, 23:55 (UTC)");
        assert_eq!(time("Europe/Berlin"), "23\u{a0}November\u{a0}2026, 00:55 (UTC+1)");
        assert_eq!(time("Asia/Kolkata"), "23\u{a0}November\u{a0}2026, 05:25 (UTC+5:30)");
        assert_eq!(time("America/St_Johns"), "22\u{a0}November\u{a0}2026, 20:25 (UTC\u{2212}3:30)");
        assert_eq!(iso_date(evening, &Zone::parse("Europe/Berlin").unwrap()), "2026-11-23");
    }

    #[test]
    fn what_no_calendar_reaches_is_empty() {
        assert_eq!(date(i64::MAX, &Zone::UTC, Texts::of("en")), "");
    }
}
