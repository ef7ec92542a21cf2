//! The program; all of it is the library's.

use std::process::ExitCode;

fn main() -> ExitCode {
    mercer::cli::main()
}
