//! What commands print. Who reads it may leave at any time (`mercer openapi | head`): the command goes on to its end
//! all the same, and says nothing more.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::sync::{Mutex, PoisonError};

use super::Failure;

/// The first fault of standard output that was not its reader's leaving, such as a full disk.
static FAULT: Mutex<Option<io::Error>> = Mutex::new(None);

/// A line on standard output.
pub fn line(text: Arguments<'_>) {
    note_fault(writeln!(io::stdout().lock(), "{text}"));
}

/// A line on standard error, where nobody could be told that it failed.
pub fn complain(text: Arguments<'_>) {
    drop(writeln!(io::stderr().lock(), "{text}"));
}

/// Whether everything that was printed went where it should.
pub fn result() -> Result<(), Failure> {
    note_fault(io::stdout().flush());
    match FAULT.lock().unwrap_or_else(PoisonError::into_inner).take() {
        None => Ok(()),
        Some(error) => {
            Err(Failure(format!("standard output can't be written: {error}; what is printed is cut off")))
        }
    }
}

fn note_fault(outcome: io::Result<()>) {
    if let Err(error) = outcome
        && error.kind() != ErrorKind::BrokenPipe
    {
        FAULT.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

/// `say!("…")`: a line on standard output; see [`line`].
macro_rules! say {
    () => { $crate::cli::out::line(format_args!("")) };
    ($($text:tt)+) => { $crate::cli::out::line(format_args!($($text)+)) };
}

pub(crate) use say;
