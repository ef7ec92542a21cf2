//! A stream that knows where its connection stands, and so which deadline holds.
//!
//! Between requests the connection may rest long (an ALB keeps idle ones for 60 s and must find ours open); a head that
//! has begun must be complete soon; a body must keep coming; a reader must keep reading. [`Watched`] keeps the last
//! three by itself. Not the first: hyper reads on after an answer only when something wakes it.

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
/// A client may keep an answer waiting this long at a stretch; and this long in all, and a second more for each KiB that
/// it has taken.
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

/// How an answer's client reads.
#[derive(Clone, Copy, Default)]
struct Reading {
    /// How long the answer has waited for it.
    waited: Duration,
    /// Bytes of the answer that it has taken, those in the kernel's buffers among them.
    taken: u64,
}

impl Reading {
    /// How much longer the answer may wait.
    fn patience(self) -> Duration {
        let in_all = WRITE_STALL_TIMEOUT + Duration::from_secs(self.taken / 1024);
        in_all.saturating_sub(self.waited).min(WRITE_STALL_TIMEOUT)
    }
}

/// The connection's state, shared by its stream and its service on one thread.
pub struct Phase {
    state: Cell<State>,
    reading: Cell<Reading>,
}

impl Phase {
    pub fn start() -> Rc<Phase> {
        Phase::at(State::New { since: Instant::now() })
    }

    /// Of a connection whose requests have deadlines of their own: only its writes are watched, all as one answer.
    pub fn of_many() -> Rc<Phase> {
        Phase::at(State::Work)
    }

    fn at(state: State) -> Rc<Phase> {
        Rc::new(Phase { state: Cell::new(state), reading: Cell::default() })
    }

    /// The service has been given a request.
    pub fn head_is_complete(&self, has_body: bool) {
        self.state.set(if has_body { State::Body { since: Instant::now(), bytes: 0 } } else { State::Work });
    }

    /// The answer is being sent; what is read from now on is the next request.
    pub fn answering(&self) {
        self.state.set(State::Idle { since: Instant::now() });
        self.reading.set(Reading::default());
    }

    /// Whether it has been between requests for `at_least`.
    pub fn has_rested(&self, at_least: Duration) -> bool {
        matches!(self.state.get(), State::New { since } | State::Idle { since } if since.elapsed() >= at_least)
    }

    /// Ends when the connection has been between requests for too long. It need not be woken by what happens there: that only
    /// moves the moment away.
    pub async fn rests_too_long(&self) {
        loop {
            let since = match self.state.get() {
                State::New { since } | State::Idle { since } => since,
                State::Head { .. } | State::Body { .. } | State::Work => Instant::now(),
            };
            if since.elapsed() >= IDLE_TIMEOUT {
                return;
            }
            sleep_until(since + IDLE_TIMEOUT).await;
        }
    }

    /// Ends once anything has come from the client. It wakes nobody: to be awaited beside the connection, which is woken.
    pub async fn has_been_asked(&self) {
        std::future::poll_fn(|_| match self.state.get() {
            State::New { .. } => Poll::Pending,
            _ => Poll::Ready(()),
        })
        .await
    }

    /// Whether a request began with what was read.
    fn note_read(&self, count: usize) -> bool {
        match self.state.get() {
            State::New { .. } | State::Idle { .. } => {
                self.state.set(State::Head { since: Instant::now() });
                return true;
            }
            State::Body { since, bytes } => {
                self.state.set(State::Body { since, bytes: bytes + count as u64 });
            }
            State::Head { .. } | State::Work => {}
        }
        false
    }

    fn note_written(&self, count: usize) {
        let Reading { waited, taken } = self.reading.get();
        self.reading.set(Reading { waited, taken: taken + count as u64 });
        // A long download must not count as idleness.
        if let State::Idle { .. } = self.state.get() {
            self.state.set(State::Idle { since: Instant::now() });
        }
    }

    fn note_waited(&self, more: Duration) {
        let Reading { waited, taken } = self.reading.get();
        self.reading.set(Reading { waited: waited + more, taken });
    }

    fn read_deadline(&self) -> Option<Instant> {
        match self.state.get() {
            State::Head { since } => Some(since + HEAD_TIMEOUT),
            State::Body { since, bytes } => Some(since + BODY_TIMEOUT + Duration::from_secs(bytes / 1024)),
            State::New { .. } | State::Idle { .. } | State::Work => None,
        }
    }
}

/// The stream; see the module.
pub struct Watched<S> {
    stream: S,
    phase: Rc<Phase>,
    read_timer: Pin<Box<Sleep>>,
    write_timer: Pin<Box<Sleep>>,
    /// Since when the client has not taken what is to be written.
    stalled: Option<Instant>,
}

impl<S> Watched<S> {
    pub fn new(stream: S, phase: Rc<Phase>) -> Watched<S> {
        let never = || Box::pin(sleep_until(Instant::now() + IDLE_TIMEOUT));
        Watched { stream, phase, read_timer: never(), write_timer: never(), stalled: None }
    }

    /// `Ready` when the reader's deadline has passed; otherwise the task is woken then.
    fn poll_read_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.phase.read_deadline() else { return Poll::Pending };
        if self.read_timer.deadline() != deadline {
            self.read_timer.as_mut().reset(deadline);
        }
        self.read_timer.as_mut().poll(cx)
    }

    /// Turns a write into an error once its answer has waited for the client for too long.
    fn watch_write(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(count)) = written {
            self.phase.note_written(count);
        }
        self.watch_stall(cx, written)
    }

    /// The same for what sends only what was written before: TLS keeps some of it back while the client reads nothing.
    fn watch_stall<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            if let Some(since) = self.stalled.take() {
                self.phase.note_waited(since.elapsed());
            }
            return done;
        }
        if self.stalled.is_none() {
            let now = Instant::now();
            self.stalled = Some(now);
            self.write_timer.as_mut().reset(now + self.phase.reading.get().patience());
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
                // A client that sends a byte now and then never lets a read rest, so the deadline is checked here too.
                let goes_on = count > 0 && !this.phase.note_read(count);
                let late = goes_on && this.phase.read_deadline().is_some_and(|at| at <= Instant::now());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reads_ever_so_little_is_not_waited_for_without_end() {
        let minute = Duration::from_secs(60);
        let patience = |waited, kib: u64| Reading { waited, taken: kib * 1024 }.patience();
        assert_eq!(patience(Duration::ZERO, 0), WRITE_STALL_TIMEOUT);
        assert_eq!(patience(minute, 59), Duration::from_secs(29), "a KiB a second is fast enough");
        assert_eq!(
            patience(Duration::ZERO, 100_000),
            WRITE_STALL_TIMEOUT,
            "who has taken much must go on reading"
        );
        assert_eq!(patience(minute, 30), Duration::ZERO, "half of it is not");
    }
}
