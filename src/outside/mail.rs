//! Mail: by SMTP, as files for a shop without one, or kept in memory for tests.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::config::MailConfig;
use crate::error::{Error, Result};

/// A server that does not take a mail within this gets it again later.
const SMTP_TIMEOUT: Duration = Duration::from_secs(10);

/// A mail as the shop words it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub to: String,
    /// Who gets an answer to the mail, if not the sender.
    pub reply_to: Option<String>,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub attachments: Vec<Attachment>,
}

/// A file of plain text that goes with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// With its ending.
    pub name: String,
    pub text: String,
}

/// Where mails go.
#[derive(Clone)]
pub enum Mailer {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// One `.eml` file per mail.
    Outbox(PathBuf),
    /// Keeps them for a test to read.
    Fake(Arc<Mutex<Vec<Mail>>>),
}

impl Mailer {
    /// The mailer that the configuration describes.
    pub fn new(config: &MailConfig) -> Result<Mailer> {
        match &config.smtp_url {
            None => Ok(Mailer::Outbox(config.outbox.clone())),
            Some(url) => {
                let transport =
                    AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(Error::internal)?;
                Ok(Mailer::Smtp(transport.timeout(Some(SMTP_TIMEOUT)).build()))
            }
        }
    }

    /// Sends `mail` as `from`. `id` makes the Message-ID: a mail sent twice after a crash is recognised as one.
    /// `now_ms` is its date.
    pub async fn send(&self, from: &str, mail: &Mail, id: &str, now_ms: i64) -> Result<()> {
        match self {
            Mailer::Fake(sent) => {
                sent.lock().unwrap_or_else(PoisonError::into_inner).push(mail.clone());
                Ok(())
            }
            Mailer::Smtp(transport) => transport
                .send(message(from, mail, id, now_ms)?)
                .await
                .map(drop)
                .map_err(|e| Error::Unavailable(Box::new(e))),
            Mailer::Outbox(folder) => {
                let bytes = message(from, mail, id, now_ms)?.formatted();
                write_file(folder, id, &bytes).await.map_err(Error::internal)
            }
        }
    }

    /// Asks the mail server whether it is there; files need no answer.
    pub async fn check(&self) -> Result<()> {
        match self {
            Mailer::Smtp(transport) => match transport.test_connection().await {
                Ok(true) => Ok(()),
                Ok(false) => Err(Error::Unavailable("the mail server does not greet".into())),
                Err(error) => Err(Error::Unavailable(Box::new(error))),
            },
            Mailer::Outbox(_) | Mailer::Fake(_) => Ok(()),
        }
    }
}

fn message(from: &str, mail: &Mail, id: &str, now_ms: i64) -> Result<Message> {
    let from: Mailbox = from.parse().map_err(Error::internal)?;
    let to: Mailbox = mail.to.parse().map_err(Error::internal)?;
    let host = from.email.domain().to_owned();
    let date = std::time::UNIX_EPOCH + Duration::from_millis(u64::try_from(now_ms).unwrap_or(0));
    let mut builder = Message::builder().from(from).to(to);
    if let Some(reply_to) = &mail.reply_to {
        builder = builder.reply_to(reply_to.parse().map_err(Error::internal)?);
    }
    builder
        .subject(&mail.subject)
        .date(date)
        .message_id(Some(format!("<{id}@{host}>")))
        .multipart(body(mail))
        .map_err(Error::internal)
}

/// Both bodies, and the files behind them if there are any.
fn body(mail: &Mail) -> MultiPart {
    let bodies = MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone());
    if mail.attachments.is_empty() {
        return bodies;
    }
    mail.attachments.iter().fold(MultiPart::mixed().multipart(bodies), |parts, file| {
        let part = lettre::message::Attachment::new(file.name.clone());
        let part: SinglePart = part.body(file.text.clone(), ContentType::TEXT_PLAIN);
        parts.singlepart(part)
    })
}

/// Written under another name first, so that nobody reads half a mail.
async fn write_file(folder: &std::path::Path, id: &str, bytes: &[u8]) -> std::io::Result<()> {
    tokio::fs::create_dir_all(folder).await?;
    let part = folder.join(format!(".{id}.part"));
    tokio::fs::write(&part, bytes).await?;
    tokio::fs::rename(&part, folder.join(format!("{id}.eml"))).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(attachments: Vec<Attachment>) -> String {
        let mail = Mail {
            to: "ada@example.com".to_owned(),
            reply_to: None,
            subject: "Your order".to_owned(),
            text: "Thank you".to_owned(),
            html: "<p>Thank you</p>".to_owned(),
            attachments,
        };
        let message = message("Shop <shop@example.com>", &mail, "id", 0).unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    #[test]
    fn files_stand_behind_the_bodies() {
        let terms = Attachment { name: "Terms.txt".to_owned(), text: "One\nTwo\n".to_owned() };
        let german = Attachment { name: "Geschäftsbedingungen.txt".to_owned(), text: "Für\n".to_owned() };
        let mail = written(vec![terms, german]);
        assert!(mail.contains("multipart/mixed") && mail.contains("multipart/alternative"), "{mail}");
        assert!(mail.contains("Content-Disposition: attachment; filename=\"Terms.txt\""), "{mail}");
        assert!(mail.contains("One\r\nTwo\r\n"), "{mail}");
        assert!(mail.contains("filename*0*=utf-8''Gesch%C3%A4ftsbedingungen.txt"), "{mail}");
        let at = |text: &str| mail.find(text).unwrap();
        assert!(at("<p>Thank you</p>") < at("Terms.txt"));
    }

    #[test]
    fn a_mail_without_files_is_two_bodies() {
        let mail = written(Vec::new());
        assert!(mail.contains("multipart/alternative") && !mail.contains("multipart/mixed"), "{mail}");
    }
}
