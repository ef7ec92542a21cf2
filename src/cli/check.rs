//! `mercer check`: validates the configuration and every connection, a line each.

use super::out::say;
use super::{Failure, sizing, start};
use crate::clock::Clock;
use crate::config::{CertificateSource, Config, Env, MediaConfig, Mistake, TlsConfig};
use crate::db::Db;
use crate::outside::cloudfront::{Cdn, CdnError};
use crate::outside::mail::Mailer;
use crate::outside::objects::Objects;
use crate::outside::redis::Redis;
use crate::tls::keeper::valid_until;
use crate::tls::{Tls, acme};

/// Looks like an invalidation's id and is none.
const UNKNOWN_INVALIDATION: &str = "I00000000000000000";

pub async fn run(env: Env) -> Result<(), Failure> {
    let mut report = Report::default();
    match Config::load(env) {
        Ok(config) => {
            report.line("configuration", Ok("valid".to_owned()));
            parts(&config, &mut report).await;
        }
        Err(mistakes) => {
            for Mistake(line) in mistakes {
                report.line("configuration", Err(Failure(line)));
            }
        }
    }
    match report.failed {
        0 => Ok(()),
        1 => Err(Failure::new("one check failed")),
        n => Err(Failure(format!("{n} checks failed"))),
    }
}

async fn parts(config: &Config, report: &mut Report) {
    let database = start::database(config).await;
    match database {
        Ok(db) => {
            report.line("database", Ok(format!("{} answers", db.engine())));
            report.line("migrations", migrations(config, &db).await);
            report.line("clock", clock(&db).await);
            report.line("connections", connections(config, &db).await);
            db.close().await;
        }
        Err(failure) => report.line("database", Err(failure)),
    }
    report.line("redis", redis(config).await);
    report.line("data folder", data_folder(config));
    report.line("media", media(config).await);
    report.line("mail", mail(config).await);
    report.line("edge", edge(config).await);
    report.line("public address", Ok(public_address(config)));
    if let Some(tls) = &config.tls {
        report.line("tls", certificate(tls).await);
    }
}

async fn migrations(config: &Config, db: &Db) -> Result<String, Failure> {
    let pending = db.pending_migrations().await?;
    match (pending.is_empty(), config.server.migrate) {
        (true, _) => Ok("up to date".to_owned()),
        (false, true) => Ok(format!("{} pending; `mercer serve` applies them", pending.len())),
        (false, false) => Err(Failure(format!("{} pending; run `mercer migrate`", pending.len()))),
    }
}

async fn clock(db: &Db) -> Result<String, Failure> {
    let skew = crate::db::clock::find_clock_skew(&mut db.read().await?, Clock::System.now_ms()).await?;
    if skew.abs() > 2_000 {
        return Err(Failure(format!("{skew} ms from the database's; set the machine's clock")));
    }
    Ok(format!("{} ms from the database's", skew.abs()))
}

/// A shop that is migrated has the rows of its processes; before that there is nothing to count.
async fn connections(config: &Config, db: &Db) -> Result<String, Failure> {
    if !db.pending_migrations().await?.is_empty() {
        return Ok("not counted before the migrations".to_owned());
    }
    let now_ms = Clock::System.now_ms();
    Ok(match sizing::measure(config, db, now_ms, None).await? {
        Some(sizing) => sizing.to_string(),
        None => "an embedded database has no limit of them".to_owned(),
    })
}

async fn redis(config: &Config) -> Result<String, Failure> {
    if config.redis.url.is_none() {
        return Ok("none; logins are kept in the database, rates are counted by each process".to_owned());
    }
    let checked = async { Redis::new(&config.redis, Clock::System)?.check().await }.await;
    checked.map(|()| "answers; it keeps logins and counts rates".to_owned()).map_err(|error| {
        let Failure(why) = Failure::from(error);
        Failure(format!("{why}; check REDIS_URL"))
    })
}

fn data_folder(config: &Config) -> Result<String, Failure> {
    let probe = config.data_dir.join(".check");
    std::fs::create_dir_all(&config.data_dir)
        .and_then(|()| std::fs::write(&probe, b"ok"))
        .and_then(|()| std::fs::remove_file(&probe))
        .map_err(|error| Failure(format!("{}: {error}; set MERCER_DATA_DIR", config.data_dir.display())))?;
    Ok(format!("{} can be written", config.data_dir.display()))
}

async fn media(config: &Config) -> Result<String, Failure> {
    let MediaConfig::S3(address) = &config.media else { return Ok("in the data folder".to_owned()) };
    let checked = async { Objects::bucket(address).await?.check().await }.await;
    checked.map(|()| format!("{address} can be written and read")).map_err(|error| {
        let why = Failure::from(error);
        Failure(format!(
            "{address}: {why}; check AWS_REGION and allow s3:GetObject and s3:PutObject on its objects and \
             s3:ListBucket on the bucket, without which a missing picture looks like a forbidden one"
        ))
    })
}

async fn mail(config: &Config) -> Result<String, Failure> {
    Mailer::new(&config.mail)?.check().await?;
    Ok(match config.mail.smtp_url {
        Some(_) => "the server greets".to_owned(),
        None => format!("written to {}", config.mail.outbox.display()),
    })
}

/// Asks for an invalidation that does not exist: being told so takes the distribution and the permission to look. The
/// permission to make one can't be tried without making one.
async fn edge(config: &Config) -> Result<String, Failure> {
    let Some(id) = &config.edge.distribution_id else {
        return Ok(format!("no distribution; pages are kept for {} s at most", config.edge.page_ttl_s));
    };
    match Cdn::new(&config.edge).await.is_complete(UNKNOWN_INVALIDATION).await {
        Ok(_) | Err(CdnError::Unknown) => Ok(format!(
            "distribution {id} answers (cloudfront:GetInvalidation; cloudfront:CreateInvalidation is needed too)"
        )),
        Err(error) => Err(Failure(format!(
            "distribution {id}: {error}; set MERCER_CLOUDFRONT_DISTRIBUTION_ID and allow \
             cloudfront:GetInvalidation and cloudfront:CreateInvalidation on it"
        ))),
    }
}

fn public_address(config: &Config) -> String {
    let url = &config.server.public_url;
    if config.server.https {
        url.clone()
    } else {
        format!(
            "{url} is plain http: cookies go without Secure; set MERCER_PUBLIC_URL to an https origin to sell"
        )
    }
}

/// The certificate; where it is not there yet or soon to be renewed, its authority must be there.
async fn certificate(config: &TlsConfig) -> Result<String, Failure> {
    let opened = Tls::open(config.clone()).map_err(Failure)?;
    let served = opened.certificate();
    let text = match &served {
        Some(found) => format!("the certificate for {} is {}", config.host, valid_until(found)),
        None => format!("no certificate for {} yet; `mercer serve` orders it", config.host),
    };
    let left_ms = served.as_ref().map_or(0, |found| found.left_ms(Clock::System.now_ms()));
    match &config.source {
        CertificateSource::Files { .. } if left_ms <= 0 => {
            Err(Failure(format!("{text}; put another one in its place")))
        }
        CertificateSource::Acme(acme) if served.is_none_or(|found| left_ms < found.lifetime_ms() / 3) => {
            acme::reach(acme).await?;
            Ok(format!("{text} from {}, which answers", acme.directory))
        }
        _ => Ok(text),
    }
}

#[derive(Default)]
struct Report {
    failed: usize,
}

impl Report {
    fn line(&mut self, what: &str, outcome: Result<String, Failure>) {
        match outcome {
            Ok(text) => say!("ok      {what}: {text}"),
            Err(Failure(text)) => {
                self.failed += 1;
                say!("FAILED  {what}: {text}");
            }
        }
    }
}
