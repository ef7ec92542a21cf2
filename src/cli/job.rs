//! `mercer job`: what the durable queue holds, and what is to become of jobs that were given up.

use clap::Subcommand;

use super::out::say;
use super::table::{moment, print_table};
use super::{Failure, start};
use crate::app::App;
use crate::config::Env;
use crate::db::jobs::{JobSummary, list_jobs};
use crate::jobs;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Prints the jobs that wait, those that were given up first
    List {
        /// How many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=1000))]
        limit: i64,
    },
    /// Tries a job again that was given up, or all of them
    Retry {
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// All that were given up
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
    /// Removes a job for good that was given up; its work is never done
    Drop { id: String },
}

pub async fn run(env: Env, command: Command) -> Result<(), Failure> {
    start::with_store(env, async |app| act(app, command).await).await
}

async fn act(app: &App, command: Command) -> Result<(), Failure> {
    match command {
        Command::List { limit } => {
            let found = list_jobs(&mut app.db.read().await?, limit).await?;
            let rows: Vec<[String; 6]> = found.iter().map(summary).collect();
            print_table(&["ID", "KIND", "STATE", "TRIES", "NEXT", "LAST ERROR"], &rows);
            Ok(())
        }
        Command::Retry { id, .. } => match (jobs::revive(app, id.as_deref()).await?, id) {
            (0, Some(id)) => Err(none(&id)),
            (count, _) => {
                say!("{count} {} tried again", if count == 1 { "job is" } else { "jobs are" });
                Ok(())
            }
        },
        Command::Drop { id } => match jobs::remove_dead(app, &id).await? {
            false => Err(none(&id)),
            true => {
                say!("job {id} is removed");
                Ok(())
            }
        },
    }
}

fn none(id: &str) -> Failure {
    Failure(format!("no job {id} was given up; `mercer job list` shows them"))
}

fn summary(job: &JobSummary) -> [String; 6] {
    let next = if job.state == "ready" { moment(job.due_at) } else { "never".to_owned() };
    let (id, kind) = (job.id.clone(), job.kind.clone());
    [id, kind, job.state.clone(), job.attempts.to_string(), next, job.last_error.clone()]
}
