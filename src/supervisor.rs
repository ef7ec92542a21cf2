//! The process that started this one and watches over it: systemd, by its protocols `sd_listen_fds` and `sd_notify`.
//!
//! A passed socket outlives us: while we restart, the kernel keeps who connects in its queue, and the next process
//! answers them. Everything here does nothing where nobody watches.

use std::io;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::time::Duration;

use listenfd::ListenFd;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::config::SupervisorConfig;

/// A follower of the change feed that has not come round for this long hangs. Its own time-outs end a poll much sooner;
/// a large import to take into the search index is allowed for.
const FEED_SILENCE_MAX: Duration = Duration::from_secs(60);
/// Between two requests for more time to start, and how much each asks for.
const EXTEND_EVERY: Duration = Duration::from_secs(5);
const EXTEND_BY: Duration = Duration::from_secs(30);
/// Who is not ready after this many requests (half an hour of migrations) hangs.
const EXTEND_TIMES: usize = 360;

/// The name of a socket that is for TLS, whatever its port (`FileDescriptorName=`).
const TLS_NAME: &str = "https";

/// Sockets that were passed to this process.
pub struct Passed {
    sockets: ListenFd,
    /// One per socket, where they have names.
    names: Vec<String>,
}

/// The passed sockets by what they are for.
#[derive(Debug, Default)]
pub struct Listeners {
    pub plain: Option<TcpListener>,
    pub tls: Option<TcpListener>,
}

impl Passed {
    /// Takes them, and their variables out of the environment: to be called while there is one thread only.
    pub fn take() -> Passed {
        let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
        Passed { sockets: ListenFd::from_env(), names: names.split(':').map(str::to_owned).collect() }
    }

    /// None, for whoever serves nothing or listens for itself.
    pub fn none() -> Passed {
        Passed { sockets: ListenFd::empty(), names: Vec::new() }
    }

    /// The sockets to serve on. The one for TLS is known by its name, else by `tls_port`; without a port there is none.
    /// Errors: two are for the same, or one accepts no TCP connections.
    pub fn listeners(mut self, tls_port: Option<u16>) -> io::Result<Listeners> {
        let mut listeners = Listeners::default();
        for number in 0..self.sockets.len() {
            let Some(listener) = self.sockets.take_tcp_listener(number)? else { continue };
            let port = listener.local_addr()?.port();
            let is_named = self.names.get(number).is_some_and(|name| name == TLS_NAME);
            let is_tls = tls_port.is_some_and(|tls_port| is_named || port == tls_port);
            let place = if is_tls { &mut listeners.tls } else { &mut listeners.plain };
            if place.replace(listener).is_some() {
                let what = if is_tls { "TLS" } else { "plain HTTP" };
                return Err(io::Error::other(format!("two sockets for {what} were passed")));
            }
        }
        Ok(listeners)
    }
}

/// Tells the supervisor how this process is doing.
#[derive(Clone)]
pub struct Supervisor {
    socket: Option<Arc<UnixDatagram>>,
    watchdog: Option<Duration>,
}

impl Supervisor {
    pub fn new(config: &SupervisorConfig) -> Supervisor {
        let socket = config.notify_socket.as_deref().and_then(|name| {
            connect(name)
                .inspect_err(|error| tracing::warn!(%error, name, "NOTIFY_SOCKET can't be reached"))
                .ok()
        });
        Supervisor { socket: socket.map(Arc::new), watchdog: config.watchdog }
    }

    /// Asks for more time as long as the shop starts: migrations may take longer than a supervisor's patience.
    pub fn starting(&self) -> Starting {
        let supervisor = self.clone();
        Starting(tokio::spawn(async move {
            for _ in 0..EXTEND_TIMES {
                let more = EXTEND_BY.as_micros();
                supervisor.tell(&format!("EXTEND_TIMEOUT_USEC={more}\nSTATUS=opening the shop"));
                tokio::time::sleep(EXTEND_EVERY).await;
            }
        }))
    }

    /// The shop may receive traffic.
    pub fn ready(&self, url: &str) {
        self.tell(&format!("READY=1\nSTATUS=serving at {url}"));
    }

    /// The shop drains and will stop.
    pub fn stopping(&self) {
        self.tell("STOPPING=1\nSTATUS=draining");
    }

    /// Gives signs of life twice as often as they are wanted, as long as the process is healthy. It is to run on the
    /// runtime that works on requests: where that does not answer, neither does this.
    pub async fn give_signs_of_life(self, app: Arc<App>) {
        let Some(watchdog) = self.watchdog else { return };
        loop {
            if app.feed.is_followed(FEED_SILENCE_MAX) {
                self.tell("WATCHDOG=1");
            } else {
                tracing::error!("the change feed is not followed any more; no sign of life is given");
            }
            tokio::time::sleep(watchdog / 2).await;
        }
    }

    /// Never waits: a supervisor that does not read is no reason to stand still.
    fn tell(&self, state: &str) {
        let Some(socket) = &self.socket else { return };
        if let Err(error) = socket.send(state.as_bytes()) {
            tracing::debug!(%error, state, "the supervisor was not told");
        }
    }
}

/// Ends the requests for more time when dropped.
pub struct Starting(JoinHandle<()>);

impl Drop for Starting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn connect(name: &str) -> io::Result<UnixDatagram> {
    let address = match name.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(name)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.connect_addr(&address)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supervisor(name: &str) -> Supervisor {
        let config = SupervisorConfig { notify_socket: Some(name.to_owned()), watchdog: None };
        Supervisor::new(&config)
    }

    fn told(socket: &UnixDatagram) -> String {
        let mut text = [0; 256];
        let length = socket.recv(&mut text).unwrap();
        String::from_utf8_lossy(&text[..length]).into_owned()
    }

    #[test]
    fn a_socket_without_a_file_is_told_too() {
        let name = format!("mercer-test-{}", std::process::id());
        let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        supervisor(&format!("@{name}")).ready("http://shop.test");
        assert_eq!(told(&socket), "READY=1\nSTATUS=serving at http://shop.test");
    }

    #[test]
    fn a_supervisor_that_does_not_read_holds_nothing_up() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let supervisor = supervisor(path.to_str().unwrap());
        for _ in 0..10_000 {
            supervisor.stopping();
        }
        assert_eq!(told(&socket), "STOPPING=1\nSTATUS=draining");
        drop(socket);
        supervisor.stopping();
    }
}
