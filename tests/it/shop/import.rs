//! Import and export of products as CSV.

mod pictures;

use mercer::app::App;
use mercer::db::products::{find_product_by_slug, rows};
use mercer::domain::catalogue::{Band, Product};
use mercer::error::Error;
use mercer::shop::demo::{NAMES, seed};
use mercer::shop::export_csv::export_csv;
use mercer::shop::import::{Options, Report, import};

use crate::support::both_engines;

async fn read(app: &App, text: &str) -> Report {
    import(app, text.as_bytes(), &Options::default(), |_, _| {}).await.unwrap()
}

/// Created, updated, skipped.
fn counts(report: &Report) -> (usize, usize, usize) {
    (report.created, report.updated, report.skipped)
}

fn bad(report: &Report) -> Vec<String> {
    report.bad.iter().map(|b| format!("{} {}: {}", b.line, b.field, b.reason)).collect()
}

async fn product(app: &App, slug: &str) -> Product {
    let found = find_product_by_slug(&mut app.db.read().await.unwrap(), slug).await.unwrap();
    found.unwrap_or_else(|| panic!("no product {slug}"))
}

const OWN: &str = "\
handle,title,brand,categories,option1_name,option1_values,option1_value,sku,price,compare_at,stock,attribute:width:number:mm:facet:Width
strap,Leather strap,Acme,Straps > Leather|Sale,Colour,Brown=#6b4226,Brown,ST-1,39.00,49.00,3,20
strap,,,,,,Black,ST-2,39.00,,10,
tool,Spring bar tool,,Tools,,,,T-1,12.5,,0,
";

#[tokio::test]
async fn mercers_own_dialect_creates_updates_and_skips() {
    both_engines(async |store| {
        let app = &store.app;
        let report = read(app, OWN).await;
        assert_eq!((counts(&report), bad(&report)), ((2, 0, 0), vec![]));
        let strap = product(app, "strap").await;
        assert_eq!(strap.brand.unwrap().name, "Acme");
        assert_eq!(strap.breadcrumb.iter().map(|c| &*c.name).collect::<Vec<_>>(), ["Straps", "Leather"]);
        assert_eq!(strap.categories.len(), 2);
        assert_eq!((strap.price_min_minor, strap.compare_at_minor), (3900, Some(4900)));
        assert_eq!(strap.options[0].choices[0].swatch.as_deref(), Some("#6b4226"));
        assert_eq!(strap.variants.iter().map(|v| v.band).collect::<Vec<_>>(), [Band::Low, Band::In]);
        assert_eq!(
            (&*strap.specs[0].name, &*strap.specs[0].unit, &*strap.specs[0].values[0]),
            ("Width", "mm", "20")
        );
        assert_eq!(product(app, "tool").await.band, Band::Out);

        assert_eq!(counts(&read(app, OWN).await), (0, 0, 2));
        let report = read(app, "handle,sku,price\ntool,T-1,13.00\n").await;
        assert_eq!(counts(&report), (0, 1, 0));
        let tool = product(app, "tool").await;
        assert_eq!((&*tool.title, tool.price_min_minor), ("Spring bar tool", 1300));
        // One variant of several: the other stays. A new handle for a known SKU: the product moves.
        let report =
            read(app, "handle,option1_name,option1_value,sku,price\nbelt,Colour,Black,ST-2,41.00\n").await;
        assert_eq!((counts(&report), bad(&report)), ((0, 1, 0), vec![]));
        let prices: Vec<i64> = product(app, "belt").await.variants.iter().map(|v| v.price_minor).collect();
        assert_eq!(prices, [4100, 3900]);
    })
    .await;
}

#[tokio::test]
async fn bad_rows_are_told_and_spoil_only_their_product() {
    both_engines(async |store| {
        let app = &store.app;
        let text = "\
handle,title,option1_name,option1_value,sku,price,compare_at,stock
good,Good,,,G-1,10.00,,1
bad,Bad,Size,S,B-1,10.00,9.00,1
bad,,,L,B-2,ten,,-1
BAD slug,Bad too,,,B-3,1.00,,1
thief,Thief,,,G-1,1.00,,1
noprice,No price,,,N-1,,,1
cut,Cut off,,,C-1,1.00,,1
short,row
";
        let report = read(app, text).await;
        assert_eq!(counts(&report), (1, 0, 0));
        let lines: Vec<String> = report.bad.iter().map(|b| format!("{} {}", b.line, b.field)).collect();
        assert_eq!(lines, ["4 price", "5 handle", "6 sku", "7 price", "9 row"], "{:#?}", bad(&report));
        let conn = &mut app.db.read().await.unwrap();
        assert_eq!(rows::list_product_ids(conn).await.unwrap().len(), 1);

        let fixed = text.replace("ten,,-1", "10.00,,1");
        let report = read(app, &fixed).await;
        assert_eq!(counts(&report), (0, 0, 1));
        assert!(
            bad(&report).contains(&"3 compare_at: must be above the price".to_owned()),
            "{:?}",
            bad(&report)
        );
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    both_engines(async |store| {
        let app = &store.app;
        let options = Options { dry_run: true, ..Options::default() };
        for _ in 0..2 {
            let report = import(app, OWN.as_bytes(), &options, |_, _| {}).await.unwrap();
            assert_eq!((counts(&report), bad(&report)), ((2, 0, 0), vec![]));
        }
        let conn = &mut app.db.read().await.unwrap();
        assert!(rows::list_product_ids(conn).await.unwrap().is_empty());
        assert!(mercer::db::categories::list_categories(conn).await.unwrap().categories.is_empty());
    })
    .await;
}

#[tokio::test]
async fn files_of_no_known_dialect_are_refused_as_a_whole() {
    let store = crate::support::TestStore::sqlite().await;
    for (text, why) in [
        ("name,cost\na,1\n", "no known dialect"),
        ("handle,colour\na,1\n", "\"colour\" is unknown"),
        ("handle,title\n\"a,b\n", "has 1 fields"),
        ("handle,attribute:x:shape\na,b\n", "text, number, choice or flag"),
    ] {
        let result = import(&store.app, text.as_bytes(), &Options::default(), |_, _| {}).await;
        match result {
            Err(Error::Conflict(reason)) => assert!(reason.contains(why), "{reason}"),
            Ok(report) => assert!(bad(&report).join(";").contains(why), "{report:?}"),
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn an_export_imported_again_changes_nothing_and_fills_an_empty_store() {
    for name in NAMES {
        both_engines(async |store| {
            let app = &store.app;
            seed(app, name).await.unwrap();
            let mut file = Vec::new();
            let products = export_csv(app, &mut file).await.unwrap();
            let text = String::from_utf8(file).unwrap();
            let report = read(app, &text).await;
            assert_eq!((counts(&report), bad(&report)), ((0, 0, products), vec![]));

            // Into a store without these pictures: all but the pictures arrives.
            let empty = crate::support::TestStore::sqlite().await;
            let text = without_pictures(&text);
            let report = read(&empty.app, &text).await;
            assert_eq!((counts(&report), bad(&report)), ((products, 0, 0), vec![]));
            assert_eq!(counts(&read(&empty.app, &text).await), (0, 0, products));
            let mut again = Vec::new();
            export_csv(&empty.app, &mut again).await.unwrap();
            assert_eq!(without_pictures(&String::from_utf8(again).unwrap()).len(), text.len());
        })
        .await;
    }
}

fn without_pictures(text: &str) -> String {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let keep = |i: &usize| !["pictures", "picture_alts", "variant_picture"].contains(&&header[*i]);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let kept = |record: &csv::StringRecord| -> Vec<String> {
        (0..record.len()).filter(keep).map(|i| record[i].to_owned()).collect()
    };
    writer.write_record(kept(&header)).unwrap();
    for record in reader.records() {
        writer.write_record(kept(&record.unwrap())).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[tokio::test]
async fn shopifys_dialect_is_read() {
    let text = "\
Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Price,Variant Compare At Price,Variant Barcode,Image Src,Image Alt Text,Status
tee,Plain tee,<p>Soft<script>x</script></p>,Cotton & Co,Shirts,a,true,Size,S,Colour,Red,TEE-S,180.0,shopify,4,19.90,25.00,'4006381333931,https://cdn.example/a.jpg,Front,active
tee,,,,,,,,L,,Red,,190,shopify,-2,19.90,0,,https://cdn.example/b.jpg,,
tee,,,,,,,,,,,,,,,,,,https://cdn.example/c.jpg,,
card,Gift card,,,,,true,Title,Default Title,,,CARD,0,,,10.00,,,,,draft
";
    both_engines(async |store| {
        let app = &store.app;
        let report = read(app, text).await;
        assert_eq!((counts(&report), bad(&report)), ((2, 0, 0), vec![]));
        let tee = product(app, "tee").await;
        assert_eq!((&*tee.description, &*tee.categories[0].name), ("<p>Soft</p>", "Shirts"));
        assert_eq!(tee.options.iter().map(|o| &*o.name).collect::<Vec<_>>(), ["Size", "Colour"]);
        let [small, large] = &tee.variants[..] else { panic!("{:?}", tee.variants) };
        assert_eq!(
            (small.compare_at_minor, &*small.barcode, small.weight_g),
            (Some(2500), "4006381333931", 180)
        );
        assert_eq!((large.compare_at_minor, &*large.sku, large.band), (None, "TEE-L-RED", Band::Out));
        // Pictures by URL are fetched only when asked; the draft product is not shown.
        assert!(tee.pictures.is_empty());
        let conn = &mut app.db.read().await.unwrap();
        assert!(find_product_by_slug(conn, "card").await.unwrap().is_none());
        assert_eq!(counts(&read(app, text).await), (0, 0, 2));
    })
    .await;
}

#[tokio::test]
async fn woocommerces_dialect_is_read() {
    let text = "\
ID,Type,SKU,Name,Published,Short description,Description,In stock?,Stock,Weight (kg),Sale price,Regular price,Categories,Images,Parent,Attribute 1 name,Attribute 1 value(s),Attribute 2 name,Attribute 2 value(s)
1,variable,HOOD,Hoodie,1,<b>Warm</b>&nbsp;thing,<p>Text</p>,1,,0.5,,,\"Clothing, Clothing > Hoodies\",,,Colour,\"Blue, Green\",Fabric,Cotton
2,\"simple, virtual\",ALB,Album,1,,,1,,,9.00,12.00,Music,,,,,,
3,variation,HOOD-B,Hoodie - Blue,1,,,1,5,0.6,,45.00,,,HOOD,Colour,Blue,,
4,variation,HOOD-G,Hoodie - Green,1,,,0,,0.6,42.00,45.00,,,id:1,Colour,Green,,
5,grouped,GR,Set,1,,,1,,,,,,,,,,,
6,variation,LOST,Lost,1,,,1,,,,1.00,,,NOBODY,Colour,Blue,,
";
    both_engines(async |store| {
        let app = &store.app;
        let report = read(app, text).await;
        assert_eq!(counts(&report), (2, 0, 0), "{report:?}");
        let lines: Vec<String> = report.bad.iter().map(|b| format!("{} {}", b.line, b.field)).collect();
        assert_eq!(lines, ["6 Type", "7 Parent"]);
        let hoodie = product(app, "hoodie").await;
        assert_eq!((&*hoodie.summary, hoodie.categories.len()), ("Warm thing", 2));
        assert_eq!(hoodie.specs.iter().map(|s| &*s.key).collect::<Vec<_>>(), ["fabric"]);
        let [blue, green] = &hoodie.variants[..] else { panic!("{:?}", hoodie.variants) };
        assert_eq!((&blue.options, blue.weight_g, blue.band), (&vec!["Blue".to_owned()], 600, Band::In));
        assert_eq!((green.price_minor, green.compare_at_minor, green.band), (4200, Some(4500), Band::Out));
        let album = product(app, "album").await;
        assert_eq!((album.price_min_minor, album.compare_at_minor, album.band), (900, Some(1200), Band::In));
        assert_eq!(counts(&read(app, text).await), (0, 0, 2));
    })
    .await;
}

#[tokio::test]
async fn pictures_come_from_the_given_folder_only() {
    let store = crate::support::TestStore::sqlite().await;
    let app = &store.app;
    let folder = tempfile::TempDir::new().unwrap();
    let picture = image::RgbImage::from_pixel(64, 48, image::Rgb([200, 100, 50]));
    picture.save(folder.path().join("a.png")).unwrap();
    std::fs::write(folder.path().join("broken.png"), b"not a picture").unwrap();
    std::fs::write(store.dir.path().join("secret.png"), b"secret").unwrap();
    let options = Options { images: Some(folder.path().to_owned()), ..Options::default() };
    let text = format!(
        "handle,title,sku,price,pictures,picture_alts\n\
         a,A,A-1,1.00,a.png|https://shop.example/x/a.png?v=1,First\n\
         b,B,B-1,1.00,broken.png,\n\
         c,C,C-1,1.00,{}/secret.png,\n\
         d,D,D-1,1.00,../secret.png,\n\
         e,E,E-1,1.00,missing.png,\n",
        store.dir.path().display()
    );
    let report = import(app, text.as_bytes(), &options, |_, _| {}).await.unwrap();
    assert_eq!(counts(&report), (1, 0, 0), "{report:?}");
    assert_eq!(report.bad.iter().map(|b| b.line).collect::<Vec<_>>(), [3, 4, 5, 6]);
    let a = product(app, "a").await;
    let alts: Vec<(&str, i64)> = a.pictures.iter().map(|p| (&*p.alt, p.width)).collect();
    assert_eq!(alts, [("First", 64), ("A", 64)]);

    let report = read(app, "handle,title,sku,price,pictures\nf,F,F-1,1.00,a.png\n").await;
    assert!(bad(&report)[0].contains("--images"), "{report:?}");
}
