//! The words of each mail, filled in.

use super::{MailJob, withdrawal};
use crate::domain::order::{Order, OrderLine, State};
use crate::domain::payment::{Method, format_iban};
use crate::domain::settings::ShopSettings;
use crate::format;
use crate::texts::Texts;

/// What every mail has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub to: String,
    pub subject: String,
    pub title: String,
    pub paragraphs: Vec<String>,
    /// The one clear next step.
    pub button: String,
    /// Absolute.
    pub link: String,
    /// Small print below the button; may be empty.
    pub note: String,
}

/// What a mail about an order shows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPart {
    pub panel_title: String,
    /// What the mail is about: how to transfer the money, what was withdrawn; may be empty.
    pub panel: Vec<Row>,
    pub lines_title: String,
    pub lines: Vec<Line>,
    pub totals: Vec<Row>,
    pub taxes: Vec<String>,
    /// Where the goods go; may be empty.
    pub address: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub name: String,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub title: String,
    /// Variant, quantity and unit price.
    pub detail: String,
    pub total: String,
}

/// The order that a mail is about.
pub fn order_id(job: &MailJob) -> Option<&str> {
    match job {
        MailJob::OrderPlaced { order_id }
        | MailJob::OrderPaid { order_id }
        | MailJob::OrderConfirmed { order_id }
        | MailJob::OrderShipped { order_id }
        | MailJob::OrderCancelled { order_id }
        | MailJob::OrderExpired { order_id }
        | MailJob::OrderWithdrawn { order_id, .. }
        | MailJob::WithdrawalNotice { order_id, .. } => Some(order_id),
        _ => None,
    }
}

impl Words {
    /// The words of `job`'s mail; `order` is the one that it names.
    pub fn of(
        shop: &ShopSettings,
        texts: &Texts,
        origin: &str,
        job: &MailJob,
        order: Option<&Order>,
    ) -> Words {
        let facts = Facts::of(shop, texts, job, order);
        let key = |part: &str| format!("mail.{}.{part}", name(job));
        let text = |part: &str| match texts.find(&key(part)) {
            Some(_) => texts.fill(&key(part), &facts.pairs()),
            None => String::new(),
        };
        let parts = std::iter::once("text")
            .chain(order.map_or(&[][..], |order| extra_parts(shop, job, order)).iter().copied());
        Words {
            to: to(shop, job, order),
            subject: text("subject"),
            title: text("title"),
            paragraphs: parts.map(text).filter(|p| !p.is_empty()).collect(),
            button: text("button"),
            link: format!("{origin}{}", path(job, order)),
            note: text("note"),
        }
    }
}

/// Everything that a text may mention.
struct Facts {
    shop: String,
    contact: String,
    new_email: String,
    number: String,
    total: String,
    date: String,
    shipping: String,
    tracking: String,
    withdrawal: withdrawal::Facts,
}

impl Facts {
    fn of(shop: &ShopSettings, texts: &Texts, job: &MailJob, order: Option<&Order>) -> Facts {
        let of_order = |get: &dyn Fn(&Order) -> String| order.map(get).unwrap_or_default();
        Facts {
            shop: shop.name.clone(),
            contact: shop.email.clone(),
            new_email: match job {
                MailJob::AccountEmailNotice { new_email, .. } => new_email.clone(),
                _ => String::new(),
            },
            number: of_order(&|o| o.number.to_string()),
            total: of_order(&|o| format::money(o.total_minor, &o.currency, texts.language)),
            date: of_order(&|o| {
                o.expires_at.map(|at| format::date(at, &shop.zone(), texts)).unwrap_or_default()
            }),
            shipping: of_order(&|o| o.shipping_name.clone()),
            tracking: of_order(&|o| o.tracking.clone()),
            withdrawal: withdrawal::Facts::of(shop, texts, job, order),
        }
    }

    fn pairs(&self) -> Vec<(&str, &str)> {
        let own: [(&str, &str); 8] = [
            ("shop", &self.shop),
            ("contact", &self.contact),
            ("new_email", &self.new_email),
            ("number", &self.number),
            ("total", &self.total),
            ("date", &self.date),
            ("shipping", &self.shipping),
            ("tracking", &self.tracking),
        ];
        own.into_iter().chain(self.withdrawal.pairs()).collect()
    }
}

impl OrderPart {
    /// `job` decides whether the mail still asks for money.
    pub fn of(shop: &ShopSettings, texts: &Texts, job: &MailJob, order: &Order) -> OrderPart {
        if let Some(withdrawal) = withdrawal::find(job, order) {
            return withdrawal::part(shop, texts, order, withdrawal);
        }
        let asks = matches!(job, MailJob::OrderPlaced { .. }) && awaits_transfer(order);
        OrderPart {
            panel_title: texts.get("mail.part_payment").to_owned(),
            panel: if asks { payment(shop, texts, order) } else { Vec::new() },
            lines_title: texts.get("mail.part_lines").to_owned(),
            lines: lines(texts, order),
            totals: totals(texts, order),
            taxes: taxes(texts, order),
            address: address(texts, order),
        }
    }
}

/// Whether the shop waits for a transfer for this order.
fn awaits_transfer(order: &Order) -> bool {
    order.payment_method == Method::BankTransfer && order.state == State::PendingPayment
}

/// The paragraphs after the first one.
fn extra_parts(shop: &ShopSettings, job: &MailJob, order: &Order) -> &'static [&'static str] {
    let on_delivery = order.payment_method == Method::PayOnDelivery;
    match job {
        MailJob::OrderPlaced { .. } if on_delivery => &["delivery"],
        MailJob::OrderPlaced { .. } if awaits_transfer(order) => &["transfer"],
        MailJob::OrderShipped { .. } => match (order.tracking.is_empty(), on_delivery) {
            (true, true) => &["delivery"],
            (true, false) => &[],
            (false, true) => &["tracking", "delivery"],
            (false, false) => &["tracking"],
        },
        _ => withdrawal::find(job, order).map_or(&[][..], |found| withdrawal::parts(shop, found)),
    }
}

fn payment(shop: &ShopSettings, texts: &Texts, order: &Order) -> Vec<Row> {
    let number = order.number.to_string();
    let rows = [
        ("mail.holder", shop.bank.holder.clone()),
        ("mail.iban", format_iban(&shop.bank.iban)),
        ("mail.bic", shop.bank.bic.clone()),
        ("mail.amount", format::money(order.total_minor, &order.currency, texts.language)),
        ("mail.reference", texts.fill("order.pay_purpose", &[("number", &number)])),
    ];
    rows.into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(key, text)| Row { name: texts.get(key).to_owned(), text })
        .collect()
}

fn lines(texts: &Texts, order: &Order) -> Vec<Line> {
    order.lines.iter().map(|line| line_of(texts, order, line, line.quantity)).collect()
}

/// `quantity` pieces of an order's line.
pub fn line_of(texts: &Texts, order: &Order, line: &OrderLine, quantity: i64) -> Line {
    let unit = format::money(line.unit_minor, &order.currency, texts.language);
    let pieces = texts.fill("mail.quantity", &[("quantity", &quantity.to_string()), ("price", &unit)]);
    Line {
        title: line.title.clone(),
        detail: match line.variant_title.is_empty() {
            true => pieces,
            false => format!("{} · {pieces}", line.variant_title),
        },
        total: format::money(line.unit_minor * quantity, &order.currency, texts.language),
    }
}

fn totals(texts: &Texts, order: &Order) -> Vec<Row> {
    let money = |minor: i64| format::money(minor, &order.currency, texts.language);
    let mut rows = vec![Row { name: texts.get("mail.items").to_owned(), text: money(order.items_minor) }];
    if order.discount_minor > 0 {
        let name = texts.fill("mail.discount", &[("code", &order.discount_code)]);
        rows.push(Row { name, text: money(-order.discount_minor) });
    }
    let name = texts.fill("mail.shipping", &[("name", &order.shipping_name)]);
    let free = order.shipping_minor == 0;
    let text = if free { texts.get("cart.shipping_free").to_owned() } else { money(order.shipping_minor) };
    rows.push(Row { name, text });
    rows.push(Row { name: texts.get("mail.total").to_owned(), text: money(order.total_minor) });
    rows
}

fn taxes(texts: &Texts, order: &Order) -> Vec<String> {
    let tax = |sum: &crate::domain::tax::TaxSum| {
        let tax = format::money(sum.tax_minor, &order.currency, texts.language);
        let rate = format::percent(sum.rate_bp, texts.language);
        texts.fill("mail.tax", &[("tax", &tax), ("rate", &rate)])
    };
    order.taxes.iter().map(tax).collect()
}

fn address(texts: &Texts, order: &Order) -> Vec<String> {
    let mut rows = order.shipping_address.lines();
    rows.push(country(texts, &order.shipping_address.country));
    rows
}

/// A country's name, or its code when it has none.
fn country(texts: &Texts, code: &str) -> String {
    texts.find(&format!("country.{code}")).unwrap_or(code).to_owned()
}

/// The name in text keys; the same as in the payload.
fn name(job: &MailJob) -> &'static str {
    match job {
        MailJob::OrderPlaced { .. } => "order_placed",
        MailJob::OrderPaid { .. } => "order_paid",
        MailJob::OrderConfirmed { .. } => "order_confirmed",
        MailJob::OrderShipped { .. } => "order_shipped",
        MailJob::OrderCancelled { .. } => "order_cancelled",
        MailJob::OrderExpired { .. } => "order_expired",
        MailJob::OrderWithdrawn { .. } => "order_withdrawn",
        MailJob::WithdrawalNotice { .. } => "withdrawal_notice",
        MailJob::AccountConfirm { .. } => "account_confirm",
        MailJob::AccountExists { .. } => "account_exists",
        MailJob::AccountReset { .. } => "account_reset",
        MailJob::AccountPasswordChanged { .. } => "account_password_changed",
        MailJob::AccountEmailChange { .. } => "account_email_change",
        MailJob::AccountEmailNotice { .. } => "account_email_notice",
        MailJob::AccountDeleted { .. } => "account_deleted",
    }
}

fn to(shop: &ShopSettings, job: &MailJob, order: Option<&Order>) -> String {
    match job {
        MailJob::WithdrawalNotice { .. } => shop.email.clone(),
        MailJob::OrderWithdrawn { .. } => {
            order.and_then(|o| withdrawal::find(job, o)).map(|w| w.email.clone()).unwrap_or_default()
        }
        MailJob::AccountConfirm { to, .. }
        | MailJob::AccountExists { to }
        | MailJob::AccountReset { to, .. }
        | MailJob::AccountPasswordChanged { to }
        | MailJob::AccountEmailChange { to, .. }
        | MailJob::AccountEmailNotice { to, .. }
        | MailJob::AccountDeleted { to } => to.clone(),
        _ => order.map(|o| o.email.clone()).unwrap_or_default(),
    }
}

/// Where the button leads, as a path of the shop. Built from configuration and our own tokens only.
fn path(job: &MailJob, order: Option<&Order>) -> String {
    match job {
        MailJob::AccountConfirm { token, .. } => format!("/account/confirm?token={token}"),
        MailJob::AccountExists { .. } => "/account/login".to_owned(),
        MailJob::AccountReset { token, .. } => format!("/account/reset?token={token}"),
        MailJob::AccountPasswordChanged { .. } => "/account/reset".to_owned(),
        MailJob::AccountEmailChange { token, .. } => format!("/account/email?token={token}"),
        MailJob::AccountEmailNotice { .. } => "/account/security".to_owned(),
        MailJob::AccountDeleted { .. } => "/".to_owned(),
        _ => format!("/orders/{}", order.map(|o| o.token.as_str()).unwrap_or_default()),
    }
}
