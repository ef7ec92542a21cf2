//! Payments: the methods, the states with their legal moves, and what a bank transfer needs.

use super::money::Currency;
use super::settings::Bank;

/// A bank transfer is waited for this long; then the order expires.
pub const TRANSFER_HOLD_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// How a shopper pays. Hosted-page providers join here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// The order waits for the money.
    BankTransfer,
    /// The carrier collects the money; the order is final at once.
    PayOnDelivery,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub id: String,
    pub method: Method,
    pub state: PaymentState,
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// The provider's own, or what an operator noted.
    pub reference: String,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaymentState {
    Created,
    Pending,
    Authorized,
    Captured,
    Failed,
    Cancelled,
    PartiallyRefunded,
    Refunded,
    Disputed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaymentEvent {
    Start,
    Authorize,
    Capture,
    Fail,
    Cancel,
    RefundPart,
    RefundAll,
    Dispute,
}

impl Method {
    pub const ALL: [Method; 2] = [Method::BankTransfer, Method::PayOnDelivery];

    /// The stored name, the form's value and the text key after `payment.`.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::BankTransfer => "bank_transfer",
            Method::PayOnDelivery => "pay_on_delivery",
        }
    }

    pub fn parse(name: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.as_str() == name)
    }

    /// How long stock is held for an unpaid order; `None`: the sale is final at once.
    pub fn hold_ms(self) -> Option<i64> {
        match self {
            Method::BankTransfer => Some(TRANSFER_HOLD_MS),
            Method::PayOnDelivery => None,
        }
    }
}

impl PaymentState {
    pub const ALL: [PaymentState; 9] = [
        PaymentState::Created,
        PaymentState::Pending,
        PaymentState::Authorized,
        PaymentState::Captured,
        PaymentState::Failed,
        PaymentState::Cancelled,
        PaymentState::PartiallyRefunded,
        PaymentState::Refunded,
        PaymentState::Disputed,
    ];

    /// The state after `event`, or `None` if it changes nothing: a late "pending" can't undo a capture.
    pub fn after(self, event: PaymentEvent) -> Option<PaymentState> {
        use PaymentEvent::*;
        use PaymentState::*;
        match (self, event) {
            (Created | Failed, Start) => Some(Pending),
            (Created | Pending | Failed, Authorize) => Some(Authorized),
            // Money is money: it also arrives for a payment that was given up.
            (Created | Pending | Authorized | Failed | PaymentState::Cancelled, Capture) => Some(Captured),
            (Disputed, Capture) => Some(Captured),
            (Created | Pending | Authorized, Fail) => Some(Failed),
            (Created | Pending | Authorized | Failed, Cancel) => Some(PaymentState::Cancelled),
            (Captured | PartiallyRefunded, RefundPart) => Some(PartiallyRefunded),
            (Captured | PartiallyRefunded | Disputed, RefundAll) => Some(Refunded),
            (Captured | PartiallyRefunded, Dispute) => Some(Disputed),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            PaymentState::Created => "created",
            PaymentState::Pending => "pending",
            PaymentState::Authorized => "authorized",
            PaymentState::Captured => "captured",
            PaymentState::Failed => "failed",
            PaymentState::Cancelled => "cancelled",
            PaymentState::PartiallyRefunded => "partially_refunded",
            PaymentState::Refunded => "refunded",
            PaymentState::Disputed => "disputed",
        }
    }

    pub fn parse(name: &str) -> Option<PaymentState> {
        PaymentState::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether the shop has (some of) the money.
    pub fn is_paid(self) -> bool {
        matches!(self, PaymentState::Captured | PaymentState::PartiallyRefunded | PaymentState::Disputed)
    }
}

/// An IBAN as people write it, in groups of four: "DE02 1203 0000 0000 2020 51".
pub fn format_iban(iban: &str) -> String {
    let compact = compact_iban(iban);
    let mut spaced = String::with_capacity(compact.len() + compact.len() / 4);
    for (i, c) in compact.chars().enumerate() {
        if i > 0 && i % 4 == 0 {
            spaced.push(' ');
        }
        spaced.push(c);
    }
    spaced
}

/// Whether the check digits of an IBAN are right (spaces and case do not matter).
pub fn is_iban(iban: &str) -> bool {
    let compact = compact_iban(iban);
    let letters = compact.bytes().all(|b| b.is_ascii_alphanumeric());
    if !letters || !(15..=34).contains(&compact.len()) {
        return false;
    }
    // The number with its first four characters at the end, letters as 10 … 35, leaves 1 when divided by 97.
    let rest = compact[4..].chars().chain(compact[..4].chars()).fold(0_u32, |rest, c| {
        let digit = c.to_digit(36).expect("letters and digits were checked");
        if digit < 10 { (rest * 10 + digit) % 97 } else { (rest * 100 + digit) % 97 }
    });
    rest == 1
}

/// The text of the QR code that banking apps read (European Payments Council, version 2, UTF-8): a credit transfer
/// with beneficiary, amount and purpose filled in. `None` if the scheme can't carry it: another currency than EUR,
/// no account, nothing to pay or more than its limit.
pub fn epc_qr_text(bank: &Bank, currency: Currency, amount_minor: i64, purpose: &str) -> Option<String> {
    const AMOUNT_MAX_MINOR: i64 = 99_999_999_999;
    let payable = currency == Currency::EUR && (1..=AMOUNT_MAX_MINOR).contains(&amount_minor);
    if !payable || !is_iban(&bank.iban) || bank.holder.trim().is_empty() {
        return None;
    }
    let line = |text: &str, chars: usize| -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(chars).collect()
    };
    let amount = format!("EUR{}", currency.decimal(amount_minor));
    let fields = [
        "BCD",
        "002",
        "1",
        "SCT",
        &compact_iban(&bank.bic),
        &line(&bank.holder, 70),
        &compact_iban(&bank.iban),
        &amount,
        "",
        "",
        &line(purpose, 140),
    ];
    Some(fields.join("\n"))
}

fn compact_iban(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bank() -> Bank {
        Bank {
            holder: "Orrery Uhren GmbH".to_owned(),
            iban: "DE02 1203 0000 0000 2020 51".to_owned(),
            bic: "BYLADEM1001".to_owned(),
        }
    }

    #[test]
    fn the_qr_text_has_its_eleven_lines() {
        let text = epc_qr_text(&bank(), Currency::EUR, 34_900, "Order 10001").unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "BCD",
                "002",
                "1",
                "SCT",
                "BYLADEM1001",
                "Orrery Uhren GmbH",
                "DE02120300000000202051",
                "EUR349.00",
                "",
                "",
                "Order 10001"
            ]
        );
    }

    #[test]
    fn what_the_scheme_can_not_carry() {
        let yen = Currency::parse("JPY").unwrap();
        assert_eq!(epc_qr_text(&bank(), yen, 100, "x"), None);
        assert_eq!(epc_qr_text(&bank(), Currency::EUR, 0, "x"), None);
        assert_eq!(epc_qr_text(&Bank::default(), Currency::EUR, 100, "x"), None);
        let split = epc_qr_text(&bank(), Currency::EUR, 1, "two\nlines").unwrap();
        assert!(split.ends_with("\ntwo lines"), "a line break would shift the fields");
    }

    #[test]
    fn ibans() {
        assert_eq!(format_iban("de02120300000000202051"), "DE02 1203 0000 0000 2020 51");
        assert!(is_iban("DE02 1203 0000 0000 2020 51"));
        assert!(is_iban("GB82WEST12345698765432"));
        for bad in ["DE03 1203 0000 0000 2020 51", "", "DE02", "ÄÖ02120300000000202051"] {
            assert!(!is_iban(bad), "{bad}");
        }
    }

    #[test]
    fn every_pair_of_payment_state_and_event() {
        use PaymentEvent::*;
        let events = [Start, Authorize, Capture, Fail, Cancel, RefundPart, RefundAll, Dispute];
        let table = [
            ("created", ["pending", "authorized", "captured", "failed", "cancelled", "", "", ""]),
            ("pending", ["", "authorized", "captured", "failed", "cancelled", "", "", ""]),
            ("authorized", ["", "", "captured", "failed", "cancelled", "", "", ""]),
            ("captured", ["", "", "", "", "", "partially_refunded", "refunded", "disputed"]),
            ("failed", ["pending", "authorized", "captured", "", "cancelled", "", "", ""]),
            ("cancelled", ["", "", "captured", "", "", "", "", ""]),
            ("partially_refunded", ["", "", "", "", "", "partially_refunded", "refunded", "disputed"]),
            ("refunded", ["", "", "", "", "", "", "", ""]),
            ("disputed", ["", "", "captured", "", "", "", "refunded", ""]),
        ];
        assert_eq!(table.len(), PaymentState::ALL.len());
        for (state, row) in table {
            let from = PaymentState::parse(state).unwrap();
            for (event, to) in events.into_iter().zip(row) {
                assert_eq!(from.after(event).map_or("", PaymentState::as_str), to, "{state} {event:?}");
            }
        }
    }
}
