//! How mail leaves the store.

use std::path::{Path, PathBuf};

use super::Env;

/// See the module.
#[derive(Clone)]
pub struct MailConfig {
    /// `MERCER_SMTP_URL`; without it mails are written as files.
    pub smtp_url: Option<String>,
    /// `<MERCER_DATA_DIR>/outbox`
    pub outbox: PathBuf,
    /// `MERCER_MAIL_FROM`; without it the shop's own address from its settings.
    pub from: Option<String>,
}

/// The SMTP address may hold a password.
impl std::fmt::Debug for MailConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailConfig")
            .field("smtp", &self.smtp_url.is_some())
            .field("outbox", &self.outbox)
            .finish()
    }
}

impl MailConfig {
    pub fn from_env(env: &mut Env, data_dir: &Path) -> MailConfig {
        let smtp_url = env.text("MERCER_SMTP_URL");
        if smtp_url.as_ref().is_some_and(|u| !(u.starts_with("smtp://") || u.starts_with("smtps://"))) {
            env.wrong("MERCER_SMTP_URL", "smtp://USER:PASSWORD@HOST:PORT or smtps://…");
        }
        let from = env.text("MERCER_MAIL_FROM");
        if from.as_ref().is_some_and(|f| f.parse::<lettre::message::Mailbox>().is_err()) {
            env.wrong("MERCER_MAIL_FROM", "an address such as Shop <orders@shop.example>");
        }
        MailConfig { smtp_url, outbox: data_dir.join("outbox"), from }
    }
}
