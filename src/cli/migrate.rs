//! `mercer migrate`: applies migrations, or tells which are pending.

use super::out::say;
use super::{Failure, start};
use crate::config::Env;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only tells whether migrations are pending; exits 1 if so
    #[arg(long)]
    check: bool,
}

pub async fn run(env: Env, args: Args) -> Result<(), Failure> {
    let config = start::configuration(env)?;
    let db = start::database(&config).await?;
    let pending = db.pending_migrations().await?;
    if args.check {
        return if pending.is_empty() {
            say!("no migration is pending");
            Ok(())
        } else {
            Err(Failure(format!("pending: {}; run `mercer migrate`", pending.join(", "))))
        };
    }
    db.migrate().await?;
    for name in &pending {
        say!("applied {name}");
    }
    say!("the schema is up to date");
    Ok(())
}
