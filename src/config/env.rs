//! Reads environment variables and collects what is wrong with them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// Something wrong in the environment, as one line for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake(pub String);

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The environment, or a test's stand-in for it.
pub struct Env {
    vars: BTreeMap<String, String>,
    known: BTreeSet<&'static str>,
    mistakes: Vec<Mistake>,
}

impl Env {
    /// The process's own environment.
    pub fn process() -> Env {
        Env::of(std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))))
    }

    pub fn of(vars: impl IntoIterator<Item = (String, String)>) -> Env {
        Env { vars: vars.into_iter().collect(), known: BTreeSet::new(), mistakes: Vec::new() }
    }

    /// Sets `name` unless the environment has it: how `mercer demo` gives its defaults.
    pub fn set_default(&mut self, name: &str, value: impl Into<String>) {
        self.vars.entry(name.to_owned()).or_insert_with(|| value.into());
    }

    /// The variable's text; set but empty counts as not set.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        self.known.insert(name);
        self.vars.get(name).filter(|v| !v.is_empty()).cloned()
    }

    /// The parsed variable, or `default` when it is not set; `wants` completes "… wants …".
    pub fn parse<T: FromStr>(&mut self, name: &'static str, default: T, wants: &str) -> T {
        match self.text(name) {
            None => default,
            Some(text) => text.parse().unwrap_or_else(|_| {
                self.wrong(name, wants);
                default
            }),
        }
    }

    /// Notes that the variable's value is not what it should be.
    pub fn wrong(&mut self, name: &str, wants: &str) {
        let got = self.vars.get(name).map_or("nothing".to_owned(), |v| shown(v));
        // A secret must not appear in a log, not even a wrong one.
        let is_secret = ["SECRET", "KEY", "TOKEN", "HEADERS"].iter().any(|word| name.contains(word));
        let got = if is_secret { "a value (hidden)".to_owned() } else { got };
        self.mistakes.push(Mistake(format!("{name} is {got}; it wants {wants}")));
    }

    /// Ends the reading: unknown `MERCER_*` variables are mistakes too, each with its nearest neighbour.
    pub fn finish<T>(mut self, config: T) -> Result<T, Vec<Mistake>> {
        for name in self.vars.keys().filter(|n| n.starts_with("MERCER_") && !self.known.contains(n.as_str()))
        {
            let nearest = self
                .known
                .iter()
                .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
            let hint = nearest.map(|n| format!("; did you mean {n}?")).unwrap_or_default();
            self.mistakes.push(Mistake(format!("{name} is not a variable of this program{hint}")));
        }
        if self.mistakes.is_empty() { Ok(config) } else { Err(self.mistakes) }
    }
}

/// The value as a message may show it: the address of a server holds its password.
fn shown(value: &str) -> String {
    match value.split_once("://") {
        Some((scheme, rest)) if rest.contains('@') => format!("{:?}", format!("{scheme}://…")),
        _ => format!("{value:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::Env;

    #[test]
    fn a_message_holds_no_password() {
        let vars = [
            ("DATABASE_URL", "mysql://shop:hunter2@db/shop"),
            ("MERCER_METRICS_TOKEN", "hunter2"),
            ("MERCER_LISTEN", "nowhere"),
        ];
        let mut env = Env::of(vars.map(|(k, v)| (k.to_owned(), v.to_owned())));
        for (name, _) in vars {
            env.text(name);
            env.wrong(name, "something else");
        }
        let Err(mistakes) = env.finish(()) else { panic!("they are mistakes") };
        let told: Vec<&str> = mistakes.iter().map(|m| m.0.as_str()).collect();
        assert_eq!(
            told,
            [
                "DATABASE_URL is \"mysql://…\"; it wants something else",
                "MERCER_METRICS_TOKEN is a value (hidden); it wants something else",
                "MERCER_LISTEN is \"nowhere\"; it wants something else",
            ]
        );
    }
}
