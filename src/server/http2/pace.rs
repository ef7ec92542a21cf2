//! What keeps one client of HTTP/2 from holding on to the connection for ever: bodies that must keep coming, answers
//! that must keep being read, and a connection that may not rest too long.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::super::AnswerBody;
use super::super::stream::{BODY_TIMEOUT, IDLE_TIMEOUT, WRITE_STALL_TIMEOUT};

/// An answer is handed over in pieces of this many bytes: the next but one is asked for when the client has room for it.
/// What is smaller counts as read when it is handed over; whoever leaves that lie may rest, but not for long.
const PIECE_BYTES: usize = 16 * 1024;
/// How long a connection that was told to end may be silent.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(2);

/// The connection's requests, shared by all that happens on it, on one thread.
pub struct Streams {
    open: Cell<usize>,
    /// Since when none is open.
    resting: Cell<Instant>,
    /// Since when an answer's client has not taken the piece that it was given; `None` while the answer waits for us.
    answers: RefCell<BTreeMap<u64, Option<Instant>>>,
    next: Cell<u64>,
    leave: Notify,
}

impl Streams {
    pub fn start() -> Rc<Streams> {
        Rc::new(Streams {
            open: Cell::new(0),
            resting: Cell::new(Instant::now()),
            answers: RefCell::default(),
            next: Cell::new(0),
            leave: Notify::new(),
        })
    }

    /// A request has come; it is open until what is returned is dropped.
    pub fn open(self: &Rc<Streams>) -> Open {
        self.open.set(self.open.get() + 1);
        let id = self.next.replace(self.next.get() + 1);
        Open { streams: self.clone(), id }
    }

    /// Whether no request has been open for `at_least`.
    pub fn have_rested(&self, at_least: Duration) -> bool {
        self.open.get() == 0 && self.resting.get().elapsed() >= at_least
    }

    /// Ends when the connection has rested for so long that it is closed.
    pub async fn rest_too_long(&self) {
        self.reach(|streams| streams.rested_until(IDLE_TIMEOUT)).await
    }

    /// Ends soon after the last request.
    pub async fn are_silent(&self) {
        self.reach(|streams| streams.rested_until(FAREWELL_TIMEOUT)).await
    }

    /// Ends when an answer waits for its client for too long.
    pub async fn stall(&self) {
        self.reach(|streams| {
            let oldest = streams.answers.borrow().values().flatten().min().copied();
            oldest.unwrap_or_else(Instant::now) + WRITE_STALL_TIMEOUT
        })
        .await
    }

    /// Lets [`Streams::must_leave`] end.
    pub fn leave(&self) {
        self.leave.notify_one();
    }

    pub async fn must_leave(&self) {
        self.leave.notified().await
    }

    fn rested_until(&self, timeout: Duration) -> Instant {
        if self.open.get() == 0 { self.resting.get() + timeout } else { Instant::now() + timeout }
    }

    /// Ends at the deadline, which may move meanwhile, but only to a later moment.
    async fn reach(&self, deadline: impl Fn(&Streams) -> Instant) {
        loop {
            let at = deadline(self);
            if at <= Instant::now() {
                return;
            }
            sleep_until(at).await;
        }
    }
}

/// One open request.
pub struct Open {
    streams: Rc<Streams>,
    id: u64,
}

impl Open {
    fn waits_for_client(&self, since: Option<Instant>) {
        self.streams.answers.borrow_mut().insert(self.id, since);
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.streams.answers.borrow_mut().remove(&self.id);
        self.streams.open.set(self.streams.open.get() - 1);
        self.streams.resting.set(Instant::now());
    }
}

/// An answer in pieces.
pub struct Paced {
    body: AnswerBody,
    /// Of the body's last frame.
    rest: Bytes,
    open: Open,
}

impl Paced {
    pub fn new(body: AnswerBody, open: Open) -> Paced {
        Paced { body, rest: Bytes::new(), open }
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        if this.rest.is_empty() {
            this.open.waits_for_client(None);
            match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => this.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(io::Error::other(error)))),
                None => return Poll::Ready(None),
            }
        }
        let piece = this.rest.split_to(this.rest.len().min(PIECE_BYTES));
        this.open.waits_for_client(Some(Instant::now()));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match self.body.size_hint().exact() {
            Some(bytes) => SizeHint::with_exact(bytes + self.rest.len() as u64),
            None => SizeHint::default(),
        }
    }
}

/// The body of a request, which must keep coming as one of HTTP/1.1 must.
pub fn upload(body: poem::Body) -> poem::Body {
    let began = Instant::now();
    let chunks = stream::unfold((body.into_bytes_stream(), 0_u64), move |(mut chunks, bytes)| async move {
        let deadline = began + BODY_TIMEOUT + Duration::from_secs(bytes / 1024);
        let chunk = match timeout_at(deadline, chunks.next()).await {
            Ok(chunk) => chunk?,
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the client was too slow")),
        };
        let bytes = bytes + chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        Some((chunk, (chunks, bytes)))
    });
    poem::Body::from_bytes_stream(chunks)
}
