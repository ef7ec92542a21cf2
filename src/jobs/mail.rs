//! Words a mail and sends it. At least once: a crash between sending and removing the job sends it again, under the
//! same Message-ID.

use crate::app::App;
use crate::db::jobs::Job;
use crate::error::{Error, Result};
use crate::shop::mails;

/// `jobs.kind`
pub const KIND: &str = "mail";

/// Sends the mail that the job's payload describes.
pub async fn run(app: &App, job: &Job) -> Result<()> {
    let payload = serde_json::from_str(&job.payload).map_err(Error::internal)?;
    let mail = mails::render(app, &payload).await?;
    if mail.to.is_empty() {
        // Whoever deleted the account while an order was under way is not written to any more.
        return Ok(());
    }
    let settings = app.settings();
    let own = format!("\"{}\" <{}>", settings.name.replace(['"', '\\'], ""), settings.email);
    let from = app.config.mail.from.clone().unwrap_or(own);
    app.mailer.send(&from, &mail, &job.id, app.clock.now_ms()).await
}
