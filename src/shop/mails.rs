//! What each mail says. A job holds a [`MailJob`]; it is worded when it is sent, so that it tells the newest state.

mod attached;
mod look;
mod plain;
mod withdrawal;
mod words;

use askama::Template;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::App;
use crate::db;
use crate::domain::catalogue::Page;
use crate::domain::order::Order;
use crate::domain::settings::ShopSettings;
use crate::error::{Error, OrNotFound, Result};
use crate::outside::mail::Mail;
use crate::texts::Texts;

use look::Look;
use words::{OrderPart, Words};

/// A mail to be sent, as the payload of a job of kind `mail`: `{"template": "order_placed", "order_id": …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "template", rename_all = "snake_case")]
pub enum MailJob {
    OrderPlaced {
        order_id: String,
    },
    OrderPaid {
        order_id: String,
    },
    OrderConfirmed {
        order_id: String,
    },
    OrderShipped {
        order_id: String,
    },
    OrderCancelled {
        order_id: String,
    },
    OrderExpired {
        order_id: String,
    },
    /// The receipt for a withdrawal, to whoever made it.
    OrderWithdrawn {
        order_id: String,
        withdrawal_id: String,
    },
    /// The same news for the merchant.
    WithdrawalNotice {
        order_id: String,
        withdrawal_id: String,
    },
    /// `token` confirms the address of a new account.
    AccountConfirm {
        #[serde(alias = "email")]
        to: String,
        token: String,
    },
    AccountExists {
        #[serde(alias = "email")]
        to: String,
    },
    /// `token` lets its bearer choose a new password.
    AccountReset {
        #[serde(alias = "email")]
        to: String,
        token: String,
    },
    AccountPasswordChanged {
        #[serde(alias = "email")]
        to: String,
    },
    /// To the new address; `token` confirms it.
    AccountEmailChange {
        #[serde(alias = "email")]
        to: String,
        token: String,
    },
    /// To the old address.
    AccountEmailNotice {
        #[serde(alias = "email")]
        to: String,
        new_email: String,
    },
    AccountDeleted {
        #[serde(alias = "email")]
        to: String,
    },
}

impl MailJob {
    /// The job's payload.
    pub fn payload(&self) -> String {
        serde_json::to_string(self).expect("an enum of strings is always JSON")
    }
}

/// Words the mail that a job's payload asks for.
pub async fn render(app: &App, payload: &Value) -> Result<Mail> {
    let job: MailJob = serde_json::from_value(payload.clone()).map_err(Error::internal)?;
    let order = match words::order_id(&job) {
        Some(order_id) => Some(find_order(app, order_id).await?),
        None => None,
    };
    if let (Some(id), Some(order)) = (withdrawal::id(&job), &order) {
        order.withdrawals.iter().find(|w| w.id == id).or_not_found("withdrawal")?;
    }
    let pages = attached::list_pages(&mut app.db.read().await?, &job).await?;
    word(&app.settings(), &app.config.server.public_url, &job, order.as_ref(), &pages)
}

async fn find_order(app: &App, order_id: &str) -> Result<Order> {
    let mut conn = app.db.read().await?;
    db::orders::find_order(&mut conn, order_id).await?.or_not_found("order")
}

/// Both bodies of a mail are made from this.
#[derive(Template)]
#[template(path = "mail/mail.html")]
struct HtmlMail<'a> {
    shop: &'a ShopSettings,
    texts: &'static Texts,
    look: Look,
    home: &'a str,
    subject: &'a str,
    words: &'a Words,
    order: &'a Option<OrderPart>,
    attached: &'a str,
    contact: &'a str,
}

#[derive(Template)]
#[template(path = "mail/mail.txt")]
struct TextMail<'a> {
    shop: &'a ShopSettings,
    texts: &'static Texts,
    words: &'a Words,
    order: &'a Option<OrderPart>,
    attached: &'a str,
    contact: &'a str,
}

/// Puts the mail together: `origin` is the shop's public address, `order` the one that the job names, `pages` go with it.
fn word(
    shop: &ShopSettings,
    origin: &str,
    job: &MailJob,
    order: Option<&Order>,
    pages: &[Page],
) -> Result<Mail> {
    let texts = Texts::of(&shop.language);
    let words = Words::of(shop, texts, origin, job, order);
    let part = order.map(|order| OrderPart::of(shop, texts, job, order));
    // The merchant's own notice is about a customer, who should get the answer.
    let customer =
        order.filter(|_| matches!(job, MailJob::WithdrawalNotice { .. })).map(|order| &order.email);
    let contact = match customer {
        Some(email) => texts.fill("mail.contact_customer", &[("contact", email)]),
        None => texts.fill("mail.contact", &[("contact", &shop.email)]),
    };
    let titles: Vec<&str> = pages.iter().map(|page| page.title.as_str()).collect();
    let attached = match titles.is_empty() {
        true => String::new(),
        false => texts.fill("mail.attached", &[("titles", &titles.join(", "))]),
    };
    let html = HtmlMail {
        shop,
        texts,
        look: Look::of(&shop.theme),
        home: origin,
        subject: &words.subject,
        words: &words,
        order: &part,
        attached: &attached,
        contact: &contact,
    };
    let text = TextMail { shop, texts, words: &words, order: &part, attached: &attached, contact: &contact };
    Ok(Mail {
        to: words.to.clone(),
        reply_to: customer.cloned(),
        subject: words.subject.clone(),
        text: text.render().map_err(Error::internal)?,
        html: html.render().map_err(Error::internal)?,
        attachments: pages.iter().map(|page| attached::file(shop, texts, origin, page)).collect(),
    })
}

#[cfg(test)]
mod tests;
