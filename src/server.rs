//! The accept loop: our own, in front of poem's routes.
//!
//! poem's server has no header timeout and half of hyper's speed, so connections are ours: one single-threaded runtime
//! per core accepts from one shared listener and speaks HTTP/1.1; each request is handed to the shared runtime, which
//! also gives it a life of its own: a client that hangs up does not stop a checkout half-way. CloudFront and ALB
//! speak HTTP/1.1 to us.

mod courtesy;
mod crowd;
mod refuse;
mod stream;

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{Either, Full};
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::endpoint::BoxEndpoint;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, EndpointExt};
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::web::kept::Hits;
use courtesy::Courteous;
use crowd::{Crowd, Place};
use stream::{Phase, Watched};

/// Bytes of request line and headers; CloudFront caps its own at 20,480.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// How long shutdown waits for requests under way.
const FINISH_TIMEOUT: Duration = Duration::from_secs(25);

/// How long a connection that must end waits for its first request.
const SILENCE_MAX: Duration = Duration::from_secs(1);

type Routes = Arc<BoxEndpoint<'static, poem::Response>>;
/// A hit of the page cache is whole and shared; everything else is boxed.
type AnswerBody = Either<Full<Bytes>, BoxBody<Bytes, io::Error>>;

/// A server that is not running yet.
pub struct Server {
    listener: TcpListener,
    local: SocketAddr,
    routes: Routes,
    hits: Option<Hits>,
    tasks: TaskTracker,
    crowd: Arc<Crowd>,
    draining: Arc<AtomicBool>,
}

impl Server {
    /// Serves on `listener`. `tasks` tracks the requests under way. At most `connections`
    /// are open at once; without a number, what the limit of file descriptors leaves.
    pub fn on(
        listener: TcpListener,
        routes: impl Endpoint<Output = poem::Response> + 'static,
        tasks: TaskTracker,
        connections: Option<NonZeroUsize>,
    ) -> io::Result<Server> {
        listener.set_nonblocking(true)?;
        let local = listener.local_addr()?;
        let crowd = Crowd::new(connections);
        let draining = Arc::new(AtomicBool::new(false));
        Ok(Server { listener, local, routes: Arc::new(routes.boxed()), hits: None, tasks, crowd, draining })
    }

    /// Answers from the page cache before the routes are asked.
    pub fn with_hits(self, hits: Hits) -> Server {
        Server { hits: Some(hits), ..self }
    }

    /// Once set, each answer closes its connection: clients take a new one, elsewhere, at a moment when nothing is under
    /// way. A connection that is closed between two answers may meet the next request, which is then lost.
    pub fn draining(&self) -> Arc<AtomicBool> {
        self.draining.clone()
    }

    /// The address that is listened on.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Serves until `shutdown`, then finishes what is under way within [`FINISH_TIMEOUT`].
    pub async fn run(self, shutdown: CancellationToken) -> io::Result<()> {
        let shared = Handle::current();
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut acceptors = Vec::with_capacity(cores);
        for core in 0..cores {
            let listener = self.listener.try_clone()?;
            let connections = Connections {
                routes: self.routes.clone(),
                hits: self.hits.clone(),
                shared: shared.clone(),
                tasks: self.tasks.clone(),
                local: self.local,
                crowd: self.crowd.clone(),
                draining: self.draining.clone(),
                shutdown: shutdown.clone(),
            };
            let thread = std::thread::Builder::new().name(format!("accept-{core}"));
            acceptors.push(thread.spawn(move || accept_on_this_thread(listener, connections))?);
        }
        drop(self.listener);
        tokio::task::spawn_blocking(move || {
            for acceptor in acceptors {
                acceptor.join().map_err(|_| io::Error::other("an accept thread panicked"))??;
            }
            Ok(())
        })
        .await
        .map_err(io::Error::other)?
    }
}

/// What one acceptor's connections share.
#[derive(Clone)]
struct Connections {
    routes: Routes,
    hits: Option<Hits>,
    shared: Handle,
    tasks: TaskTracker,
    local: SocketAddr,
    crowd: Arc<Crowd>,
    draining: Arc<AtomicBool>,
    shutdown: CancellationToken,
}

impl Connections {
    /// Makes the answer its connection's last while the server drains.
    fn last_if_draining(&self, mut response: hyper::Response<AnswerBody>) -> hyper::Response<AnswerBody> {
        if self.draining.load(Ordering::Relaxed) {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

fn accept_on_this_thread(listener: TcpListener, connections: Connections) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, accept(listener, connections))
}

async fn accept(listener: TcpListener, connections: Connections) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let connections = Rc::new(connections);
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            () = connections.shutdown.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let connections = connections.clone();
                    open.spawn_local(async move {
                        let admitted = connections.crowd.admit(stream).await;
                        if let Some((stream, place)) = admitted {
                            serve_connection(stream, peer, connections, place).await;
                        }
                    });
                }
                // Out of file descriptors, or the peer is gone already: neither ends the server.
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = open.join_next(), if !open.is_empty() => {}
        }
    }
    drop(listener);
    if tokio::time::timeout(FINISH_TIMEOUT, async { while open.join_next().await.is_some() {} })
        .await
        .is_err()
    {
        tracing::warn!(connections = open.len(), "cut off what did not finish in time");
    }
    Ok(())
}

async fn serve_connection(
    stream: tokio::net::TcpStream,
    peer: SocketAddr,
    connections: Rc<Connections>,
    _place: Place,
) {
    // Without this a small answer may wait for the client's delayed acknowledgement.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let phase = Phase::start();
    let service = service_fn({
        let (phase, connections) = (phase.clone(), connections.clone());
        move |request| answer(request, peer, phase.clone(), connections.clone())
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        // `Watched` keeps the deadlines: hyper's own can't tell an idle connection from a slow head.
        .header_read_timeout(None)
        .max_header_size(HEAD_BYTES_MAX)
        // Not `pipeline_flush`: answers that wait for a next request would be lost when what follows is no request.
        .max_buf_size(2 * HEAD_BYTES_MAX);
    let stream = Courteous::new(Watched::new(stream, phase.clone()));
    let connection = http.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        // What has arrived is read before the connection counts as resting.
        biased;
        // A connection that breaks or runs into a deadline concerns nobody but its client.
        _ = connection.as_mut() => return,
        () = connections.shutdown.cancelled() => {}
        () = connections.crowd.must_leave(&phase) => {}
    }
    // hyper closes a connection on which nothing has come, though a request may be on its way. One that is comes soon; a
    // browser's spare connection never asks.
    tokio::select! {
        biased;
        _ = connection.as_mut() => return,
        () = phase.has_been_asked() => {}
        () = tokio::time::sleep(SILENCE_MAX) => {}
    }
    connection.as_mut().graceful_shutdown();
    drop(connection.await);
}

async fn answer(
    request: hyper::Request<Incoming>,
    peer: SocketAddr,
    phase: Rc<Phase>,
    connections: Rc<Connections>,
) -> Result<hyper::Response<AnswerBody>, Infallible> {
    phase.head_is_complete(!request.body().is_end_stream());
    let refusal = refuse::check(&request);
    if refusal.is_none()
        && let Some(hit) = connections.hits.as_ref().and_then(|hits| hits.answer(&request))
    {
        phase.answering();
        return Ok(connections.last_if_draining(hit.map(|body| Either::Left(Full::new(body)))));
    }
    let response = match refusal {
        Some(refusal) => refusal,
        None => {
            let addresses = (LocalAddr(connections.local.into()), RemoteAddr(peer.into()));
            let request = poem::Request::from((request, addresses.0, addresses.1, Scheme::HTTP));
            let routes = connections.routes.clone();
            connections
                .tasks
                .spawn_on(async move { routes.get_response(request).await }, &connections.shared)
                .await
                .unwrap_or_else(|_| refuse::after_panic())
        }
    };
    phase.answering();
    let response: hyper::Response<BoxBody<Bytes, io::Error>> = response.into();
    Ok(connections.last_if_draining(response.map(Either::Right)))
}
