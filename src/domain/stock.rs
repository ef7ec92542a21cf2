//! Stock: how pieces move. What shoppers see of it is a band, never the count.

use std::collections::BTreeMap;

pub use super::catalogue::Band;

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
    fn pieces_are_summed_and_sorted() {
        let piece = |id: &str, quantity| Pieces { variant_id: id.to_owned(), quantity };
        let summed = sum_by_variant([piece("b", 1), piece("a", 2), piece("b", 3)]);
        assert_eq!(summed, [piece("a", 2), piece("b", 4)]);
    }
}
