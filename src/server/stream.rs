//! A stream that knows where its connection stands, and so which deadline holds.
//!
//! Between requests the connection may rest long (an ALB keeps idle ones for 60 s and must find ours open); a head that
//! has begun must be complete soon; a body must keep coming; a reader must keep reading.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Longer than the 60 s of an ALB, or the ALB answers 502 when it reuses a connection that we just closed.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
/// From a request's first byte to the end of its head.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// A body may take this long, and a second more for each KiB that has come.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(15);
/// A client that reads nothing for this long is let go.
pub const WRITE_STALL_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Clone, Copy)]
enum State {
    /// Nothing has come yet.
    New { since: Instant },
    /// Between requests.
    Idle { since: Instant },
    /// A request's first byte has come.
    Head { since: Instant },
    /// The head is complete, the body is not.
    Body { since: Instant, bytes: u64 },
    /// The whole request is here; the store works on it.
    Work,
}

/// The connection's state, shared by its stream and its service on one thread.
pub struct Phase(Cell<State>);

impl Phase {
    pub fn start() -> Rc<Phase> {
        Rc::new(Phase(Cell::new(State::New { since: Instant::now() })))
    }

    /// Of a connection whose requests have deadlines of their own: only its writes are watched.
    pub fn of_many() -> Rc<Phase> {
        Rc::new(Phase(Cell::new(State::Work)))
    }

    /// The service has been given a request.
    pub fn head_is_complete(&self, has_body: bool) {
        let body = State::Body { since: Instant::now(), bytes: 0 };
        self.0.set(if has_body { body } else { State::Work });
    }

    /// The answer is being sent; what is read from now on is the next request.
    pub fn answering(&self) {
        self.0.set(State::Idle { since: Instant::now() });
    }

    /// Whether it has been between requests for `at_least`.
    pub fn has_rested(&self, at_least: Duration) -> bool {
        matches!(self.0.get(), State::New { since } | State::Idle { since } if since.elapsed() >= at_least)
    }

    /// Ends once anything has come from the client. It wakes nobody: to be awaited beside the connection, which is woken.
    pub async fn has_been_asked(&self) {
        std::future::poll_fn(|_| match self.0.get() {
            State::New { .. } => Poll::Pending,
            _ => Poll::Ready(()),
        })
        .await
    }

    fn note_read(&self, count: usize) {
        match self.0.get() {
            State::New { .. } | State::Idle { .. } => self.0.set(State::Head { since: Instant::now() }),
            State::Body { since, bytes } => self.0.set(State::Body { since, bytes: bytes + count as u64 }),
            State::Head { .. } | State::Work => {}
        }
    }

    fn note_written(&self) {
        // A long download must not count as idleness.
        if let State::Idle { .. } = self.0.get() {
            self.answering();
        }
    }

    fn read_deadline(&self) -> Option<Instant> {
        match self.0.get() {
            State::New { since } | State::Idle { since } => Some(since + IDLE_TIMEOUT),
            State::Head { since } => Some(since + HEAD_TIMEOUT),
            State::Body { since, bytes } => Some(since + BODY_TIMEOUT + Duration::from_secs(bytes / 1024)),
            State::Work => None,
        }
    }
}

/// The stream; see the module.
pub struct Watched<S> {
    stream: S,
    phase: Rc<Phase>,
    read_timer: Pin<Box<Sleep>>,
    write_timer: Pin<Box<Sleep>>,
    write_stalled: bool,
}

impl<S> Watched<S> {
    pub fn new(stream: S, phase: Rc<Phase>) -> Watched<S> {
        let never = || Box::pin(sleep_until(Instant::now() + IDLE_TIMEOUT));
        Watched { stream, phase, read_timer: never(), write_timer: never(), write_stalled: false }
    }

    /// `Ready` when the reader's deadline has passed; otherwise the task is woken then.
    fn poll_read_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.phase.read_deadline() else { return Poll::Pending };
        if self.read_timer.deadline() != deadline {
            self.read_timer.as_mut().reset(deadline);
        }
        self.read_timer.as_mut().poll(cx)
    }

    /// Turns a write that does not progress into an error once it has stalled for too long.
    fn watch_write<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.phase.note_written();
        }
        self.watch_stall(cx, written)
    }

    /// The same for what sends only what was written before: TLS keeps some of it back while the client reads nothing.
    fn watch_stall<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.write_stalled = false;
            return done;
        }
        if !self.write_stalled {
            self.write_stalled = true;
            self.write_timer.as_mut().reset(Instant::now() + WRITE_STALL_TIMEOUT);
        }
        ready!(self.write_timer.as_mut().poll(cx));
        Poll::Ready(Err(timed_out()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        match Pin::new(&mut this.stream).poll_read(cx, buf) {
            Poll::Ready(result) => {
                let count = buf.filled().len() - before;
                if count > 0 {
                    this.phase.note_read(count);
                }
                // A client that sends a byte now and then never lets a read rest, so the deadline is checked here too.
                let late = this.phase.read_deadline().is_some_and(|deadline| deadline <= Instant::now());
                Poll::Ready(if late { Err(timed_out()) } else { result })
            }
            Poll::Pending => {
                ready!(this.poll_read_deadline(cx));
                Poll::Ready(Err(timed_out()))
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, buf);
        this.watch_write(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, bufs);
        this.watch_write(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.stream).poll_flush(cx);
        this.watch_stall(cx, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let closed = Pin::new(&mut this.stream).poll_shutdown(cx);
        this.watch_stall(cx, closed)
    }
}

fn timed_out() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the client was too slow")
}
