//! `mercer serve`: serves the shop until it is told to stop.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Failure, start};
use crate::app::App;
use crate::config::Env;
use crate::server::Server;
use crate::web::assets;
use crate::web::kept::{self, Hits};
use crate::{edge, jobs, routes, telemetry};

/// How long workers and requests under way may take to end.
const FINISH_TIMEOUT: Duration = Duration::from_secs(25);

pub async fn run(env: Env) -> Result<(), Failure> {
    let app = start::store(env).await?;
    serve(app, |app, url| tracing::info!(url, shop = app.settings().name, "serving at {url}")).await
}

/// Serves `app`; `started` is told the address once the shop may receive traffic.
pub async fn serve(app: Arc<App>, started: impl FnOnce(&Arc<App>, &str)) -> Result<(), Failure> {
    let metrics = telemetry::start_metrics();
    let listen = app.config.server.listen;
    let endpoint = routes::routes(app.clone(), metrics);
    let connections = app.config.server.connections;
    let server = Server::bind(listen, endpoint, app.tasks.clone(), connections).map_err(|error| {
        Failure(format!("can't listen on {listen}: {error}; set MERCER_LISTEN to another address"))
    })?;
    let server = server.with_hits(Hits::new(&app));
    let (server_stop, worker_stop) = (CancellationToken::new(), CancellationToken::new());
    app.feed.poll(&app).await?;
    let files: Vec<_> = assets::list_files().collect();
    edge::assets::publish(&app, &files).await?;
    let workers = TaskTracker::new();
    workers.spawn(edge::feed::follow(app.clone(), worker_stop.clone()));
    workers.spawn(edge::feed::listen(app.clone(), worker_stop.clone()));
    workers.spawn(edge::nodes::beat(app.clone(), worker_stop.clone()));
    workers.spawn(edge::dispatcher::run(app.clone(), worker_stop.clone()));
    workers.spawn(edge::assets::keep(app.clone(), files, worker_stop.clone()));
    workers.spawn(kept::improve(app.clone(), worker_stop.clone()));
    workers.spawn(jobs::work(app.clone(), worker_stop.clone()));
    workers.spawn(jobs::periodic::repeat(app.clone(), worker_stop.clone()));

    app.ready.store(true, Ordering::Release);
    started(&app, &app.config.server.public_url);
    let running = tokio::spawn(server.run(server_stop.clone()));
    stop_signal(&app).await?;
    server_stop.cancel();
    running.await??;
    finish(&app, worker_stop, workers).await;
    Ok(())
}

/// Waits for the signal to stop. SIGTERM comes from a supervisor behind a load balancer: the shop says "not ready" and
/// serves on for the drain delay, until nobody sends it requests. Ctrl-C comes from a person and stops at once.
async fn stop_signal(app: &App) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {
            app.ready.store(false, Ordering::Release);
            tracing::info!("not ready any more; draining");
            tokio::time::sleep(app.config.server.drain_delay).await;
        }
        interrupted = tokio::signal::ctrl_c() => {
            interrupted?;
            app.ready.store(false, Ordering::Release);
        }
    }
    Ok(())
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
    tracing::info!("stopped");
}
