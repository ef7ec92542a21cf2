//! A shop's time zone: what its clocks show, and when its days begin. Moments are kept in UTC; people and the law think
//! in the shop's days.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, ZonedDateTime};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// What the shop's clocks and calendars show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local {
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
    pub day: i8,
    pub hour: i8,
    pub minute: i8,
    /// How far the clocks are ahead of UTC.
    pub offset_minutes: i32,
}

/// Countries whose shops are, by far most of them, in one zone. The rest must say theirs.
const BY_COUNTRY: [(&str, &str); 40] = [
    ("AL", "Europe/Tirane"),
    ("AT", "Europe/Vienna"),
    ("BA", "Europe/Sarajevo"),
    ("BE", "Europe/Brussels"),
    ("BG", "Europe/Sofia"),
    ("CH", "Europe/Zurich"),
    ("CY", "Asia/Nicosia"),
    ("CZ", "Europe/Prague"),
    ("DE", "Europe/Berlin"),
    ("DK", "Europe/Copenhagen"),
    ("EE", "Europe/Tallinn"),
    ("ES", "Europe/Madrid"),
    ("FI", "Europe/Helsinki"),
    ("FR", "Europe/Paris"),
    ("GB", "Europe/London"),
    ("GR", "Europe/Athens"),
    ("HR", "Europe/Zagreb"),
    ("HU", "Europe/Budapest"),
    ("IE", "Europe/Dublin"),
    ("IN", "Asia/Kolkata"),
    ("IS", "Atlantic/Reykjavik"),
    ("IT", "Europe/Rome"),
    ("JP", "Asia/Tokyo"),
    ("LI", "Europe/Vaduz"),
    ("LT", "Europe/Vilnius"),
    ("LU", "Europe/Luxembourg"),
    ("LV", "Europe/Riga"),
    ("ME", "Europe/Podgorica"),
    ("MK", "Europe/Skopje"),
    ("MT", "Europe/Malta"),
    ("NL", "Europe/Amsterdam"),
    ("NO", "Europe/Oslo"),
    ("PL", "Europe/Warsaw"),
    ("PT", "Europe/Lisbon"),
    ("RO", "Europe/Bucharest"),
    ("RS", "Europe/Belgrade"),
    ("SE", "Europe/Stockholm"),
    ("SI", "Europe/Ljubljana"),
    ("SK", "Europe/Bratislava"),
    ("TR", "Europe/Istanbul"),
];

impl Zone {
    pub const UTC: Zone = Zone(TimeZone::UTC);

    /// The zone of this name in the IANA database, such as "Europe/Berlin".
    pub fn parse(name: &str) -> Option<Zone> {
        TimeZone::get(name).ok().map(Zone)
    }

    /// The zone of a shop in the country with this code; UTC where that is not known.
    pub fn of_country(code: &str) -> Zone {
        let known = BY_COUNTRY.iter().find(|(country, _)| *country == code);
        known.and_then(|(_, name)| Zone::parse(name)).unwrap_or(Zone::UTC)
    }

    /// What the clocks show at `at`; `None` for a moment that no calendar reaches.
    pub fn local(&self, at: i64) -> Option<Local> {
        let when = self.zoned(at)?;
        Some(Local {
            year: when.year(),
            month: when.month(),
            day: when.day(),
            hour: when.hour(),
            minute: when.minute(),
            offset_minutes: when.offset().seconds() / 60,
        })
    }

    /// When the day begins that is `days` after the one of `at`. A day may have 23 or 25 hours.
    pub fn day_begins(&self, at: i64, days: i64) -> i64 {
        let begins = |when: ZonedDateTime| {
            let day = when.date().checked_add(days.days()).ok()?;
            Some(day.to_zoned_datetime(self.0.clone()).ok()?.timestamp().as_millisecond())
        };
        // What no calendar reaches has no days that anybody would notice.
        self.zoned(at).and_then(begins).unwrap_or(at)
    }

    /// When the year of `at` is over.
    pub fn year_ends(&self, at: i64) -> i64 {
        let ends = |when: ZonedDateTime| {
            let day = when.date().last_of_year().tomorrow().ok()?;
            Some(day.to_zoned_datetime(self.0.clone()).ok()?.timestamp().as_millisecond())
        };
        self.zoned(at).and_then(ends).unwrap_or(i64::MAX)
    }

    fn zoned(&self, at: i64) -> Option<ZonedDateTime> {
        Some(Timestamp::from_millisecond(at).ok()?.to_zoned_datetime(self.0.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;
    /// 2026-11-01 00:00 UTC.
    const NOVEMBER_MS: i64 = 1_793_491_200_000;

    #[test]
    fn clocks_follow_the_zone_in_summer_and_winter() {
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        let shows = |at| {
            let local = berlin.local(at).unwrap();
            (local.month, local.day, local.hour, local.offset_minutes)
        };
        assert_eq!(shows(NOVEMBER_MS), (11, 1, 1, 60));
        // A week before, half an hour before midnight in UTC, and summer time ends in that night.
        assert_eq!(shows(NOVEMBER_MS - 7 * 24 * HOUR_MS - HOUR_MS / 2), (10, 25, 1, 120));
        // Far beyond the table, by the rule that holds today.
        assert_eq!(berlin.local(3_987_576_000_000).unwrap().offset_minutes, 120, "in May 2096");
        let local = Zone::UTC.local(NOVEMBER_MS + HOUR_MS + 60_000).unwrap();
        assert_eq!((local.year, local.hour, local.minute, local.offset_minutes), (2026, 1, 1, 0));
        assert_eq!(Zone::UTC.local(i64::MAX), None);
    }

    #[test]
    fn days_begin_at_midnight_of_the_zone() {
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        // 23:30 in UTC is the next day in Berlin already.
        let late = NOVEMBER_MS + 23 * HOUR_MS + HOUR_MS / 2;
        assert_eq!(Zone::UTC.day_begins(late, 0), NOVEMBER_MS);
        assert_eq!(berlin.day_begins(late, 0), NOVEMBER_MS + 23 * HOUR_MS);
        assert_eq!(berlin.day_begins(late, 14), NOVEMBER_MS + (23 + 14 * 24) * HOUR_MS);
        // The day on which summer time ends has 25 hours.
        let october = NOVEMBER_MS - 7 * 24 * HOUR_MS;
        assert_eq!(berlin.day_begins(october, 1) - berlin.day_begins(october, 0), 25 * HOUR_MS);
        assert_eq!(berlin.day_begins(i64::MAX, 1), i64::MAX);
    }

    #[test]
    fn years_end_at_midnight_of_the_zone() {
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        let new_year = NOVEMBER_MS + 61 * 24 * HOUR_MS;
        assert_eq!(Zone::UTC.year_ends(NOVEMBER_MS), new_year);
        assert_eq!(berlin.year_ends(NOVEMBER_MS), new_year - HOUR_MS);
        assert_eq!(berlin.year_ends(new_year - HOUR_MS), new_year - HOUR_MS + 365 * 24 * HOUR_MS);
        assert_eq!(berlin.year_ends(i64::MAX), i64::MAX);
    }

    #[test]
    fn every_zone_of_the_table_is_there() {
        for (country, name) in BY_COUNTRY {
            assert!(Zone::parse(name).is_some(), "{name}");
            assert!(super::super::country::is_country(country), "{country}");
        }
        assert!(BY_COUNTRY.is_sorted());
        for country in super::super::settings::EU_COUNTRIES {
            assert_ne!(Zone::of_country(country), Zone::UTC, "{country}");
        }
        assert_eq!(Zone::of_country("US"), Zone::UTC);
        assert_eq!(Zone::parse("Europe/Atlantis"), None);
        assert_eq!(Zone::parse(""), None);
    }
}
