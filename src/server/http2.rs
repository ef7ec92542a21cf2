//! HTTP/2 on one connection, which only TLS can ask for.
//!
//! Requests share the connection, so the deadlines of `stream` can't be told from its bytes: each body and each answer
//! has its own, and the connection as a whole may rest as long as one of HTTP/1.1.

mod pace;

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use http_body_util::Full;
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONNECTION, CONTENT_LENGTH};
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::http::Uri;
use tokio::io::{AsyncRead, AsyncWrite};

use super::crowd::Place;
use super::stream::{Phase, Watched};
use super::{AnswerBody, Connections, HEAD_BYTES_MAX, refuse};
use pace::{Paced, Streams};

/// Requests that one connection may have open; RFC 9113 advises against fewer.
const STREAMS_MAX: u32 = 100;
/// Requests of one connection that are worked on, those included whose client has given them up: taking back what was
/// just asked must not be a way around the limit.
const UNDER_WAY_MAX: usize = 2 * STREAMS_MAX as usize;
/// What an answer may have waiting for its client within the connection, in bytes.
const SEND_BUFFER: usize = 64 * 1024;

/// Serves the connection to its end.
pub async fn serve<S>(stream: S, peer: SocketAddr, connections: Rc<Connections>, _place: Place)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let streams = Streams::start();
    let service = service_fn({
        let (streams, connections, under_way) = (streams.clone(), connections.clone(), Arc::new(()));
        move |request| answer(request, peer, (streams.clone(), under_way.clone()), connections.clone())
    });
    let mut http = hyper::server::conn::http2::Builder::new(OnThisThread);
    http.timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        // What is above ours but below this is refused in our own words.
        .max_header_list_size(2 * HEAD_BYTES_MAX as u32)
        .max_send_buf_size(SEND_BUFFER);
    let stream = Watched::new(stream, Phase::of_many());
    let connection = http.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    // As for HTTP/1.1: polled only when it was woken itself.
    let mut end =
        FuturesUnordered::from_iter([connections.must_end(|at_least| streams.have_rested(at_least))]);
    tokio::select! {
        biased;
        _ = connection.as_mut() => return,
        () = streams.stall() => return,
        () = streams.rest_too_long() => {}
        () = streams.must_leave() => {}
        _ = end.next() => {}
    }
    // What the client asked before it hears of this is answered still.
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        biased;
        _ = connection.as_mut() => {}
        () = streams.stall() => {}
        () = streams.are_silent() => {}
    }
}

async fn answer(
    request: Request<Incoming>,
    peer: SocketAddr,
    (streams, under_way): (Rc<Streams>, Arc<()>),
    connections: Rc<Connections>,
) -> Result<Response<Paced>, Infallible> {
    let open = streams.open();
    let is_head = request.method() == Method::HEAD;
    let has_body = !request.body().is_end_stream();
    // The service itself holds one, and so does this call.
    let mut response = if Arc::strong_count(&under_way) > UNDER_WAY_MAX + 2 {
        let response: Response<_> = refuse::too_many_at_once().into();
        response.map(AnswerBody::Right)
    } else {
        let prepare = move |request: &mut poem::Request| {
            // Gone with the request, whether or not anybody still waits for its answer.
            request.set_data(under_way);
            if has_body {
                let body = request.take_body();
                request.set_body(pace::upload(body));
            }
        };
        let request = in_origin_form(request);
        match connections.answer_at_once(&request, peer) {
            Some(response) => response,
            None => connections.answer_by_routes(request, peer, prepare).await,
        }
    };
    // Each stream ends by itself; there is no such header here.
    response.headers_mut().remove(CONNECTION);
    if connections.draining.load(Ordering::Relaxed) {
        streams.leave();
    }
    if is_head {
        response = without_body(response);
    }
    Ok(response.map(|body| Paced::new(body, open)))
}

/// As HEAD is answered: hyper leaves the body out over HTTP/1.1 only.
fn without_body(mut response: Response<AnswerBody>) -> Response<AnswerBody> {
    if let Some(bytes) = response.body().size_hint().exact().filter(|bytes| *bytes > 0) {
        response.headers_mut().entry(CONTENT_LENGTH).or_insert_with(|| bytes.into());
    }
    response.map(|_| AnswerBody::Left(Full::default()))
}

/// The target as HTTP/1.1 writes it, so that nothing behind this sees a difference.
fn in_origin_form(mut request: Request<Incoming>) -> Request<Incoming> {
    if let Some(target) = request.uri().path_and_query() {
        let authority = request.uri().authority().map(|authority| authority.as_str().to_owned());
        let headers_has_host = request.headers().contains_key(hyper::header::HOST);
        let target = target.clone();
        if let (Some(authority), false) = (authority, headers_has_host)
            && let Ok(host) = authority.parse()
        {
            request.headers_mut().insert(hyper::header::HOST, host);
        }
        *request.uri_mut() = Uri::from(target);
    }
    request
}

/// Connections stay on the thread that accepted them, and so do their streams.
#[derive(Clone, Copy)]
struct OnThisThread;

impl<F: Future + 'static> hyper::rt::Executor<F> for OnThisThread {
    fn execute(&self, future: F) {
        drop(tokio::task::spawn_local(future));
    }
}
