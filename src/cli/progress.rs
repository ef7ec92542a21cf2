//! How long work shows itself: a bar on a terminal, now and then a line elsewhere.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

/// Without a terminal, a line is printed after this many things.
const LINE_EVERY: usize = 500;

/// See the module.
pub struct Progress {
    /// None without a terminal.
    bar: Option<ProgressBar>,
    /// Lines printed so far.
    told: AtomicUsize,
    noun: &'static str,
}

impl Progress {
    /// `noun`: what is counted, such as "products".
    pub fn new(noun: &'static str) -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style =
                ProgressStyle::with_template(&format!("{{bar:40}} {{pos}}/{{len}} {noun}, {{eta}} left"));
            ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Progress { bar, told: AtomicUsize::new(0), noun }
    }

    /// So much is done of what is known to be to do.
    pub fn show(&self, done: usize, total: usize) {
        match &self.bar {
            Some(bar) => {
                bar.set_length(total as u64);
                bar.set_position(done as u64);
            }
            None if done / LINE_EVERY > self.told.fetch_max(done / LINE_EVERY, Ordering::Relaxed) => {
                super::out::complain(format_args!("{done} of {total} {}", self.noun));
            }
            None => {}
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
