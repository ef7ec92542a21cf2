//! The look through the edge after a purge.

use std::sync::Arc;

use mercer::app::App;
use mercer::edge::dispatcher::Completed;
use mercer::edge::prober::{Outcome, look};
use mercer::random::Random;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::TestStore;
use crate::support::shelf::{put, simple};

/// A public address that answers every request with `answer`, and the requests' first lines.
async fn answering(answer: &'static str) -> (String, Arc<std::sync::Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 8_192];
            let read = stream.read(&mut head).await.unwrap_or(0);
            let head = String::from_utf8_lossy(&head[..read]).into_owned();
            log.lock().unwrap().push(head.lines().next().unwrap_or_default().to_owned());
            drop(stream.write_all(answer.as_bytes()).await);
        }
    });
    (url, asked)
}

async fn outcome(
    t: &TestStore,
    answer: &'static str,
    items: &[&str],
    newest_change: i64,
) -> (Outcome, Vec<String>) {
    let (url, asked) = answering(answer).await;
    let mut config = t.app.config.clone();
    config.server.public_url = url;
    let app = App::new(config, t.app.db.clone(), t.app.clock.clone(), Random::System).await.unwrap();
    let round = Completed {
        purge_id: "1".to_owned(),
        items: items.iter().map(|i| (*i).to_owned()).collect(),
        newest_change,
        oldest_at: 0,
        round: 0,
        is_last: true,
    };
    let outcome = look(&app, &round).await.unwrap();
    let asked = asked.lock().unwrap().clone();
    (outcome, asked)
}

#[tokio::test]
async fn generations_are_compared() {
    let t = TestStore::sqlite().await;
    let id = put(&t.app, &simple("watch")).await;
    let tag = format!("#p{id}");
    let page = "HTTP/1.1 200 OK\r\nX-Mercer-Gen: 7\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let (got, asked) = outcome(&t, page, &[&tag], 7).await;
    assert_eq!((got, asked), (Outcome::Fresh, vec!["GET /p/watch HTTP/1.1".to_owned()]));
    assert_eq!(outcome(&t, page, &[&tag], 8).await.0, Outcome::Stale);
    assert_eq!(outcome(&t, page, &["/c/a*"], 1).await.1, ["GET /c/a HTTP/1.1"]);
    assert_eq!(outcome(&t, page, &["#s"], 1).await.1, ["GET / HTTP/1.1"]);
    let (got, asked) = outcome(&t, page, &["#pgone", "#q"], 1).await;
    assert_eq!((got, asked.len()), (Outcome::Unknown, 0));
}

#[tokio::test]
async fn what_is_no_page_tells_nothing() {
    let t = TestStore::sqlite().await;
    for answer in [
        "HTTP/1.1 404 Not Found\r\nX-Mercer-Gen: 9\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-Mercer-Gen: new\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    ] {
        let (got, asked) = outcome(&t, answer, &["#s"], 1).await;
        assert_eq!((got, asked.len()), (Outcome::Unknown, 1), "{answer}");
    }
}
