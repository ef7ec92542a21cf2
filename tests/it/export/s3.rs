//! Buckets, against a stand-in for S3 that `ops/test aws` starts and names by `AWS_ENDPOINT_URL_S3`.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::process::Command;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, TryStreamExt};
use image::{DynamicImage, ImageFormat, RgbImage};
use mercer::app::App;
use mercer::config::media::S3Address;
use mercer::config::{Config, Env};
use mercer::error::Error;
use mercer::export::{Report, export};
use mercer::outside::objects::{Label, Objects};
use mercer::random::Random;
use mercer::routes;
use mercer::shop::catalogue::save_product;
use mercer::shop::media::store_file;
use poem::EndpointExt;

use super::world::{PRODUCTS, World, draft};
use crate::support::{Client, TestStore, shelf};

const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// The stand-in. What is tried here must never reach a real bucket.
fn stand_in() -> String {
    let url =
        std::env::var("AWS_ENDPOINT_URL_S3").expect("AWS_ENDPOINT_URL_S3 names a stand-in: ops/test aws");
    assert!(url.starts_with("http://127.0.0.1:"), "{url} is no stand-in on this machine");
    url
}

/// A new bucket's address.
async fn bucket(name: &str) -> S3Address {
    let address = S3Address::parse(&format!("s3://{name}-{}", std::process::id())).unwrap();
    let made = client().put(format!("{}/{}", stand_in(), address.bucket)).send().await.unwrap();
    assert!(made.status().is_success(), "{made:?}");
    address
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Whoever shows any signature may read: the stand-in asks for one and does not look at it.
const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=A/20261125/eu-central-1/s3/aws4_request, \
                         SignedHeaders=host, Signature=0";

/// What an edge gets that may read the bucket: status, labels, bytes.
async fn fetch(address: &S3Address, key: &str) -> (u16, BTreeMap<String, String>, Vec<u8>) {
    let url = format!("{}/{}/{key}", stand_in(), address.bucket);
    let answer = client().get(url).header("authorization", SIGNATURE).send().await.unwrap();
    let labels = ["content-type", "cache-control"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), answer.headers().get(name)?.to_str().ok()?.to_owned())));
    (answer.status().as_u16(), labels.collect(), answer.bytes().await.unwrap().to_vec())
}

fn label() -> Label {
    Label { content_type: "text/plain".to_owned(), cache_control: "no-store" }
}

#[tokio::test]
#[ignore = "ops/test aws"]
async fn the_first_bytes_stay_and_absence_is_no_error() {
    let address = S3Address { prefix: "a/b".to_owned(), ..bucket("first").await };
    let objects = Objects::bucket(&address).await.unwrap();
    assert_eq!(objects.read("x/y").await.unwrap(), None);
    assert!(!objects.exists("x/y").await.unwrap());
    let new =
        async |bytes: &'static [u8]| objects.write_new("x/y", Bytes::from_static(bytes), &label()).await;
    assert_eq!(new(b"one").await.unwrap(), b"one");
    assert_eq!(new(b"two").await.unwrap(), b"one", "who comes later gets what was served already");
    assert_eq!(objects.read("x/y").await.unwrap().unwrap(), b"one");
    assert!(objects.exists("x/y").await.unwrap());
    objects.write("x/y", Bytes::from_static(b"three"), &label()).await.unwrap();
    objects.write("x/empty", Bytes::new(), &label()).await.unwrap();
    assert!(objects.exists("x/empty").await.unwrap(), "nothing in it, and yet there");
    let (_, labels, bytes) = fetch(&address, "a/b/x/y").await;
    assert_eq!((labels["cache-control"].as_str(), bytes.as_slice()), ("no-store", b"three".as_slice()));
    objects.remove("x/y").await.unwrap();
    objects.remove("x/y").await.unwrap();
    assert_eq!(objects.read("x/y").await.unwrap(), None);
    objects.check().await.unwrap();
}

#[tokio::test]
#[ignore = "ops/test aws"]
async fn many_writers_at_once_agree_on_one() {
    let objects = Objects::bucket(&bucket("race").await).await.unwrap();
    let writers = (0..8).map(|number: u8| {
        let objects = objects.clone();
        async move { objects.write_new("picture", Bytes::from(vec![number; 3]), &label()).await.unwrap() }
    });
    let got = futures_util::future::join_all(writers).await;
    let there = objects.read("picture").await.unwrap().unwrap();
    assert!(got.iter().all(|bytes| *bytes == there), "{got:?}");
}

#[tokio::test]
#[ignore = "ops/test aws"]
async fn a_bucket_that_is_missing_is_no_missing_file() {
    stand_in();
    let address = S3Address::parse("s3://no-such-bucket-at-all").unwrap();
    let objects = Objects::bucket(&address).await.unwrap();
    let failures = [
        objects.read("x").await.err(),
        objects.exists("x").await.err(),
        objects.list("").await.err(),
        objects.write("x", Bytes::new(), &label()).await.err(),
        objects.check().await.err(),
    ];
    for failure in failures {
        let Some(Error::Unavailable(why)) = failure else { panic!("{failure:?}") };
        assert!(why.to_string().contains("NoSuchBucket"), "{why}");
    }
}

#[tokio::test]
#[ignore = "ops/test aws"]
async fn lists_of_many_files_are_read_to_their_end() {
    let address = S3Address { prefix: "copy".to_owned(), ..bucket("many").await };
    let objects = Objects::bucket(&address).await.unwrap();
    let other = Objects::bucket(&S3Address { prefix: "copy-2".to_owned(), ..address.clone() }).await.unwrap();
    other.write("p/elsewhere", Bytes::new(), &label()).await.unwrap();
    stream::iter((0..1_005).map(|n| (objects.clone(), format!("p/{n}"))).map(Ok))
        .try_for_each_concurrent(16, async |(objects, key)| objects.write(&key, Bytes::new(), &label()).await)
        .await
        .unwrap();
    objects.write("c/other", Bytes::new(), &label()).await.unwrap();
    let keys = objects.list("p/").await.unwrap();
    assert_eq!(keys.len(), 1_005);
    assert!(keys.iter().all(|key| key.starts_with("p/")));
    assert_eq!(objects.list("").await.unwrap().len(), 1_006);
}

/// The store with its pictures in a bucket.
async fn with_media_in(store: &TestStore, address: &S3Address) -> Arc<App> {
    let vars = [
        ("MERCER_DATA_DIR", store.dir.path().display().to_string()),
        ("MERCER_PUBLIC_URL", "http://shop.test".to_owned()),
        ("MERCER_MEDIA_URL", address.to_string()),
    ];
    let config = Config::load(Env::of(vars.map(|(k, v)| (k.to_owned(), v)))).unwrap();
    let clock = store.app.clock.clone();
    Arc::new(App::new(config, store.app.db.clone(), clock, Random::System).await.unwrap())
}

fn client_of(app: &Arc<App>) -> Client {
    Client::new(Arc::new(routes::routes(app.clone(), None).boxed()))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "ops/test aws"]
async fn pictures_are_kept_in_the_bucket() {
    let store = TestStore::sqlite().await;
    let address = S3Address { prefix: "media".to_owned(), ..bucket("media").await };
    let app = with_media_in(&store, &address).await;
    let mut png = Cursor::new(Vec::new());
    DynamicImage::from(RgbImage::new(40, 30)).write_to(&mut png, ImageFormat::Png).unwrap();
    let png = png.into_inner();
    store_file(&app, png.clone()).await.unwrap();
    let hash = mercer::shop::media::hash(&png);
    assert_eq!(fetch(&address, &format!("media/{hash}/original.png")).await.2, png);

    let path = format!("/media/{hash}/w160.webp");
    let answer = client_of(&app).get(&path).await.expect(200);
    let (status, labels, bytes) = fetch(&address, &path[1..]).await;
    assert_eq!((status, &bytes), (200, &answer.body));
    assert_eq!(
        (labels["content-type"].as_str(), labels["cache-control"].as_str()),
        ("image/webp", IMMUTABLE)
    );
    assert!(!store.dir.path().join("media").exists(), "nothing lies in the data folder");
    // Another process of the shop serves what the first one made.
    let other = with_media_in(&store, &address).await;
    assert_eq!(client_of(&other).get(&path).await.expect(200).body, answer.body);

    let broken = with_media_in(&store, &S3Address::parse("s3://no-such-bucket-at-all").unwrap()).await;
    let answer = client_of(&broken).get(&path).await.expect(503);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(!answer.header("retry-after").is_empty());
}

async fn run(store: &TestStore, address: &S3Address) -> Report {
    export(&store.app, Objects::bucket(address).await.unwrap(), |_, _, _| {}).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "ops/test aws"]
async fn a_copy_in_a_bucket_has_the_shops_addresses_as_keys() {
    let store = TestStore::sqlite().await;
    let world = World::new(&store).await;
    let address = S3Address { prefix: "copy".to_owned(), ..bucket("copy").await };
    let first = run(&store, &address).await;
    assert_eq!((first.rendered, first.written, first.missing), (first.pages, first.files, 0));
    world.export(&store).await;
    for (key, file, content_type) in [
        ("copy/", "index.html", "text/html; charset=utf-8"),
        ("copy/index.html", "index.html", "text/html; charset=utf-8"),
        ("copy/p/strap-0", "p/strap-0/index.html", "text/html; charset=utf-8"),
        ("copy/c/straps/page/2", "c/straps/page/2/index.html", "text/html; charset=utf-8"),
        ("copy/feeds/google.xml", "feeds/google.xml", "application/xml; charset=utf-8"),
        ("copy/robots.txt", "robots.txt", "text/plain; charset=utf-8"),
        ("copy/404.html", "404.html", "text/html; charset=utf-8"),
    ] {
        let (status, labels, bytes) = fetch(&address, key).await;
        assert_eq!((status, String::from_utf8(bytes).unwrap()), (200, world.read(file)), "{key}");
        assert_eq!(labels["content-type"], content_type, "{key}");
        assert_eq!(labels["cache-control"], "public, max-age=0, s-maxage=10", "{key}");
    }
    let immutable: Vec<String> = world
        .files()
        .into_keys()
        .filter(|key| key.starts_with("assets/") || key.starts_with("media/"))
        .collect();
    assert!(immutable.len() > 10);
    for key in &immutable {
        let (status, labels, bytes) = fetch(&address, &format!("copy/{key}")).await;
        assert_eq!((status, labels["cache-control"].as_str()), (200, IMMUTABLE), "{key}");
        assert_eq!(bytes, std::fs::read(world.path(key)).unwrap(), "{key}");
    }
    let css = immutable.iter().find(|key| key.ends_with(".css")).unwrap();
    assert_eq!(fetch(&address, &format!("copy/{css}")).await.1["content-type"], "text/css; charset=utf-8");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "ops/test aws"]
async fn a_copy_in_a_bucket_follows_the_shop() {
    let store = TestStore::sqlite().await;
    let world = World::new(&store).await;
    let address = bucket("follow").await;
    let first = run(&store, &address).await;
    store.app.clock.advance(1_000);
    assert_eq!(run(&store, &address).await, Report { rendered: 0, written: 1, ..first.clone() });
    let id = shelf::put(&store.app, &draft(&world.category_id, "watch")).await;
    let second = run(&store, &address).await;
    assert!(second.rendered < PRODUCTS && fetch(&address, "p/watch").await.0 == 200, "{second:?}");

    // A run that was cut off: nothing that the manifest says of pages is believed.
    let objects = Objects::bucket(&address).await.unwrap();
    let manifest = String::from_utf8(objects.read("mercer-export.json").await.unwrap().unwrap()).unwrap();
    let cut_off = manifest.replace("\"complete\":true", "\"complete\":false");
    objects.write("mercer-export.json", cut_off.into(), &label()).await.unwrap();
    objects.write("p/strap-1", Bytes::from_static(b"newer"), &label()).await.unwrap();
    objects.write("p/gone", Bytes::from_static(b"no manifest names me"), &label()).await.unwrap();
    objects.write("assets/of-another-build.css", Bytes::from_static(b"x"), &label()).await.unwrap();
    let hidden =
        mercer::domain::draft::ProductDraft { published: false, ..draft(&world.category_id, "watch") };
    save_product(&store.app, Some(&id), &hidden).await.unwrap();
    let third = run(&store, &address).await;
    assert_eq!((third.rendered, third.removed), (third.pages, 2), "{third:?}");
    world.export(&store).await;
    assert_eq!(fetch(&address, "p/strap-1").await.2, world.read("p/strap-1/index.html").into_bytes());
    for gone in ["p/gone", "p/watch"] {
        assert_eq!(fetch(&address, gone).await.0, 404, "{gone}");
    }
    assert_eq!(fetch(&address, "assets/of-another-build.css").await.0, 200, "shared with other builds");

    objects.remove("mercer-export.json").await.unwrap();
    let refused = export(&store.app, objects, |_, _, _| {}).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "ops/test aws"]
async fn commands_reach_the_bucket() {
    let store = TestStore::sqlite().await;
    let address = S3Address { prefix: "static".to_owned(), ..bucket("commands").await };
    let mercer = async |arguments: &[&str], media: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mercer"));
        command.args(arguments).env("MERCER_DATA_DIR", store.dir.path()).env("MERCER_LOG", "error");
        command.env("MERCER_MEDIA_URL", media).env_remove("DATABASE_URL");
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.code().unwrap(), text)
    };
    let place = address.to_string();
    let files = mercer::web::assets::list_files().count();
    for uploaded in [files, 0] {
        let (code, said) = mercer(&["assets", "publish", &place], &place).await;
        assert_eq!(
            (code, said.trim()),
            (0, format!("{place}: {files} assets, {uploaded} uploaded").as_str())
        );
    }
    let script = mercer::web::assets::url("app.js");
    let (status, labels, _) = fetch(&address, &format!("static{script}")).await;
    assert_eq!((status, labels["content-type"].as_str()), (200, "text/javascript; charset=utf-8"));
    assert_eq!(labels["cache-control"], IMMUTABLE);
    let (code, said) = mercer(&["export", &place], &place).await;
    assert_eq!(code, 0, "published assets are no strangers: {said}");

    // A task in a container has no files of its operator's.
    let file = format!("s3://{}/import/products.csv", address.bucket);
    let (code, said) = mercer(&["import", &file], &place).await;
    assert!(code == 1 && said.contains("is not there; check the file's name"), "{said}");
    let url = format!("{}/{}/import/products.csv", stand_in(), address.bucket);
    let csv = "handle,title,sku,price,stock\npiece,A piece,PIECE-1,19.90,3\n";
    assert!(client().put(url).body(csv).send().await.unwrap().status().is_success());
    let (code, said) = mercer(&["import", &file], &place).await;
    assert!(code == 0 && said.contains("created 1"), "{said}");
    for nothing in [&format!("s3://{}", address.bucket), "s3://a b/c"] {
        let (code, said) = mercer(&["import", nothing], &place).await;
        assert!(code == 1 && said.contains("write s3://BUCKET/FILE"), "{said}");
    }

    let (code, said) = mercer(&["check"], &place).await;
    assert_eq!(code, 0, "{said}");
    assert!(said.contains(&format!("ok      media: {place} can be written and read")), "{said}");
    let (code, said) = mercer(&["check"], "s3://no-such-bucket-at-all").await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("FAILED  media: ") && said.contains("NoSuchBucket"), "{said}");
    let (code, said) = mercer(&["check"], "https://shop.example").await;
    assert!(code == 1 && said.contains("it wants s3://BUCKET"), "{said}");
}
