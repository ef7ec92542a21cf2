//! Discount codes: what they give, and when they do not apply.

use super::money::{Overflow, share};

/// A longer code can't be one of ours.
pub const CODE_CHARS_MAX: usize = 40;

/// A code and its terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discount {
    /// Upper case, see [`fold_code`].
    pub code: String,
    pub kind: DiscountKind,
    /// Items must be worth at least this, gross.
    pub minimum_minor: i64,
    pub starts_at: Option<i64>,
    pub ends_at: Option<i64>,
    pub uses_max: Option<i64>,
    pub uses: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscountKind {
    /// Hundredths of a per cent of the items.
    Percent {
        bp: i64,
    },
    /// Minor units off the items, at most what they cost.
    Amount {
        minor: i64,
    },
    FreeShipping,
}

/// Why a code does not apply (now, to this cart).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscountRefusal {
    Unknown,
    NotYet,
    Over,
    UsedUp,
    BelowMinimum { minimum_minor: i64 },
}

impl DiscountRefusal {
    /// The text key of the reason.
    pub fn text_key(self) -> &'static str {
        match self {
            DiscountRefusal::Unknown => "discount.unknown",
            DiscountRefusal::NotYet => "discount.not_yet",
            DiscountRefusal::Over => "discount.over",
            DiscountRefusal::UsedUp => "discount.used_up",
            DiscountRefusal::BelowMinimum { .. } => "discount.below_minimum",
        }
    }
}

impl Discount {
    /// Whether the code applies to items worth `items_minor` at `now_ms`.
    pub fn check(&self, items_minor: i64, now_ms: i64) -> Result<(), DiscountRefusal> {
        if self.starts_at.is_some_and(|at| now_ms < at) {
            return Err(DiscountRefusal::NotYet);
        }
        if self.ends_at.is_some_and(|at| now_ms >= at) {
            return Err(DiscountRefusal::Over);
        }
        if self.uses_max.is_some_and(|max| self.uses >= max) {
            return Err(DiscountRefusal::UsedUp);
        }
        if items_minor < self.minimum_minor {
            return Err(DiscountRefusal::BelowMinimum { minimum_minor: self.minimum_minor });
        }
        Ok(())
    }
}

impl DiscountKind {
    /// What comes off items worth `items_minor`; never more than they are worth.
    pub fn off_items(self, items_minor: i64) -> Result<i64, Overflow> {
        Ok(match self {
            DiscountKind::Percent { bp } => share(items_minor, bp.clamp(0, 10_000), 10_000)?,
            DiscountKind::Amount { minor } => minor.clamp(0, items_minor),
            DiscountKind::FreeShipping => 0,
        })
    }
}

/// A typed code in the form that is stored: without spaces around, upper case. `None` if it can't be a code.
pub fn fold_code(typed: &str) -> Option<String> {
    let code = typed.trim().to_uppercase();
    let fits = !code.is_empty() && code.chars().count() <= CODE_CHARS_MAX;
    (fits && code.chars().all(|c| c.is_alphanumeric() || "-_%+.".contains(c))).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ten_percent() -> Discount {
        Discount {
            code: "TEN".to_owned(),
            kind: DiscountKind::Percent { bp: 1000 },
            minimum_minor: 5000,
            starts_at: Some(100),
            ends_at: Some(200),
            uses_max: Some(2),
            uses: 1,
        }
    }

    #[test]
    fn terms_are_checked() {
        let d = ten_percent();
        assert_eq!(d.check(5000, 100), Ok(()));
        assert_eq!(d.check(5000, 99), Err(DiscountRefusal::NotYet));
        assert_eq!(d.check(5000, 200), Err(DiscountRefusal::Over));
        assert_eq!(d.check(4999, 150), Err(DiscountRefusal::BelowMinimum { minimum_minor: 5000 }));
        assert_eq!(Discount { uses: 2, ..d }.check(5000, 150), Err(DiscountRefusal::UsedUp));
    }

    #[test]
    fn never_more_than_the_items() {
        assert_eq!(DiscountKind::Percent { bp: 1000 }.off_items(105), Ok(11));
        assert_eq!(DiscountKind::Percent { bp: 99_999 }.off_items(105), Ok(105));
        assert_eq!(DiscountKind::Amount { minor: 500 }.off_items(105), Ok(105));
        assert_eq!(DiscountKind::FreeShipping.off_items(105), Ok(0));
    }

    #[test]
    fn codes_are_folded() {
        assert_eq!(fold_code("  sommer-10 "), Some("SOMMER-10".to_owned()));
        for bad in ["", "   ", "a b", "x\0", &"A".repeat(41)] {
            assert_eq!(fold_code(bad), None, "{bad:?}");
        }
    }
}
