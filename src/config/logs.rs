//! What is logged, and how.

use std::io::IsTerminal;

use super::Env;

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// See the module.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// `MERCER_LOG`: a tracing filter such as `info` or `info,mercer::web=debug`.
    pub filter: String,
    /// `MERCER_LOG_FORMAT`
    pub format: LogFormat,
}

impl LogConfig {
    pub fn from_env(env: &mut Env) -> LogConfig {
        let filter = env.text("MERCER_LOG").unwrap_or_else(|| "info".to_owned());
        if filter.parse::<tracing_subscriber::filter::Targets>().is_err() {
            env.wrong("MERCER_LOG", "a level (error, warn, info, debug, trace) or target=level pairs");
        }
        let default = if std::io::stderr().is_terminal() { LogFormat::Text } else { LogFormat::Json };
        let format = match env.text("MERCER_LOG_FORMAT").as_deref() {
            None => default,
            Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            Some(_) => {
                env.wrong("MERCER_LOG_FORMAT", "text or json");
                default
            }
        };
        LogConfig { filter, format }
    }
}
