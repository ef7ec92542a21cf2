//! `mercer edge`: what waits for the edge, what is under way, and purges by hand.

use clap::Subcommand;

use super::out::say;
use super::table::print_table;
use super::{Failure, start};
use crate::app::App;
use crate::config::Env;
use crate::db::purges::{PurgeSummary, RoundSummary};
use crate::domain::purge::budget::cost_mills;
use crate::edge::request::{self, Target};
use crate::edge::status::{self, EdgeStatus};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Shows the feed, the serving processes, the newest purges and the month's budget
    Status,
    /// Asks for a purge; a serving process sends it
    #[command(arg_required_else_help = true)]
    Purge {
        /// A tag such as p<product>, or a path such as /p/name*
        #[arg(conflicts_with = "all", value_parser = target)]
        target: Option<Target>,
        /// Everything, pages without tags too
        #[arg(long)]
        all: bool,
    },
}

fn target(text: &str) -> Result<Target, String> {
    Target::parse(text).map_err(str::to_owned)
}

pub async fn run(env: Env, command: Command) -> Result<(), Failure> {
    start::with_store(env, async |app| act(app, command).await).await
}

async fn act(app: &App, command: Command) -> Result<(), Failure> {
    match command {
        Command::Status => {
            print(app, &status::read(app).await?);
            Ok(())
        }
        Command::Purge { target, all } => {
            let target = if all { Some(Target::All) } else { target };
            let target = target.ok_or_else(|| Failure::new("say what to purge: a tag, a path or --all"))?;
            let id = request::purge(app, &target).await?;
            let served = !status::read(app).await?.nodes.is_empty();
            say!("purge {id} waits to be sent; `mercer edge status` shows how it goes");
            if !served {
                say!("no process serves the shop at the moment; it goes out when one does");
            }
            Ok(())
        }
    }
}

fn print(app: &App, status: &EdgeStatus) {
    let (edge, now_ms) = (&app.config.edge, app.clock.now_ms());
    let line = |name: &str, text: String| say!("{name:<13} {text}");
    line(
        "distribution",
        match &edge.distribution_id {
            Some(id) => format!("{id}, by {}, mode {}", edge.invalidate_by.as_str(), edge.mode.as_str()),
            None => "none; nothing is sent, pages go by their age".to_owned(),
        },
    );
    line(
        "feed",
        match &status.waiting {
            Some(w) if edge.distribution_id.is_some() => format!(
                "{} changes wait, the oldest for {}; the newest is {}",
                w.count,
                seconds(now_ms - w.oldest_at),
                status.newest_change
            ),
            _ => format!("nothing waits; the newest change is {}", status.newest_change),
        },
    );
    let leader = status.leader.as_ref().map(|l| l.holder.as_str()).filter(|holder| !holder.is_empty());
    line("dispatcher", leader.unwrap_or("nobody").to_owned());
    let (spent, budget) = (status.spent, status.budget);
    let dollars = cost_mills(spent);
    line(
        "budget",
        format!(
            "{spent} of {} items in {}, ${}.{:02}; {} planned; spending: {}",
            budget.items_max,
            status.month,
            dollars / 1_000,
            dollars % 1_000 / 10,
            budget.used - spent,
            budget.stance().as_str()
        ),
    );
    say!();
    let nodes: Vec<[String; 4]> = status
        .nodes
        .iter()
        .map(|n| [n.id.clone(), n.build.clone(), n.acked.to_string(), seconds(now_ms - n.seen_at)])
        .collect();
    print_table(&["PROCESS", "BUILD", "APPLIED", "SEEN BEFORE"], &nodes);
    say!();
    let purges: Vec<[String; 7]> = status.purges.iter().map(|p| purge(p, now_ms)).collect();
    print_table(&["PURGE", "BEFORE", "STATE", "ROUNDS", "MODE", "WHY", "ITEMS"], &purges);
    say!();
    let is_open = |id: &str| status.purges.iter().any(|p| p.id == id && p.state == "open");
    let rounds: Vec<[String; 4]> =
        status.rounds.iter().filter(|r| is_open(&r.purge_id)).map(|r| round(r, now_ms)).collect();
    print_table(&["ROUND UNDER WAY", "STATE", "INVALIDATION", "NOW"], &rounds);
}

fn purge(purge: &PurgeSummary, now_ms: i64) -> [String; 7] {
    let state = match purge.ended_at {
        _ if purge.rounds == 0 => "not sent".to_owned(),
        Some(at) => format!("{} in {}", purge.state, seconds(at - purge.oldest_at)),
        None => purge.state.clone(),
    };
    [
        purge.id.clone(),
        seconds(now_ms - purge.seen_at),
        state,
        purge.rounds.to_string(),
        purge.mode.clone(),
        purge.reason.clone(),
        items(&purge.items),
    ]
}

fn round(round: &RoundSummary, now_ms: i64) -> [String; 4] {
    let now = match (round.state.as_str(), round.asked_at, round.completed_at) {
        ("done", Some(asked), Some(completed)) => format!("took {}", seconds(completed - asked)),
        ("sent", Some(asked), _) => format!("asked for {} before", seconds(now_ms - asked)),
        _ if round.not_before > now_ms => format!("due in {}", seconds(round.not_before - now_ms)),
        _ if round.attempts > 0 => format!("{} attempts: {}", round.attempts, round.last_error),
        _ => "due".to_owned(),
    };
    [format!("{} {}", round.purge_id, round.round), round.state.clone(), round.cloudfront_id.clone(), now]
}

/// The first of them, and how many more there are.
fn items(json: &str) -> String {
    const SHOWN: usize = 3;
    let items: Vec<String> = serde_json::from_str(json).unwrap_or_default();
    let more = items.len().saturating_sub(SHOWN);
    let shown = items.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(" ");
    if more == 0 { shown } else { format!("{shown} +{more}") }
}

fn seconds(ms: i64) -> String {
    format!("{}.{} s", ms.max(0) / 1_000, ms.max(0) % 1_000 / 100)
}
