//! A process of the fleet, started and stopped as a supervisor does it.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::client::Client;
use super::load::{Store, free_port};

const PATIENCE: Duration = Duration::from_secs(60);

/// One of the processes that serve `Store`'s database.
pub struct Instance {
    pub port: u16,
    process: Option<Child>,
}

impl Instance {
    pub fn new() -> Instance {
        Instance { port: free_port(), process: None }
    }

    /// Starts it and waits until it may receive traffic.
    pub async fn start(&mut self, store: &Store) {
        let mut command = store.command(&["serve"]);
        command
            .env("MERCER_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("MERCER_PUBLIC_URL", "http://127.0.0.1")
            .env("MERCER_TRUSTED_PROXIES", "127.0.0.0/8")
            .env("MERCER_PAGE_CACHE_MB", "64")
            .env_remove("MERCER_DRAIN_DELAY_S")
            .stdout(Stdio::null())
            .stderr(log(store));
        self.process = Some(command.spawn().unwrap());
        let began = Instant::now();
        while Client::new(self.port, 0).get("/readyz").await.is_err() {
            assert!(began.elapsed() < PATIENCE, "not ready: {}", store.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// SIGTERM, and waits for the end, which must be a good one.
    pub async fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            terminate(process).await;
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }
}

/// SIGTERM, and waits for the end of `process`, which must be a good one.
pub async fn terminate(mut process: Child) {
    let sent = Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let began = Instant::now();
    let status = loop {
        if let Some(status) = process.try_wait().unwrap() {
            break status;
        }
        assert!(began.elapsed() < PATIENCE, "it does not stop");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(status.success(), "it stopped with {status}");
}

/// Where the store's processes say what happens to them.
pub fn log(store: &Store) -> File {
    File::options().create(true).append(true).open(store.dir.path().join("log")).unwrap()
}
