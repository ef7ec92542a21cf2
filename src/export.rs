//! The static copy: the whole public shop as files, for when no process of the shop answers.
//!
//! Pages are made by the handlers that serve them (`render`), so a copy differs from the shop only where a static host
//! could not follow (`html`). A copy knows from which change it is (`since`), so the next run renders only what moved.

pub mod address;
pub mod html;
pub mod manifest;
pub mod place;
pub mod render;
pub mod since;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::stream::{self, StreamExt};

use crate::app::{App, BUILD};
use crate::db::{categories, pages, products};
use crate::error::{Error, Result};
use crate::outside::objects::{Label, Objects};
use crate::shop::media::find_variant;
use crate::shop::media::preset::Preset;
use crate::web::assets;
use manifest::{Manifest, PageEntry};
use place::{BRIEF, IMMUTABLE, Place};
use render::Renderer;
use since::Position;

/// Pages or pictures under way at once: enough to hide a bucket's latency, too few to crowd out a shop that is served
/// from the same database.
const AT_ONCE: usize = 4;
const DAY_MS: i64 = 24 * 3_600_000;

/// Names the shop for scripts of a copy, and says how old the copy is.
const CONFIG: &str = "config.json";

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub pages: usize,
    /// Of those, the ones that had to be made anew.
    pub rendered: usize,
    pub files: usize,
    pub written: usize,
    pub removed: usize,
    /// Pictures that pages refer to and the shop itself has not.
    pub missing: usize,
}

/// What a run is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Pages,
    Pictures,
}

/// Brings the copy at `objects` up to the shop's present state. `progress` is told the step, how much of it is done, and
/// how much is known to be to do.
/// Errors: [`Error::Conflict`] when something else lies there.
pub async fn export(
    app: &Arc<App>,
    objects: Objects,
    progress: impl Fn(Step, usize, usize),
) -> Result<Report> {
    let place = Place::open(objects).await?;
    // Before anything is rendered: a change that comes meanwhile is rendered now or by the next run.
    let position = Position::now(&mut app.db.read().await?).await?;
    app.feed.poll(app).await?;
    let run = Run {
        moved: moved(app, place.before()).await?,
        day: app.clock.now_ms() / DAY_MS,
        renderer: Renderer::new(app),
        rendered: AtomicUsize::new(0),
        app,
        place: &place,
    };
    place.begin().await?;
    let pages = run.pages(&progress).await?;
    run.assets().await?;
    let missing = run.pictures(&pages, &progress).await?;
    run.config(&position).await?;
    let removed = place.remove_others().await?;
    let (count, rendered) = (pages.len(), run.rendered.load(Ordering::Relaxed));
    let manifest = Manifest {
        build: BUILD.to_owned(),
        origin: app.config.server.public_url.clone(),
        made_at_ms: app.clock.now_ms(),
        position,
        pages,
        ..Manifest::default()
    };
    let (files, written) = place.finish(manifest).await?;
    Ok(Report { pages: count, rendered, files, written, removed, missing })
}

/// The tags of what changed since `before`; none when every page has to be made anew.
async fn moved(app: &App, before: &Manifest) -> Result<Option<BTreeSet<String>>> {
    let is_of_this_shop = before.build == BUILD && before.origin == app.config.server.public_url;
    if !before.is_complete || !is_of_this_shop {
        return Ok(None);
    }
    before.position.moved(&mut app.db.read().await?).await
}

/// One run.
struct Run<'a> {
    app: &'a Arc<App>,
    place: &'a Place,
    renderer: Renderer,
    /// Tags that changed since the last run; none: all of them may have.
    moved: Option<BTreeSet<String>>,
    /// Days since 1970.
    day: i64,
    rendered: AtomicUsize,
}

impl Run<'_> {
    /// Brings all pages up to date: those that the shop lists, and those that these link to, such as the further pages of
    /// a category.
    async fn pages(&self, progress: &impl Fn(Step, usize, usize)) -> Result<BTreeMap<String, PageEntry>> {
        let mut wave = self.seeds().await?;
        let mut known = wave.clone();
        let mut entries = BTreeMap::new();
        while !wave.is_empty() {
            let pages = std::mem::take(&mut wave).into_iter();
            let work = pages.map(async |page| (self.page(&page).await, page));
            let mut results = stream::iter(work).buffer_unordered(AT_ONCE);
            let mut done = entries.len();
            while let Some((entry, page)) = results.next().await {
                done += 1;
                if let Some(entry) = entry? {
                    let links = entry.references.iter().filter(|link| !link.starts_with("/media/"));
                    let new: Vec<String> = links.filter(|link| !known.contains(*link)).cloned().collect();
                    known.extend(new.iter().cloned());
                    wave.extend(new);
                    entries.insert(page, entry);
                }
                progress(Step::Pages, done, known.len());
            }
        }
        Ok(entries)
    }

    async fn seeds(&self) -> Result<BTreeSet<String>> {
        let mut conn = self.app.db.read().await?;
        let fixed = ["/", address::NOT_FOUND, address::UNAVAILABLE].into_iter().chain(address::FEEDS);
        let mut seeds: BTreeSet<String> = fixed.map(str::to_owned).collect();
        let tree = categories::list_categories(&mut conn).await?;
        seeds.extend(tree.categories.iter().map(|category| format!("/c/{}", category.slug)));
        let pages = pages::list_pages(&mut conn).await?;
        seeds.extend(pages.into_iter().map(|page| format!("/pages/{}", page.slug)));
        let products = products::list_product_slugs(&mut conn).await?;
        seeds.extend(products.into_iter().map(|(slug, _)| format!("/p/{slug}")));
        Ok(seeds)
    }

    /// Brings one page up to date; none when the shop has no such page (any more).
    async fn page(&self, page: &str) -> Result<Option<PageEntry>> {
        let keys = self.place.keys_of(page);
        if let Some(entry) = self.unmoved(page) {
            let mut is_kept = true;
            for key in &keys {
                is_kept &= self.place.keep(key).await?;
            }
            if is_kept {
                return Ok(Some(entry));
            }
        }
        let Some(rendered) = self.renderer.render(page).await? else { return Ok(None) };
        self.rendered.fetch_add(1, Ordering::Relaxed);
        let label = Label { content_type: rendered.content_type, cache_control: BRIEF };
        for key in &keys {
            self.place.put(key, rendered.body.clone(), &label).await?;
        }
        Ok(Some(PageEntry { day: self.day, tags: rendered.tags, references: rendered.references }))
    }

    /// What the last run noted of a page, if it would be rendered the same now.
    fn unmoved(&self, page: &str) -> Option<PageEntry> {
        let moved = self.moved.as_ref()?;
        let entry = self.place.before().pages.get(page)?;
        (entry.day == self.day && entry.tags.is_disjoint(moved)).then(|| entry.clone())
    }

    /// All of them: which a page loads is its styles' and scripts' business too.
    async fn assets(&self) -> Result<()> {
        for (file, body) in assets::list_files() {
            let key = format!("assets/{file}");
            if !self.place.keep(&key).await? {
                let content_type = assets::content_type_of(file).to_owned();
                let label = Label { content_type, cache_control: IMMUTABLE };
                self.place.put(&key, body.into(), &label).await?;
            }
        }
        Ok(())
    }

    /// The pictures that pages refer to, at every size that they name; how many the shop has not.
    async fn pictures(
        &self,
        pages: &BTreeMap<String, PageEntry>,
        progress: &impl Fn(Step, usize, usize),
    ) -> Result<usize> {
        let wanted: BTreeSet<&str> = pages
            .values()
            .flat_map(|page| page.references.iter())
            .filter_map(|reference| reference.strip_prefix("/media/"))
            .collect();
        let total = wanted.len();
        let work = wanted.into_iter().map(async |picture| self.picture(picture).await);
        let mut results = stream::iter(work).buffer_unordered(AT_ONCE);
        let (mut done, mut missing) = (0, 0);
        while let Some(is_there) = results.next().await {
            missing += usize::from(!is_there?);
            done += 1;
            progress(Step::Pictures, done, total);
        }
        Ok(missing)
    }

    /// Brings `hash/file` there; whether the shop has it.
    async fn picture(&self, picture: &str) -> Result<bool> {
        let key = format!("media/{picture}");
        if self.place.keep(&key).await? {
            return Ok(true);
        }
        let (hash, file) = picture.split_once('/').unwrap_or((picture, ""));
        let Some((preset, format)) = Preset::of_file(file) else { return Ok(false) };
        let Some(bytes) = find_variant(self.app, hash, preset, format).await? else {
            tracing::warn!(picture, "pages refer to a picture that the shop has not");
            return Ok(false);
        };
        let label = Label { content_type: format.content_type().to_owned(), cache_control: IMMUTABLE };
        self.place.put(&key, bytes.into(), &label).await?;
        Ok(true)
    }

    async fn config(&self, position: &Position) -> Result<()> {
        let config = serde_json::json!({
            "origin": self.app.config.server.public_url,
            "made_at_ms": self.app.clock.now_ms(),
            "change": position.change(),
            "build": BUILD,
        });
        let label = Label { content_type: "application/json".to_owned(), cache_control: BRIEF };
        let bytes = serde_json::to_vec(&config).map_err(Error::internal)?;
        self.place.put(CONFIG, bytes.into(), &label).await
    }
}
