//! Sends finished spans to a collector, in batches. What can't be sent is lost: a shop sells on without its traces.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, timeout};
use url::Url;

use super::otlp::{self, Span, Value};
use super::spans::Spans;
use crate::app::BUILD;
use crate::clock::Clock;
use crate::config::TracesConfig;
use crate::error::{Error, Result};
use crate::random::Random;

/// Spans of one request to the collector.
const BATCH_MAX: usize = 512;
/// How long a span waits for company.
const BATCH_EVERY: Duration = Duration::from_secs(2);
/// Spans that wait while the collector is slow; about 2 MB.
const WAITING_MAX: usize = 8_192;
const SEND_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a process that stops waits for its last spans.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

/// The process's one way to the collector, once there is one.
static EXPORT: OnceLock<Export> = OnceLock::new();
static LOST: AtomicU64 = AtomicU64::new(0);

/// Takes finished spans and never waits.
#[derive(Clone)]
pub struct Export(mpsc::Sender<Word>);

enum Word {
    Done(Span),
    Flush(oneshot::Sender<()>),
}

impl Export {
    pub fn send(&self, span: Span) {
        if self.0.try_send(Word::Done(span)).is_err() {
            LOST.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Starts to export, if the configuration names a collector: the layer that makes spans of what the program does.
pub fn start(config: &TracesConfig) -> Result<Option<Spans>> {
    let Some(endpoint) = config.endpoint.clone() else { return Ok(None) };
    let (sender, words) = mpsc::channel(WAITING_MAX);
    let collector = Collector::new(endpoint, config)?;
    tokio::spawn(collector.follow(words));
    let export = EXPORT.get_or_init(|| Export(sender)).clone();
    Ok(Some(Spans { export, clock: Clock::System, random: Random::System, sampled: config.sampled }))
}

/// Sends what is finished, within [`FLUSH_TIMEOUT`].
pub async fn flush() {
    let Some(Export(words)) = EXPORT.get() else { return };
    let flushed = async {
        let (done, is_done) = oneshot::channel();
        if words.send(Word::Flush(done)).await.is_ok() {
            drop(is_done.await);
        }
    };
    if timeout(FLUSH_TIMEOUT, flushed).await.is_err() {
        tracing::warn!("the last traces did not reach the collector in time");
    }
}

struct Collector {
    http: reqwest::Client,
    endpoint: Url,
    resource: Vec<(&'static str, Value)>,
    /// It was away at the last try: said once, not every two seconds.
    is_away: bool,
}

impl Collector {
    fn new(endpoint: Url, config: &TracesConfig) -> Result<Collector> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        for (name, value) in &config.headers {
            let name = HeaderName::try_from(name).map_err(Error::internal)?;
            headers.insert(name, HeaderValue::try_from(value).map_err(Error::internal)?);
        }
        let http = reqwest::Client::builder()
            .timeout(SEND_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .default_headers(headers)
            .build()
            .map_err(Error::internal)?;
        let resource = vec![
            ("service.name", Value::Text(config.service.clone())),
            ("service.version", Value::Text(BUILD.to_owned())),
            ("process.pid", Value::Number(std::process::id().into())),
        ];
        Ok(Collector { http, endpoint, resource, is_away: false })
    }

    async fn follow(mut self, mut words: mpsc::Receiver<Word>) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        let mut tick = interval(BATCH_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                word = words.recv() => match word {
                    Some(Word::Done(span)) => {
                        batch.push(span);
                        if batch.len() >= BATCH_MAX {
                            self.send(&mut batch).await;
                        }
                    }
                    Some(Word::Flush(done)) => {
                        self.send(&mut batch).await;
                        let _asker_may_have_gone = done.send(());
                    }
                    None => return,
                },
                _ = tick.tick() => self.send(&mut batch).await,
            }
        }
    }

    async fn send(&mut self, batch: &mut Vec<Span>) {
        if batch.is_empty() {
            return;
        }
        let body = otlp::request(&self.resource, batch);
        let answer = self.http.post(self.endpoint.clone()).body(body).send().await;
        match answer.and_then(reqwest::Response::error_for_status) {
            Ok(_) => self.is_away = false,
            Err(error) => {
                let lost = LOST.swap(0, Ordering::Relaxed) + batch.len() as u64;
                metrics::counter!("spans_lost_total").increment(lost);
                if !self.is_away {
                    // An address may hold a password.
                    let error = error.without_url();
                    tracing::warn!(%error, lost, "the collector takes no traces; they are lost until it does");
                }
                self.is_away = true;
            }
        }
        batch.clear();
    }
}
