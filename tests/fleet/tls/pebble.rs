//! Pebble and its name server, on loopback ports of their own.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::json;

use super::super::load::free_port;

const PATIENCE: Duration = Duration::from_secs(20);

/// See the module.
pub struct Pebble {
    dir: tempfile::TempDir,
    port: u16,
    management_port: u16,
    /// Where it looks for proofs of a name, which all lead to this machine.
    pub http_port: u16,
    pub tls_port: u16,
    names: Child,
    names_port: u16,
    process: Option<Child>,
}

impl Pebble {
    /// Not running yet.
    pub fn new(http_port: u16, tls_port: u16) -> Pebble {
        let dir = tempfile::tempdir().unwrap();
        write_identity(dir.path());
        let names_port = free_port();
        let mut names = Command::new("pebble-challtestsrv");
        names.args([
            "-defaultIPv4",
            "127.0.0.1",
            "-defaultIPv6",
            "",
            "-http01",
            "",
            "-https01",
            "",
            "-tlsalpn01",
            "",
        ]);
        names.args(["-dns01", &format!("127.0.0.1:{names_port}")]);
        names.args(["-management", &format!("127.0.0.1:{}", free_port())]);
        let names = names.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let names = names.expect("pebble-challtestsrv is installed");
        let (port, management_port) = (free_port(), free_port());
        Pebble { dir, port, management_port, http_port, tls_port, names, names_port, process: None }
    }

    pub fn directory(&self) -> String {
        format!("https://127.0.0.1:{}/dir", self.port)
    }

    /// Who vouches for its own address.
    pub fn ca_file(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// Starts it; what it gives lives for `lifetime`.
    pub async fn start(&mut self, lifetime: Duration) {
        let file = self.dir.path().join("pebble.json");
        let config = json!({"pebble": {
            "listenAddress": format!("127.0.0.1:{}", self.port),
            "managementListenAddress": format!("127.0.0.1:{}", self.management_port),
            "certificate": self.ca_file(),
            "privateKey": self.dir.path().join("key.pem"),
            "httpPort": self.http_port,
            "tlsPort": self.tls_port,
            "certificateValidityPeriod": lifetime.as_secs(),
        }});
        std::fs::write(&file, config.to_string()).unwrap();
        let log =
            std::fs::File::options().create(true).append(true).open(self.dir.path().join("log")).unwrap();
        let mut command = Command::new("pebble");
        command
            .args([
                "-config",
                file.to_str().unwrap(),
                "-dnsserver",
                &format!("127.0.0.1:{}", self.names_port),
            ])
            .env("PEBBLE_VA_NOSLEEP", "1")
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        self.process = Some(command.spawn().expect("pebble is installed"));
        let began = Instant::now();
        while self.roots().is_empty() {
            let log = std::fs::read_to_string(self.dir.path().join("log")).unwrap();
            assert!(began.elapsed() < PATIENCE, "Pebble does not start: {log}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Who vouches for what it gives, since it was started.
    pub fn roots(&self) -> Vec<u8> {
        let url = format!("https://127.0.0.1:{}/roots/0", self.management_port);
        let mut curl = Command::new("curl");
        curl.args(["-sf", "--max-time", "5", "--cacert"]).arg(self.ca_file()).arg(url);
        curl.output().unwrap().stdout
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        self.kill();
        self.names.kill().unwrap();
        self.names.wait().unwrap();
    }
}

/// The certificate of its own address, which is its own root.
fn write_identity(dir: &std::path::Path) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let pem = |label: &str, der: &[u8]| {
        let body = base64::engine::general_purpose::STANDARD.encode(der);
        let lines: Vec<&str> = body.as_bytes().chunks(64).map(|l| std::str::from_utf8(l).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    };
    std::fs::write(dir.join("ca.pem"), pem("CERTIFICATE", made.cert.der())).unwrap();
    std::fs::write(dir.join("key.pem"), pem("PRIVATE KEY", made.signing_key.serialized_der())).unwrap();
}
