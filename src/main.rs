//! Parses the command line and runs one command.

use std::process::ExitCode;

use clap::Parser as _;
use mercer::cli::{self, Cli};
use mercer::supervisor::Passed;

fn main() -> ExitCode {
    // First of all, since it changes the environment: there must be no other thread yet.
    let passed = Passed::take();
    // Wrong usage, or none at all: clap prints the help and exits with 2.
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            cli::out::complain(format_args!("mercer: the runtime does not start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(cli::run(cli, passed)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            cli::out::complain(format_args!("mercer: {failure}"));
            ExitCode::FAILURE
        }
    }
}
