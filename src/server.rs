//! The accept loop: our own, in front of poem's routes.
//!
//! poem's server has no header timeout and half of hyper's speed, so connections are ours: one single-threaded runtime
//! per core accepts from the shared listeners and speaks HTTP; each request is handed to the shared runtime, which
//! also gives it a life of its own: a client that hangs up does not stop a checkout half-way. CloudFront and ALB
//! speak HTTP/1.1 to us; browsers speak HTTP/2 where the shop has a listener of its own for TLS.

mod accept;
mod courtesy;
mod crowd;
mod http1;
mod http2;
mod plain;
mod refuse;
mod stream;
mod tls;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use poem::endpoint::BoxEndpoint;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, EndpointExt};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::ServerConfig;
use crate::room::count_refusal;
use crate::tls::Tls;
use crate::web::guard::overload::Busy;
use crate::web::kept::Hits;
use accept::Acceptor;
use crowd::{Admission, Crowd};
use plain::Plain;
use tls::{Handshakes, Spoken};

/// Bytes of request line and headers; CloudFront caps its own at 20,480.
const HEAD_BYTES_MAX: usize = 32 * 1024;

type Routes = Arc<BoxEndpoint<'static, poem::Response>>;
/// A hit of the page cache is whole and shared; everything else is boxed.
type AnswerBody = Either<Full<Bytes>, BoxBody<Bytes, io::Error>>;

/// A server that is not running yet.
pub struct Server {
    listener: TcpListener,
    local: SocketAddr,
    /// Beside it.
    tls: Option<(TcpListener, Handshakes, Plain)>,
    routes: Routes,
    hits: Option<Hits>,
    busy: Option<Busy>,
    tasks: TaskTracker,
    crowd: Arc<Crowd>,
    draining: Arc<AtomicBool>,
}

impl Server {
    /// Serves plain HTTP on `listener`. `tasks` tracks the requests under way. At most `connections`
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
        let routes: Routes = Arc::new(routes.boxed());
        Ok(Server { listener, local, tls: None, routes, hits: None, busy: None, tasks, crowd, draining })
    }

    /// Serves HTTPS on `listener` too, by the certificate in `tls`; from then on plain HTTP leads there.
    /// Errors: the listener can't be used, or the system's randomness.
    pub fn with_tls(self, listener: TcpListener, tls: Arc<Tls>, config: &ServerConfig) -> io::Result<Server> {
        listener.set_nonblocking(true)?;
        let handshakes = Handshakes::new(tls.clone()).map_err(io::Error::other)?;
        Ok(Server { tls: Some((listener, handshakes, Plain::new(config, tls))), ..self })
    }

    /// Answers from the page cache before the routes are asked.
    pub fn with_hits(self, hits: Hits) -> Server {
        Server { hits: Some(hits), ..self }
    }

    /// Tells who comes while there is no room, before the routes are asked.
    pub fn with_busy(self, busy: Busy) -> Server {
        Server { busy: Some(busy), ..self }
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

    /// The address that is listened on with TLS.
    pub fn tls_addr(&self) -> Option<SocketAddr> {
        self.tls.as_ref().and_then(|(listener, ..)| listener.local_addr().ok())
    }

    /// Serves until `shutdown`, then finishes what is under way, within 25 s.
    pub async fn run(self, shutdown: CancellationToken) -> io::Result<()> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let doors = self.doors(&shutdown)?;
        let mut acceptors = Vec::with_capacity(cores);
        for (core, acceptor) in Acceptor::all(cores).into_iter().enumerate() {
            let doors = doors
                .iter()
                .map(|(listener, connections)| Ok((listener.try_clone()?, connections.clone())))
                .collect::<io::Result<Vec<_>>>()?;
            let thread = std::thread::Builder::new().name(format!("accept-{core}"));
            acceptors.push(thread.spawn(move || acceptor.run(doors))?);
        }
        drop(doors);
        tokio::task::spawn_blocking(move || {
            for acceptor in acceptors {
                acceptor.join().map_err(|_| io::Error::other("an accept thread panicked"))??;
            }
            Ok(())
        })
        .await
        .map_err(io::Error::other)?
    }

    /// The listeners, and what the connections of each share.
    fn doors(self, shutdown: &CancellationToken) -> io::Result<Vec<(TcpListener, Connections)>> {
        let mut plain = Connections {
            door: Door::Plain(None),
            routes: self.routes,
            hits: self.hits,
            busy: self.busy,
            shared: Handle::current(),
            tasks: self.tasks,
            local: self.local,
            crowd: self.crowd,
            draining: self.draining,
            shutdown: shutdown.clone(),
        };
        let Some((listener, handshakes, redirect)) = self.tls else {
            return Ok(vec![(self.listener, plain)]);
        };
        let tls = Connections {
            door: Door::Tls(Arc::new(handshakes)),
            local: listener.local_addr()?,
            ..plain.clone()
        };
        plain.door = Door::Plain(Some(Arc::new(redirect)));
        Ok(vec![(self.listener, plain), (listener, tls)])
    }
}

/// How a listener's connections speak.
#[derive(Clone)]
enum Door {
    /// HTTP; where there is another door for TLS, most of it is led there.
    Plain(Option<Arc<Plain>>),
    Tls(Arc<Handshakes>),
}

/// What the connections of one listener share.
#[derive(Clone)]
struct Connections {
    door: Door,
    routes: Routes,
    hits: Option<Hits>,
    busy: Option<Busy>,
    shared: Handle,
    tasks: TaskTracker,
    local: SocketAddr,
    crowd: Arc<Crowd>,
    draining: Arc<AtomicBool>,
    shutdown: CancellationToken,
}

/// Gives the connection a place, greets it in its door's way and serves it to its end.
async fn welcome(stream: TcpStream, peer: SocketAddr, connections: Rc<Connections>) {
    let crowd = connections.crowd.clone();
    let admission = crowd.admit().await;
    // Without this a small answer may wait for the client's delayed acknowledgement.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    match (admission, &connections.door) {
        (Admission::Place(place), Door::Plain(_)) => {
            http1::serve(stream, peer, connections, place).await;
        }
        (Admission::Place(place), Door::Tls(handshakes)) => match handshakes.shake(stream).await {
            Some(Spoken::Http1(stream)) => http1::serve(*stream, peer, connections, place).await,
            Some(Spoken::Http2(stream)) => http2::serve(*stream, peer, connections, place).await,
            None => {}
        },
        (Admission::Refused(_told), Door::Plain(_)) => {
            crowd::say_goodbye(stream, &refuse::crowded()).await;
        }
        (Admission::Refused(_told), Door::Tls(handshakes)) => {
            if let Some(stream) = handshakes.shake_to_refuse(stream).await {
                crowd::say_goodbye(stream, &refuse::crowded()).await;
            }
        }
        (Admission::Dropped, _) => {}
    }
}

impl Connections {
    /// The answer to a request that needs no route, however its connection speaks: a refusal, a page that is kept, or that
    /// there is no room.
    fn answer_at_once(
        &self,
        request: &hyper::Request<Incoming>,
        peer: SocketAddr,
    ) -> Option<hyper::Response<AnswerBody>> {
        let refusal = refuse::check(request).or_else(|| match &self.door {
            Door::Plain(Some(plain)) => plain.answer(request, peer.ip()),
            _ => None,
        });
        if let Some(refusal) = refusal {
            return Some(boxed(refusal));
        }
        if let Some(hit) = self.hits.as_ref().and_then(|hits| hits.answer(request)) {
            return Some(whole(hit));
        }
        let busy = self.busy.as_ref().filter(|busy| busy.concerns(request))?;
        let refusal = match request.uri().path().starts_with("/api/") {
            true => boxed(refuse::busy()),
            false => whole(busy.page()?),
        };
        count_refusal();
        Some(refusal)
    }

    /// The answer to any other request. `prepare` sees it on its way to the routes.
    async fn answer_by_routes(
        &self,
        request: hyper::Request<Incoming>,
        peer: SocketAddr,
        prepare: impl FnOnce(&mut poem::Request),
    ) -> hyper::Response<AnswerBody> {
        let addresses = (LocalAddr(self.local.into()), RemoteAddr(peer.into()));
        let scheme = if matches!(self.door, Door::Tls(_)) { Scheme::HTTPS } else { Scheme::HTTP };
        let mut request = poem::Request::from((request, addresses.0, addresses.1, scheme));
        prepare(&mut request);
        let routes = self.routes.clone();
        let response = self
            .tasks
            .spawn_on(async move { routes.get_response(request).await }, &self.shared)
            .await
            .unwrap_or_else(|_| refuse::after_panic());
        boxed(response)
    }

    /// Ends when a connection must: the server stops, or others need the place of one that rests.
    async fn must_end(&self, has_rested: impl Fn(Duration) -> bool) {
        tokio::select! {
            () = self.shutdown.cancelled() => {}
            () = self.crowd.must_leave(has_rested) => {}
        }
    }
}

fn whole(response: hyper::Response<Bytes>) -> hyper::Response<AnswerBody> {
    response.map(|body| Either::Left(Full::new(body)))
}

fn boxed(response: poem::Response) -> hyper::Response<AnswerBody> {
    let response: hyper::Response<BoxBody<Bytes, io::Error>> = response.into();
    response.map(Either::Right)
}
