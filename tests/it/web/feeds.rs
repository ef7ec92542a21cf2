//! What machines read.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage};
use mercer::domain::draft::{PictureDraft, ProductDraft, VariantDraft};
use mercer::shop::catalogue::save_product;
use mercer::shop::media::store_file;
use poem::http::Method;

use crate::support::{TestStore, both_engines};

async fn picture(store: &TestStore) -> String {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::from(RgbImage::new(40, 40)).write_to(&mut out, ImageFormat::Png).unwrap();
    store_file(&store.app, out.into_inner()).await.unwrap()
}

/// Publishes a product of one variant, and follows the feed.
async fn publish(store: &TestStore, slug: &str, title: &str) {
    let draft = ProductDraft {
        slug: slug.to_owned(),
        title: title.to_owned(),
        published: true,
        variants: vec![VariantDraft {
            sku: format!("SKU-{slug}"),
            price_minor: 34_900,
            compare_at_minor: Some(39_900),
            weight_g: 90,
            stock: Some(3),
            ..VariantDraft::default()
        }],
        pictures: vec![PictureDraft { media_id: picture(store).await, alt: "A watch".to_owned() }],
        ..ProductDraft::default()
    };
    save_product(&store.app, None, &draft).await.unwrap();
    store.app.feed.poll(&store.app).await.unwrap();
}

#[tokio::test]
async fn feeds_name_what_is_published() {
    both_engines(async |store| {
        publish(&store, "meridian", "Meridian <38> & more").await;
        let client = store.client();
        let sitemap = client.get("/sitemap.xml").await.expect(200);
        assert_eq!(sitemap.header("content-type"), "application/xml; charset=utf-8");
        assert!(
            sitemap.text().contains("<loc>http://shop.test/p/meridian</loc><lastmod>2026-11-01</lastmod>")
        );
        assert!(sitemap.text().contains("<loc>http://shop.test/</loc>"));

        let feed = client.get("/feeds/google.xml").await.expect(200);
        assert!(feed.text().contains("<title>Meridian &lt;38&gt; &amp; more</title>"), "{}", feed.text());
        assert!(feed.text().contains("<g:price>399.00 EUR</g:price><g:sale_price>349.00 EUR</g:sale_price>"));
        assert!(feed.text().contains("<g:availability>in_stock</g:availability>"));
    })
    .await;
}

#[tokio::test]
async fn feeds_are_public_and_follow_changes() {
    let store = TestStore::sqlite().await;
    publish(&store, "one", "One").await;
    let client = store.client();
    for path in ["/sitemap.xml", "/robots.txt", "/feeds/google.xml", "/.well-known/security.txt"] {
        let first = client.get(path).await.expect(200);
        assert_eq!(first.header("cache-control"), "public, max-age=0, s-maxage=300", "{path}");
        assert!(first.header("cache-tag").split(',').any(|tag| tag == "s"), "{path}");
        assert!(first.header("set-cookie").is_empty());
        let held = client.request(Method::GET, path).header("if-none-match", first.header("etag"));
        client.send(held.finish()).await.expect(304);
    }
    let before = client.get("/feeds/google.xml").await.expect(200);
    assert!(before.header("cache-tag").split(',').any(|tag| tag == "q"), "{}", before.header("cache-tag"));
    publish(&store, "two", "Two").await;
    let after = client.get("/feeds/google.xml").await.expect(200);
    assert_ne!(before.header("etag"), after.header("etag"));
    assert!(after.text().contains("SKU-two"));
}

#[tokio::test]
async fn what_is_personal_stays_out_of_search_engines() {
    let store = TestStore::sqlite().await;
    let client = store.client();
    let robots = client.get("/robots.txt").await.expect(200);
    for line in ["Disallow: /cart\n", "Disallow: /checkout\n", "Sitemap: http://shop.test/sitemap.xml\n"] {
        assert!(robots.text().contains(line), "{line}");
    }
    let security = client.get("/.well-known/security.txt").await.expect(200);
    assert!(security.text().starts_with("Contact: mailto:") && security.text().contains("\nExpires: 2027-"));
    client.get("/sitemap.xml?page=1").await.expect(200);
    for path in ["/sitemap.xml?page=2", "/sitemap.xml?page=0", "/sitemap.xml?page=x", "/sitemap.xml?page=-1"]
    {
        client.get(path).await.expect(404);
    }
}
