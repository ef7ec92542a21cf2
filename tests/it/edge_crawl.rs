//! Whether tags are complete: one row of every kind is changed, through the shop's own functions, and the public pages
//! of before and after are compared. A page whose bytes changed must carry a tag that was announced, or it would be
//! kept with what it said before. How many pages are dropped though they did not change is printed, by kind.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use mercer::app::App;
use mercer::db::changes::{self, Cursor};
use mercer::db::{discounts, products, taxes};
use mercer::domain::catalogue::{Attribute, AttributeKind, Brand, Category, Page, ProductType};
use mercer::domain::discount::{Discount, DiscountKind};
use mercer::domain::draft::{PictureDraft, ProductDraft};
use mercer::domain::settings::ShopSettings;
use mercer::domain::shipping::{EVERYWHERE, ShippingMethod, ShippingRate};
use mercer::domain::tag::Tag;
use mercer::domain::tax::{TaxClass, TaxRate};
use mercer::error::Result;
use mercer::shop::catalogue::{
    delete_product, rename_category, save_attribute, save_brand, save_category, save_page, save_product,
    save_type, set_price, unpublish_product,
};
use mercer::shop::settings::save_settings;
use mercer::shop::shipping::save_shipping_method;
use mercer::shop::{media, stock};

use crate::support::{TestStore, both_engines, shelf};

/// Products in the shop: more than a list records one by one, fewer than two pages.
const PRODUCTS: usize = 16;

/// What is known of the shop's rows, to change them.
struct Known {
    app: Arc<App>,
    root: Category,
    leaf: Category,
    other: Category,
    /// Ids by number.
    products: Vec<String>,
    brand: Brand,
    attribute: Attribute,
    product_type: ProductType,
    page: Page,
    settings: ShopSettings,
    /// What was found to be wrong; told all at once.
    problems: Mutex<Vec<String>>,
}

/// A public page as a cache would keep it.
#[derive(PartialEq, Eq)]
struct Copy {
    etag: String,
    tags: BTreeSet<String>,
}

/// Every public address worth a look, of things that exist and of some that do not yet.
fn paths() -> Vec<String> {
    let fixed = [
        "/",
        "/search",
        "/search?page=2",
        "/search?sort=price-up",
        "/search?q=item",
        "/search?q=item-3",
        "/search?q=maker",
        "/search?q=unheard",
        "/search?q=leaf",
        "/search/suggest?q=item",
        "/search/suggest?q=item-15",
        "/search/suggest?q=leaf",
        "/search/suggest?q=unheard",
        "/c/root",
        "/c/leaf",
        "/c/leaf?brand=maker",
        "/c/leaf?size=40",
        "/c/leaf?weight=7",
        "/c/leaf?sort=price-up",
        "/c/root?min=5&max=20",
        "/c/root?stock=1",
        "/c/other",
        "/c/unheard",
        "/pages/about",
        "/pages/returns",
        "/pages/unheard",
        "/p/unheard",
        "/p/item-1?sku=ITEM-1-RED",
        "/sitemap.xml",
        "/robots.txt",
        "/feeds/google.xml",
        "/.well-known/security.txt",
        "/api/docs",
    ];
    let mut paths: Vec<String> = fixed.map(str::to_owned).into();
    paths.extend((0..PRODUCTS).map(|n| format!("/p/item-{n}")));
    paths
}

/// The addresses that caches keep now. A tag list that is too long or a cookie would be the page's own mistake.
async fn crawl(store: &TestStore) -> BTreeMap<String, Copy> {
    let client = store.client();
    let mut copies = BTreeMap::new();
    for path in paths() {
        let answer = client.get(&path).await;
        assert!(answer.status.as_u16() < 500, "{path}: {}", answer.status);
        if !answer.header("cache-control").contains("s-maxage") {
            continue;
        }
        let tags: BTreeSet<String> = answer.header("cache-tag").split(',').map(str::to_owned).collect();
        assert!((1..=50).contains(&tags.len()), "{path}: {tags:?}");
        let valid =
            |tag: &String| (1..=256).contains(&tag.len()) && tag.bytes().all(|b| (0x21..=0x7e).contains(&b));
        assert!(tags.iter().all(valid), "{path}: {tags:?}");
        assert!(!answer.headers.contains_key("set-cookie"), "{path}");
        copies.insert(path, Copy { etag: answer.header("etag").to_owned(), tags });
    }
    copies
}

async fn announced(app: &App, mark: &mut Cursor) -> BTreeSet<String> {
    let (rows, next) = changes::list_changes(&mut app.db.read().await.unwrap(), mark).await.unwrap();
    *mark = next;
    rows.into_iter().map(|change| Tag::stored(change.tag).to_string()).collect()
}

fn draft_of(number: usize, known: &Known) -> ProductDraft {
    let mut draft = match number {
        1 => shelf::coloured("item-1", &[("red", "#ff0000"), ("blue", "#0000ff")]),
        _ => shelf::simple(&format!("item-{number}")),
    };
    draft.summary = format!("What item {number} is for.");
    draft.categories = vec![if number < 4 { &known.leaf } else { &known.other }.category_id.clone()];
    draft.attributes = vec![shelf::attribute("size", &[&(38 + number % 3).to_string()])];
    draft.popularity = i64::try_from(100 - number).unwrap();
    if number == 0 {
        draft.brand_id = Some(known.brand.brand_id.clone());
        draft.type_id = Some(known.product_type.type_id.clone());
    }
    draft
}

fn category(app: &App, slug: &str, parent: Option<&Category>, position: i64) -> Category {
    Category {
        category_id: app.id(),
        parent_id: parent.map(|p| p.category_id.clone()),
        slug: slug.to_owned(),
        name: format!("Category {slug}"),
        help: "How to choose.".to_owned(),
        fact_attribute: Some("size".to_owned()),
        door: slug == "leaf",
        position,
    }
}

/// A small shop in which everything depends on something.
async fn build(app: &Arc<App>) -> Known {
    let page = Page {
        page_id: app.id(),
        slug: "about".to_owned(),
        title: "About us".to_owned(),
        body: "We sell **items**.".to_owned(),
        footer: "help".to_owned(),
        position: 0,
        updated_at: app.clock.now_ms(),
    };
    let root = category(app, "root", None, 0);
    let mut known = Known {
        leaf: category(app, "leaf", Some(&root), 1),
        other: category(app, "other", None, 2),
        root,
        products: Vec::new(),
        brand: Brand { brand_id: app.id(), slug: "maker".to_owned(), name: "Maker".to_owned() },
        attribute: Attribute {
            key: "size".to_owned(),
            name: "Size".to_owned(),
            kind: AttributeKind::Number,
            unit: "mm".to_owned(),
            facet: true,
            position: 0,
        },
        product_type: ProductType {
            type_id: app.id(),
            key: "item".to_owned(),
            name: "Item".to_owned(),
            attributes: vec!["size".to_owned()],
        },
        page,
        settings: ShopSettings { name: "The Shop".to_owned(), ..ShopSettings::default() },
        app: app.clone(),
        problems: Mutex::default(),
    };
    write_frame(&known).await.unwrap();
    for number in 0..PRODUCTS {
        let draft = draft_of(number, &known);
        known.products.push(save_product(app, None, &draft).await.unwrap().product_id);
    }
    known
        .edit(0, |draft, known| draft.related = vec![known.products[2].clone(), known.products[3].clone()])
        .await;
    unpublish_product(app, &known.products[3]).await.unwrap();
    known
}

async fn write_frame(known: &Known) -> Result<()> {
    let app = &known.app;
    mercer::shop::setup::ensure_defaults(app).await?;
    let mut tx = app.db.write().await?;
    save_attribute(app, &mut tx, &known.attribute).await?;
    save_type(app, &mut tx, &known.product_type).await?;
    save_brand(app, &mut tx, &known.brand).await?;
    for category in [&known.root, &known.leaf, &known.other] {
        save_category(app, &mut tx, category).await?;
    }
    save_page(app, &mut tx, &known.page).await?;
    save_settings(app, &mut tx, &known.settings).await?;
    tx.commit().await?;
    Ok(())
}

impl Known {
    fn blame(&self, problem: String) {
        self.problems.lock().unwrap().push(problem);
    }

    /// Changes a product's draft as it is stored now.
    async fn edit(&self, number: usize, change: impl FnOnce(&mut ProductDraft, &Known)) {
        let id = &self.products[number];
        let mut conn = self.app.db.read().await.unwrap();
        let mut draft = products::rows::find_draft(&mut conn, id).await.unwrap().unwrap();
        drop(conn);
        change(&mut draft, self);
        save_product(&self.app, Some(id), &draft).await.unwrap();
    }

    async fn variant(&self, slug: &str) -> String {
        let mut conn = self.app.db.read().await.unwrap();
        let product = products::find_product_by_slug(&mut conn, slug).await.unwrap().unwrap();
        product.variants[0].variant_id.clone()
    }
}

/// Changes the shop, lets the process follow its feed as it does when it serves, and compares.
async fn changed(store: &TestStore, known: &Known, kind: &str, change: impl AsyncFnOnce(&Known)) {
    let app = &store.app;
    let mut mark = changes::find_cursor(&mut app.db.read().await.unwrap()).await.unwrap();
    // A cursor begins at the oldest transaction that is open in the whole cluster, other tests' ones among them: what is
    // committed already is read once, so that only this change is left.
    announced(app, &mut mark).await;
    let before = crawl(store).await;
    app.clock.advance(1_000);
    change(known).await;
    app.feed.poll(app).await.unwrap();
    let purged = announced(app, &mut mark).await;
    let after = crawl(store).await;

    let (mut moved, mut dropped) = (Vec::new(), 0);
    for (path, copy) in &before {
        let is_purged = !copy.tags.is_disjoint(&purged);
        let is_same = after.get(path).is_some_and(|now| now.etag == copy.etag);
        match (is_same, is_purged) {
            (true, true) => dropped += 1,
            (false, true) => moved.push(path.as_str()),
            (false, false) => known.blame(format!(
                "{kind} on {}: {path} changed and no cache is told: it has {:?}, announced was {purged:?}",
                store.engine, copy.tags
            )),
            (true, false) => {}
        }
    }
    println!(
        "{:8} {kind:28} {:3} of {} pages changed, {dropped:3} unchanged ones dropped with them",
        store.engine,
        moved.len(),
        before.len()
    );
    match kind.split_once(", silent") {
        Some(_) if !moved.is_empty() || dropped > 0 => {
            known.blame(format!("{kind}: {moved:?} changed, {dropped} more dropped"));
        }
        None if moved.is_empty() => known.blame(format!("{kind}: nothing changed, so nothing was tried")),
        _ => {}
    }
}

#[tokio::test]
async fn every_page_that_a_change_changes_is_told_to_caches() {
    both_engines(async |store| {
        let known = build(&store.app).await;
        store.app.feed.poll(&store.app).await.unwrap();
        change_products(&store, &known).await;
        change_stock(&store, &known).await;
        change_links(&store, &known).await;
        change_categories(&store, &known).await;
        change_words(&store, &known).await;
        change_shop(&store, &known).await;
        change_existence(&store, &known).await;
        let problems = known.problems.into_inner().unwrap();
        assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    })
    .await;
}

async fn change_products(store: &TestStore, known: &Known) {
    changed(store, known, "price", async |known| {
        let variant = known.variant("item-0").await;
        set_price(&known.app, &variant, 900, None).await.unwrap();
    })
    .await;
    changed(store, known, "sale", async |known| {
        let variant = known.variant("item-2").await;
        set_price(&known.app, &variant, 800, Some(1_200)).await.unwrap();
    })
    .await;
    changed(store, known, "title", async |known| {
        known.edit(2, |draft, _| draft.title = "Another item-2".to_owned()).await;
    })
    .await;
    changed(store, known, "description", async |known| {
        known.edit(5, |draft, _| draft.description = "More words.".to_owned()).await;
    })
    .await;
    changed(store, known, "attribute value", async |known| {
        known.edit(6, |draft, _| draft.attributes = vec![shelf::attribute("size", &["44"])]).await;
    })
    .await;
    changed(store, known, "picture", async |known| {
        let mut png = std::io::Cursor::new(Vec::new());
        image::DynamicImage::new_rgb8(8, 8).write_to(&mut png, image::ImageFormat::Png).unwrap();
        let media_id = media::store_file(&known.app, png.into_inner()).await.unwrap();
        let picture = PictureDraft { media_id, alt: "An item".to_owned() };
        known.edit(7, |draft, _| draft.pictures = vec![picture]).await;
    })
    .await;
    changed(store, known, "variant", async |known| {
        known.edit(1, |draft, _| draft.variants.truncate(1)).await;
    })
    .await;
}

async fn change_stock(store: &TestStore, known: &Known) {
    changed(store, known, "stock within its band, silent", async |known| {
        stock::adjust(&known.app, &known.variant("item-8").await, 9).await.unwrap();
    })
    .await;
    changed(store, known, "stock to low", async |known| {
        stock::adjust(&known.app, &known.variant("item-8").await, 2).await.unwrap();
    })
    .await;
    changed(store, known, "stock to none", async |known| {
        stock::adjust(&known.app, &known.variant("item-8").await, 0).await.unwrap();
    })
    .await;
    changed(store, known, "stock received", async |known| {
        stock::receive(&known.app, &known.variant("item-8").await, 20).await.unwrap();
    })
    .await;
}

async fn change_links(store: &TestStore, known: &Known) {
    changed(store, known, "related product's price", async |known| {
        set_price(&known.app, &known.variant("item-2").await, 700, None).await.unwrap();
    })
    .await;
    changed(store, known, "related product published", async |known| {
        known.edit(3, |draft, _| draft.published = true).await;
    })
    .await;
    changed(store, known, "related product taken away", async |known| {
        unpublish_product(&known.app, &known.products[2]).await.unwrap();
    })
    .await;
    changed(store, known, "related list", async |known| {
        known.edit(0, |draft, known| draft.related = vec![known.products[4].clone()]).await;
    })
    .await;
    changed(store, known, "product's category", async |known| {
        known.edit(9, |draft, known| draft.categories = vec![known.leaf.category_id.clone()]).await;
    })
    .await;
    changed(store, known, "product's address", async |known| {
        known.edit(10, |draft, _| draft.slug = "unheard".to_owned()).await;
    })
    .await;
    changed(store, known, "product's brand", async |known| {
        known.edit(11, |draft, known| draft.brand_id = Some(known.brand.brand_id.clone())).await;
    })
    .await;
}

async fn change_categories(store: &TestStore, known: &Known) {
    let save = async |known: &Known, category: Category| {
        let mut tx = known.app.db.write().await.unwrap();
        save_category(&known.app, &mut tx, &category).await.unwrap();
        tx.commit().await.unwrap();
    };
    changed(store, known, "category's name", async |known| {
        save(known, Category { name: "Another leaf".to_owned(), ..known.leaf.clone() }).await;
    })
    .await;
    changed(store, known, "category moved", async |known| {
        save(known, Category { parent_id: Some(known.other.category_id.clone()), ..known.leaf.clone() })
            .await;
    })
    .await;
    changed(store, known, "category's fact", async |known| {
        save(known, Category { fact_attribute: None, ..known.other.clone() }).await;
    })
    .await;
    changed(store, known, "category's address", async |known| {
        rename_category(&known.app, &known.other.category_id, "unheard").await.unwrap();
    })
    .await;
    changed(store, known, "new category", async |known| {
        save(known, category(&known.app, "late", None, 9)).await;
    })
    .await;
}

/// Names that stand on products' pages and in filters.
async fn change_words(store: &TestStore, known: &Known) {
    changed(store, known, "brand's name", async |known| {
        let mut tx = known.app.db.write().await.unwrap();
        save_brand(&known.app, &mut tx, &Brand { name: "Makers".to_owned(), ..known.brand.clone() })
            .await
            .unwrap();
        tx.commit().await.unwrap();
    })
    .await;
    let save = async |known: &Known, attribute: Attribute| {
        let mut tx = known.app.db.write().await.unwrap();
        save_attribute(&known.app, &mut tx, &attribute).await.unwrap();
        tx.commit().await.unwrap();
    };
    changed(store, known, "attribute's name", async |known| {
        save(known, Attribute { name: "Width".to_owned(), ..known.attribute.clone() }).await;
    })
    .await;
    changed(store, known, "attribute no filter any more", async |known| {
        save(known, Attribute { facet: false, ..known.attribute.clone() }).await;
    })
    .await;
    changed(store, known, "new filter", async |known| {
        let key = "weight".to_owned();
        save(known, Attribute { key, name: "Weight".to_owned(), position: 1, ..known.attribute.clone() })
            .await;
    })
    .await;
    known.edit(0, |draft, _| draft.attributes.push(shelf::attribute("weight", &["7"]))).await;
    store.app.feed.poll(&store.app).await.unwrap();
    changed(store, known, "product type's order", async |known| {
        let attributes = vec!["weight".to_owned(), "size".to_owned()];
        let mut tx = known.app.db.write().await.unwrap();
        save_type(&known.app, &mut tx, &ProductType { attributes, ..known.product_type.clone() })
            .await
            .unwrap();
        tx.commit().await.unwrap();
    })
    .await;
}

async fn change_shop(store: &TestStore, known: &Known) {
    let save = async |known: &Known, page: Page| {
        let mut tx = known.app.db.write().await.unwrap();
        save_page(&known.app, &mut tx, &page).await.unwrap();
        tx.commit().await.unwrap();
    };
    changed(store, known, "page's text", async |known| {
        save(known, Page { body: "We sell *everything*.".to_owned(), ..known.page.clone() }).await;
    })
    .await;
    changed(store, known, "new page", async |known| {
        let (page_id, slug) = (known.app.id(), "returns".to_owned());
        save(known, Page { page_id, slug, title: "Returns".to_owned(), ..known.page.clone() }).await;
    })
    .await;
    changed(store, known, "settings", async |known| {
        let announcement = "Closed on Monday".to_owned();
        let mut tx = known.app.db.write().await.unwrap();
        save_settings(&known.app, &mut tx, &ShopSettings { announcement, ..known.settings.clone() })
            .await
            .unwrap();
        tx.commit().await.unwrap();
    })
    .await;
    changed(store, known, "shipping method", async |known| {
        save_express(known, 100).await;
    })
    .await;
    changed(store, known, "shipping rate", async |known| {
        save_express(known, 200).await;
    })
    .await;
    changed(store, known, "tax rate, silent", async |known| {
        let rate = TaxRate { country: "DE".to_owned(), class: TaxClass::Standard, rate_bp: 1_600 };
        let mut tx = known.app.db.write().await.unwrap();
        taxes::update_tax_rate(&mut tx, &rate).await.unwrap();
        tx.commit().await.unwrap();
    })
    .await;
    changed(store, known, "discount code, silent", async |known| {
        let mut tx = known.app.db.write().await.unwrap();
        discounts::insert_discount(&mut tx, &code()).await.unwrap();
        tx.commit().await.unwrap();
    })
    .await;
}

async fn change_existence(store: &TestStore, known: &Known) {
    changed(store, known, "unpublished", async |known| {
        unpublish_product(&known.app, &known.products[12]).await.unwrap();
    })
    .await;
    changed(store, known, "published again", async |known| {
        known.edit(12, |draft, _| draft.published = true).await;
    })
    .await;
    changed(store, known, "new product", async |known| {
        let mut draft = shelf::simple("item-3-more");
        draft.title = "Unheard of item-3".to_owned();
        draft.categories = vec![known.leaf.category_id.clone()];
        save_product(&known.app, None, &draft).await.unwrap();
    })
    .await;
    changed(store, known, "deleted", async |known| {
        delete_product(&known.app, &known.products[13]).await.unwrap();
    })
    .await;
}

/// Cheaper than the flat rate, so that products' pages name it.
async fn save_express(known: &Known, price_minor: i64) {
    let rate = ShippingRate {
        countries: vec![EVERYWHERE.to_owned()],
        weight_max_g: 1_000,
        price_minor,
        free_above_minor: None,
    };
    let method = ShippingMethod {
        id: known.app.id(),
        key: "express".to_owned(),
        name: "Express".to_owned(),
        note: String::new(),
        days_min: 1,
        days_max: 1,
        rates: vec![rate],
    };
    let mut tx = known.app.db.write().await.unwrap();
    save_shipping_method(&known.app, &mut tx, &method, 1).await.unwrap();
    tx.commit().await.unwrap();
}

fn code() -> Discount {
    Discount {
        code: "TEN".to_owned(),
        kind: DiscountKind::Percent { bp: 1_000 },
        minimum_minor: 0,
        starts_at: None,
        ends_at: None,
        uses_max: None,
        uses: 0,
    }
}
