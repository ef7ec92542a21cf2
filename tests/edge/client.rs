//! A client that sends exactly the bytes that it is told to, one request a connection.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than every time-out of the rig.
const PATIENCE: Duration = Duration::from_secs(40);

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// The answer did not come, or not whole.
#[derive(Debug)]
pub struct Unanswered;

impl Answer {
    /// A header's first value, empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

pub async fn get(port: u16, path: &str, headers: &[(&str, &str)]) -> Result<Answer, Unanswered> {
    send(port, "GET", path, headers, b"").await
}

/// `path` goes out as it is, whatever it is.
pub async fn send(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer, Unanswered> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head += &format!("Host: 127.0.0.1:{port}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    head += "\r\n";
    let request = [head.as_bytes(), body].concat();
    let exchange = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.map_err(|_| Unanswered)?;
        stream.set_nodelay(true).map_err(|_| Unanswered)?;
        stream.write_all(&request).await.map_err(|_| Unanswered)?;
        let mut bytes = Vec::new();
        // A server that answers before it has read everything may reset the connection behind its answer.
        let ended = stream.read_to_end(&mut bytes).await;
        parse(&bytes).ok_or(Unanswered).and_then(|answer| match ended {
            Err(_) if answer.body.is_empty() && answer.status == 200 => Err(Unanswered),
            _ => Ok(answer),
        })
    };
    tokio::time::timeout(PATIENCE, exchange).await.unwrap_or(Err(Unanswered))
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut answer = Answer { status, headers, body: bytes[end + 4..].to_vec() };
    if answer.header("transfer-encoding").eq_ignore_ascii_case("chunked") {
        answer.body = unchunk(&answer.body)?;
    } else if let Ok(length) = answer.header("content-length").parse::<usize>()
        && answer.body.len() < length
        && !answer.body.is_empty()
    {
        return None;
    }
    Some(answer)
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|w| w == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(end + 2..end + 2 + size)?);
        rest = rest.get(end + 4 + size..)?;
    }
}
