//! The threads that accept connections and serve them, one per core.
//!
//! The kernel wakes whichever it likes, and one that is awake takes all that have come: left to itself one thread may
//! serve everybody while another sleeps. So each new connection goes to the thread that has the fewest.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::task::TaskTracker;

use super::{Connections, welcome};

/// How long shutdown waits for requests under way.
const FINISH_TIMEOUT: Duration = Duration::from_secs(25);

/// The threads' connections: how many each has.
type Loads = Arc<[AtomicUsize]>;

/// A connection on its way to the thread that serves it.
struct Arrival {
    stream: std::net::TcpStream,
    peer: SocketAddr,
    /// Which listener it came to.
    door: usize,
    seat: Seat,
}

/// Counts as a connection of its thread until it is dropped.
struct Seat {
    loads: Loads,
    thread: usize,
}

impl Seat {
    /// On the thread with the fewest connections, on `own` if no other has fewer.
    fn choose(loads: &Loads, own: usize) -> Seat {
        let load = |thread: usize| loads.get(thread).map_or(usize::MAX, |load| load.load(Ordering::Relaxed));
        let thread = (0..loads.len()).min_by_key(|&thread| (load(thread), thread != own)).unwrap_or(own);
        if let Some(load) = loads.get(thread) {
            load.fetch_add(1, Ordering::Relaxed);
        }
        Seat { loads: loads.clone(), thread }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(load) = self.loads.get(self.thread) {
            load.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// One of the threads.
pub struct Acceptor {
    own: usize,
    loads: Loads,
    others: Vec<UnboundedSender<Arrival>>,
    arrivals: UnboundedReceiver<Arrival>,
}

impl Acceptor {
    /// `count` of them, which know each other.
    pub fn all(count: usize) -> Vec<Acceptor> {
        let loads: Loads = (0..count).map(|_| AtomicUsize::new(0)).collect();
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..count).map(|_| unbounded_channel()).unzip();
        let acceptor =
            |(own, arrivals)| Acceptor { own, loads: loads.clone(), others: senders.clone(), arrivals };
        receivers.into_iter().enumerate().map(acceptor).collect()
    }

    /// Accepts and serves on this thread until the server stops and what is under way has ended.
    pub fn run(self, doors: Vec<(TcpListener, Connections)>) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        tokio::task::LocalSet::new().block_on(&runtime, self.serve(doors))
    }

    async fn serve(self, doors: Vec<(TcpListener, Connections)>) -> io::Result<()> {
        let (listeners, connections): (Vec<_>, Vec<_>) =
            doors.into_iter().map(|(listener, connections)| (listener, Rc::new(connections))).unzip();
        let Acceptor { own, loads, others, mut arrivals } = self;
        let host = Host { connections, open: TaskTracker::new() };
        let accepting = async {
            let desk = Desk { own, loads, others, host: &host };
            let each = listeners.into_iter().enumerate().map(|(door, listener)| desk.accept(listener, door));
            join_all(each).await.into_iter().collect::<io::Result<Vec<()>>>()
        };
        // It ends when no thread accepts any more: what one has accepted, another serves.
        let receiving = async {
            while let Some(arrival) = arrivals.recv().await {
                host.receive(arrival);
            }
        };
        let (accepted, ()) = tokio::join!(accepting, receiving);
        host.open.close();
        if tokio::time::timeout(FINISH_TIMEOUT, host.open.wait()).await.is_err() {
            tracing::warn!(connections = host.open.len(), "cut off what did not finish in time");
        }
        accepted.map(drop)
    }
}

/// Where a thread's new connections are given out.
struct Desk<'a> {
    own: usize,
    loads: Loads,
    others: Vec<UnboundedSender<Arrival>>,
    host: &'a Host,
}

impl Desk<'_> {
    async fn accept(&self, listener: TcpListener, door: usize) -> io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let shutdown = &self.host.connections(door).shutdown;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.give_out(stream, peer, door),
                    // Out of file descriptors, or the peer is gone already: neither ends the server.
                    Err(error) => {
                        tracing::warn!(%error, "a connection was not accepted");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                },
            }
        }
    }

    fn give_out(&self, stream: TcpStream, peer: SocketAddr, door: usize) {
        let seat = Seat::choose(&self.loads, self.own);
        if seat.thread == self.own {
            return self.host.seat(stream, peer, door, seat);
        }
        // A thread that is no more hands it back.
        let Ok(stream) = stream.into_std() else { return };
        let Some(other) = self.others.get(seat.thread) else { return };
        if let Err(back) = other.send(Arrival { stream, peer, door, seat }) {
            self.host.receive(back.0);
        }
    }
}

/// What a thread serves.
struct Host {
    /// By listener.
    connections: Vec<Rc<Connections>>,
    open: TaskTracker,
}

impl Host {
    #[expect(clippy::indexing_slicing, reason = "every thread has all the doors")]
    fn connections(&self, door: usize) -> &Rc<Connections> {
        &self.connections[door]
    }

    fn receive(&self, arrival: Arrival) {
        if let Ok(stream) = TcpStream::from_std(arrival.stream) {
            self.seat(stream, arrival.peer, arrival.door, arrival.seat);
        }
    }

    fn seat(&self, stream: TcpStream, peer: SocketAddr, door: usize, seat: Seat) {
        let connections = self.connections(door).clone();
        let served = async move {
            welcome(stream, peer, connections).await;
            drop(seat);
        };
        tokio::task::spawn_local(self.open.track_future(served));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_spread() {
        let loads: Loads = (0..3).map(|_| AtomicUsize::new(0)).collect();
        let mut seats: Vec<Seat> = (0..7).map(|_| Seat::choose(&loads, 1)).collect();
        assert_eq!(seats.iter().map(|seat| seat.thread).collect::<Vec<_>>(), [1, 0, 2, 1, 0, 2, 1]);
        seats.retain(|seat| seat.thread != 0);
        assert_eq!(Seat::choose(&loads, 1).thread, 0, "who has the fewest gets the next");
        drop(seats);
        assert!(loads.iter().all(|load| load.load(Ordering::Relaxed) == 0));
    }
}
