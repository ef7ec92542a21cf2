//! Stock: what shoppers see of it (a band, never the count) and how it moves.

use std::collections::BTreeMap;

/// Up to this many pieces the shop says "few left".
pub const LOW_MAX: i64 = 3;

/// What pages print of the stock. The order is from nothing to plenty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    Out,
    Low,
    In,
}

/// Why `on_hand` changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovementKind {
    Receive,
    Adjust,
    Sale,
    Return,
}

/// Pieces of one variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pieces {
    pub variant_id: String,
    pub quantity: i64,
}

impl Band {
    /// The band of `available` = on hand − reserved.
    pub fn of(available: i64) -> Band {
        match available {
            ..=0 => Band::Out,
            1..=LOW_MAX => Band::Low,
            _ => Band::In,
        }
    }

    /// The stored name: "in", "low", "out".
    pub fn as_str(self) -> &'static str {
        match self {
            Band::In => "in",
            Band::Low => "low",
            Band::Out => "out",
        }
    }

    pub fn parse(name: &str) -> Option<Band> {
        [Band::In, Band::Low, Band::Out].into_iter().find(|band| band.as_str() == name)
    }
}

impl MovementKind {
    pub fn as_str(self) -> &'static str {
        match self {
            MovementKind::Receive => "receive",
            MovementKind::Adjust => "adjust",
            MovementKind::Sale => "sale",
            MovementKind::Return => "return",
        }
    }
}

/// Adds up the pieces of the same variant and sorts by variant: two orders then lock rows in the same order, and a
/// variant that stands on two lines is checked against its stock once, as a whole.
pub fn sum_by_variant(pieces: impl IntoIterator<Item = Pieces>) -> Vec<Pieces> {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for piece in pieces {
        *sums.entry(piece.variant_id).or_default() += piece.quantity;
    }
    sums.into_iter().map(|(variant_id, quantity)| Pieces { variant_id, quantity }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_have_these_edges() {
        let bands: Vec<_> = [-1, 0, 1, 3, 4].into_iter().map(|n| Band::of(n).as_str()).collect();
        assert_eq!(bands, ["out", "out", "low", "low", "in"]);
        assert_eq!(Band::parse("low"), Some(Band::Low));
        assert_eq!(Band::parse("lots"), None);
    }

    #[test]
    fn pieces_are_summed_and_sorted() {
        let piece = |id: &str, quantity| Pieces { variant_id: id.to_owned(), quantity };
        let summed = sum_by_variant([piece("b", 1), piece("a", 2), piece("b", 3)]);
        assert_eq!(summed, [piece("a", 2), piece("b", 4)]);
    }
}
