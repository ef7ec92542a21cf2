//! One process on a socket that it was passed, as systemd does it: it is restarted under load, who connects meanwhile
//! waits, and the supervisor is told what happens.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::client::Client;
use super::instance::{self, terminate};
use super::load::{self, Engine, Store};

const RESTARTS: usize = 5;
/// The watchdog's patience; a sign of life is due twice as often.
const WATCHDOG: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(60);

pub async fn run() {
    let store = Store::new(Engine::Sqlite).await;
    let csv = store.dir.path().join("products.csv");
    std::fs::write(&csv, load::products_csv(&[("piece", "PIECE-1", 1_000)])).unwrap();
    store.run(&["import", csv.to_str().unwrap()]);
    let mut unit = Unit::new(store);
    unit.start().await;
    let load = Load::start(unit.listener.local_addr().unwrap().port());
    for _ in 0..RESTARTS {
        tokio::time::sleep(2 * WATCHDOG).await;
        unit.stop().await;
        // The last answers are on their way.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let before = load.answered.load(Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(load.answered.load(Ordering::Relaxed), before, "nobody is there to answer");
        unit.start().await;
    }
    let (answered, failures) = load.stop().await;
    unit.stop().await;
    assert!(
        failures.is_empty(),
        "{} of {answered} failed: {failures:#?}\n{}",
        failures.len(),
        unit.store.log()
    );
    println!("ok socket: {RESTARTS} restarts on one socket: {answered} requests, 0 refused, 0 failed");
}

/// What systemd keeps of a service: its socket, what it says, and its process.
struct Unit {
    store: Store,
    listener: TcpListener,
    notices: UnixDatagram,
    process: Option<Child>,
}

impl Unit {
    fn new(store: Store) -> Unit {
        let notices = UnixDatagram::bind(store.dir.path().join("notify")).unwrap();
        notices.set_nonblocking(true).unwrap();
        Unit { listener: TcpListener::bind("127.0.0.1:0").unwrap(), store, notices, process: None }
    }

    /// Starts the process with the socket as its descriptor 3, and waits until it says that it is ready.
    async fn start(&mut self) {
        // The shell becomes the process, so that its own id is the one that the socket is meant for.
        let script = "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" serve 3<&0 </dev/null";
        let mercer = self.store.command(&[]);
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .arg(mercer.get_program())
            .envs(mercer.get_envs().filter_map(|(name, value)| Some((name, value?))))
            // Nobody listens there: only the passed socket is served.
            .env("MERCER_LISTEN", format!("127.0.0.1:{}", load::free_port()))
            .env("MERCER_DRAIN_DELAY_S", "1")
            .env("NOTIFY_SOCKET", self.store.dir.path().join("notify"))
            .env("WATCHDOG_USEC", WATCHDOG.as_micros().to_string())
            .stdin(Stdio::from(OwnedFd::from(self.listener.try_clone().unwrap())))
            .stdout(Stdio::null())
            .stderr(instance::log(&self.store));
        self.process = Some(command.spawn().unwrap());
        let began = Instant::now();
        loop {
            match self.notice() {
                Some(notice) if notice.starts_with("READY=1\n") => break,
                Some(notice) => assert!(notice.starts_with("EXTEND_TIMEOUT_USEC="), "{notice} before READY"),
                None => tokio::time::sleep(Duration::from_millis(5)).await,
            }
            assert!(began.elapsed() < PATIENCE, "not ready: {}", self.store.log());
        }
        // It is what it says.
        Client::new(self.listener.local_addr().unwrap().port(), 0).get("/readyz").await.unwrap();
    }

    /// SIGTERM. In between, it has given signs of life as long as it served, and said that it stops.
    async fn stop(&mut self) {
        let mut lived = 0;
        while let Some(notice) = self.notice() {
            assert_eq!(notice, "WATCHDOG=1");
            lived += 1;
        }
        assert!(lived > 0, "no sign of life");
        terminate(self.process.take().unwrap()).await;
        let rest: Vec<String> = std::iter::from_fn(|| self.notice()).collect();
        let stopping = rest.iter().filter(|notice| notice.starts_with("STOPPING=1\n")).count();
        let known = rest.iter().all(|n| n.starts_with("STOPPING=1\n") || n == "WATCHDOG=1");
        assert!(stopping == 1 && known, "{rest:?}");
    }

    fn notice(&self) -> Option<String> {
        let mut bytes = [0; 1024];
        let length = self.notices.recv(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes[..length]).into_owned())
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }
}

/// Clients that keep their connection, and clients that take a new one for each request.
struct Load {
    answered: Arc<AtomicU64>,
    ended: Arc<AtomicBool>,
    clients: JoinSet<Vec<String>>,
}

impl Load {
    fn start(port: u16) -> Load {
        let (answered, ended) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let mut clients = JoinSet::new();
        for number in 0..8 {
            let client = Client::new(port, number);
            let client = if number % 2 == 0 { client } else { client.fickle() };
            clients.spawn(ask(client, answered.clone(), ended.clone()));
        }
        Load { answered, ended, clients }
    }

    /// How much was answered, and what was not.
    async fn stop(self) -> (u64, Vec<String>) {
        self.ended.store(true, Ordering::Relaxed);
        let failures = self.clients.join_all().await.concat();
        (self.answered.load(Ordering::Relaxed), failures)
    }
}

async fn ask(mut client: Client, answered: Arc<AtomicU64>, ended: Arc<AtomicBool>) -> Vec<String> {
    let mut failures = Vec::new();
    while !ended.load(Ordering::Relaxed) {
        match client.get("/p/piece").await {
            Ok(answer) if answer.text().contains("</html>") => {
                answered.fetch_add(1, Ordering::Relaxed);
            }
            Ok(_) => failures.push("half a page".to_owned()),
            Err(what) => failures.push(what),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    failures
}
