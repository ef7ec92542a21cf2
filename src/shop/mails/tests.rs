use super::*;
use crate::domain::address::Address;
use crate::domain::order::{OrderLine, State};
use crate::domain::payment::Method;
use crate::domain::settings::Bank;
use crate::domain::tax::TaxSum;
use crate::domain::withdrawal::{Outcome, Withdrawal, WithdrawnLine};

fn shop(language: &str) -> ShopSettings {
    ShopSettings {
        name: "Orrery & Sons".to_owned(),
        language: language.to_owned(),
        company: vec!["Orrery GmbH".to_owned(), "Uhrgasse 1".to_owned()],
        bank: Bank {
            holder: "Orrery GmbH".to_owned(),
            iban: "DE02120300000000202051".to_owned(),
            bic: "BYLADEM1001".to_owned(),
        },
        ..ShopSettings::default()
    }
}

fn order(state: State, payment_method: Method) -> Order {
    Order {
        id: "o".to_owned(),
        number: 10_001,
        token: "tok".to_owned(),
        customer_id: None,
        email: "ada@example.com".to_owned(),
        state,
        payment_method,
        shipping_key: "standard".to_owned(),
        shipping_name: "Standard".to_owned(),
        country: "DE".to_owned(),
        currency: "EUR".to_owned(),
        items_minor: 69_800,
        discount_minor: 1_000,
        shipping_minor: 490,
        tax_minor: 11_063,
        total_minor: 69_290,
        taxes: vec![TaxSum { rate_bp: 1900, net_minor: 58_227, tax_minor: 11_063 }],
        discount_code: "TEN".to_owned(),
        shipping_address: Address {
            name: "Ada <b>".to_owned(),
            line1: "Linienstraße 40".to_owned(),
            postcode: "10119".to_owned(),
            city: "Berlin".to_owned(),
            country: "DE".to_owned(),
            ..Address::default()
        },
        billing_address: None,
        note: String::new(),
        tracking: "JD0002".to_owned(),
        expires_at: Some(1_795_356_300_000),
        version: 0,
        placed_at: 1_794_751_500_000,
        updated_at: 1_794_751_500_000,
        lines: vec![OrderLine {
            variant_id: "v".to_owned(),
            product_slug: "field-38".to_owned(),
            title: "Field 38".to_owned(),
            variant_title: "Steel".to_owned(),
            sku: "F38".to_owned(),
            media_hash: String::new(),
            quantity: 2,
            unit_minor: 34_900,
            discount_minor: 1_000,
            total_minor: 68_800,
            rate_bp: 1900,
            tax_minor: 10_985,
        }],
        events: Vec::new(),
        payments: Vec::new(),
        withdrawals: vec![withdrawal(Outcome::Return)],
    }
}

fn withdrawal(outcome: Outcome) -> Withdrawal {
    Withdrawal {
        id: "w".to_owned(),
        outcome,
        whole: false,
        refund_minor: 34_400,
        name: "Ada <b>".to_owned(),
        email: "ada@example.com".to_owned(),
        at: 1_794_751_500_000,
        lines: vec![WithdrawnLine { variant_id: "v".to_owned(), quantity: 1 }],
    }
}

fn all_jobs() -> Vec<MailJob> {
    let order_id = "o".to_owned();
    let to = "ada@example.com".to_owned();
    let token = "secret-token".to_owned();
    vec![
        MailJob::OrderPlaced { order_id: order_id.clone() },
        MailJob::OrderPaid { order_id: order_id.clone() },
        MailJob::OrderConfirmed { order_id: order_id.clone() },
        MailJob::OrderShipped { order_id: order_id.clone() },
        MailJob::OrderCancelled { order_id: order_id.clone() },
        MailJob::OrderExpired { order_id: order_id.clone() },
        MailJob::OrderWithdrawn { order_id: order_id.clone(), withdrawal_id: "w".to_owned() },
        MailJob::WithdrawalNotice { order_id, withdrawal_id: "w".to_owned() },
        MailJob::AccountConfirm { to: to.clone(), token: token.clone() },
        MailJob::AccountExists { to: to.clone() },
        MailJob::AccountReset { to: to.clone(), token: token.clone() },
        MailJob::AccountPasswordChanged { to: to.clone() },
        MailJob::AccountEmailChange { to: to.clone(), token },
        MailJob::AccountEmailNotice { to: to.clone(), new_email: "new@example.com".to_owned() },
        MailJob::AccountDeleted { to },
    ]
}

fn render(language: &str, job: &MailJob, order: &Order) -> Mail {
    let order = words::order_id(job).map(|_| order);
    word(&shop(language), "https://shop.example", job, order, &[]).unwrap()
}

#[test]
fn every_mail_is_worded_in_every_language() {
    let order = order(State::PendingPayment, Method::BankTransfer);
    for language in crate::texts::LANGUAGES {
        for job in all_jobs() {
            let mail = render(language, &job, &order);
            let merchants = matches!(job, MailJob::WithdrawalNotice { .. });
            assert_eq!(mail.to, if merchants { "shop@example.com" } else { "ada@example.com" });
            assert_eq!(mail.reply_to.as_deref(), merchants.then_some("ada@example.com"));
            assert!(!mail.subject.contains("mail.") && mail.subject.len() > 10, "{}", mail.subject);
            for body in [&mail.text, &mail.html] {
                assert!(body.contains("https://shop.example/"), "{body}");
                assert!(!shows_a_key(body), "a missing text: {body}");
            }
            assert!(mail.html.contains("Orrery &#38; Sons") || mail.html.contains("Orrery &amp; Sons"));
            assert!(!mail.text.contains("&#") && !mail.text.contains("&amp;"), "{}", mail.text);
        }
    }
}

#[test]
fn a_transfer_is_explained_once() {
    let placed = MailJob::OrderPlaced { order_id: "o".to_owned() };
    let transfer = render("en", &placed, &order(State::PendingPayment, Method::BankTransfer));
    for body in [&transfer.text, &transfer.html] {
        for part in
            ["DE02 1203 0000 0000 2020 51", "Order 10001", "692.90\u{a0}€", "22\u{a0}November\u{a0}2026"]
        {
            assert!(body.contains(part), "{part}: {body}");
        }
    }
    let on_delivery = render("en", &placed, &order(State::Fulfilling, Method::PayOnDelivery));
    assert!(!on_delivery.text.contains("IBAN"), "{}", on_delivery.text);
    let paid = MailJob::OrderPaid { order_id: "o".to_owned() };
    assert!(!render("en", &paid, &order(State::Paid, Method::BankTransfer)).text.contains("IBAN"));
}

#[test]
fn what_a_shopper_typed_is_escaped() {
    let placed = MailJob::OrderPlaced { order_id: "o".to_owned() };
    let mail = render("en", &placed, &order(State::PendingPayment, Method::BankTransfer));
    assert!(!mail.html.contains("Ada <b>") && mail.text.contains("Ada <b>"));
}

#[test]
fn the_receipt_says_what_was_declared_when_and_what_follows() {
    let job = MailJob::OrderWithdrawn { order_id: "o".to_owned(), withdrawal_id: "w".to_owned() };
    for (outcome, next) in [
        (Outcome::Return, "Please send the goods by 29\u{a0}November\u{a0}2026 to: Orrery GmbH, Uhrgasse 1."),
        (Outcome::PartUnsent, "send you the rest of the order"),
        (Outcome::Cancelled, "nothing will be sent. We pay back 344.00\u{a0}€ by 29\u{a0}November\u{a0}2026"),
    ] {
        let mut order = order(State::Shipped, Method::BankTransfer);
        order.withdrawals = vec![withdrawal(outcome)];
        let mail = render("en", &job, &order);
        let declared = [
            "Order 10001",
            "15\u{a0}November\u{a0}2026, 15:05 (UTC+1)",
            "Field 38",
            "1\u{a0}×\u{a0}349.00\u{a0}€",
            next,
        ];
        for part in declared {
            assert!(mail.text.contains(part), "{part}: {}", mail.text);
            assert!(mail.html.contains(part), "{part}: {}", mail.html);
        }
        assert!(mail.text.contains("Ada <b>") && !mail.html.contains("Ada <b>"));
        assert!(!mail.text.contains("Where it goes"));
    }
}

#[test]
fn payloads_are_read_back() {
    for job in all_jobs() {
        assert_eq!(serde_json::from_str::<MailJob>(&job.payload()).unwrap(), job);
    }
    let loose = r#"{"template":"account_exists","email":"a@b.example"}"#;
    assert_eq!(
        serde_json::from_str::<MailJob>(loose).unwrap(),
        MailJob::AccountExists { to: "a@b.example".to_owned() }
    );
}

/// A missing text shows as its key: `mail.greeting`. A sentence may well end with "order."
fn shows_a_key(body: &str) -> bool {
    ["mail.", "order."].iter().any(|prefix| {
        body.split(prefix).skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
    })
}
