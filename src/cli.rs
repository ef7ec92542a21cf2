//! The command line: one file per command in `cli/`.

pub mod assets;
pub mod backup;
pub mod check;
pub mod demo;
pub mod doctor;
pub mod edge;
pub mod export;
pub mod healthcheck;
pub mod import;
pub mod job;
pub mod migrate;
pub mod order;
pub mod out;
mod progress;
pub mod serve;
mod sizing;
pub mod start;
mod table;

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Env;
use crate::error::with_causes;
use crate::supervisor::Passed;

/// An online store in one binary. Settings come from the environment; the README lists them.
#[derive(Debug, Parser)]
#[command(name = "mercer", version = crate::app::BUILD, long_version = env!("BUILD_DETAILS"), about, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// See [`Cli`].
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves a complete demo shop: `watches` (the default) or `accessories`
    Demo(demo::Args),
    /// Serves the shop that the environment describes
    Serve,
    /// Applies migrations
    Migrate(migrate::Args),
    /// Validates the configuration and every connection
    Check,
    /// Imports products from a CSV file
    Import(import::Args),
    /// Exports the public shop as static files, or all products as CSV
    Export(export::Args),
    /// Uploads the assets of this build, for an edge that serves them from a bucket
    #[command(subcommand)]
    Assets(assets::Command),
    /// Writes a consistent copy of an embedded shop to FILE, while it is being served
    Backup { file: PathBuf },
    /// Puts a backup back; what was there before is kept beside it
    Restore { file: PathBuf },
    /// Checks the store's invariants, a line each
    Doctor,
    /// Lists, shows and moves orders
    #[command(subcommand)]
    Order(order::Command),
    /// Lists jobs, and tries again or drops those that were given up
    #[command(subcommand)]
    Job(job::Command),
    /// Shows and makes purges of the edge cache
    #[command(subcommand)]
    Edge(edge::Command),
    /// Prints the OpenAPI document
    Openapi,
    /// Asks the running server whether it may receive traffic
    Healthcheck,
}

/// Why a command failed: one line that says what and what to do.
#[derive(Debug)]
pub struct Failure(pub String);

impl Failure {
    pub fn new(text: impl Into<String>) -> Failure {
        Failure(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An error of the program, with its causes on the same line.
impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure(with_causes(&error).replace('\n', " "))
    }
}

/// Parses the command line and runs one command. The runtime stands here and not in `main.rs`, since async code is compiled
/// where it is waited for: this is done with the library, by several threads, and once.
pub fn main() -> ExitCode {
    // First of all, since it changes the environment: there must be no other thread yet.
    let passed = Passed::take();
    // Wrong usage, or none at all: clap prints the help and exits with 2.
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            out::complain(format_args!("mercer: the runtime does not start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli, passed)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            out::complain(format_args!("mercer: {failure}"));
            ExitCode::FAILURE
        }
    }
}

/// Runs the command in the process's environment, with the sockets that were `passed` to it.
async fn run(cli: Cli, passed: Passed) -> Result<(), Failure> {
    command(cli.command, Env::process(), passed).await.and_then(|()| out::result())
}

async fn command(command: Command, env: Env, passed: Passed) -> Result<(), Failure> {
    match command {
        Command::Demo(args) => demo::run(env, args, passed).await,
        Command::Serve => serve::run(env, passed).await,
        Command::Migrate(args) => migrate::run(env, args).await,
        Command::Check => check::run(env).await,
        Command::Import(args) => import::run(env, args).await,
        Command::Export(args) => export::run(env, args).await,
        Command::Assets(command) => assets::run(command).await,
        Command::Backup { file } => backup::run_backup(env, &file).await,
        Command::Restore { file } => backup::run_restore(env, &file).await,
        Command::Doctor => doctor::run(env).await,
        Command::Order(command) => order::run(env, command).await,
        Command::Job(command) => job::run(env, command).await,
        Command::Edge(command) => edge::run(env, command).await,
        Command::Openapi => {
            out::say!("{}", crate::api::document());
            Ok(())
        }
        Command::Healthcheck => healthcheck::run(env).await,
    }
}
