//! Keeps the certificate fresh: the worker beside the requests.

use std::sync::Arc;
use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use tokio_util::sync::CancellationToken;

use super::acme::{AcmeError, Authority};
use super::certificate::Certificate;
use super::folder::Folder;
use super::pace::{Pauses, Validity};
use super::{Tls, from_files};
use crate::app::App;
use crate::config::{AcmeConfig, CertificateSource};

/// Between two looks at the clock and at the operator's files. Short of that nothing is late: the wall clock may jump.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// One attempt, from the account to the certificate.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(240);
/// The authority is asked this often when it wants the certificate renewed, whatever it says.
const WINDOW_EVERY_MS: i64 = 6 * 3_600_000;
/// With less than this left, a failure is an error and no warning any more.
const URGENT_MS: i64 = 7 * 24 * 3_600_000;

/// Keeps it until `shutdown`.
pub async fn keep(app: Arc<App>, tls: Arc<Tls>, shutdown: CancellationToken) {
    let kept = async {
        match &tls.config.source {
            CertificateSource::Files { certificate, key } => follow_files(&app, &tls, certificate, key).await,
            CertificateSource::Acme(config) => match Keeper::new(&app, &tls, config) {
                Ok(keeper) => keeper.run().await,
                Err(error) => tracing::error!("no certificate can be ordered: {error}"),
            },
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = kept => {}
    }
}

/// Takes the operator's files again when they have changed. A pair that does not fit is half of an exchange, or a
/// mistake: what was served before is served on.
async fn follow_files(app: &App, tls: &Tls, certificate: &std::path::Path, key: &std::path::Path) {
    let mut told = String::new();
    loop {
        measure(app, tls);
        tokio::time::sleep(LOOK_EVERY).await;
        match from_files(certificate, key, &tls.config.host) {
            Ok(found) if tls.certificate().is_none_or(|served| served.key.cert != found.key.cert) => {
                tracing::info!("MERCER_TLS_CERTIFICATE has changed: {}", valid_until(&found));
                tls.serve(found);
                told.clear();
            }
            Ok(_) => told.clear(),
            Err(error) if error != told => {
                tracing::error!("the certificate was not read again: {error}; the one before is served on");
                told = error;
            }
            Err(_) => {}
        }
    }
}

/// Who orders and renews.
struct Keeper<'a> {
    app: &'a App,
    tls: &'a Tls,
    config: &'a AcmeConfig,
    folder: Folder,
    pauses: Pauses,
    /// When the authority wants it renewed, in ms, and until when, by steady time, that word is good.
    window: Option<(i64, i64)>,
    window_until_ms: Option<i64>,
    /// From 0 to 1: where in the time for a renewal this shop's moment lies.
    chance: f64,
    /// Whether the operator knows that the limit of orders is reached.
    limit_told: bool,
}

impl<'a> Keeper<'a> {
    /// Errors: the folder can't be made any more, though it was there when the shop was opened.
    fn new(app: &'a App, tls: &'a Tls, config: &'a AcmeConfig) -> Result<Keeper<'a>, String> {
        let folder = Folder::open(config, &tls.config.host)?;
        let (window, window_until_ms, limit_told) = (None, None, false);
        let (pauses, chance) = (Pauses::default(), chance(app));
        Ok(Keeper { app, tls, config, folder, pauses, window, window_until_ms, chance, limit_told })
    }

    async fn run(mut self) {
        self.tell_beginning();
        let (config, folder) = (self.config, self.folder.clone());
        let mut authority = Authority::new(config, &self.tls.config.host, &folder);
        loop {
            measure(self.app, self.tls);
            if !self.is_due() {
                self.ask_window(&mut authority).await;
            }
            if self.is_due() && self.may_order() {
                self.attempt(&mut authority).await;
                measure(self.app, self.tls);
            }
            tokio::time::sleep(self.until_next_look()).await;
        }
    }

    fn tell_beginning(&self) {
        let (host, listen, directory) =
            (&self.tls.config.host, self.tls.config.listen, &self.config.directory);
        match self.tls.certificate() {
            Some(found) => tracing::info!("the certificate for {host} is {}", valid_until(&found)),
            None => tracing::info!(
                "there is no certificate for {host} yet: one is ordered from {directory}; until then {listen} ends \
                 every connection"
            ),
        }
    }

    /// When the certificate is to be renewed, in ms.
    fn renewal_ms(&self) -> Option<i64> {
        let facts = &self.tls.certificate()?.facts;
        let validity = Validity { not_before_ms: facts.not_before_ms, not_after_ms: facts.not_after_ms };
        Some(validity.renewal_ms(self.window, self.chance))
    }

    fn is_due(&self) -> bool {
        self.renewal_ms().is_none_or(|at| self.app.clock.now_ms() >= at)
    }

    /// Whether neither our pauses nor the limit of orders forbid it.
    fn may_order(&mut self) -> bool {
        if !self.pauses.are_over(self.app.clock.monotonic_ms()) {
            return false;
        }
        let wait_ms = match self.folder.orders() {
            Ok(orders) => orders.wait_ms(self.app.clock.now_ms()),
            // What can't be read can't be counted: the attempt says so.
            Err(_) => None,
        };
        if let (Some(wait_ms), false) = (wait_ms, self.limit_told) {
            tracing::warn!(
                "four certificates were ordered within an hour; the next one in {}",
                span(wait_ms)
            );
        }
        self.limit_told = wait_ms.is_some();
        wait_ms.is_none()
    }

    async fn attempt(&mut self, authority: &mut Authority<'_>) {
        let (clock, folder) = (&self.app.clock, &self.folder);
        let note = || folder.write_orders(&folder.orders()?.with(clock.now_ms()));
        // Every other attempt takes the other way: whatever is closed, one of the two may be open.
        let other_proof = self.pauses.failures() % 2 == 1;
        let ordered = authority.order(self.tls, other_proof, note);
        let outcome = tokio::time::timeout(ATTEMPT_TIMEOUT, ordered)
            .await
            .unwrap_or_else(|_| Err(AcmeError::Away("the authority takes too long".to_owned())));
        match outcome {
            Ok(certificate) => {
                tracing::info!(
                    "a certificate for {} is there, {}",
                    self.tls.config.host,
                    valid_until(&certificate)
                );
                self.tls.serve(certificate);
                self.pauses.note_success();
                (self.window, self.window_until_ms) = (None, None);
                self.chance = chance(self.app);
                metrics::counter!("tls_orders_total", "outcome" => "done").increment(1);
            }
            Err(error) => self.note_failure(&error),
        }
    }

    fn note_failure(&mut self, error: &AcmeError) {
        metrics::counter!("tls_orders_total", "outcome" => "failed").increment(1);
        let pause = self.pauses.note_failure(self.app.clock.monotonic_ms(), chance(self.app));
        let left_ms = self.tls.certificate().map(|served| served.left_ms(self.app.clock.now_ms()));
        let (host, again) = (&self.tls.config.host, span(pause));
        match left_ms {
            None => tracing::error!("no certificate for {host}: {error}; trying again in {again}"),
            Some(left) if left <= 0 => tracing::error!(
                "the certificate for {host} is not valid any more, and there is no other: {error}; trying again in {again}"
            ),
            Some(left) if left < URGENT_MS => tracing::error!(
                "the certificate for {host}, valid for {} more, was not renewed: {error}; trying again in {again}",
                span(left)
            ),
            Some(left) => tracing::warn!(
                "the certificate for {host}, valid for {} more, was not renewed: {error}; trying again in {again}",
                span(left)
            ),
        }
    }

    /// Asks the authority when it wants the certificate renewed; without an answer two thirds of its lifetime count.
    async fn ask_window(&mut self, authority: &mut Authority<'_>) {
        let steady_ms = self.app.clock.monotonic_ms();
        let Some(certificate) = self.tls.certificate() else { return };
        // Not right at the start: a restart asks nobody for anything.
        let until_ms = *self.window_until_ms.get_or_insert(steady_ms + first_window_ms(&certificate));
        if steady_ms < until_ms {
            return;
        }
        self.window_until_ms = Some(steady_ms + WINDOW_EVERY_MS);
        match tokio::time::timeout(ATTEMPT_TIMEOUT, authority.renewal_window(&certificate)).await {
            Ok(Ok(window)) => self.window = window,
            Ok(Err(error)) => tracing::debug!(%error, "the authority did not say when to renew"),
            Err(_) => tracing::debug!("the authority did not say in time when to renew"),
        }
    }

    fn until_next_look(&self) -> Duration {
        let due_ms = self.renewal_ms().map_or(0, |at| at - self.app.clock.now_ms());
        let look_ms = i64::try_from(LOOK_EVERY.as_millis()).unwrap_or(i64::MAX);
        // A second at least, while it is due but may not be ordered yet.
        Duration::from_millis(due_ms.clamp(1_000, look_ms).unsigned_abs())
    }
}

/// A tenth of its lifetime, six hours at most.
fn first_window_ms(certificate: &Certificate) -> i64 {
    (certificate.lifetime_ms() / 10).min(WINDOW_EVERY_MS)
}

/// The state of the certificate, for whoever watches over the shop.
fn measure(app: &App, tls: &Tls) {
    let left_ms = tls.certificate().map_or(0, |served| served.left_ms(app.clock.now_ms()));
    metrics::gauge!("tls_certificate_expires_seconds").set(left_ms as f64 / 1_000.0);
}

fn chance(app: &App) -> f64 {
    app.random.below(1_001) as f64 / 1_000.0
}

/// When it ends, as the log and `mercer check` say it.
pub fn valid_until(certificate: &Certificate) -> String {
    let at = time::OffsetDateTime::from_unix_timestamp(certificate.facts.not_after_ms / 1_000);
    let text = at.ok().and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default();
    format!("valid until {text}")
}

/// A span of time in its largest whole unit.
fn span(ms: i64) -> String {
    let seconds = ms.max(0) / 1_000;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
