//! Search: every published product's words in memory, tolerant of prefixes, endings and mistakes.
//!
//! All words of a query must be found, in whatever field; a title counts most, then brand and SKU, then attributes.
//! The order is the same on every instance and both databases: scores are sums of whole numbers that do not depend
//! on how the index was built, then comes popularity, then the title. The change feed keeps the index up to date.

pub mod fold;
mod index;
mod synonyms;
mod vocabulary;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use tantivy::Searcher;
use tokio::sync::Mutex;

use crate::db::search::{self as rows, SearchRow};
use crate::db::{Db, categories};
use crate::domain::catalogue::{Category, CategoryRef, CategoryTree};
use crate::domain::tag::Tag;
use crate::error::{Error, Result};
use fold::{Typed, index_words, words};
use index::{Document, Store};
use vocabulary::{EXACT, Meaning, Vocabulary};

/// Characters of a query; a longer one finds nothing.
pub const QUERY_CHARS_MAX: usize = 100;
/// Words of a query; what comes after is not looked at.
pub const QUERY_WORDS_MAX: usize = 8;
/// Products in a result.
pub const RESULTS_MAX: usize = 1_000;
/// Products and categories in suggestions.
pub const SUGGESTIONS_MAX: usize = 6;
/// Rows read and written at once.
const PAGE: i64 = 500;
/// Ids asked for in one statement.
const IDS_PER_QUERY: usize = 200;

/// What a query found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Best first, at most [`RESULTS_MAX`].
    pub product_ids: Vec<String>,
    /// The query as it was understood, when a word of it was unknown: "Showing results for …".
    pub corrected: Option<String>,
}

/// What a search field offers while a shopper types.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suggestions {
    pub product_ids: Vec<String>,
    pub categories: Vec<CategoryRef>,
}

/// The index of one process.
#[derive(Clone)]
pub struct Search(Arc<Inner>);

struct Inner {
    store: Store,
    current: RwLock<Arc<Snapshot>>,
    /// Held by whoever writes.
    written: Mutex<Written>,
}

/// What the index was last made from, to tell what changed.
#[derive(Default)]
struct Written {
    /// Of each product's document.
    digests: HashMap<String, u64>,
    tree: CategoryTree,
}

/// What is to be written at once.
#[derive(Default)]
struct Batch {
    documents: Vec<Document>,
    digests: Vec<(String, u64)>,
    removed: Vec<String>,
}

impl Batch {
    /// Adds the document, unless it is indexed just like this.
    fn add(&mut self, written: &Written, document: Document) {
        let mut hasher = DefaultHasher::new();
        document.hash(&mut hasher);
        let digest = hasher.finish();
        if written.digests.get(&document.product_id) != Some(&digest) {
            self.digests.push((document.product_id.clone(), digest));
            self.documents.push(document);
        }
    }
}

/// What readers see: one state of the index, never half of a change.
struct Snapshot {
    searcher: Searcher,
    vocabulary: Vocabulary,
    categories: Vec<(CategoryRef, Vec<String>)>,
}

impl Search {
    /// An empty index. Errors: none that a caller could mend.
    pub fn new() -> Result<Search> {
        let store = Store::new().map_err(Error::internal)?;
        let searcher = store.searcher().map_err(Error::internal)?;
        let empty = Snapshot { searcher, vocabulary: Vocabulary::default(), categories: Vec::new() };
        let written = Mutex::default();
        Ok(Search(Arc::new(Inner { store, current: RwLock::new(Arc::new(empty)), written })))
    }

    /// The products that match every word of `query`. Whatever was typed, this is no error.
    pub fn find(&self, query: &str) -> Found {
        self.find_at_most(query, RESULTS_MAX)
    }

    /// Products and categories for what was typed so far.
    pub fn suggest(&self, prefix: &str) -> Suggestions {
        let product_ids = self.find_at_most(prefix, SUGGESTIONS_MAX).product_ids;
        let typed = parse(prefix);
        let matches = |words: &[String]| {
            let known = |t: &Typed| {
                words.iter().any(|w| w.starts_with(&t.word) || fold::stem(w) == fold::stem(&t.word))
            };
            !typed.is_empty() && typed.iter().all(known)
        };
        let snapshot = self.snapshot();
        let categories = snapshot.categories.iter().filter(|(_, words)| matches(words));
        Suggestions {
            product_ids,
            categories: categories.map(|(category, _)| category.clone()).take(SUGGESTIONS_MAX).collect(),
        }
    }

    /// A query with unknown words finds exactly what the one finds that was understood in its place.
    fn find_at_most(&self, query: &str, limit: usize) -> Found {
        let snapshot = self.snapshot();
        match self.understood(&snapshot, query) {
            Some(corrected) => {
                let product_ids = self.ids(&snapshot, &corrected, limit);
                let corrected = Some(corrected).filter(|_| !product_ids.is_empty());
                Found { product_ids, corrected }
            }
            None => Found { product_ids: self.ids(&snapshot, query, limit), corrected: None },
        }
    }

    /// The query with its unknown words replaced by known ones, if there are any. Of several likely words it is the
    /// first with which the rest of the query finds something.
    fn understood(&self, snapshot: &Snapshot, query: &str) -> Option<String> {
        let typed = parse(query);
        let mut meanings = meanings(&snapshot.vocabulary, &typed);
        if meanings.iter().all(|m| m.corrections.is_empty()) || meanings.iter().any(Meaning::is_nothing) {
            return None;
        }
        for at in 0..meanings.len() {
            let Some(likeliest) = meanings[at].corrections.first().copied() else { continue };
            let fitting = meanings[at].corrections.clone().into_iter().find(|index| {
                meanings[at].words = vec![(*index, EXACT)];
                !self.search(snapshot, &typed, &meanings, 1).is_empty()
            });
            let index = fitting.unwrap_or(likeliest);
            meanings[at].words = vec![(index, EXACT)];
            meanings[at].corrections = vec![index];
        }
        Some(corrected(query, &typed, &meanings, &snapshot.vocabulary))
    }

    fn ids(&self, snapshot: &Snapshot, query: &str, limit: usize) -> Vec<String> {
        let typed = parse(query);
        let meanings = meanings(&snapshot.vocabulary, &typed);
        self.search(snapshot, &typed, &meanings, limit)
    }

    /// The products that match every meaning.
    fn search(
        &self,
        snapshot: &Snapshot,
        typed: &[Typed],
        meanings: &[Meaning],
        limit: usize,
    ) -> Vec<String> {
        if typed.is_empty() || meanings.iter().any(Meaning::is_nothing) {
            return Vec::new();
        }
        let title = typed.iter().map(|t| t.word.as_str()).collect::<Vec<_>>().join("_");
        let store = &self.0.store;
        let search = store.query(&snapshot.vocabulary, meanings, &title);
        store.ids(&snapshot.searcher, &*search, limit).unwrap_or_else(|error| {
            tracing::error!(%error, "the search index could not be read");
            Vec::new()
        })
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        self.0.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Brings the index up to the database: at the start, and when anything may have changed. Products that are
    /// indexed as they are cost no writing. How many were written or removed.
    pub async fn rebuild(&self, db: &Db) -> Result<usize> {
        let mut written = self.0.written.lock().await;
        let mut conn = db.read().await?;
        let tree = categories::list_categories(&mut conn).await?;
        let mut gone: HashSet<String> = written.digests.keys().cloned().collect();
        let mut batch = Batch::default();
        let mut after = String::new();
        loop {
            let page = rows::list_search_rows(&mut conn, &after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.product_id.clone();
            for row in &page {
                gone.remove(&row.product_id);
                batch.add(&written, document(row, &tree));
            }
        }
        drop(conn);
        batch.removed = gone.into_iter().collect();
        self.write(&mut written, batch, tree).await
    }

    /// Takes over what changed of these products, and of categories. How many were written or removed.
    pub async fn apply(&self, db: &Db, product_ids: &BTreeSet<String>) -> Result<usize> {
        let mut written = self.0.written.lock().await;
        let mut conn = db.read().await?;
        let tree = categories::list_categories(&mut conn).await?;
        let mut ids = product_ids.clone();
        // A category's name is a word of every product below it.
        for below in renamed(&written.tree, &tree).chunks(IDS_PER_QUERY) {
            ids.extend(rows::list_product_ids_in(&mut conn, below).await?);
        }
        let ids: Vec<String> = ids.into_iter().collect();
        let mut batch = Batch::default();
        for ids in ids.chunks(IDS_PER_QUERY) {
            let found = rows::list_search_rows_of(&mut conn, ids).await?;
            let published: HashSet<&str> = found.iter().map(|row| row.product_id.as_str()).collect();
            let hidden = ids.iter().filter(|id| !published.contains(id.as_str()));
            batch.removed.extend(hidden.filter(|id| written.digests.contains_key(*id)).cloned());
            found.iter().for_each(|row| batch.add(&written, document(row, &tree)));
        }
        drop(conn);
        self.write(&mut written, batch, tree).await
    }

    /// Takes over what the change feed's tags announce.
    pub async fn apply_tags(&self, db: &Db, tags: &BTreeSet<Tag>) -> Result<usize> {
        if tags.contains(&Tag::site()) {
            return self.rebuild(db).await;
        }
        if !tags.iter().any(|tag| tag.as_str().starts_with(['p', 'c'])) {
            return Ok(0);
        }
        let product_ids = tags.iter().filter_map(|tag| tag.as_str().strip_prefix('p')).map(str::to_owned);
        self.apply(db, &product_ids.collect()).await
    }

    /// Writes off the async threads, then shows the new state to readers at once. What was written is noted only
    /// when that went well, so that a failed change is written again.
    async fn write(&self, written: &mut Written, batch: Batch, tree: CategoryTree) -> Result<usize> {
        let Batch { documents, digests, removed } = batch;
        let search = self.clone();
        let work = tokio::task::spawn_blocking(move || {
            let count = search.write_now(documents, &removed, &tree)?;
            Ok::<_, tantivy::TantivyError>((count, removed, tree))
        });
        let (count, removed, tree) = work.await.map_err(Error::internal)?.map_err(Error::internal)?;
        written.digests.extend(digests);
        for id in &removed {
            written.digests.remove(id);
        }
        written.tree = tree;
        Ok(count)
    }

    fn write_now(
        &self,
        documents: Vec<Document>,
        removed: &[String],
        tree: &CategoryTree,
    ) -> tantivy::Result<usize> {
        let count = documents.len() + removed.len();
        let store = &self.0.store;
        if count > 0 {
            store.write(documents, removed)?;
        }
        let categories = category_words(tree);
        let current = self.snapshot();
        if count == 0 && current.categories == categories {
            return Ok(0);
        }
        let searcher = store.searcher()?;
        let vocabulary = store.vocabulary(&searcher)?;
        let next = Arc::new(Snapshot { searcher, vocabulary, categories });
        *self.0.current.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(count)
    }
}

/// The words of a query that count; none of one that is too long to be meant.
fn parse(query: &str) -> Vec<Typed> {
    if query.len() > QUERY_CHARS_MAX * 4 || query.chars().count() > QUERY_CHARS_MAX {
        return Vec::new();
    }
    let mut typed = fold::without_stop_words(fold::typed(query));
    typed.truncate(QUERY_WORDS_MAX);
    typed
}

/// What each word may mean. A word joined with its neighbour counts for both: "usb c" finds "usbc".
fn meanings(vocabulary: &Vocabulary, typed: &[Typed]) -> Vec<Meaning> {
    let Some(last) = typed.len().checked_sub(1) else { return Vec::new() };
    let joined: Vec<Option<usize>> =
        typed.windows(2).map(|two| vocabulary.find(&format!("{}{}", two[0].word, two[1].word))).collect();
    let meaning = |(at, typed): (usize, &Typed)| {
        let neighbours = [at.checked_sub(1).and_then(|left| joined[left]), joined.get(at).copied().flatten()];
        let mut meaning = vocabulary.meaning(&typed.word, at == last);
        if neighbours.iter().any(Option::is_some) && !meaning.corrections.is_empty() {
            meaning.corrections.clear();
            meaning.words.clear();
        }
        for index in neighbours.into_iter().flatten() {
            meaning.words.retain(|(known, _)| *known != index);
            meaning.words.push((index, EXACT));
        }
        meaning
    };
    typed.iter().enumerate().map(meaning).collect()
}

/// The query with its unknown words replaced by the first of their corrections.
fn corrected(query: &str, typed: &[Typed], meanings: &[Meaning], vocabulary: &Vocabulary) -> String {
    let mut text = query.to_owned();
    for (typed, meaning) in typed.iter().zip(meanings).rev() {
        if let Some(index) = meaning.corrections.first() {
            text.replace_range(typed.range.clone(), &vocabulary.word(*index).text);
        }
    }
    text.trim().to_owned()
}

/// The categories that are named or placed otherwise than before, with all below them.
fn renamed(before: &CategoryTree, now: &CategoryTree) -> Vec<String> {
    let same = |c: &Category| {
        before.find(&c.category_id).is_some_and(|old| old.name == c.name && old.parent_id == c.parent_id)
    };
    let changed = now.categories.iter().filter(|c| !same(c));
    let ids: BTreeSet<String> = changed.flat_map(|c| now.subtree(&c.category_id)).collect();
    ids.into_iter().collect()
}

fn document(row: &SearchRow, tree: &CategoryTree) -> Document {
    let mut code = index_words(&row.brand);
    for text in &row.codes {
        code.extend(index_words(text));
        // The whole code as one word, however its parts are divided.
        code.push(words(text).concat());
    }
    let values = row.values.iter().flat_map(|value| index_words(value));
    let mut names: Vec<&str> =
        row.category_ids.iter().flat_map(|id| tree.path(id)).map(|c| c.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let rest = names.into_iter().chain([row.summary.as_str()]).flat_map(index_words);
    let joined = |words: BTreeSet<String>| words.into_iter().collect::<Vec<_>>().join(" ");
    Document {
        product_id: row.product_id.clone(),
        texts: [
            joined(index_words(&row.title).into_iter().collect()),
            joined(code.into_iter().collect()),
            joined(values.collect()),
            joined(rest.collect()),
        ],
        whole_title: words(&row.title).join("_"),
        popularity: row.popularity,
    }
}

fn category_words(tree: &CategoryTree) -> Vec<(CategoryRef, Vec<String>)> {
    let reference = |c: &Category| CategoryRef {
        category_id: c.category_id.clone(),
        slug: c.slug.clone(),
        name: c.name.clone(),
    };
    tree.categories.iter().map(|c| (reference(c), index_words(&c.name))).collect()
}

#[cfg(test)]
mod tests;
