//! What a cart costs: one pure function. Prices are gross, tax is contained; an order keeps the result as computed
//! and never computes it again.

use super::discount::DiscountKind;
use super::money::{self, Overflow, split_largest_remainder};
use super::tax::{TaxSum, contained_tax};

/// One line to be priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PricingLine {
    /// Gross.
    pub unit_minor: i64,
    pub quantity: i64,
    pub rate_bp: i64,
}

/// Everything that a price depends on.
#[derive(Debug, Clone, Copy)]
pub struct PricingInput<'a> {
    pub lines: &'a [PricingLine],
    pub discount: Option<DiscountKind>,
    /// Gross, before a discount that makes it free.
    pub shipping_minor: i64,
    /// The country's standard rate.
    pub shipping_rate_bp: i64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineTotals {
    /// Unit price × quantity, gross.
    pub items_minor: i64,
    /// This line's part of the discount, positive.
    pub discount_minor: i64,
    /// Gross, after the discount.
    pub total_minor: i64,
    /// Contained in the total.
    pub tax_minor: i64,
}

/// `total = items − discount + shipping`, exactly; `tax` is contained in it and is the sum of `taxes`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    pub lines: Vec<LineTotals>,
    pub items_minor: i64,
    pub discount_minor: i64,
    pub shipping_minor: i64,
    pub shipping_tax_minor: i64,
    pub tax_minor: i64,
    pub total_minor: i64,
    /// One per rate that occurs, highest first.
    pub taxes: Vec<TaxSum>,
}

/// Prices a cart. Amounts and quantities are not negative.
pub fn price(input: PricingInput<'_>) -> Result<Totals, Overflow> {
    let mut gross = Vec::with_capacity(input.lines.len());
    for line in input.lines {
        gross.push(money::multiply(line.unit_minor, line.quantity)?);
    }
    let items_minor = money::sum(gross.iter().copied())?;
    let discount_minor = match input.discount {
        Some(kind) => kind.off_items(items_minor)?,
        None => 0,
    };
    let free_shipping = input.discount == Some(DiscountKind::FreeShipping);
    let shipping_minor = if free_shipping { 0 } else { input.shipping_minor };

    let parts = split_largest_remainder(discount_minor, &gross);
    let mut lines = Vec::with_capacity(gross.len());
    for ((line, items_minor), discount_minor) in input.lines.iter().zip(gross).zip(parts) {
        let total_minor = items_minor - discount_minor;
        let tax_minor = contained_tax(total_minor, line.rate_bp)?;
        lines.push(LineTotals { items_minor, discount_minor, total_minor, tax_minor });
    }
    let shipping_tax_minor = contained_tax(shipping_minor, input.shipping_rate_bp)?;
    let taxed = input.lines.iter().zip(&lines).map(|(l, t)| (l.rate_bp, t.total_minor, t.tax_minor));
    let taxes = sum_by_rate(taxed.chain([(input.shipping_rate_bp, shipping_minor, shipping_tax_minor)]));
    Ok(Totals {
        tax_minor: money::sum(taxes.iter().map(|t| t.tax_minor))?,
        total_minor: money::sum([items_minor, -discount_minor, shipping_minor])?,
        lines,
        items_minor,
        discount_minor,
        shipping_minor,
        shipping_tax_minor,
        taxes,
    })
}

/// Adds `(rate, gross, tax)` up by rate; rates under which nothing was charged are left out.
fn sum_by_rate(charged: impl Iterator<Item = (i64, i64, i64)>) -> Vec<TaxSum> {
    let mut sums: Vec<TaxSum> = Vec::new();
    for (rate_bp, gross_minor, tax_minor) in charged.filter(|(_, gross, _)| *gross > 0) {
        let net_minor = gross_minor - tax_minor;
        match sums.iter_mut().find(|s| s.rate_bp == rate_bp) {
            Some(sum) => {
                sum.net_minor += net_minor;
                sum.tax_minor += tax_minor;
            }
            None => sums.push(TaxSum { rate_bp, net_minor, tax_minor }),
        }
    }
    sums.sort_by_key(|sum| -sum.rate_bp);
    sums
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cart_in_germany() {
        let lines = [
            PricingLine { unit_minor: 34_900, quantity: 1, rate_bp: 1900 },
            PricingLine { unit_minor: 1_999, quantity: 3, rate_bp: 700 },
        ];
        let totals = price(PricingInput {
            lines: &lines,
            discount: Some(DiscountKind::Percent { bp: 1000 }),
            shipping_minor: 490,
            shipping_rate_bp: 1900,
        })
        .unwrap();
        assert_eq!(totals.items_minor, 40_897);
        assert_eq!(totals.discount_minor, 4_090);
        assert_eq!(totals.total_minor, 37_297);
        assert_eq!(totals.lines[0].total_minor + totals.lines[1].total_minor, 36_807);
        assert_eq!(totals.taxes.iter().map(|t| t.rate_bp).collect::<Vec<_>>(), [1900, 700]);
    }

    #[test]
    fn free_shipping_and_nothing_at_all() {
        let input = PricingInput { lines: &[], discount: None, shipping_minor: 490, shipping_rate_bp: 1900 };
        assert_eq!(price(input).unwrap().total_minor, 490);
        let free = PricingInput { discount: Some(DiscountKind::FreeShipping), ..input };
        assert_eq!(price(free).unwrap(), Totals::default());
    }

    #[test]
    fn too_much_is_an_error() {
        let line = PricingLine { unit_minor: money::MINOR_MAX, quantity: 2, rate_bp: 0 };
        let input = PricingInput { lines: &[line], discount: None, shipping_minor: 0, shipping_rate_bp: 0 };
        assert_eq!(price(input), Err(Overflow));
    }

    fn discounts() -> impl Strategy<Value = Option<DiscountKind>> {
        prop_oneof![
            Just(None),
            Just(Some(DiscountKind::FreeShipping)),
            (0_i64..=10_000).prop_map(|bp| Some(DiscountKind::Percent { bp })),
            (0_i64..=10_000_000).prop_map(|minor| Some(DiscountKind::Amount { minor })),
        ]
    }

    proptest! {
        #[test]
        fn sums_are_exact(
            lines in prop::collection::vec((0_i64..5_000_000, 1_i64..1000, prop::sample::select(vec![0_i64, 550, 700, 1900, 2550])), 0..20),
            discount in discounts(),
            shipping_minor in 0_i64..10_000,
        ) {
            let lines: Vec<PricingLine> = lines
                .into_iter()
                .map(|(unit_minor, quantity, rate_bp)| PricingLine { unit_minor, quantity, rate_bp })
                .collect();
            let t = price(PricingInput { lines: &lines, discount, shipping_minor, shipping_rate_bp: 1900 }).unwrap();
            // Refunding every line and the shipping gives back what was paid, to the minor unit.
            let refund_all = t.lines.iter().map(|l| l.total_minor).sum::<i64>() + t.shipping_minor;
            prop_assert_eq!(refund_all, t.total_minor);
            prop_assert_eq!(t.items_minor - t.discount_minor + t.shipping_minor, t.total_minor);
            prop_assert_eq!(t.lines.iter().map(|l| l.discount_minor).sum::<i64>(), t.discount_minor);
            let tax = t.lines.iter().map(|l| l.tax_minor).sum::<i64>() + t.shipping_tax_minor;
            prop_assert_eq!(tax, t.tax_minor);
            let net_and_tax = t.taxes.iter().map(|s| s.net_minor + s.tax_minor).sum::<i64>();
            prop_assert_eq!(net_and_tax, t.total_minor);
            prop_assert!(t.lines.iter().all(|l| l.total_minor >= 0 && l.tax_minor >= 0 && l.tax_minor <= l.total_minor));
        }
    }
}
