//! A shop that speaks TLS itself, with its certificate from a real authority: Let's Encrypt's own test server, Pebble, on
//! this machine. What it gives lives for 45 s, so that it has to be renewed while one watches; it also rejects one
//! nonce in twenty, and forgets everything when it is restarted.

mod dawdlers;
mod pebble;

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::https::{Answer, HTTP1, HTTP2, Visitor};
use super::instance::{self, terminate};
use super::load::{self, Engine, Store, free_port};
use pebble::Pebble;

pub const HOST: &str = "shop.example";
const PATIENCE: Duration = Duration::from_secs(90);
/// Of Pebble's certificates.
const LIFETIME: Duration = Duration::from_secs(45);

pub async fn run() {
    // The second shop needs none of the time of the first.
    tokio::join!(from_order_to_renewal(), the_other_proof());
}

async fn from_order_to_renewal() {
    let mut pebble = Pebble::new(free_port(), free_port());
    let mut shop = Shop::new(&pebble).await;
    shop.start().await;
    // The authority is away: the shop serves, says what it waits for, and tries again.
    assert!(shop.visitor(b"").certificate().await.unwrap_err().contains("alert"));
    assert_eq!(shop.plain("/p/piece"), "301 https://shop.example/p/piece");
    eventually("the log says so", || shop.log().contains("see that this machine reaches")).await;
    assert!(shop.log().contains("there is no certificate for shop.example yet"), "{}", shop.log());
    shop.run_check(false, "see that this machine reaches MERCER_ACME_DIRECTORY");
    pebble.start(LIFETIME).await;
    let first = shop.has_certificate().await;
    println!("ok tls: a certificate came though the authority was away at first and rejects nonces");
    shop.run_check(true, "certificate for shop.example is valid until");

    let visitor = shop.visitor(&pebble.roots());
    shop.shows_pages(&visitor).await;
    shop.shows_pages_to_curl(&pebble);
    let kept = shop.stored();
    let load = Load::start(&visitor);
    shop.stop().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    shop.start().await;
    assert_eq!(visitor.certificate().await.unwrap(), first, "the one from before");
    let (answered, failures) = load.stop().await;
    assert!(failures.is_empty() && answered > 20, "{answered} answered, {failures:#?}\n{}", shop.log());
    assert_eq!(shop.stored(), kept, "a restart orders nothing");
    println!("ok tls: restarted on its two sockets: {answered} requests over HTTPS, 0 failed, no new order");

    let resting = tokio::spawn(dawdlers::rest(visitor.clone()));
    let dawdlers = tokio::spawn(dawdlers::are_shown_out(visitor.clone()));
    let load = Load::start(&visitor);
    let second = shop.has_another_certificate(&first).await;
    let (answered, failures) = load.stop().await;
    assert!(failures.is_empty(), "{answered} answered, {failures:#?}\n{}", shop.log());
    dawdlers.await.unwrap();
    println!("ok tls: renewed after two thirds of its time, {answered} requests meanwhile, 0 failed");

    // It comes back with nothing of what it knew: other roots, no accounts.
    pebble.kill();
    eventually("the failure is told", || shop.log().contains("was not renewed")).await;
    pebble.start(LIFETIME).await;
    shop.has_another_certificate(&second).await;
    shop.shows_pages(&shop.visitor(&pebble.roots())).await;
    assert!(shop.log().contains("a certificate for shop.example is there"), "{}", shop.log());
    println!("ok tls: an authority that was away and has forgotten the account gives another certificate");
    resting.await.unwrap();
    shop.stop().await;
}

/// The authority looks for the proof at a port that is not ours, as through a firewall: the plain one is tried next.
async fn the_other_proof() {
    let mut pebble = Pebble::new(free_port(), free_port());
    let mut shop = Shop::new(&pebble).await;
    pebble.tls_port = free_port();
    // Its sockets are known by their names here: the ports say nothing.
    shop.store.set("MERCER_TLS_LISTEN", &format!("127.0.0.1:{}", free_port()));
    shop.store.set("LISTEN_FDNAMES", "https:mercer.socket");
    pebble.start(Duration::from_secs(3_600)).await;
    shop.start().await;
    shop.has_certificate().await;
    let log = shop.log();
    assert!(log.contains("(tls-alpn-01)") && log.contains("port 443 through every firewall"), "{log}");
    shop.shows_pages(&shop.visitor(&pebble.roots())).await;
    let kept = format!("{}/shop.example.pem", shop.folder().display());
    let mode = Command::new("stat").args(["-c", "%a", &kept]).output().unwrap().stdout;
    assert_eq!(String::from_utf8_lossy(&mode).trim(), "600");
    shop.stop().await;
    println!("ok tls: proved at the plain port where the authority can't reach the other one");
}

/// What systemd keeps of the shop: its two sockets and its process.
struct Shop {
    store: Store,
    plain: TcpListener,
    tls: TcpListener,
    process: Option<Child>,
}

impl Shop {
    /// A shop at the two ports where the authority looks for proofs.
    async fn new(pebble: &Pebble) -> Shop {
        let mut store = Store::new(Engine::Sqlite).await;
        let listener = |port: u16| TcpListener::bind(("127.0.0.1", port)).unwrap();
        let (plain, tls) = (listener(pebble.http_port), listener(pebble.tls_port));
        store.set("MERCER_TLS_LISTEN", &tls.local_addr().unwrap().to_string());
        store.set("MERCER_PUBLIC_URL", "https://shop.example");
        store.set("MERCER_ACME_CONTACT", "you@shop.example");
        store.set("MERCER_ACME_DIRECTORY", &pebble.directory());
        store.set("MERCER_ACME_CA_FILE", pebble.ca_file().to_str().unwrap());
        store.set("MERCER_LOG", "info");
        store.set("MERCER_LOG_FORMAT", "text");
        store.set("MERCER_DRAIN_DELAY_S", "1");
        let csv = store.dir.path().join("products.csv");
        std::fs::write(&csv, load::products_csv(&[("piece", "PIECE-1", 1_000)])).unwrap();
        store.run(&["import", csv.to_str().unwrap()]);
        Shop { store, plain, tls, process: None }
    }

    /// With its sockets as descriptors 3 and 4, the one for TLS first: it is known by its port.
    async fn start(&mut self) {
        let script = "LISTEN_FDS=2 LISTEN_PID=$$ exec \"$0\" serve 3<&0 4<&1 </dev/null >/dev/null";
        let mercer = self.store.command(&[]);
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .arg(mercer.get_program())
            .envs(mercer.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .env("MERCER_LISTEN", format!("127.0.0.1:{}", self.plain.local_addr().unwrap().port()))
            .stdin(Stdio::from(OwnedFd::from(self.tls.try_clone().unwrap())))
            .stdout(Stdio::from(OwnedFd::from(self.plain.try_clone().unwrap())))
            .stderr(instance::log(&self.store));
        self.process = Some(command.spawn().unwrap());
        eventually("the shop is ready", || self.plain("/readyz").starts_with("200")).await;
    }

    async fn stop(&mut self) {
        terminate(self.process.take().unwrap()).await;
    }

    fn log(&self) -> String {
        self.store.log()
    }

    fn visitor(&self, roots: &[u8]) -> Visitor {
        Visitor::new(self.tls.local_addr().unwrap(), HOST, roots)
    }

    /// The status that plain HTTP gets, and where it leads.
    fn plain(&self, path: &str) -> String {
        let url = format!("http://{}{path}", self.plain.local_addr().unwrap());
        curl(&["-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", &url]).trim().to_owned()
    }

    /// `mercer check` says this, and so fails or not.
    fn run_check(&self, is_well: bool, says: &str) {
        let output = self.store.command(&["check"]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() == is_well && told.contains(says), "{told}");
    }

    fn folder(&self) -> PathBuf {
        let authorities = std::fs::read_dir(self.store.dir.path().join("tls")).unwrap();
        authorities.map(|authority| authority.unwrap().path()).next().unwrap()
    }

    /// All that is kept of the authority.
    fn stored(&self) -> Vec<Vec<u8>> {
        ["account.json", "orders", "shop.example.pem"]
            .map(|name| std::fs::read(self.folder().join(name)).unwrap())
            .to_vec()
    }

    async fn has_certificate(&self) -> Vec<u8> {
        self.has_another_certificate(&[]).await
    }

    /// What the server shows, whoever vouches for it, once that is not `before` any more.
    async fn has_another_certificate(&self, before: &[u8]) -> Vec<u8> {
        let began = Instant::now();
        loop {
            let address = self.tls.local_addr().unwrap().to_string();
            let shown = shown_certificate(&address);
            if !shown.is_empty() && shown != before {
                return shown;
            }
            assert!(began.elapsed() < PATIENCE, "there is no other certificate: {}", self.log());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// By both versions of HTTP, and as a shop does it over https.
    async fn shows_pages(&self, visitor: &Visitor) {
        for protocol in [HTTP1, HTTP2] {
            let page = visitor.get(protocol, "/p/piece").await.unwrap();
            assert!(page.status == 200 && page.text().contains("</html>"), "{page:?}");
            assert!(page.header("strict-transport-security").starts_with("max-age=63072000"));
        }
        let added = add_to_cart(visitor).await;
        assert_eq!(added.status, 303, "{}", added.text());
        let cookies: Vec<&str> =
            added.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
        assert!(!cookies.is_empty() && cookies.iter().all(|line| line.contains("; Secure")), "{cookies:?}");
        assert!(cookies.iter().any(|line| line.starts_with("__Host-")), "{cookies:?}");
    }

    /// A client that shares nothing with the shop.
    fn shows_pages_to_curl(&self, pebble: &Pebble) {
        let roots = self.store.dir.path().join("roots.pem");
        std::fs::write(&roots, pebble.roots()).unwrap();
        let port = self.tls.local_addr().unwrap().port();
        let there = format!("{HOST}:{port}:127.0.0.1");
        let url = format!("https://{HOST}:{port}/p/piece");
        let base = ["--cacert", roots.to_str().unwrap(), "--resolve", &there, "-o", "/dev/null", "-w"];
        let ask = |option: &[&str]| {
            curl(&[&base[..], &["%{http_version} %{http_code} %{ssl_verify_result}", &url], option].concat())
        };
        assert_eq!(ask(&["--http2"]), "2 200 0");
        assert_eq!(ask(&["--http1.1"]), "1.1 200 0");
        assert_eq!(ask(&["--tls-max", "1.2"]), "2 200 0");
        assert!(ask(&["--tls-max", "1.1"]).starts_with("0 000"), "too old");
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }
}

async fn add_to_cart(visitor: &Visitor) -> Answer {
    let page = visitor.get(HTTP2, "/p/piece").await.unwrap().text();
    let variant = page.split("name=\"variant_id\" value=\"").nth(1).or_else(|| {
        // Attributes may be written without quotes.
        page.split("name=variant_id value=").nth(1)
    });
    let variant: String = variant
        .unwrap_or_else(|| panic!("{page}"))
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '-')
        .collect();
    let request = hyper::Request::post(format!("https://{HOST}/cart"))
        .header("origin", "https://shop.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("variant_id={variant}&quantity=1").into());
    visitor.ask(HTTP2, request.unwrap()).await.unwrap()
}

/// The certificate's text as any client sees it that does not judge; empty when the handshake fails.
fn shown_certificate(address: &str) -> Vec<u8> {
    let arguments = ["s_client", "-connect", address, "-servername", HOST];
    let output = Command::new("openssl").args(arguments).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let (Some(from), Some(to)) = (said.find("-----BEGIN CERT"), said.find("-----END CERT")) else {
        return Vec::new();
    };
    use rustls::pki_types::pem::PemObject as _;
    let pem = format!("{}-----END CERTIFICATE-----\n", &said[from..to]);
    rustls::pki_types::CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
}

fn curl(arguments: &[&str]) -> String {
    let output = Command::new("curl").args(["-s", "--max-time", "20"]).args(arguments).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "not within {} s: {what}", PATIENCE.as_secs());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Visitors who take a new connection for each request, by both versions of HTTP.
struct Load {
    ended: Arc<AtomicBool>,
    visitors: JoinSet<(usize, Vec<String>)>,
}

impl Load {
    fn start(visitor: &Visitor) -> Load {
        let (ended, mut visitors) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        for protocol in [HTTP1, HTTP2, HTTP1, HTTP2] {
            visitors.spawn(ask(visitor.clone(), protocol, ended.clone()));
        }
        Load { ended, visitors }
    }

    async fn stop(self) -> (usize, Vec<String>) {
        self.ended.store(true, Ordering::Relaxed);
        let (counts, failures): (Vec<_>, Vec<_>) = self.visitors.join_all().await.into_iter().unzip();
        (counts.iter().sum(), failures.concat())
    }
}

async fn ask(visitor: Visitor, protocol: &'static [u8], ended: Arc<AtomicBool>) -> (usize, Vec<String>) {
    let (mut answered, mut failures) = (0, Vec::new());
    while !ended.load(Ordering::Relaxed) {
        match visitor.get(protocol, "/p/piece").await {
            Ok(answer) if answer.text().contains("</html>") => answered += 1,
            Ok(answer) => failures.push(format!("{answer:?}")),
            Err(error) => failures.push(error),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    (answered, failures)
}
