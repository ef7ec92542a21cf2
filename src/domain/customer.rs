//! Customers: their e-mail addresses, how long a login lasts, and how wrong passwords slow down.

use std::fmt;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// Bytes: the longest address that mail can carry.
pub const EMAIL_BYTES_MAX: usize = 254;
/// Characters.
pub const NAME_CHARS_MAX: usize = 100;
/// Addresses that an account keeps.
pub const ADDRESSES_MAX: usize = 20;

/// A login that nobody used for this long is over.
pub const SESSION_IDLE_MS: i64 = 7 * DAY_MS;
/// No login lasts longer, used or not.
pub const SESSION_MS: i64 = 30 * DAY_MS;
/// Within this the password counts as just given.
pub const FRESH_MS: i64 = 15 * MINUTE_MS;
/// A reset link works for this long, once.
pub const RESET_MS: i64 = 30 * MINUTE_MS;
/// A link that confirms an address works for this long, once.
pub const CONFIRM_MS: i64 = 3 * DAY_MS;

/// Wrong passwords that cost nothing.
const FREE_FAILURES: i64 = 5;
/// Free failures are forgotten after this.
const FAILURE_MS: i64 = 15 * MINUTE_MS;
const WAIT_MAX_MS: i64 = 15 * MINUTE_MS;
/// After a quiet day an account starts anew, and its row may go.
pub const FAILURES_KEPT_MS: i64 = DAY_MS;

/// An e-mail address in the one form in which it is stored and compared: lower case, the domain as in DNS.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

/// The text is no address that mail could reach. The reason's text key is `account.error_email`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmailFault;

impl EmailFault {
    /// The text key of the reason.
    pub fn reason(self) -> &'static str {
        "account.error_email"
    }
}

impl Email {
    /// Reads what a shopper typed. Capitals are folded also before the `@`: no provider that matters tells them apart,
    /// and people do not type them twice the same way.
    pub fn parse(typed: &str) -> Result<Email, EmailFault> {
        let (local, domain) = typed.trim().rsplit_once('@').ok_or(EmailFault)?;
        let local = local.to_ascii_lowercase();
        let domain = domain_of(domain)?;
        let email = format!("{local}@{domain}");
        if is_local(&local) && email.len() <= EMAIL_BYTES_MAX { Ok(Email(email)) } else { Err(EmailFault) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The part before the `@`: printable ASCII without quotes; what quoting would allow nobody uses.
fn is_local(local: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
    (1..=64).contains(&local.len())
        && local.bytes().all(is_plain)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
}

/// The domain in its DNS form (`müller.example` is `xn--mller-kva.example`); it must have a dot and be no IP address.
fn domain_of(typed: &str) -> Result<String, EmailFault> {
    let Ok(url::Host::Domain(domain)) = url::Host::parse(typed) else { return Err(EmailFault) };
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = domain.rsplit('.').next().unwrap_or("");
    let is_domain = domain.contains('.') && domain.split('.').all(is_label) && top.len() >= 2;
    if is_domain { Ok(domain) } else { Err(EmailFault) }
}

/// Wrong passwords for one account, in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Failures {
    pub count: i64,
    /// When the last one was.
    pub at: i64,
}

impl Failures {
    /// Milliseconds until the next try is heard: none for the first five, then 1 s, 2 s, 4 s … at most 15 min. It slows
    /// a guesser down and locks nobody out.
    pub fn wait_ms(self, now_ms: i64) -> i64 {
        let over = self.current(now_ms).count - FREE_FAILURES;
        if over < 0 {
            return 0;
        }
        let exponent = u32::try_from(over.min(20)).unwrap_or(20);
        let wait = (SECOND_MS * 2_i64.pow(exponent)).min(WAIT_MAX_MS);
        (self.at + wait - now_ms).max(0)
    }

    /// One more, now.
    #[must_use]
    pub fn plus_one(self, now_ms: i64) -> Failures {
        Failures { count: self.current(now_ms).count + 1, at: now_ms }
    }

    /// What is not forgotten yet.
    fn current(self, now_ms: i64) -> Failures {
        let kept_ms = if self.count < FREE_FAILURES { FAILURE_MS } else { FAILURES_KEPT_MS };
        if now_ms - self.at > kept_ms { Failures::default() } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_folded() {
        for (typed, stored) in [
            ("Ada@Example.COM", "ada@example.com"),
            ("  ada+shop@example.com\n", "ada+shop@example.com"),
            ("ada@müller.example", "ada@xn--mller-kva.example"),
            ("o'neil@mail.example.co.uk", "o'neil@mail.example.co.uk"),
        ] {
            assert_eq!(Email::parse(typed).map(|e| e.0), Ok(stored.to_owned()), "{typed}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        let longer = format!("a@{}example.com", "abcdefgh.".repeat(30));
        for typed in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@example",
            "ada@example.",
            "a b@example.com",
            "ada@exam ple.com",
            ".ada@example.com",
            "ada.@example.com",
            "a..b@example.com",
            "\"ada\"@example.com",
            "ada@127.0.0.1",
            "ada@[::1]",
            "ada@-x.example",
            "ada@example.com\r\nBcc: eve@example.com",
            "ä@example.com",
            "ada@example.com, eve@example.com",
            "<ada@example.com>",
            "ada@example.c",
            &long,
            &longer,
        ] {
            assert_eq!(Email::parse(typed), Err(EmailFault), "{typed}");
        }
    }

    #[test]
    fn five_failures_are_free_then_it_slows_down() {
        let mut failures = Failures::default();
        let mut now = 1_000_000_000;
        for _ in 0..5 {
            assert_eq!(failures.wait_ms(now), 0);
            failures = failures.plus_one(now);
        }
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(failures.wait_ms(now), seconds * SECOND_MS);
            assert_eq!(failures.wait_ms(now + seconds * SECOND_MS), 0, "throttled, not locked");
            now += seconds * SECOND_MS;
            failures = failures.plus_one(now);
        }
        assert_eq!(Failures { count: i64::MAX, at: now }.wait_ms(now), WAIT_MAX_MS);
    }

    #[test]
    fn failures_are_forgotten() {
        let four = Failures { count: 4, at: 0 };
        assert_eq!(four.plus_one(FAILURE_MS + 1).count, 1);
        assert_eq!(four.plus_one(FAILURE_MS).count, 5);
        let ten = Failures { count: 10, at: 0 };
        assert_eq!(ten.plus_one(FAILURE_MS + 1).count, 11, "a guesser must wait a day");
        assert_eq!(ten.plus_one(DAY_MS + 1).count, 1);
    }
}
