//! A TCP link that can be cut, and that can make answers late: between the instances and their database, and between
//! the edge and the instances.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rand::RngExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens on a link now.
#[derive(Default)]
struct State {
    /// Nothing passes; what was open is closed, what is new is refused.
    is_cut: AtomicBool,
    /// Milliseconds by which every piece that comes back is late.
    late_ms: AtomicU64,
    /// Milliseconds by which one of three answers over HTTP is late. Health checks are not.
    slow_ms: AtomicU64,
}

/// One link; clients connect to `port`.
pub struct Link {
    pub port: u16,
    state: Arc<State>,
}

#[allow(dead_code, reason = "each program uses the part that it needs")]
impl Link {
    /// A link to `target`, a port of this machine.
    pub async fn to(target: u16) -> Link {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if !shared.is_cut.load(Ordering::Relaxed) {
                    tokio::spawn(connect(client, target, shared.clone()));
                }
            }
        });
        Link { port, state }
    }

    pub fn cut(&self, is_cut: bool) {
        self.state.is_cut.store(is_cut, Ordering::Relaxed);
    }

    pub fn make_late(&self, by: Duration) {
        self.state.late_ms.store(u64::try_from(by.as_millis()).unwrap(), Ordering::Relaxed);
    }

    pub fn make_slow(&self, by: Duration) {
        self.state.slow_ms.store(u64::try_from(by.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

async fn connect(client: TcpStream, target: u16, state: Arc<State>) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", target)).await else { return };
    if client.set_nodelay(true).is_err() || server.set_nodelay(true).is_err() {
        return;
    }
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let is_slow = Arc::new(AtomicBool::new(false));
    let (marks, ends) = (is_slow.clone(), state.clone());
    let forth = async move {
        let mut buffer = vec![0; 32 * 1024];
        while let Ok(n) = from_client.read(&mut buffer).await
            && n > 0
        {
            if buffer[..n].starts_with(b"GET ") {
                let is_check = buffer[..n].starts_with(b"GET /readyz");
                marks.store(!is_check && rand::rng().random_range(0..3) == 0, Ordering::Relaxed);
            }
            if to_server.write_all(&buffer[..n]).await.is_err() {
                return;
            }
        }
    };
    let back = async move {
        let mut buffer = vec![0; 32 * 1024];
        while let Ok(n) = from_server.read(&mut buffer).await
            && n > 0
        {
            let slow_ms = state.slow_ms.load(Ordering::Relaxed);
            if slow_ms > 0 && is_slow.swap(false, Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(slow_ms)).await;
            }
            tokio::time::sleep(Duration::from_millis(state.late_ms.load(Ordering::Relaxed))).await;
            if to_client.write_all(&buffer[..n]).await.is_err() {
                return;
            }
        }
    };
    let cut = async move {
        while !ends.is_cut.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! { () = forth => {}, () = back => {}, () = cut => {} }
}
