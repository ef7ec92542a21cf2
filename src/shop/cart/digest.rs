//! What a shopper was shown, in short: an order is placed only for that.

use sha2::{Digest, Sha256};

use super::CartView;

impl CartView {
    /// SHA-256 (hex) over what an order of this cart would be: its goods by name, quantity and price, the discount, what
    /// the delivery costs and the total. Equal totals alone do not say that the same goods are meant: another tab may
    /// have exchanged one for another of the same price.
    ///
    /// The delivery itself is not part of it, since an order names the one it wants; nor are taxes, which follow from the
    /// address and are contained in every price.
    pub fn digest(&self) -> String {
        let mut sha = Sha256::new();
        let mut add = |part: &str| {
            // Each part with its length, so that parts can't run together.
            sha.update(part.len().to_le_bytes());
            sha.update(part.as_bytes());
        };
        add(self.currency.code());
        for line in self.lines.iter().filter(|line| line.quantity > 0) {
            for part in [&line.variant_id, &line.title, &line.variant_title] {
                add(part);
            }
            add(&format!("{} {}", line.quantity, line.unit_minor));
        }
        let totals = &self.totals;
        for minor in [totals.discount_minor, totals.shipping_minor, totals.total_minor] {
            add(&minor.to_string());
        }
        hex::encode(sha.finalize())
    }
}
