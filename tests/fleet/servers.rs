//! A PostgreSQL and a Redis of a proof's own, which it may kill, pause and change.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::{Connection, Executor, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::load::free_port;

/// A server that was started again answers within this.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Postgres {
    dir: tempfile::TempDir,
    pub url: String,
}

impl Postgres {
    pub fn start() -> Postgres {
        // PostgreSQL runs as another user, who must be able to come in.
        let dir = tempfile::Builder::new().permissions(mode(0o755)).tempdir().unwrap();
        let url = operate("start", &dir.path().join("server"));
        Postgres { dir, url }
    }

    /// As if the machine had been switched off and on.
    pub fn crash(&self) {
        operate("crash", &self.dir.path().join("server"));
    }

    /// It keeps all connections, takes new ones, and answers nobody.
    pub fn pause(&self) {
        signal("STOP", &self.processes());
    }

    pub fn resume(&self) {
        signal("CONT", &self.processes());
    }

    /// What was the primary refuses writes, as after a failover.
    pub async fn set_read_only(&self, is_read_only: bool) {
        let mut conn = PgConnection::connect(&self.url).await.unwrap();
        let set = format!("ALTER SYSTEM SET default_transaction_read_only = {is_read_only}");
        conn.execute("SET default_transaction_read_only = off").await.unwrap();
        conn.execute(sqlx::AssertSqlSafe(set)).await.unwrap();
        conn.execute("SELECT pg_reload_conf()").await.unwrap();
    }

    /// The server and its children; the server first, so that it makes no more of them meanwhile.
    fn processes(&self) -> Vec<String> {
        let file = self.dir.path().join("server/data/postmaster.pid");
        let server = std::fs::read_to_string(file).unwrap().lines().next().unwrap().to_owned();
        let children = Command::new("pgrep").args(["-P", &server]).output().unwrap().stdout;
        let children = String::from_utf8(children).unwrap();
        std::iter::once(server).chain(children.lines().map(str::to_owned)).collect()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        operate("stop", &self.dir.path().join("server"));
    }
}

/// `ops/postgres ACTION DIR`; what it prints.
fn operate(action: &str, dir: &Path) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/ops/postgres");
    // What is answered must survive a crash.
    let output = Command::new(script)
        .env("FSYNC", "on")
        .arg(action)
        .arg(dir)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "ops/postgres {action}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub struct Redis {
    pub port: u16,
    process: Option<Child>,
}

impl Redis {
    pub async fn start() -> Redis {
        let mut redis = Redis { port: free_port(), process: None };
        redis.start_again().await;
        redis
    }

    pub async fn start_again(&mut self) {
        let mut command = Command::new("redis-server");
        command.args([
            "--port",
            &self.port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]);
        self.process = Some(command.stdout(Stdio::null()).spawn().expect("redis-server is installed"));
        let began = Instant::now();
        while self.say("PING").await.is_none() {
            assert!(began.elapsed() < PATIENCE, "Redis does not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Nothing of what it held is left.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    pub fn pause(&self) {
        signal("STOP", &self.processes());
    }

    pub fn resume(&self) {
        signal("CONT", &self.processes());
    }

    pub async fn wipe(&self) {
        assert_eq!(self.say("FLUSHALL").await.as_deref(), Some("+OK\r\n"));
    }

    fn processes(&self) -> Vec<String> {
        self.process.iter().map(|process| process.id().to_string()).collect()
    }

    async fn say(&self, command: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.ok()?;
        stream.write_all(format!("{command}\r\n").as_bytes()).await.ok()?;
        let mut answer = [0; 64];
        let length = stream.read(&mut answer).await.ok()?;
        Some(String::from_utf8_lossy(&answer[..length]).into_owned())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

fn signal(name: &str, processes: &[String]) {
    let sent = Command::new("kill").arg(format!("-{name}")).args(processes).status().unwrap();
    assert!(sent.success());
}

fn mode(bits: u32) -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(bits)
}
