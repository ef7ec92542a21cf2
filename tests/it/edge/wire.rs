//! What goes over the wire: the program itself, with the real SDK, against a server that writes down what it is sent.
//!
//! With `TEST_CLOUDFRONT_URL` and `TEST_CLOUDFRONT_DISTRIBUTION` set, the same against another stand-in, which then
//! checks signature and XML with its own parser.

use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One request as it came.
#[derive(Debug, Clone)]
struct Heard {
    head: String,
    body: String,
}

type Log = Arc<Mutex<Vec<Heard>>>;

/// Answers as CloudFront does: invalidations are taken and complete at once; one asked for before is replayed. The
/// first request for an invalidation of everything is taken and its answer lost.
async fn cloudfront() -> (String, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let log = Log::default();
    let heard = log.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, heard.clone()));
        }
    });
    (url, log)
}

async fn converse(mut stream: TcpStream, log: Log) {
    while let Some(request) = read_request(&mut stream).await {
        let is_first_post = {
            let mut log = log.lock().unwrap();
            log.push(request.clone());
            let is_ours = |heard: &Heard| heard.body.contains("<Path>/*</Path>");
            is_ours(&request) && log.iter().filter(|heard| is_ours(heard)).count() == 1
        };
        if is_first_post {
            return;
        }
        if stream.write_all(answer(&request).as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Heard> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4_096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").and_then(|v| v.parse().ok()).unwrap_or(0);
            if body.len() >= length {
                return Some(Heard { head: head.to_owned(), body: body.to_owned() });
            }
        }
        let read = stream.read(&mut chunk).await.ok()?;
        if read == 0 {
            return None;
        }
        bytes.extend_from_slice(&chunk[..read]);
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn answer(request: &Heard) -> String {
    const NS: &str = "http://cloudfront.amazonaws.com/doc/2020-05-31/";
    let unknown = request.head.contains("I00000000000000000");
    let (status, body) = if unknown {
        let error = "<Error><Type>Sender</Type><Code>NoSuchInvalidation</Code><Message>no</Message></Error>";
        (
            "404 Not Found",
            format!("<ErrorResponse xmlns=\"{NS}\">{error}<RequestId>1</RequestId></ErrorResponse>"),
        )
    } else {
        let reference =
            between(&request.body, "<CallerReference>", "</CallerReference>").unwrap_or("mercer-x-0");
        let line = request.head.lines().next().unwrap_or_default();
        let id = match request.head.starts_with("POST") {
            true => format!("I{reference}"),
            false => line.split(['/', ' ']).nth_back(2).unwrap_or("I").to_owned(),
        };
        let batch = format!(
            "<InvalidationBatch><Paths><Quantity>1</Quantity><Items><Path>/*</Path></Items></Paths>\
             <CallerReference>{reference}</CallerReference></InvalidationBatch>"
        );
        let time = "<CreateTime>2026-11-25T12:00:00Z</CreateTime>";
        let body = format!(
            "<Invalidation xmlns=\"{NS}\"><Id>{id}</Id><Status>Completed</Status>{time}{batch}</Invalidation>"
        );
        (if request.head.starts_with("POST") { "201 Created" } else { "200 OK" }, body)
    };
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    text.split_once(from)?.1.split_once(to).map(|(inner, _)| inner)
}

/// The program with an embedded shop in front of which a stand-in for CloudFront lies.
struct Program {
    dir: TempDir,
    listen: String,
    endpoint: String,
    distribution: String,
}

impl Program {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mercer"));
        command
            .args(args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.dir.path())
            .env("MERCER_DATA_DIR", self.dir.path())
            .env("MERCER_LISTEN", &self.listen)
            .env("MERCER_LOG", "warn")
            .env("MERCER_CLOUDFRONT_DISTRIBUTION_ID", &self.distribution)
            .env("MERCER_EDGE_LEASE_MS", "600")
            .env("MERCER_EDGE_COMPLETION_MS", "100")
            .env("AWS_ENDPOINT_URL_CLOUDFRONT", &self.endpoint)
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "a-secret-of-no-account")
            .stdin(Stdio::null());
        command
    }

    /// Standard output of a command that succeeds.
    async fn run(&self, args: &[&str]) -> String {
        let mut command = self.command(args);
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{args:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        text
    }

    async fn until_status(&self, is_done: impl Fn(&str) -> bool) -> String {
        loop {
            let status = self.run(&["edge", "status"]).await;
            if is_done(&status) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// Ends with the test, passed or not.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn free_address() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[tokio::test]
async fn a_purge_by_hand_goes_out_signed_and_in_xml() {
    let other = std::env::var("TEST_CLOUDFRONT_URL").ok();
    let (own, log) = cloudfront().await;
    let program = Program {
        dir: TempDir::new().unwrap(),
        listen: free_address(),
        endpoint: other.clone().unwrap_or(own),
        distribution: std::env::var("TEST_CLOUDFRONT_DISTRIBUTION").unwrap_or("E2EXAMPLE".to_owned()),
    };
    let check = program.run(&["check"]).await;
    assert!(check.contains("ok      edge: distribution"), "{check}");
    let asked = program.run(&["edge", "purge", "--all"]).await;
    let purge = between(&asked, "purge ", " waits").unwrap().to_owned();
    assert!(asked.contains("waits to be sent") && asked.contains("no process serves"), "{asked}");
    let serving = Serving(program.command(&["serve"]).spawn().unwrap());
    let line_of = |status: &str| status.lines().find(|line| line.starts_with(&purge)).map(str::to_owned);
    let status =
        program.until_status(|status| line_of(status).is_some_and(|line| line.contains("  done in "))).await;
    drop(serving);
    let line = line_of(&status).unwrap();
    assert!(line.contains("operator") && line.contains("/*"), "{status}");
    if other.is_none() {
        expect_wire(&log.lock().unwrap(), &purge);
    }
}

/// What CloudFront heard of the purge; those of the shop's own first changes are none of this test's business.
fn expect_wire(log: &[Heard], purge: &str) {
    let posts: Vec<&Heard> =
        log.iter().filter(|heard| heard.head.starts_with("POST") && heard.body.contains(purge)).collect();
    let reference = |heard: &Heard| {
        between(&heard.body, "<CallerReference>", "</CallerReference>").unwrap_or_default().to_owned()
    };
    let references: Vec<String> = posts.iter().map(|post| reference(post)).collect();
    assert_eq!(posts.len(), 4, "three rounds, and the lost answer's once more: {references:?}");
    assert_eq!(references[0], references[1], "a lost answer is asked for again under its reference");
    for (post, round) in posts[1..].iter().zip(0..) {
        let line = post.head.lines().next().unwrap_or_default();
        assert_eq!(line, "POST /2020-05-31/distribution/E2EXAMPLE/invalidation HTTP/1.1");
        let signature = header(&post.head, "authorization").unwrap_or_default();
        assert!(signature.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{signature}");
        assert!(signature.contains("/us-east-1/cloudfront/aws4_request"), "{signature}");
        assert!(
            post.body
                .contains("<InvalidationBatch xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\">")
        );
        let paths = "<Paths><Quantity>1</Quantity><Items><Path>/*</Path></Items></Paths>";
        assert!(post.body.contains(paths), "{}", post.body);
        assert!(reference(post).ends_with(&format!("-{round}")), "{references:?}");
    }
    let asked = |id: &str| format!("GET /2020-05-31/distribution/E2EXAMPLE/invalidation/I{id} HTTP/1.1");
    let gets: Vec<&str> =
        log.iter().filter_map(|h| h.head.lines().next()).filter(|line| line.starts_with("GET")).collect();
    for reference in &references {
        assert!(gets.contains(&asked(reference).as_str()), "{gets:?}");
    }
}
