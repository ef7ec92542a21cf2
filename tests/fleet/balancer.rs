//! HAProxy in front of the fleet. It tries nothing twice: what the shop's drain does must make that unnecessary. When
//! no process says that it is ready, it asks them all the same, as Amazon's balancers do.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::client::Client;
use super::instance::{self, Instance};
use super::load::{self, Store};

/// Where Debian puts it, which is not on everybody's path.
const HAPROXY: &str = "/usr/sbin/haproxy";

/// How often each process is asked whether it may receive traffic; one "no" takes it out, two "yes" in again.
const CHECK_INTERVAL: Duration = Duration::from_millis(250);

/// How long after a process is ready the balancer surely sends it requests: two checks, and one that was just missed.
pub const NOTICED_AFTER: Duration = Duration::from_millis(1_000);

pub struct Balancer {
    pub port: u16,
    process: Child,
}

impl Balancer {
    /// Starts it in front of `instances`, which are ready.
    pub async fn start(store: &Store, instances: &[Instance]) -> Balancer {
        let port = load::free_port();
        let file = store.dir.path().join("haproxy.cfg");
        std::fs::write(&file, configuration(port, instances)).unwrap();
        let mut command = Command::new(HAPROXY);
        command.arg("-db").arg("-f").arg(&file).stdout(instance::log(store)).stderr(instance::log(store));
        let balancer = Balancer { port, process: command.spawn().expect("haproxy is installed") };
        let began = Instant::now();
        while Client::new(port, 0).get("/readyz").await.is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "HAProxy sees no shop: {}", store.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        balancer
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn configuration(port: u16, instances: &[Instance]) -> String {
    let check_ms = CHECK_INTERVAL.as_millis();
    let servers: String = instances
        .iter()
        .map(|instance| format!("  server p{} 127.0.0.1:{}\n", instance.port, instance.port))
        .collect();
    format!(
        "defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  retries 0
  option forwardfor
  http-reuse safe
frontend shop
  bind 127.0.0.1:{port}
  use_backend unready if {{ nbsrv(processes) eq 0 }}
  default_backend processes
backend processes
  balance roundrobin
  option httpchk GET /readyz
  http-check expect status 200
  default-server check inter {check_ms}ms fall 1 rise 2
{servers}
backend unready
  balance roundrobin
{servers}"
    )
}
