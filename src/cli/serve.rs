//! `mercer serve`: serves the shop until it is told to stop.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use poem::{Endpoint, Response};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Failure, sizing, start};
use crate::app::App;
use crate::config::Env;
use crate::server::Server;
use crate::supervisor::{Passed, Supervisor};
use crate::tls::{self, Tls};
use crate::web::assets;
use crate::web::guard::overload::Busy;
use crate::web::kept::{self, Hits};
use crate::{edge, jobs, routes, telemetry};

/// How long workers and requests under way may take to end.
const FINISH_TIMEOUT: Duration = Duration::from_secs(25);

pub async fn run(env: Env, passed: Passed) -> Result<(), Failure> {
    let config = start::configuration(env)?;
    let starting = Supervisor::new(&config.supervisor).starting();
    let app = start::opened(config).await?;
    let started = |app: &Arc<App>, url: &str| {
        drop(starting);
        tracing::info!(url, shop = app.settings().name, "serving at {url}");
    };
    serve(app, passed, started).await
}

/// Serves `app`; `started` is told the address once the shop may receive traffic.
pub async fn serve(
    app: Arc<App>,
    passed: Passed,
    started: impl FnOnce(&Arc<App>, &str),
) -> Result<(), Failure> {
    let metrics = telemetry::start_metrics();
    let endpoint = routes::routes(app.clone(), metrics);
    let tls = opened_tls(&app)?;
    let server = server(&app, endpoint, passed, tls.clone())?;
    let (server_stop, worker_stop) = (CancellationToken::new(), CancellationToken::new());
    app.feed.poll(&app).await?;
    let files: Vec<_> = assets::list_files().collect();
    edge::assets::publish(&app, &files).await?;
    let workers = start_workers(&app, files, &worker_stop);
    if let Some(tls) = tls {
        workers.spawn(tls::keeper::keep(app.clone(), tls, worker_stop.clone()));
    }

    let mut stop = Stop::listen(&app, server.draining())?;
    let url = &app.config.server.public_url;
    warn_of_tightness(&app).await;
    app.ready.store(true, Ordering::Release);
    started(&app, url);
    let running = tokio::spawn(server.run(server_stop.clone()));
    stop.supervisor.ready(url);
    tokio::spawn(stop.supervisor.clone().give_signs_of_life(app.clone()));
    stop.wait(&app).await;
    server_stop.cancel();
    running.await??;
    finish(&app, worker_stop, workers).await;
    Ok(())
}

/// Says so while it can be mended at leisure; it is no reason not to start.
async fn warn_of_tightness(app: &App) {
    match sizing::measure(&app.config, &app.db, app.clock.now_ms(), Some(&app.node_id)).await {
        Ok(Some(sizing)) if sizing.is_tight() => tracing::warn!("{sizing}"),
        Ok(_) => {}
        Err(error) => tracing::debug!(%error, "the database's connections were not counted"),
    }
}

/// The shop's own TLS, if it speaks any.
fn opened_tls(app: &App) -> Result<Option<Arc<Tls>>, Failure> {
    let Some(config) = app.config.tls.clone() else { return Ok(None) };
    Tls::open(config).map(|tls| Some(Arc::new(tls))).map_err(Failure)
}

/// The server on the sockets that were passed to us, else on some of our own.
fn server(
    app: &Arc<App>,
    endpoint: impl Endpoint<Output = Response> + 'static,
    passed: Passed,
    tls: Option<Arc<Tls>>,
) -> Result<Server, Failure> {
    let config = &app.config.server;
    let passed = passed.listeners(tls.as_ref().map(|tls| tls.config.listen.port())).map_err(|error| {
        Failure(format!(
            "the passed sockets can't be served: {error}; give the unit one ListenStream= of TCP, and one with the port \
             of MERCER_TLS_LISTEN where that is set"
        ))
    })?;
    let plain = listener(passed.plain, config.listen, "MERCER_LISTEN")?;
    let server = Server::on(plain, endpoint, app.tasks.clone(), config.connections)?;
    let hits = Hits::new(app);
    let server = server.with_hits(hits.clone()).with_busy(Busy::new(app, hits));
    let Some(tls) = tls else { return Ok(server) };
    let listener = listener(passed.tls, tls.config.listen, "MERCER_TLS_LISTEN")?;
    Ok(server.with_tls(listener, tls, config)?)
}

fn listener(passed: Option<TcpListener>, listen: SocketAddr, name: &str) -> Result<TcpListener, Failure> {
    match passed {
        Some(listener) => Ok(listener),
        None => TcpListener::bind(listen).map_err(|error| {
            // Under systemd the socket unit opens what our user may not.
            let or =
                if error.kind() == ErrorKind::PermissionDenied { ", or run ops/install again" } else { "" };
            Failure(format!("can't listen on {listen}: {error}; set {name} to another address{or}"))
        }),
    }
}

/// Starts what goes on beside the requests.
fn start_workers(
    app: &Arc<App>,
    files: Vec<edge::assets::AssetFile>,
    stop: &CancellationToken,
) -> TaskTracker {
    let workers = TaskTracker::new();
    workers.spawn(edge::feed::follow(app.clone(), stop.clone()));
    workers.spawn(edge::feed::listen(app.clone(), stop.clone()));
    workers.spawn(edge::nodes::beat(app.clone(), stop.clone()));
    workers.spawn(edge::dispatcher::run(app.clone(), stop.clone()));
    workers.spawn(edge::assets::keep(app.clone(), files, stop.clone()));
    workers.spawn(kept::improve(app.clone(), stop.clone()));
    workers.spawn(jobs::work(app.clone(), stop.clone()));
    workers.spawn(jobs::periodic::repeat(app.clone(), stop.clone()));
    workers
}

/// The word to stop.
struct Stop {
    supervisor: Supervisor,
    draining: Arc<AtomicBool>,
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// Listens for it from now on: who calls this before the shop says that it is ready is never cut off by one.
    fn listen(app: &App, draining: Arc<AtomicBool>) -> Result<Stop, Failure> {
        Ok(Stop {
            supervisor: Supervisor::new(&app.config.supervisor),
            draining,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for it. SIGTERM comes from a supervisor behind a load balancer: the shop says "not ready" and serves on for
    /// the drain delay, until nobody sends it requests. Ctrl-C comes from a person and stops at once.
    async fn wait(&mut self, app: &App) {
        let is_patient = tokio::select! {
            _ = self.terminate.recv() => true,
            _ = self.interrupt.recv() => false,
        };
        app.ready.store(false, Ordering::Release);
        self.draining.store(true, Ordering::Relaxed);
        self.supervisor.stopping();
        if is_patient {
            tracing::info!("not ready any more; draining");
            tokio::time::sleep(app.config.server.drain_delay).await;
        }
    }
}

/// Lets what is under way end: requests' own tasks first, then the job and the purge at hand.
async fn finish(app: &App, worker_stop: CancellationToken, workers: TaskTracker) {
    app.tasks.close();
    let ended = async {
        app.tasks.wait().await;
        worker_stop.cancel();
        workers.close();
        workers.wait().await;
    };
    if tokio::time::timeout(FINISH_TIMEOUT, ended).await.is_err() {
        tracing::warn!("some work did not end in time; the queue will do it again");
    }
    app.db.close().await;
    telemetry::export::flush().await;
    tracing::info!("stopped");
}
