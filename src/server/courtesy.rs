//! Refusals that reach their client, in our own words.
//!
//! hyper answers a head that it can't read by itself, with a bare status line: no `Cache-Control`, so that a cache in
//! front may keep it by its own rules. [`Courteous`] stands between hyper and the stream, knows that answer by its
//! form and sends one of ours in its place. It also closes gently: a connection that is closed while bytes of its
//! client lie unread is reset, and a reset may overtake the answer that says why.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use poem::http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::refuse;

/// How long a closed connection's client may go on sending before it is reset after all.
const LINGER_TIMEOUT: Duration = Duration::from_secs(1);
/// The same in bytes.
const LINGER_BYTES_MAX: usize = 512 * 1024;

/// The stream; see the module.
pub struct Courteous<S> {
    stream: S,
    /// What is left of our answer in place of hyper's.
    farewell: Option<Vec<u8>>,
    linger: Option<Linger>,
}

struct Linger {
    until: Pin<Box<Sleep>>,
    bytes: usize,
}

impl<S> Courteous<S> {
    pub fn new(stream: S) -> Courteous<S> {
        Courteous { stream, farewell: None, linger: None }
    }
}

impl<S: AsyncWrite + Unpin> Courteous<S> {
    /// Writes what is left of the farewell.
    fn poll_farewell(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(left) = self.farewell.as_mut().filter(|left| !left.is_empty()) {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, left))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            left.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> Courteous<S> {
    /// Reads and forgets what the client still sends, until it has seen that we closed, within bounds.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let linger = self.linger.get_or_insert_with(|| Linger {
            until: Box::pin(sleep_until(Instant::now() + LINGER_TIMEOUT)),
            bytes: 0,
        });
        let mut scratch = [0; 4096];
        while linger.bytes < LINGER_BYTES_MAX {
            let mut buf = ReadBuf::new(&mut scratch);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => linger.bytes += buf.filled().len(),
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return linger.until.as_mut().poll(cx),
            }
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Courteous<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Courteous<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        match bare_refusal(buf) {
            None => Pin::new(&mut this.stream).poll_write(cx, buf),
            // Answers of earlier requests stand before it.
            Some((at, _)) if at > 0 => Pin::new(&mut this.stream).poll_write(cx, &buf[..at]),
            Some((_, status)) => {
                this.farewell.get_or_insert_with(|| refuse::broken_head(status));
                ready!(this.poll_farewell(cx))?;
                Poll::Ready(Ok(buf.len()))
            }
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // hyper writes a head alone, so its own answer is never one slice of several.
        match bufs {
            [one] => self.poll_write(cx, one),
            _ => Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.linger.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
        }
        this.poll_linger(cx).map(Ok)
    }
}

/// Where in `written` hyper's own answer begins, and its status. It is the last thing on a connection, has no body
/// and nothing in its head but these lines; every answer of ours has more.
fn bare_refusal(written: &[u8]) -> Option<(usize, StatusCode)> {
    const LINES: &str = "connection: close\r\ncontent-length: 0\r\ndate: ";
    /// "Sun, 06 Nov 1994 08:49:37 GMT" and the end of the head.
    const DATE_BYTES: usize = 29 + 4;
    let head = written
        .strip_suffix(b"\r\n\r\n")
        .map(|_| &written[..written.len() - DATE_BYTES.min(written.len())])?;
    let before = head.strip_suffix(LINES.as_bytes())?;
    let line = before.strip_suffix(b"\r\n")?;
    let at = line.windows(9).rposition(|w| w == b"HTTP/1.1 " || w == b"HTTP/1.0 ")?;
    let status = StatusCode::from_bytes(line.get(at + 9..at + 12)?).ok()?;
    let is_line = !line[at..].contains(&b'\n') && status.is_client_error();
    is_line.then_some((at, status))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &[u8] = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\
                          date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n";

    #[test]
    fn hypers_answer_is_known_by_its_form() {
        assert_eq!(bare_refusal(BARE), Some((0, StatusCode::BAD_REQUEST)));
        let after = [b"HTTP/1.1 304 Not Modified\r\ncache-control: public\r\n\r\n", BARE].concat();
        assert_eq!(bare_refusal(&after), Some((after.len() - BARE.len(), StatusCode::BAD_REQUEST)));
        for other in [
            &b""[..],
            b"\r\n\r\n",
            &BARE[1..],
            &BARE[..BARE.len() - 1],
            b"HTTP/1.1 400 Bad Request\r\ncache-control: no-store\r\nconnection: close\r\ncontent-length: 0\r\n\
              date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\
              date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n",
        ] {
            assert_eq!(bare_refusal(other), None, "{}", String::from_utf8_lossy(other));
        }
    }
}
