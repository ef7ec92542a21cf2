//! What holds for all money, taxes, discounts, deliveries, carts and moves, not for some examples only.

use proptest::prelude::*;

use super::cart::{CART_LINES_MAX, CartLine, QUANTITY_MAX, merge};
use super::discount::{Discount, DiscountKind, DiscountRefusal, fold_code};
use super::money::{Currency, MINOR_MAX, Overflow, multiply, share, split_largest_remainder, sum};
use super::order::{Event, Reservation, State};
use super::payment::{PaymentEvent, PaymentState};
use super::pricing::{PricingInput, PricingLine, price};
use super::shipping::{Parcel, ShippingMethod, ShippingRate, cheapest, offers};
use super::stock::{Pieces, sum_by_variant};
use super::tax::contained_tax;

/// The highest rate that the store accepts.
const RATE_MAX_BP: i64 = 10_000;

/// One currency for each number of digits that exists.
fn currencies() -> impl Strategy<Value = Currency> {
    let codes = vec!["JPY", "KRW", "EUR", "USD", "KWD", "BHD", "CLF"];
    prop::sample::select(codes).prop_map(|code| Currency::parse(code).expect("an ISO 4217 code"))
}

fn discounts() -> impl Strategy<Value = DiscountKind> {
    prop_oneof![
        Just(DiscountKind::FreeShipping),
        any::<i64>().prop_map(|bp| DiscountKind::Percent { bp }),
        (0..=RATE_MAX_BP).prop_map(|bp| DiscountKind::Percent { bp }),
        any::<i64>().prop_map(|minor| DiscountKind::Amount { minor }),
    ]
}

/// Small numbers, and all that an `i64` can be without a sign.
fn amounts() -> impl Strategy<Value = i64> {
    prop_oneof![0..100_000_i64, 0..=MINOR_MAX, MINOR_MAX - 5..=MINOR_MAX + 5, 0..=i64::MAX, Just(i64::MAX)]
}

#[test]
fn currencies_have_as_many_digits_as_the_standard_says() {
    for (code, digits) in
        [("JPY", 0), ("KRW", 0), ("ISK", 0), ("EUR", 2), ("MGA", 2), ("KWD", 3), ("TND", 3), ("CLF", 4)]
    {
        assert_eq!(Currency::parse(code).expect("an ISO 4217 code").exponent, digits, "{code}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn printed_parts_add_up_to_the_printed_whole(
        currency in currencies(),
        parts in prop::collection::vec(0..1_000_000_000_i64, 0..20),
    ) {
        let whole = sum(parts.iter().copied()).expect("within bounds");
        let read = |minor: i64| currency.parse_decimal(&currency.decimal(minor)).expect("what was printed");
        prop_assert_eq!(parts.iter().map(|part| read(*part)).sum::<i64>(), read(whole));
        let text = currency.decimal(whole);
        let digits = text.split_once('.').map_or(0, |(_, part)| part.len());
        prop_assert_eq!(digits, currency.exponent as usize);
    }

    #[test]
    fn no_text_and_no_number_makes_money_panic(currency in currencies(), text in ".{0,30}", minor in any::<i64>()) {
        if let Ok(read) = currency.parse_decimal(&text) {
            prop_assert!((0..=MINOR_MAX).contains(&read));
        }
        prop_assert_eq!(currency.decimal(minor).starts_with('-'), minor < 0);
    }

    #[test]
    fn sums_and_products_are_exact_or_refused(a in any::<i64>(), b in any::<i64>(), c in -MINOR_MAX..=MINOR_MAX) {
        let fits = |exact: i128| exact.abs() <= i128::from(MINOR_MAX);
        let product = i128::from(a) * i128::from(b);
        prop_assert_eq!(multiply(a, b).map(i128::from), if fits(product) { Ok(product) } else { Err(Overflow) });
        let (first, total) = (i128::from(a), i128::from(a) + i128::from(c));
        let expected = if fits(first) && fits(total) { Ok(total) } else { Err(Overflow) };
        prop_assert_eq!(sum([a, c]).map(i128::from), expected);
    }

    #[test]
    fn a_share_is_the_nearest_and_half_goes_up(
        amount in amounts(),
        numerator in amounts(),
        denominator in 1..=i64::MAX,
    ) {
        // Twice the distance from the exact value is at most one denominator, and never more below than above.
        if let (Ok(rounded), Some(exact)) =
            (share(amount, numerator, denominator), (i128::from(amount) * 2).checked_mul(i128::from(numerator)))
        {
            let distance = i128::from(rounded) * 2 * i128::from(denominator) - exact;
            prop_assert!(-i128::from(denominator) < distance && distance <= i128::from(denominator));
        }
    }

    #[test]
    fn split_parts_add_up_and_are_off_by_less_than_one(
        total in 0..=MINOR_MAX,
        weights in prop::collection::vec(prop_oneof![0..10_i64, 0..=MINOR_MAX], 1..12),
    ) {
        let parts = split_largest_remainder(total, &weights);
        prop_assert_eq!(parts.iter().sum::<i64>(), total);
        let whole: i128 = weights.iter().map(|w| i128::from(*w)).sum();
        for (part, weight) in parts.iter().zip(&weights).filter(|_| whole > 0) {
            let off = i128::from(*part) * whole - i128::from(total) * i128::from(*weight);
            prop_assert!(off.abs() < whole, "{} of {} for {}", part, total, weight);
            prop_assert!(*weight > 0 || *part == 0);
        }
    }

    #[test]
    fn tax_and_net_are_the_gross(gross in 0..=MINOR_MAX, rate_bp in 0..=RATE_MAX_BP) {
        let tax = contained_tax(gross, rate_bp).expect("within bounds");
        prop_assert!((0..=gross).contains(&tax));
        prop_assert!(rate_bp > 0 || tax == 0);
        // The net with the tax put on again is the gross, but for the rounding of the net.
        let (net, rate) = (i128::from(gross - tax), i128::from(rate_bp));
        let off = (net * (10_000 + rate) - i128::from(gross) * 10_000).abs();
        prop_assert!(off * 2 <= 10_000 + rate);
    }

    #[test]
    fn more_costs_no_less_tax(gross in 0..MINOR_MAX, rate_bp in 0..RATE_MAX_BP) {
        let tax = contained_tax(gross, rate_bp).expect("within bounds");
        prop_assert!(contained_tax(gross + 1, rate_bp).expect("within bounds") >= tax);
        prop_assert!(contained_tax(gross, rate_bp + 1).expect("within bounds") >= tax);
    }

    #[test]
    fn a_discount_is_never_more_than_the_items(kind in discounts(), items in 0..=MINOR_MAX) {
        let off = kind.off_items(items).expect("within bounds");
        prop_assert!((0..=items).contains(&off));
        prop_assert!(kind.off_items(items / 2).expect("within bounds") <= off);
    }

    #[test]
    fn a_code_applies_exactly_within_its_terms(
        (starts_at, ends_at) in (prop::option::of(0..20_i64), prop::option::of(0..20_i64)),
        (uses_max, uses) in (prop::option::of(0..4_i64), 0..4_i64),
        (minimum_minor, items_minor, now_ms) in (0..10_i64, 0..10_i64, 0..20_i64),
    ) {
        let kind = DiscountKind::FreeShipping;
        let discount = Discount { code: "X".to_owned(), kind, minimum_minor, starts_at, ends_at, uses_max, uses };
        let began = starts_at.is_none_or(|at| at <= now_ms);
        let goes_on = ends_at.is_none_or(|at| now_ms < at);
        let has_uses = uses_max.is_none_or(|max| uses < max);
        let expected = match (began, goes_on, has_uses, items_minor >= minimum_minor) {
            (false, ..) => Err(DiscountRefusal::NotYet),
            (_, false, ..) => Err(DiscountRefusal::Over),
            (_, _, false, _) => Err(DiscountRefusal::UsedUp),
            (_, _, _, false) => Err(DiscountRefusal::BelowMinimum { minimum_minor }),
            _ => Ok(()),
        };
        prop_assert_eq!(discount.check(items_minor, now_ms), expected);
    }

    #[test]
    fn a_folded_code_stays_as_it_is(typed in ".{0,50}") {
        if let Some(code) = fold_code(&typed) {
            prop_assert_eq!(fold_code(&code), Some(code));
        }
    }
}

fn methods() -> impl Strategy<Value = Vec<ShippingMethod>> {
    let countries = prop::sample::select(vec!["*", "DE", "AT"]);
    let rate = (countries, 0..5000_i64, 0..5000_i64, prop::option::of(0..20_000_i64)).prop_map(
        |(country, weight_max_g, price_minor, free_above_minor)| ShippingRate {
            countries: vec![country.to_owned()],
            weight_max_g,
            price_minor,
            free_above_minor,
        },
    );
    let method = prop::collection::vec(rate, 0..4).prop_map(|rates| ShippingMethod {
        id: String::new(),
        key: String::new(),
        name: String::new(),
        note: String::new(),
        days_min: 1,
        days_max: 2,
        rates,
    });
    prop::collection::vec(method, 0..4)
}

fn pricing_lines() -> impl Strategy<Value = Vec<PricingLine>> {
    // Mostly what shops have; now and then the edge of what can be counted.
    let unit = prop_oneof![20 => 0..1_000_000_i64, 1 => amounts()];
    let quantity = prop_oneof![20 => 1..1000_i64, 1 => amounts()];
    let line = (unit, quantity, 0..=RATE_MAX_BP).prop_map(|(unit_minor, quantity, rate_bp)| PricingLine {
        unit_minor,
        quantity,
        rate_bp,
    });
    prop::collection::vec(line, 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_delivery_is_free_exactly_when_nothing_is_missing(
        methods in methods(),
        (country, weight_g, items_minor) in (prop::sample::select(vec!["DE", "FR"]), 0..6000_i64, 0..30_000_i64),
    ) {
        let parcel = Parcel { country, weight_g, items_minor };
        let found = offers(&methods, parcel);
        let fits = |rate: &ShippingRate| {
            weight_g <= rate.weight_max_g && (rate.countries[0] == "*" || rate.countries[0] == country)
        };
        let rates: Vec<&ShippingRate> = methods.iter().filter_map(|m| m.rates.iter().find(|r| fits(r))).collect();
        prop_assert_eq!(found.len(), rates.len());
        for (offer, rate) in found.iter().zip(rates) {
            let free = rate.price_minor == 0 || rate.free_above_minor.is_some_and(|above| items_minor >= above);
            prop_assert_eq!(offer.price_minor, if free { 0 } else { rate.price_minor });
            let missing = rate.free_above_minor.filter(|_| !free).map(|above| above - items_minor);
            prop_assert_eq!(offer.missing_to_free_minor, missing);
            if let Some(missing) = missing {
                let more = Parcel { items_minor: items_minor + missing, ..parcel };
                prop_assert!(offers(&methods, more).iter().any(|o| o.price_minor == 0));
            }
        }
        prop_assert_eq!(cheapest(&found).map(|o| o.price_minor), found.iter().map(|o| o.price_minor).min());
    }

    #[test]
    fn a_price_is_exact_or_refused_whatever_the_numbers(
        lines in pricing_lines(),
        discount in prop::option::of(discounts()),
        (shipping_minor, shipping_rate_bp) in (prop_oneof![9 => 0..5000_i64, 1 => amounts()], 0..=RATE_MAX_BP),
    ) {
        let input = PricingInput { lines: &lines, discount, shipping_minor, shipping_rate_bp };
        let Ok(t) = price(input) else { return Ok(()) };
        let exact: i128 = lines.iter().map(|l| i128::from(l.unit_minor) * i128::from(l.quantity)).sum();
        prop_assert_eq!(i128::from(t.items_minor), exact);
        prop_assert_eq!(t.items_minor - t.discount_minor + t.shipping_minor, t.total_minor);
        let refund_all = t.lines.iter().map(|l| l.total_minor).sum::<i64>() + t.shipping_minor;
        prop_assert_eq!(refund_all, t.total_minor);
        prop_assert_eq!(t.lines.iter().map(|l| l.tax_minor).sum::<i64>() + t.shipping_tax_minor, t.tax_minor);
        prop_assert_eq!(t.taxes.iter().map(|s| s.tax_minor).sum::<i64>(), t.tax_minor);
        prop_assert_eq!(t.taxes.iter().map(|s| s.net_minor).sum::<i64>(), t.total_minor - t.tax_minor);
        prop_assert!(t.taxes.windows(2).all(|pair| pair[0].rate_bp > pair[1].rate_bp));
        for (line, input) in t.lines.iter().zip(&lines) {
            prop_assert!(line.discount_minor >= 0 && line.discount_minor <= line.items_minor);
            prop_assert_eq!(contained_tax(line.total_minor, input.rate_bp), Ok(line.tax_minor));
        }
        let free = discount == Some(DiscountKind::FreeShipping);
        prop_assert_eq!(t.shipping_minor, if free { 0 } else { shipping_minor });
    }

    #[test]
    fn pieces_are_summed_and_none_is_lost(pieces in prop::collection::vec(("[a-e]", 1..1000_i64), 0..30)) {
        let all = pieces.iter().map(|(id, quantity)| Pieces { variant_id: id.clone(), quantity: *quantity });
        let summed = sum_by_variant(all);
        prop_assert!(summed.windows(2).all(|pair| pair[0].variant_id < pair[1].variant_id));
        for piece in &summed {
            let of_it = pieces.iter().filter(|(id, _)| *id == piece.variant_id).map(|(_, quantity)| quantity);
            prop_assert_eq!(of_it.sum::<i64>(), piece.quantity);
        }
        let total = |quantities: &mut dyn Iterator<Item = i64>| quantities.sum::<i64>();
        prop_assert_eq!(total(&mut summed.iter().map(|p| p.quantity)), total(&mut pieces.iter().map(|p| p.1)));
    }

    #[test]
    fn two_carts_become_one_within_the_limits(
        mine in prop::collection::btree_map(0..120_u8, 1..=QUANTITY_MAX, 0..100),
        guests in prop::collection::btree_map(0..120_u8, 1..=QUANTITY_MAX, 0..100),
    ) {
        let lines = |cart: &std::collections::BTreeMap<u8, i64>| -> Vec<CartLine> {
            let line = |(id, quantity): (&u8, &i64)| CartLine {
                variant_id: format!("v{id}"),
                quantity: *quantity,
                price_seen_minor: 1,
                added_at: i64::from(*id),
            };
            cart.iter().map(line).collect()
        };
        let merged = merge(lines(&mine), lines(&guests));
        let different = mine.keys().chain(guests.keys()).collect::<std::collections::BTreeSet<_>>().len();
        prop_assert_eq!(merged.len(), different.min(CART_LINES_MAX));
        for line in &merged {
            let id: u8 = line.variant_id[1..].parse().expect("a number");
            let wanted = mine.get(&id).unwrap_or(&0) + guests.get(&id).unwrap_or(&0);
            prop_assert_eq!(line.quantity, wanted.min(QUANTITY_MAX));
        }
    }
}

#[test]
fn stock_moves_only_on_ways_that_exist() {
    use Reservation::{Held, Released, Taken};
    for state in State::ALL {
        for event in Event::ALL {
            let Some(to) = state.after(event) else { continue };
            let (from, to) = (state.reservation(), to.reservation());
            let known = from == to
                || matches!((from, to), (Held, Taken | Released) | (Taken, Released) | (Released, Taken));
            assert!(known, "{state:?} {event:?}: {from:?} to {to:?}");
        }
    }
}

#[test]
fn money_that_came_goes_only_by_being_given_back() {
    use PaymentEvent::*;
    for state in PaymentState::ALL {
        for event in [Start, Authorize, Capture, Fail, Cancel, RefundPart, RefundAll, Dispute] {
            let Some(to) = state.after(event) else { continue };
            if state.is_paid() && !to.is_paid() {
                assert_eq!((event, to), (RefundAll, PaymentState::Refunded), "{state:?}");
            }
            if to.is_paid() && !state.is_paid() {
                assert_eq!(event, Capture, "{state:?}");
            }
        }
    }
}
