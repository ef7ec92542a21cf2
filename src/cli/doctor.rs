//! `mercer doctor`: checks the store's invariants, a line each.

use super::out::say;
use super::{Failure, start};
use crate::config::Env;
use crate::shop::doctor::examine;

pub async fn run(env: Env) -> Result<(), Failure> {
    let app = start::store(env).await?;
    let findings = examine(&app).await?;
    let mut broken = 0;
    for finding in &findings {
        if finding.broken == 0 {
            say!("ok      {}", finding.name);
        } else {
            broken += 1;
            say!("BROKEN  {}: {} rows, one is {}", finding.name, finding.broken, finding.example);
        }
    }
    app.db.close().await;
    match broken {
        0 => Ok(()),
        n => Err(Failure(format!("{n} of {} laws of the data are broken, see above", findings.len()))),
    }
}
