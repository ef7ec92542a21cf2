//! What a copy holds: everything that it links to, as the shop serves it.

use std::collections::{BTreeSet, VecDeque};

use poem::http::Method;
use scraper::{Html, Selector};

use super::world::{PRODUCTS, World};
use crate::support::{Client, TestStore, both_engines};

const ORIGIN: &str = "http://shop.test";

/// What only the shop can answer. Links to it lead there.
const PERSONAL: [&str; 4] = ["/cart", "/account", "/search", "/orders/withdraw"];

/// Addresses of a page that a browser loads or may be led to.
fn addresses(html: &str) -> Vec<String> {
    let page = Html::parse_document(html);
    let mut found = Vec::new();
    for (selector, attribute) in [("[href]", "href"), ("[src]", "src"), ("[srcset]", "srcset")] {
        for element in page.select(&Selector::parse(selector).unwrap()) {
            let value = element.value().attr(attribute).unwrap();
            let parts = value.split(',').filter_map(|part| part.split_whitespace().next());
            found.extend(parts.map(str::to_owned));
        }
    }
    for element in page.select(&Selector::parse("meta[property='og:image'], link[rel=canonical]").unwrap()) {
        found.extend(element.value().attr("content").map(str::to_owned));
    }
    found
}

/// The file that a plain server of files answers with.
fn file_at(world: &World, path: &str) -> Option<std::path::PathBuf> {
    let path = world.path(path.split(['?', '#']).next().unwrap().trim_start_matches('/'));
    [path.join("index.html"), path].into_iter().find(|file| file.is_file())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_link_of_a_copy_is_dead() {
    both_engines(async |store| {
        let world = World::new(&store).await;
        let report = world.export(&store).await;
        assert_eq!(report.missing, 0);
        let mut queue = VecDeque::from(["/".to_owned(), "/404.html".to_owned(), "/503.html".to_owned()]);
        let mut seen: BTreeSet<String> = queue.iter().cloned().collect();
        let mut for_the_shop = BTreeSet::new();
        while let Some(address) = queue.pop_front() {
            let file = file_at(&world, &address).unwrap_or_else(|| panic!("{address} is dead"));
            if file.extension().is_none_or(|ext| ext != "html") {
                continue;
            }
            for link in addresses(&std::fs::read_to_string(file).unwrap()) {
                let own = link.strip_prefix(ORIGIN).unwrap_or(&link);
                let is_personal = PERSONAL.iter().any(|path| own.starts_with(path));
                if is_personal || own.starts_with("/c/straps?brand") {
                    assert!(link.starts_with(ORIGIN), "{link} on {address} leads nowhere without the shop");
                    for_the_shop.insert(own.to_owned());
                } else if own.starts_with('/') && seen.insert(own.to_owned()) {
                    queue.push_back(own.to_owned());
                }
            }
        }
        assert!(PERSONAL.iter().all(|path| for_the_shop.contains(*path)), "{for_the_shop:?}");
        for page in ["/c/straps/page/2", "/p/old-name", "/pages/contact"] {
            assert!(seen.contains(page), "{page} was found");
        }
        let products = seen.iter().filter(|address| address.starts_with("/p/strap-")).count();
        assert_eq!(products, PRODUCTS, "every product is reached by links");
        for file in ["sitemap.xml", "robots.txt", "feeds/google.xml", ".well-known/security.txt"] {
            assert!(world.path(file).is_file(), "{file}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_copy_is_the_page_that_is_served() {
    both_engines(async |store| {
        let world = World::new(&store).await;
        world.export(&store).await;
        let client = store.client();
        for (path, file) in [
            ("/", "index.html"),
            ("/c/straps", "c/straps/index.html"),
            ("/c/straps?page=2", "c/straps/page/2/index.html"),
            ("/p/strap-0", "p/strap-0/index.html"),
            ("/pages/contact", "pages/contact/index.html"),
            ("/sitemap.xml", "sitemap.xml"),
            ("/robots.txt", "robots.txt"),
            ("/feeds/google.xml", "feeds/google.xml"),
            ("/.well-known/security.txt", ".well-known/security.txt"),
        ] {
            let served = client.get(path).await.expect(200);
            let mut copy = world.read(file);
            if file.ends_with(".html") {
                let rest = copy.replace(&format!(" action=\"{ORIGIN}/"), " action=\"/");
                assert_ne!(rest, copy, "{file} has a form, which leads to the shop");
                copy = rest.replace("/page/2\"", "?page=2\"");
                for path in PERSONAL.into_iter().chain(["/c/straps?brand"]) {
                    copy = copy.replace(&format!(" href=\"{ORIGIN}{path}"), &format!(" href=\"{path}"));
                }
            }
            assert_eq!(copy, served.text(), "{path}");
        }
        assert_eq!(world.read("p/old-name/index.html"), world.read("p/new-name/index.html"));
        let missing = client.get("/no/such/page").await.expect(404);
        assert_eq!(world.read("404.html").len(), missing.text().len() + growth(missing.text()));
    })
    .await;
}

/// By how much the origin makes a page's links to the shop longer.
fn growth(html: &str) -> usize {
    let links = PERSONAL.map(|path| [format!(" href=\"{path}"), format!(" action=\"{path}")]);
    ORIGIN.len() * links.iter().flatten().map(|link| html.matches(link.as_str()).count()).sum::<usize>()
}

#[tokio::test(flavor = "multi_thread")]
async fn config_json_says_whose_copy_it_is() {
    let store = TestStore::sqlite().await;
    let world = World::new(&store).await;
    world.export(&store).await;
    let config: serde_json::Value = serde_json::from_str(&world.read("config.json")).unwrap();
    assert_eq!(config["origin"], ORIGIN);
    assert_eq!(config["made_at_ms"], store.app.clock.now_ms());
    let newest = mercer::db::changes::find_newest_change(&mut store.app.db.read().await.unwrap()).await;
    assert_eq!(config["change"], newest.unwrap());
}

/// A form of the copy, sent by a browser that saw the copy at `host`.
async fn send_form(client: &Client, action: &str, headers: &[(&str, &str)]) -> u16 {
    let path = action.strip_prefix(ORIGIN).unwrap();
    let mut request =
        client.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.send(request.body("action=add&variant_id=x&quantity=1")).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_a_copy_are_taken_from_the_shops_own_host_alone() {
    let store = TestStore::sqlite().await;
    let world = World::new(&store).await;
    world.export(&store).await;
    let html = Html::parse_document(&world.read("p/strap-0/index.html"));
    let form = html.select(&Selector::parse("form[method=post]").unwrap()).next().unwrap();
    let action = form.value().attr("action").unwrap().to_owned();
    assert_eq!(action, format!("{ORIGIN}/cart"));
    let client = store.client();
    client.set_cookie("cart", "x");
    for own in [&[("origin", ORIGIN)][..], &[("origin", ORIGIN), ("sec-fetch-site", "same-origin")]] {
        assert_ne!(send_form(&client, &action, own).await, 403, "{own:?}");
    }
    for foreign in [
        &[("origin", "https://copies.example")][..],
        &[("origin", "https://copies.example"), ("sec-fetch-site", "cross-site")],
        &[("origin", "http://shop.test.copies.example")],
        &[("origin", "http://static.shop.test"), ("sec-fetch-site", "same-site")],
        &[("origin", "null")],
        &[],
    ] {
        assert_eq!(send_form(&client, &action, foreign).await, 403, "{foreign:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_page_of_a_copy_leads_on_in_the_shop() {
    let store = TestStore::sqlite().await;
    World::new(&store).await;
    let client = store.client();
    for (path, location) in [
        ("/c/straps/page/2", "/c/straps?page=2"),
        ("/c/straps/page/1", "/c/straps"),
        ("/c/a%22b/page/3", "/c/a%22b?page=3"),
    ] {
        let answer = client.get(path).await.expect(301);
        assert_eq!((answer.location().as_str(), answer.header("cache-control")), (location, "no-store"));
    }
    for path in ["/c/straps/page/0", "/c/straps/page/-1", "/c/straps/page/x", "/c/straps/page/2/x"] {
        client.get(path).await.expect(404);
    }
}
