//! HTTP/1.1 on one connection, plain or in TLS.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::Either;
use futures_util::stream::FuturesUnordered;
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use super::courtesy::Courteous;
use super::crowd::Place;
use super::stream::{Phase, Watched};
use super::{AnswerBody, Connections, HEAD_BYTES_MAX};

/// How long a connection that must end waits for its first request.
const SILENCE_MAX: Duration = Duration::from_secs(1);

/// Serves the connection to its end.
pub async fn serve<S>(stream: S, peer: SocketAddr, connections: Rc<Connections>, _place: Place)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let phase = Phase::start();
    let service = service_fn({
        let (phase, connections) = (phase.clone(), connections.clone());
        move |request| answer(request, peer, &phase, &connections)
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
    let end = async {
        tokio::select! {
            () = connections.must_end(|at_least| phase.has_rested(at_least)) => {}
            () = phase.rests_too_long() => {}
        }
    };
    // Each request wakes this task. What is in here is polled only when it was woken itself: it takes locks that all
    // connections share.
    let mut end = FuturesUnordered::from_iter([end]);
    tokio::select! {
        // What has arrived is read before the connection counts as resting.
        biased;
        // A connection that breaks or runs into a deadline concerns nobody but its client.
        _ = connection.as_mut() => return,
        _ = end.next() => {}
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

/// The answer to a request. What is at hand costs no more than it must: the future of all the rest is large.
fn answer(
    request: hyper::Request<Incoming>,
    peer: SocketAddr,
    phase: &Rc<Phase>,
    connections: &Rc<Connections>,
) -> impl Future<Output = Result<hyper::Response<AnswerBody>, Infallible>> + use<> {
    phase.head_is_complete(!request.body().is_end_stream());
    if let Some(response) = connections.answer_at_once(&request, peer) {
        phase.answering();
        return Either::Left(ready(Ok(ending(response, connections))));
    }
    let (phase, connections) = (phase.clone(), connections.clone());
    Either::Right(Box::pin(async move {
        let response = connections.answer_by_routes(request, peer, |_| ()).await;
        phase.answering();
        Ok(ending(response, &connections))
    }))
}

/// Makes the answer its connection's last while the server drains.
fn ending(
    mut response: hyper::Response<AnswerBody>,
    connections: &Connections,
) -> hyper::Response<AnswerBody> {
    if connections.draining.load(Ordering::Relaxed) {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
