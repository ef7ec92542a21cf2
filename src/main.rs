//! Parses the command line and runs one command.

use std::process::ExitCode;

use clap::Parser as _;
use mercer::cli::{self, Cli};

fn main() -> ExitCode {
    // Wrong usage, or none at all: clap prints the help and exits with 2.
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            cli::out::complain(format_args!("mercer: the runtime does not start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(cli::run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            cli::out::complain(format_args!("mercer: {failure}"));
            ExitCode::FAILURE
        }
    }
}
