//! Configuration: everything from the environment, one struct per concern.
//!
//! Every mistake is found at once: `Config::load` collects them all, each naming the variable, what it got and what it
//! wants. The README has the table.

pub mod database;
pub mod edge;
pub mod env;
pub mod logs;
pub mod mail;
pub mod media;
pub mod payment;
pub mod redis;
pub mod server;
pub mod supervisor;
pub mod tls;
pub mod traces;

use std::path::PathBuf;

pub use database::DatabaseConfig;
pub use edge::EdgeConfig;
pub use env::{Env, Mistake};
pub use logs::{LogConfig, LogFormat};
pub use mail::MailConfig;
pub use media::MediaConfig;
pub use payment::{PaymentConfig, PaymentMethod};
pub use redis::RedisConfig;
pub use server::ServerConfig;
pub use supervisor::SupervisorConfig;
pub use tls::{AcmeConfig, CertificateSource, TlsConfig};
pub use traces::TracesConfig;

/// The whole configuration of one process.
#[derive(Debug, Clone)]
pub struct Config {
    pub server: ServerConfig,
    /// `None`: something in front of the shop speaks TLS, or nobody does.
    pub tls: Option<TlsConfig>,
    pub database: DatabaseConfig,
    pub redis: RedisConfig,
    /// `MERCER_DATA_DIR`: media, mail outbox, certificates and the embedded database.
    pub data_dir: PathBuf,
    pub mail: MailConfig,
    pub media: MediaConfig,
    pub payment: PaymentConfig,
    pub edge: EdgeConfig,
    pub log: LogConfig,
    pub supervisor: SupervisorConfig,
    pub traces: TracesConfig,
}

impl Config {
    /// Reads and checks the whole environment; on failure every mistake that was found.
    pub fn load(mut env: Env) -> Result<Config, Vec<Mistake>> {
        let data_dir = PathBuf::from(env.text("MERCER_DATA_DIR").unwrap_or_else(|| "data".to_owned()));
        let server = ServerConfig::from_env(&mut env);
        let config = Config {
            tls: TlsConfig::from_env(&mut env, &server, &data_dir),
            server,
            database: DatabaseConfig::from_env(&mut env, &data_dir),
            redis: RedisConfig::from_env(&mut env),
            mail: MailConfig::from_env(&mut env, &data_dir),
            media: MediaConfig::from_env(&mut env, &data_dir),
            payment: PaymentConfig::from_env(&mut env),
            edge: EdgeConfig::from_env(&mut env),
            log: LogConfig::from_env(&mut env),
            supervisor: SupervisorConfig::from_env(&mut env),
            traces: TracesConfig::from_env(&mut env),
            data_dir,
        };
        env.finish(config)
    }
}
