//! Pictures by URL: fetched from a server of this test, which alone of all private addresses is allowed.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mercer::outside::fetch::{Fetcher, Reach};
use mercer::shop::import::{Options, import};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{bad, counts, product};
use crate::support::TestStore;

/// A server and the paths that it was asked for.
struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `answer` makes the whole answer to a path; none is a server that never answers.
    async fn start(answer: impl Fn(&str, SocketAddr) -> Option<Vec<u8>> + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (noted, answer) = (Arc::clone(&asked), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (noted, answer) = (Arc::clone(&noted), Arc::clone(&answer));
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        let Ok(byte) = stream.read_u8().await else { return };
                        head.push(byte);
                    }
                    let head = String::from_utf8(head).unwrap();
                    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                    noted.lock().unwrap().push(path.clone());
                    match answer(&path, address) {
                        // The other side may have heard enough before the end.
                        Some(answer) => drop(stream.write_all(&answer).await),
                        None => std::future::pending().await,
                    }
                });
            }
        });
        Server { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Option<Vec<u8>> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
    Some([head.as_bytes(), body].concat())
}

fn redirect(target: &str) -> Option<Vec<u8>> {
    answer("302 Found", &format!("location: {target}\r\n"), b"")
}

fn png(colour: u8) -> Vec<u8> {
    let picture = image::RgbImage::from_pixel(64, 48, image::Rgb([colour, 100, 50]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// The shop of a supplier, with everything that can go wrong. `private` is somebody else's server nearby.
async fn supplier(private: SocketAddr) -> Server {
    Server::start(move |path, own| match path {
        "/good.png" => answer("200 OK", "content-type: image/png\r\n", &png(200)),
        "/other.png?size=2" => answer("200 OK", "", &png(10)),
        "/moved.png" => redirect("/good.png"),
        "/twice.png" => redirect(&format!("http://{own}/moved.png")),
        "/loop.png" => redirect("/loop.png"),
        "/private.png" => redirect(&format!("http://{private}/good.png")),
        "/localhost.png" => redirect(&format!("http://localhost:{}/good.png", private.port())),
        "/metadata.png" => redirect("http://169.254.169.254/latest/meta-data"),
        "/file.png" => redirect("file:///etc/passwd"),
        "/nowhere.png" => answer("302 Found", "", b""),
        "/page.png" => answer("200 OK", "content-type: image/png\r\n", b"<html>no picture</html>"),
        "/large.png" => answer("200 OK", "", &vec![0; 9 * 1024 * 1024]),
        "/slow.png" => None,
        _ => answer("404 Not Found", "", b"gone"),
    })
    .await
}

fn options(server: &Server, timeout: Duration) -> Options {
    let fetcher = Fetcher { reach: Reach::PublicAnd(server.address), timeout };
    Options { fetch_images: true, fetcher, ..Options::default() }
}

const PATIENT: Duration = Duration::from_secs(60);

#[tokio::test]
async fn pictures_are_fetched_once_and_shown() {
    let store = TestStore::sqlite().await;
    let app = &store.app;
    let private = Server::start(|_, _| answer("200 OK", "", b"secret")).await;
    let server = supplier(private.address).await;
    let at = |path: &str| format!("http://{}{path}", server.address);
    let text = format!(
        "handle,title,sku,price,pictures,picture_alts,variant_picture\n\
         a,A,A-1,1.00,{}|{},Front|Back,{}\n\
         b,B,B-1,2.00,{}|{},,\n",
        at("/good.png"),
        at("/other.png?size=2"),
        at("/other.png?size=2"),
        at("/good.png"),
        at("/twice.png"),
    );
    let options = options(&server, PATIENT);
    let report = import(app, text.as_bytes(), &options, |_, _| {}).await.unwrap();
    assert_eq!((counts(&report), bad(&report)), ((2, 0, 0), vec![]));
    assert_eq!(server.asked(), ["/good.png", "/other.png?size=2", "/twice.png", "/moved.png", "/good.png"]);
    let (a, b) = (product(app, "a").await, product(app, "b").await);
    let seen: Vec<_> = a.pictures.iter().map(|p| (p.alt.as_str(), p.width, p.height)).collect();
    assert_eq!(seen, [("Front", 64, 48), ("Back", 64, 48)]);
    assert_eq!(a.variants[0].picture.as_ref().map(|p| &p.hash), Some(&a.pictures[1].hash));
    assert_eq!(b.pictures[0].hash, a.pictures[0].hash, "the same bytes are the same picture");

    // The next import finds the same pictures: nothing changes. Without being asked it fetches nothing.
    let report = import(app, text.as_bytes(), &options, |_, _| {}).await.unwrap();
    assert_eq!(counts(&report), (0, 0, 2));
    server.asked();
    for quiet in [Options { fetch_images: false, ..options.clone() }, Options { dry_run: true, ..options }] {
        let report = import(app, text.as_bytes(), &quiet, |_, _| {}).await.unwrap();
        assert_eq!((counts(&report), bad(&report)), ((0, 0, 2), vec![]));
    }
    assert!(server.asked().is_empty() && private.asked().is_empty());
}

#[tokio::test]
async fn a_picture_that_can_not_be_had_is_one_message_and_spoils_only_its_row() {
    let store = TestStore::sqlite().await;
    let app = &store.app;
    let private = Server::start(|_, _| answer("200 OK", "", b"secret")).await;
    let server = supplier(private.address).await;
    let options = options(&server, PATIENT);
    let row = |handle: &str, price: &str, path: &str| {
        format!("{handle},{handle},{handle},{price},http://{}{path}\n", server.address)
    };
    let header = "handle,title,sku,price,pictures\n";
    let before = format!("{header}{}", row("kept", "1.00", "/good.png"));
    import(app, before.as_bytes(), &options, |_, _| {}).await.unwrap();
    server.asked();

    let cases = [
        ("/gone.png", "answers 404"),
        ("/large.png", "is larger than 8388608 bytes"),
        ("/page.png", "is not a sound JPEG, PNG or WebP"),
        ("/loop.png", "redirects too often"),
        ("/nowhere.png", "redirects nowhere"),
        ("/private.png", "does not lie at a public address"),
        ("/localhost.png", "does not lie at a public address"),
        ("/metadata.png", "does not lie at a public address"),
        ("/file.png", "is neither http nor https"),
    ];
    let mut text = format!("{header}{}", row("kept", "9.00", "/gone.png"));
    for (number, (path, _)) in cases.iter().enumerate() {
        text += &row(&format!("bad-{number}"), "1.00", path);
    }
    text += &row("fine", "1.00", "/moved.png");
    let report = import(app, text.as_bytes(), &options, |_, _| {}).await.unwrap();
    assert_eq!(counts(&report), (1, 0, 0), "{report:?}");
    let told = bad(&report);
    assert_eq!(told.len(), 1 + cases.len(), "{told:#?}");
    for (number, (path, reason)) in [("/gone.png", "answers 404")].iter().chain(&cases).enumerate() {
        let expected = format!("{} pictures: \"http://{}{path}\" {reason}", number + 2, server.address);
        assert!(told[number].starts_with(&expected), "{} is not {expected}", told[number]);
    }
    let asked = server.asked();
    assert_eq!(asked.iter().filter(|path| *path == "/gone.png").count(), 1, "a failure is met once");
    assert_eq!(asked.iter().filter(|path| *path == "/loop.png").count(), 4, "three redirects are followed");
    assert!(private.asked().is_empty(), "nobody nearby was asked");

    let kept = product(app, "kept").await;
    assert_eq!((kept.price_min_minor, kept.pictures.len()), (100, 1), "what was there stays whole");
    assert_eq!(product(app, "fine").await.pictures.len(), 1);
    let ids = mercer::db::products::rows::list_product_ids(&mut app.db.read().await.unwrap()).await.unwrap();
    assert_eq!(ids.len(), 2);
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_given_up_once() {
    let store = TestStore::sqlite().await;
    let server = supplier("127.0.0.1:9".parse().unwrap()).await;
    let options = options(&server, Duration::from_millis(200));
    let slow = format!("http://{}/slow.png", server.address);
    let text = format!("handle,title,sku,price,pictures\na,A,A-1,1.00,{slow}\nb,B,B-1,1.00,{slow}\n");
    let report = import(&store.app, text.as_bytes(), &options, |_, _| {}).await.unwrap();
    let told = bad(&report);
    assert_eq!((counts(&report), told.len()), ((0, 0, 0), 2), "{told:?}");
    assert!(told[0].starts_with(&format!("2 pictures: {slow:?} can't be fetched")), "{told:?}");
    assert!(told[1].starts_with("3 pictures: "), "{told:?}");
    assert_eq!(server.asked(), ["/slow.png"], "both rows wait for it together");
}

#[tokio::test]
async fn without_a_test_nothing_nearby_is_asked() {
    let server = Server::start(|_, _| answer("200 OK", "", b"secret")).await;
    let fetcher = Options::default().fetcher;
    assert_eq!(fetcher, Fetcher { reach: Reach::Public, timeout: Duration::from_secs(15) });
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"] {
        let url = format!("http://{host}:{}/", server.address.port());
        assert_eq!(fetcher.fetch(&url, 100).await.unwrap_err(), "does not lie at a public address", "{url}");
    }
    // One server is allowed to a test, not its machine: another port is another server.
    let elsewhere = SocketAddr::new(server.address.ip(), server.address.port() ^ 1);
    let fetcher = Fetcher { reach: Reach::PublicAnd(elsewhere), timeout: PATIENT };
    assert!(fetcher.fetch(&format!("http://{}/", server.address), 100).await.is_err());
    assert!(server.asked().is_empty());
    let fetcher = Fetcher { reach: Reach::PublicAnd(server.address), timeout: PATIENT };
    assert_eq!(fetcher.fetch(&format!("http://{}/", server.address), 6).await.unwrap(), b"secret");
    assert!(
        fetcher.fetch(&format!("http://{}/", server.address), 5).await.unwrap_err().contains("larger than 5")
    );
}
