//! What the mails about a withdrawal say: the receipt that the law wants (what was declared, and when it came), and the
//! same news for the merchant.

use super::MailJob;
use super::words::{OrderPart, Row, line_of};
use crate::domain::order::Order;
use crate::domain::settings::ShopSettings;
use crate::domain::withdrawal::{Outcome, Withdrawal};
use crate::format;
use crate::texts::Texts;

/// The withdrawal that a mail is about.
pub fn id(job: &MailJob) -> Option<&str> {
    match job {
        MailJob::OrderWithdrawn { withdrawal_id, .. } | MailJob::WithdrawalNotice { withdrawal_id, .. } => {
            Some(withdrawal_id)
        }
        _ => None,
    }
}

pub fn find<'a>(job: &MailJob, order: &'a Order) -> Option<&'a Withdrawal> {
    let id = id(job)?;
    order.withdrawals.iter().find(|withdrawal| withdrawal.id == id)
}

/// What a text about a withdrawal may mention.
#[derive(Default)]
pub struct Facts {
    refund: String,
    moment: String,
    settled_by: String,
    goods_to: String,
}

impl Facts {
    pub fn of(shop: &ShopSettings, texts: &Texts, job: &MailJob, order: Option<&Order>) -> Facts {
        let Some((order, withdrawal)) = order.and_then(|order| Some((order, find(job, order)?))) else {
            return Facts::default();
        };
        let zone = shop.zone();
        Facts {
            refund: format::money(withdrawal.refund_minor, &order.currency, texts.language),
            moment: format::exact_time(withdrawal.at, &zone, texts),
            settled_by: format::date(withdrawal.settled_by(&zone), &zone, texts),
            goods_to: shop.company.join(", "),
        }
    }

    pub fn pairs(&self) -> [(&str, &str); 4] {
        [
            ("refund", &self.refund),
            ("moment", &self.moment),
            ("settled_by", &self.settled_by),
            ("goods_to", &self.goods_to),
        ]
    }
}

/// The paragraphs after the first one.
pub fn parts(shop: &ShopSettings, withdrawal: &Withdrawal) -> &'static [&'static str] {
    match withdrawal.outcome {
        Outcome::Cancelled if withdrawal.refund_minor == 0 => &["nothing_owed"],
        Outcome::Cancelled => &["stopped"],
        Outcome::PartUnsent => &["part_unsent"],
        Outcome::Return if shop.company.is_empty() => &["return_ask", "refund"],
        Outcome::Return => &["return", "refund"],
    }
}

/// What was declared, and what comes back for it.
pub fn part(shop: &ShopSettings, texts: &Texts, order: &Order, withdrawal: &Withdrawal) -> OrderPart {
    let row = |key: &str, text: String| Row { name: texts.get(key).to_owned(), text };
    let zone = shop.zone();
    let (number, placed) = (order.number.to_string(), format::date(order.placed_at, &zone, texts));
    let panel = vec![
        row("mail.withdrawal_order", texts.fill("order.number", &[("number", &number), ("date", &placed)])),
        // With its time zone: the receipt proves when the statement came.
        row("mail.withdrawal_at", format::exact_time(withdrawal.at, &zone, texts)),
        row("mail.withdrawal_name", withdrawal.name.clone()),
        row("mail.withdrawal_email", withdrawal.email.clone()),
    ];
    let of_line = |variant_id: &str| order.lines.iter().find(|line| line.variant_id == variant_id);
    let lines = withdrawal.lines.iter();
    let refund = format::money(withdrawal.refund_minor, &order.currency, texts.language);
    OrderPart {
        panel_title: texts.get("mail.part_withdrawal").to_owned(),
        panel: panel.into_iter().filter(|row| !row.text.is_empty()).collect(),
        lines_title: texts.get("mail.part_withdrawn").to_owned(),
        lines: lines
            .filter_map(|l| Some(line_of(texts, order, of_line(&l.variant_id)?, l.quantity)))
            .collect(),
        totals: match withdrawal.refund_minor {
            0 => Vec::new(),
            _ => vec![row("mail.withdrawal_refund", refund)],
        },
        taxes: Vec::new(),
        address: Vec::new(),
    }
}
