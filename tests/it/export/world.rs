//! A shop that is large enough to have every kind of page, and its copy in a folder.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageFormat, RgbImage};
use mercer::app::App;
use mercer::domain::catalogue::Page;
use mercer::domain::draft::{PictureDraft, ProductDraft};
use mercer::export::{Report, export};
use mercer::outside::objects::{Folder, Objects};
use mercer::shop::catalogue::{save_page, save_product};
use mercer::shop::media::store_file;
use tempfile::TempDir;

use crate::support::{TestStore, shelf};

/// Products: one more than a page of a list holds.
pub const PRODUCTS: usize = 25;

/// The copy of a store.
pub struct World {
    pub category_id: String,
    dir: TempDir,
}

impl World {
    /// A store with a category of two pages, an information page that links to an old name, and no copy yet.
    pub async fn new(store: &TestStore) -> World {
        let app = &store.app;
        let category_id = shelf::put_category(app, "straps", None, None).await;
        let media_id = picture(app).await;
        for number in 0..PRODUCTS {
            let pictures = vec![PictureDraft { media_id: media_id.clone(), alt: "A strap".to_owned() }];
            let pictures = if number == 0 { pictures } else { Vec::new() };
            shelf::put(app, &ProductDraft { pictures, ..draft(&category_id, &format!("strap-{number}")) })
                .await;
        }
        let renamed = shelf::put(app, &draft(&category_id, "old-name")).await;
        save_product(app, Some(&renamed), &draft(&category_id, "new-name")).await.unwrap();
        put_page(app, "delivery", "Every product's page links here.").await;
        put_page(app, "contact", "[the strap](/p/old-name), [field](/c/straps?brand=x)").await;
        World { category_id, dir: TempDir::new().unwrap() }
    }

    pub fn folder(&self) -> PathBuf {
        self.dir.path().join("copy")
    }

    pub fn path(&self, key: &str) -> PathBuf {
        self.folder().join(key)
    }

    pub async fn export(&self, store: &TestStore) -> Report {
        export(&store.app, Objects::Folder(Folder::new(self.folder())), |_, _, _| {}).await.unwrap()
    }

    pub fn read(&self, key: &str) -> String {
        let path = self.path(key);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// Every file but those that tell of the run itself.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.folder(), &self.folder(), &mut files);
        files.remove("config.json").expect("it says whose copy it is");
        files.remove("mercer-export.json").expect("it says that Mercer made it");
        files
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let key = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.insert(key, std::fs::read(&path).unwrap());
        }
    }
}

pub fn draft(category_id: &str, slug: &str) -> ProductDraft {
    ProductDraft { categories: vec![category_id.to_owned()], ..shelf::simple(slug) }
}

pub async fn put_page(app: &App, slug: &str, body: &str) {
    let page = Page {
        page_id: app.id(),
        slug: slug.to_owned(),
        title: slug.to_uppercase(),
        body: body.to_owned(),
        footer: "help".to_owned(),
        position: 0,
        updated_at: 1,
    };
    let mut tx = app.db.write().await.unwrap();
    save_page(app, &mut tx, &page).await.unwrap();
    tx.commit().await.unwrap();
}

async fn picture(app: &App) -> String {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::from(RgbImage::new(40, 30)).write_to(&mut out, ImageFormat::Png).unwrap();
    store_file(app, out.into_inner()).await.unwrap()
}
