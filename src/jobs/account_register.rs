//! Opens the account that somebody registered, or tells the owner of one that is there already.

use crate::app::App;
use crate::db::jobs::Job;
use crate::error::{Error, Result};
use crate::shop::accounts;

/// `jobs.kind`
pub const KIND: &str = accounts::REGISTER_JOB;

/// Opens the job's account. Run twice, the second link replaces the first.
pub async fn run(app: &App, job: &Job) -> Result<()> {
    let payload = serde_json::from_str(&job.payload).map_err(Error::internal)?;
    accounts::open_registered(app, &payload).await
}
