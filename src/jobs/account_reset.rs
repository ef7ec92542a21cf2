//! Looks whether an address that asked for a new password has an account, and if so mails the link.

use crate::app::App;
use crate::db::jobs::Job;
use crate::error::{Error, Result};
use crate::shop::accounts;

/// `jobs.kind`
pub const KIND: &str = accounts::RESET_JOB;

/// Mails the link of the job's address. Run twice, the second link replaces the first.
pub async fn run(app: &App, job: &Job) -> Result<()> {
    let payload = serde_json::from_str(&job.payload).map_err(Error::internal)?;
    accounts::mail_reset(app, &payload).await
}
