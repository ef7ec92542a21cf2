//! Clients who take their time, each in another place: all are shown out when their time is up, and not before.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper::Request;
use hyper::body::Frame;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::https::{HTTP1, HTTP2, Visitor};
use super::HOST;

/// All at once.
pub async fn are_shown_out(visitor: Visitor) {
    tokio::join!(
        greets_slowly(&visitor, b""),
        greets_slowly(&visitor, b"\x16\x03\x01\x02\x00\x01"),
        asks_slowly(&visitor),
        sends_slowly(&visitor),
        reads_nothing(&visitor),
    );
    println!("ok tls: who dawdles in the handshake, a head, a body or an answer is shown out in time");
}

/// Whoever has been answered may rest for 75 s, whether the answer was at hand or made by a route. hyper does not look at a
/// connection again after the second kind.
pub async fn rest(visitor: Visitor) {
    tokio::join!(rests_after(&visitor, "/p/piece"), rests_after(&visitor, "/healthz"));
    println!("ok tls: a connection at rest is closed in time, and properly");
}

async fn rests_after(visitor: &Visitor, path: &str) {
    let mut stream = visitor.connect(&[HTTP1]).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {HOST}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let began = Instant::now();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{path}: {}", String::from_utf8_lossy(&answer));
    check(path, began, 74..79);
}

fn check(what: &str, began: Instant, seconds: std::ops::Range<u64>) {
    let took = began.elapsed();
    let range = Duration::from_secs(seconds.start)..Duration::from_secs(seconds.end);
    assert!(range.contains(&took), "{what}: after {took:?}");
}

/// A handshake must be done within 10 s.
async fn greets_slowly(visitor: &Visitor, bytes: &[u8]) {
    let mut stream = TcpStream::connect(visitor.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let began = Instant::now();
    drop(stream.read_to_end(&mut Vec::new()).await);
    check("a handshake", began, 9..13);
}

/// So must a head, from its first byte on.
async fn asks_slowly(visitor: &Visitor) {
    let mut stream = visitor.connect(&[HTTP1]).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let began = Instant::now();
    drop(stream.read_to_end(&mut Vec::new()).await);
    check("a head", began, 9..13);
}

/// A body of HTTP/2 has 15 s, and its request an answer.
async fn sends_slowly(visitor: &Visitor) {
    let stream = visitor.connect(&[HTTP2]).await.unwrap();
    let (mut send, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let first = Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"quantity=")));
    let forever = futures_util::stream::pending();
    let body = StreamBody::new(futures_util::StreamExt::chain(futures_util::stream::iter([first]), forever));
    let request = Request::post(format!("https://{HOST}/cart"))
        .header("origin", "https://shop.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .unwrap();
    let began = Instant::now();
    let answer = send.send_request(request).await.unwrap();
    assert!(answer.status().is_client_error(), "{answer:?}");
    check("a body", began, 14..19);
}

/// A large answer of HTTP/2 that nobody reads ends its connection after 30 s.
async fn reads_nothing(visitor: &Visitor) {
    let stream = visitor.connect(&[HTTP2]).await.unwrap();
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder.initial_stream_window_size(1_024);
    let (mut send, connection) = builder.handshake(TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let request =
        Request::get(format!("https://{HOST}/api/v1/openapi.json")).body(Empty::<Bytes>::new()).unwrap();
    let began = Instant::now();
    let answer = send.send_request(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    drop(connection.await);
    check("an answer", began, 29..35);
    assert!(answer.into_body().collect().await.is_err(), "it was not whole");
}
