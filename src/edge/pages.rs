//! The page cache of this process: rendered public pages with their compressed forms, bounded by bytes.
//!
//! A page is found only under a valid lease and while none of its tags moved since before its render began; one render
//! per key at a time. What is HTTP about it (keys, negotiation, 304) is the web's.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use moka::ops::compute::Op;
use moka::sync::Cache;
use poem::http::HeaderMap;
use tokio::sync::watch;

use super::freshness::Freshness;
use crate::domain::tag::Tag;

/// Encodings that a page is kept in: Brotli, gzip, as it is.
pub const FORMS: usize = 3;
/// Bytes that an entry takes besides its bodies: headers, key, tags, the cache's own.
const OVERHEAD_BYTES: usize = 3 * 1024;
/// A page that is asked for this often is worth the best compression.
const HITS_FOR_BEST: u32 = 8;

/// One encoding of a page, ready to be sent.
pub struct Form {
    pub headers: HeaderMap,
    /// The same without what belongs to a body: the head of a 304.
    pub headers_304: HeaderMap,
    pub body: Bytes,
}

/// A page as it was rendered.
pub struct Kept {
    /// Headers of the unencoded 200, `ETag` included.
    pub headers: HeaderMap,
    pub plain: Bytes,
    /// Made when first asked for.
    pub forms: [OnceLock<Form>; FORMS],
    /// The forms are compressed as well as can be.
    pub is_best: bool,
    tags: Arc<[Tag]>,
    generation: u64,
    /// The newest generation up to which nothing of it had moved.
    true_at: AtomicU64,
    until_ms: i64,
    hits: AtomicU32,
}

/// What a page depends on, and what it may be kept for.
#[derive(Debug, Clone)]
pub struct Basis {
    pub tags: Arc<[Tag]>,
    /// [`Freshness::now`] before anything was read for it.
    pub generation: u64,
    /// Seconds that it may be kept at most.
    pub ttl_s: u32,
}

impl Kept {
    /// A page that was just rendered; `now_ms` is monotonic.
    pub fn new(headers: HeaderMap, plain: Bytes, basis: &Basis, now_ms: i64) -> Kept {
        Kept {
            headers,
            plain,
            forms: Default::default(),
            is_best: false,
            tags: basis.tags.clone(),
            generation: basis.generation,
            true_at: AtomicU64::new(basis.generation),
            until_ms: now_ms.saturating_add(i64::from(basis.ttl_s) * 1000),
            hits: AtomicU32::new(0),
        }
    }

    /// The same page with other forms.
    pub fn with_forms(&self, forms: [Form; FORMS]) -> Kept {
        Kept {
            headers: self.headers.clone(),
            plain: self.plain.clone(),
            forms: forms.map(OnceLock::from),
            is_best: true,
            tags: self.tags.clone(),
            generation: self.generation,
            true_at: AtomicU64::new(self.true_at.load(Ordering::Relaxed)),
            until_ms: self.until_ms,
            hits: AtomicU32::new(0),
        }
    }

    fn is_true(&self, freshness: &Freshness) -> bool {
        let now = freshness.now();
        if self.true_at.load(Ordering::Relaxed) == now {
            return true;
        }
        if freshness.moved_since(self.tags.iter(), self.generation) {
            return false;
        }
        self.true_at.fetch_max(now, Ordering::Relaxed);
        true
    }

    /// Forms that are not made yet are counted as well as can be foreseen.
    fn weight(&self) -> u32 {
        let forms: usize =
            self.forms.iter().map(|f| f.get().map_or(self.plain.len() / 5, |f| f.body.len())).sum();
        u32::try_from(OVERHEAD_BYTES + self.plain.len() + forms).unwrap_or(u32::MAX)
    }
}

/// See the module.
pub struct Pages {
    cache: Option<Cache<String, Arc<Kept>>>,
    flights: Mutex<HashMap<String, watch::Receiver<()>>>,
    /// Keys of pages that are asked for often.
    wanted: tokio::sync::mpsc::Sender<String>,
    wanted_next: tokio::sync::Mutex<tokio::sync::mpsc::Receiver<String>>,
}

/// Pages that may wait for their best compression; more are asked for again later.
const WANTED_MAX: usize = 256;

impl Pages {
    /// A cache of at most `bytes`; 0: nothing is kept.
    pub fn new(bytes: u64) -> Pages {
        let cache = (bytes > 0).then(|| {
            Cache::builder()
                .max_capacity(bytes)
                .weigher(|key: &String, kept: &Arc<Kept>| {
                    kept.weight().saturating_add(u32::try_from(key.len()).unwrap_or(u32::MAX))
                })
                .build()
        });
        let (wanted, wanted_next) = tokio::sync::mpsc::channel(WANTED_MAX);
        Pages { cache, flights: Mutex::default(), wanted, wanted_next: wanted_next.into() }
    }

    /// Whether pages are kept at all.
    pub fn is_on(&self) -> bool {
        self.cache.is_some()
    }

    /// The page at `key`, if it is certainly still true.
    pub fn find(&self, key: &str, freshness: &Freshness) -> Option<Arc<Kept>> {
        let kept = self.cache.as_ref()?.get(key)?;
        let now_ms = freshness.monotonic_ms();
        if kept.until_ms <= now_ms || !freshness.is_leased_at(now_ms) || !kept.is_true(freshness) {
            return None;
        }
        if !kept.is_best && kept.hits.fetch_add(1, Ordering::Relaxed) + 1 == HITS_FOR_BEST {
            // A full queue means that better pages are on their way already.
            drop(self.wanted.try_send(key.into()));
        }
        Some(kept)
    }

    /// The page at `key` as this process knew it last, while it can't reach its database.
    pub fn find_last_known(&self, key: &str, freshness: &Freshness) -> Option<Arc<Kept>> {
        if !freshness.may_show_last_known() {
            return None;
        }
        self.cache.as_ref()?.get(key).filter(|kept| kept.is_true(freshness))
    }

    /// Keeps a page unless something of it moved while it was made; whether it was kept.
    pub fn keep(&self, key: &str, kept: &Arc<Kept>, freshness: &Freshness) -> bool {
        let Some(cache) = &self.cache else { return false };
        if !kept.is_true(freshness) {
            return false;
        }
        cache.insert(key.into(), kept.clone());
        true
    }

    /// Puts `better` in the place of `kept`, if that is still the page at `key`.
    pub fn replace(&self, key: &str, kept: &Arc<Kept>, better: Kept) {
        let Some(cache) = &self.cache else { return };
        drop(cache.entry_by_ref(key).and_compute_with(|entry| match entry {
            Some(entry) if Arc::ptr_eq(entry.value(), kept) => Op::Put(Arc::new(better)),
            _ => Op::Nop,
        }));
    }

    /// The page as it is kept, true or not.
    pub fn peek(&self, key: &str) -> Option<Arc<Kept>> {
        self.cache.as_ref()?.get(key)
    }

    /// Waits for the next page that is worth the best compression.
    pub async fn next_wanted(&self) -> Option<String> {
        self.wanted_next.lock().await.recv().await
    }

    /// Whether somebody renders `key`.
    pub fn is_coming(&self, key: &str) -> bool {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner).contains_key(key)
    }

    /// Takes the turn to render `key`, or waits for who has it.
    pub async fn take_turn(&self, key: &str) -> Turn<'_> {
        let mut running = {
            let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
            match flights.get(key) {
                Some(running) => running.clone(),
                None => {
                    let (sender, receiver) = watch::channel(());
                    flights.insert(key.into(), receiver);
                    return Turn::Mine(Flight { pages: self, key: key.into(), _sender: sender });
                }
            }
        };
        // An error says that the sender is gone: the render is over, however it ended.
        drop(running.changed().await);
        Turn::Over
    }

    /// Bytes and pages that are kept, for the numbers.
    pub fn sizes(&self) -> (u64, u64) {
        self.cache.as_ref().map_or((0, 0), |cache| (cache.weighted_size(), cache.entry_count()))
    }
}

/// Who renders a page.
pub enum Turn<'a> {
    /// The caller, while it holds this.
    Mine(Flight<'a>),
    /// Somebody else did, and is done.
    Over,
}

/// The right to render one key; given back when it goes away, by a panic too.
pub struct Flight<'a> {
    pages: &'a Pages,
    key: String,
    _sender: watch::Sender<()>,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.pages.flights.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    fn fresh(clock: &Clock) -> Freshness {
        let freshness = Freshness::new(clock.clone(), 2_000);
        freshness.grant(&freshness.poll_begins());
        freshness
    }

    fn page(freshness: &Freshness, tag: &str) -> Arc<Kept> {
        let basis = Basis {
            tags: Arc::new([Tag::product(tag), Tag::site()]),
            generation: freshness.now(),
            ttl_s: 300,
        };
        Arc::new(Kept::new(HeaderMap::new(), Bytes::from(vec![b'x'; 1000]), &basis, 0))
    }

    #[test]
    fn a_page_is_found_while_it_is_true() {
        let clock = Clock::fixed(0);
        let (pages, freshness) = (Pages::new(1 << 20), fresh(&clock));
        assert!(pages.keep("/p/a", &page(&freshness, "a"), &freshness));
        assert!(pages.find("/p/a", &freshness).is_some());
        freshness.apply(&[Tag::product("b")]);
        assert!(pages.find("/p/a", &freshness).is_some(), "another product changed");
        clock.advance(300_000);
        freshness.grant(&freshness.poll_begins());
        assert!(pages.find("/p/a", &freshness).is_none(), "too old");
        clock.advance(-300_000);
        freshness.apply(&[Tag::product("a")]);
        assert!(pages.find("/p/a", &freshness).is_none());
    }

    #[test]
    fn what_moved_during_its_render_is_not_kept() {
        let clock = Clock::fixed(0);
        let (pages, freshness) = (Pages::new(1 << 20), fresh(&clock));
        let rendered = page(&freshness, "a");
        freshness.apply(&[Tag::product("a")]);
        assert!(!pages.keep("/p/a", &rendered, &freshness));
        assert!(pages.find("/p/a", &freshness).is_none());
    }

    #[test]
    fn nothing_is_found_without_a_lease() {
        let clock = Clock::fixed(0);
        let (pages, freshness) = (Pages::new(1 << 20), fresh(&clock));
        pages.keep("/p/a", &page(&freshness, "a"), &freshness);
        clock.advance(2_000);
        assert!(pages.find("/p/a", &freshness).is_none());
        freshness.grant(&freshness.poll_begins());
        assert!(pages.find("/p/a", &freshness).is_some());
    }

    #[test]
    fn the_cache_stays_within_its_bytes() {
        let clock = Clock::fixed(0);
        let (pages, freshness) = (Pages::new(1 << 20), fresh(&clock));
        for n in 0..10_000 {
            pages.keep(&format!("/p/{n}"), &page(&freshness, "a"), &freshness);
        }
        let cache = pages.cache.as_ref().unwrap();
        cache.run_pending_tasks();
        assert!(pages.sizes().0 <= 1 << 20, "{:?}", pages.sizes());
        assert!(pages.sizes().1 > 100, "{:?}", pages.sizes());
    }

    #[tokio::test]
    async fn one_renders_and_the_others_wait() {
        let pages = Pages::new(1 << 20);
        let Turn::Mine(flight) = pages.take_turn("/p/a").await else { panic!("nobody else renders") };
        let Turn::Mine(_other) = pages.take_turn("/p/b").await else {
            panic!("another page is another turn")
        };
        let waiting = pages.take_turn("/p/a");
        tokio::pin!(waiting);
        assert!(futures_util::poll!(&mut waiting).is_pending());
        drop(flight);
        assert!(matches!(waiting.await, Turn::Over));
        assert!(matches!(pages.take_turn("/p/a").await, Turn::Mine(_)));
    }
}
