//! A Redis of the test's own, to stop and kill, and a wire to it that can be slowed down.

use std::net::TcpListener as StdListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use mercer::config::RedisConfig;
use mercer::outside::redis::TIMEOUT;
use redis::Client;
use redis::aio::MultiplexedConnection;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// See the module. It goes with the test.
pub struct Server {
    port: u16,
    folder: TempDir,
    child: Child,
}

impl Server {
    pub async fn start() -> Server {
        let port = StdListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = TempDir::new().unwrap();
        let child = spawn(port, &folder);
        let server = Server { port, folder, child };
        server.answered().await;
        server
    }

    pub fn config(&self) -> RedisConfig {
        config(self.port)
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// It comes back with nothing in it.
    pub async fn restart(&mut self) {
        self.child = spawn(self.port, &self.folder);
        self.answered().await;
    }

    /// It holds its connections and answers nothing, until [`Server::go_on`].
    pub fn hang(&self) {
        self.signal("-STOP");
    }

    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// A connection for the test itself.
    pub async fn connect(&self) -> MultiplexedConnection {
        let client = Client::open(self.config().url.unwrap()).unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
    }

    async fn answered(&self) {
        for _ in 0..1_000 {
            if TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("redis-server does not listen; ops/test installs it");
    }

    /// The same server behind a wire.
    pub async fn behind_a_wire(&self) -> Wire {
        Wire::to(self.port).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that hangs is killed as well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn spawn(port: u16, folder: &TempDir) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server is installed; ops/test does it")
}

fn config(port: u16) -> RedisConfig {
    RedisConfig { url: Some(format!("redis://127.0.0.1:{port}")), prefix: "own:".to_owned() }
}

/// Hands on what it gets, each piece so late, and counts the pieces that the shop sent.
pub struct Wire {
    pub port: u16,
    delay_ms: Arc<AtomicU64>,
    sent: Arc<AtomicUsize>,
}

impl Wire {
    async fn to(server: u16) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let wire = Wire {
            port: listener.local_addr().unwrap().port(),
            delay_ms: Arc::default(),
            sent: Arc::default(),
        };
        let (delay_ms, sent) = (wire.delay_ms.clone(), wire.sent.clone());
        tokio::spawn(async move {
            while let Ok((shop, _)) = listener.accept().await {
                sent.fetch_add(1, Ordering::Relaxed);
                let redis = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                let ((shop_in, shop_out), (redis_in, redis_out)) = (shop.into_split(), redis.into_split());
                tokio::spawn(carry(shop_in, redis_out, delay_ms.clone(), sent.clone()));
                tokio::spawn(carry(redis_in, shop_out, delay_ms.clone(), Arc::default()));
            }
        });
        wire
    }

    pub fn config(&self) -> RedisConfig {
        config(self.port)
    }

    pub fn slow_down(&self, delay_ms: u64) {
        self.delay_ms.store(delay_ms, Ordering::Relaxed);
    }

    /// Pieces and connections that came from the shop, once it has given up waiting for the answers.
    pub async fn sent(&self) -> usize {
        tokio::time::sleep(TIMEOUT * 2).await;
        self.sent.load(Ordering::Relaxed)
    }
}

/// Reads at once and writes later, so that what is counted is what was sent until now.
async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    delay_ms: Arc<AtomicU64>,
    count: Arc<AtomicUsize>,
) {
    let (late, mut due) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    tokio::spawn(async move {
        while let Some((at, piece)) = due.recv().await {
            tokio::time::sleep_until(at).await;
            if to.write_all(&piece).await.is_err() {
                return;
            }
        }
    });
    let mut piece = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut piece).await {
        count.fetch_add(1, Ordering::Relaxed);
        let at = Instant::now() + Duration::from_millis(delay_ms.load(Ordering::Relaxed));
        if late.send((at, piece[..read].to_vec())).is_err() {
            return;
        }
    }
}
