//! The public pages: complete, the same for everybody, and kept only as long as they may be.

use mercer::shop::demo::seed;
use poem::http::{Method, header};
use scraper::{Html, Selector};

use crate::support::{Answer, Client, TestStore, both_engines};

async fn shop(name: &str) -> (TestStore, Client) {
    let store = TestStore::sqlite().await;
    seed(&store.app, name).await.unwrap();
    store.app.reload_settings().await.unwrap();
    store.app.search.rebuild(&store.app.db).await.unwrap();
    let client = store.client();
    (store, client)
}

/// The texts of the elements that match.
fn texts(answer: &Answer, selector: &str) -> Vec<String> {
    let page = Html::parse_document(answer.text());
    let found = Selector::parse(selector).unwrap();
    page.select(&found).map(|e| e.text().collect::<String>().trim().to_owned()).collect()
}

/// The values of an attribute of the elements that match.
fn attributes(answer: &Answer, selector: &str, name: &str) -> Vec<String> {
    let page = Html::parse_document(answer.text());
    let found = Selector::parse(selector).unwrap();
    page.select(&found).filter_map(|e| e.value().attr(name)).map(str::to_owned).collect()
}

#[tokio::test]
async fn public_pages_are_kept_by_tag_and_asked_for_by_etag() {
    let (_store, client) = shop("watches").await;
    for path in ["/", "/c/field", "/p/meridian-38", "/search?q=diver", "/pages/delivery"] {
        let page = client.get(path).await.expect(200);
        assert!(page.header("cache-control").starts_with("public, max-age=0, s-maxage="), "{path}");
        assert!(page.header("cache-tag").split(',').any(|tag| tag == "s"), "{path}");
        assert!(page.header("x-mercer-gen").parse::<i64>().unwrap() > 0, "{path}");
        assert!(!page.headers.contains_key(header::SET_COOKIE), "{path}");
        assert_eq!(texts(&page, "h1").len(), 1, "{path} has one h1");
        assert!(page.text().contains("<main id=\"main\""), "{path}");

        let again = client.request(Method::GET, path).header("If-None-Match", page.header("etag")).finish();
        let again = client.send(again).await.expect(304);
        assert!(again.body.is_empty(), "{path}");
        assert_eq!(again.header("cache-tag"), page.header("cache-tag"), "{path}");
    }
}

#[tokio::test]
async fn a_category_is_filtered_by_its_address() {
    let (_store, client) = shop("watches").await;
    let all = client.get("/c/watches").await.expect(200);
    let quartz = client.get("/c/watches?movement=Quartz&utm_source=x").await.expect(200);
    let count =
        |page: &Answer| texts(page, "#count").remove(0).split(' ').next().unwrap().parse::<i64>().unwrap();
    assert!(count(&quartz) > 0 && count(&quartz) < count(&all));
    assert_eq!(attributes(&quartz, ".applied a", "href")[0], "/c/watches");
    assert_eq!(attributes(&quartz, "meta[name=robots]", "content"), ["noindex"]);
    assert_eq!(attributes(&all, "link[rel=canonical]", "href"), ["http://shop.test/c/watches"]);
    assert!(attributes(&all, "meta[name=robots]", "content").is_empty());

    let nothing = client.get("/c/watches?movement=Quartz&min=90000").await.expect(200);
    assert_eq!(texts(&nothing, ".card").len(), 0);
    assert_eq!(attributes(&nothing, ".nothing .ways a", "href")[0], "/c/watches?min=90000");
    assert_eq!(client.get("/c/watches?page=99").await.expect(302).location(), "/c/watches?page=2");
}

#[tokio::test]
async fn a_product_tells_its_variants_to_people_and_machines() {
    let (_store, client) = shop("watches").await;
    let page = client.get("/p/perigee-38").await.expect(200);
    let data = texts(&page, "script[type='application/ld+json']").remove(0);
    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
    let offers = data["@graph"][0]["offers"].as_array().unwrap();
    let variants: serde_json::Value = serde_json::from_str(&texts(&page, "#variants").remove(0)).unwrap();
    assert_eq!(variants.as_array().unwrap().len(), offers.len());

    let sku = variants[1]["sku"].as_str().unwrap();
    let chosen = client.get(&format!("/p/perigee-38?sku={sku}")).await.expect(200);
    assert_eq!(attributes(&chosen, "[name=variant_id]", "value"), [variants[1]["id"].as_str().unwrap()]);
    assert_eq!(attributes(&chosen, "link[rel=canonical]", "href"), ["http://shop.test/p/perigee-38"]);
    let checked = attributes(&chosen, ".axis input[checked]", "value");
    assert_eq!(serde_json::json!(checked), variants[1]["options"]);
}

#[tokio::test]
async fn without_a_script_the_chosen_options_decide_what_is_bought() {
    let (_store, client) = shop("watches").await;
    let page = client.get("/p/perigee-38").await.expect(200);
    let first = attributes(&page, "[name=variant_id]", "value").remove(0);
    let fields =
        [("action", "add"), ("variant_id", &*first), ("o0", "Silver"), ("o1", "Chestnut scale calf")];
    assert_eq!(client.post("/cart", &fields).await.expect(303).location(), "/cart");
    let cart = client.get("/cart").await.expect(200);
    assert!(cart.text().contains("Silver / Chestnut scale calf"));
    let impossible = [("action", "add"), ("variant_id", &*first), ("o0", "Silver"), ("o1", "Velvet")];
    client.post("/cart", &impossible).await.expect(422);
}

#[tokio::test]
async fn a_search_forgives_and_says_so() {
    let (_store, client) = shop("watches").await;
    let page = client.get("/search?q=chronograf").await.expect(200);
    assert!(texts(&page, ".lead")[0].contains("chronograph"));
    assert!(!texts(&page, ".card").is_empty());
    let suggestions = client.get("/search/suggest?q=chron").await.expect(200).json_body();
    assert_eq!(suggestions["items"][0]["path"], "/c/chronograph");
    assert_eq!(
        client.get("/search/suggest?q=c").await.expect(200).json_body()["items"].as_array().unwrap().len(),
        0
    );
    let nothing = client.get("/search?q=xyzzyqq").await.expect(200);
    assert!(texts(&nothing, ".nothing .ways a").len() >= 2);
}

#[tokio::test]
async fn a_nul_byte_is_no_name_of_anything() {
    both_engines(async |store| {
        seed(&store.app, "watches").await.unwrap();
        store.app.reload_settings().await.unwrap();
        let client = store.client();
        for path in
            ["/p/%00", "/c/a%00", "/pages/%00", "/media/%00/400.webp", "/orders/%00", "/api/v1/products/%00"]
        {
            client.get(path).await.expect(404);
        }
        for path in [
            "/search?q=%00",
            "/search?q=a%00b&brand=%00",
            "/c/watches?movement=%00&brand=%00",
            "/search/suggest?q=ab%00",
            "/cart?removed=%00&quantity=1",
            "/p/%FF",
            "/c/%FF%00",
            "/p/perigee-38?sku=%00",
            "/account/confirm?token=%00",
            "/api/v1/products?after=%00",
            "/api/v1/products?category=%00",
            "/api/v1/availability?sku=%00",
            "/api/v1/search?q=%00",
        ] {
            let answer = client.get(path).await;
            assert!(answer.status.as_u16() < 500, "{path}: {} on {}", answer.status, store.engine);
            assert_ne!(answer.header("cache-control"), "", "{path}");
        }
        client.post("/cart", &[("variant_id", "\0"), ("o0", "Silver")]).await.expect(422);
        for (path, field) in [
            ("/account/login", "email"),
            ("/account/reset", "token"),
            ("/account/confirm", "token"),
            ("/account/email", "token"),
        ] {
            client.post(path, &[(field, "\0"), ("password", "long enough for one")]).await.expect(422);
        }
    })
    .await;
}

#[tokio::test]
async fn what_does_not_exist_is_a_page_with_ways_back() {
    let (_store, client) = shop("accessories").await;
    for path in ["/nope", "/p/nope", "/c/nope", "/pages/nope"] {
        let page = client.get(path).await.expect(404);
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert_eq!(texts(&page, ".ways a").len(), 3, "{path}");
        assert_eq!(attributes(&page, ".error-page form", "action"), ["/search"], "{path}");
    }
    let wrong = client.post("/p/nope", &[]).await.expect(405);
    assert_eq!(wrong.header("allow"), "GET, HEAD");
    let wrong = client.post("/api/docs", &[]).await.expect(405);
    assert_eq!(wrong.header("allow"), "GET, HEAD");
}
