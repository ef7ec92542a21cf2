//! `mercer healthcheck`: asks the running server's `/readyz`; for containers without curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::out::say;
use super::{Failure, start};
use crate::config::Env;

const TIMEOUT: Duration = Duration::from_secs(3);

pub async fn run(env: Env) -> Result<(), Failure> {
    let config = start::configuration(env)?;
    let address = reachable(config.server.listen);
    let answer = tokio::time::timeout(TIMEOUT, ask(address))
        .await
        .map_err(|_| Failure(format!("{address} does not answer within {} s", TIMEOUT.as_secs())))?
        .map_err(|error| Failure(format!("{address} does not answer: {error}")))?;
    match answer.split_whitespace().nth(1) {
        Some("200") => {
            say!("ready");
            Ok(())
        }
        _ => Err(Failure(format!("not ready: {}", answer.lines().last().unwrap_or("no answer")))),
    }
}

/// A server that listens on every address is asked on the loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(16 * 1024).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
