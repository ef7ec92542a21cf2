//! The index itself: a tantivy index in memory, written in slices and read through snapshots.

use std::collections::BTreeMap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::query::{BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, Occur, Query, TermQuery};
use tantivy::schema::{
    Field, IndexRecordOption, NumericOptions, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{TextAnalyzer, WhitespaceTokenizer};
use tantivy::{
    DocAddress, DocId, DocSet, Index, IndexReader, IndexWriter, ReloadPolicy, Score, Searcher,
    SegmentOrdinal, SegmentReader, TERMINATED, TantivyDocument, Term,
};

use super::vocabulary::{EXACT, Meaning, Vocabulary};

/// Bytes that the writer may hold before it makes a segment; it exists only while something is written.
const WRITER_BYTES: usize = 15_000_000;
const TOKENIZER: &str = "folded";
/// The texts of a document, most important first, and how much a match in each counts.
pub const FIELDS: [(&str, u32); 4] = [("title", 8), ("code", 5), ("value", 3), ("rest", 1)];
/// Between title and id in a key: sorts before every letter.
const KEY_SEPARATOR: char = ' ';
/// For the product whose whole title was typed.
const WHOLE_TITLE: u32 = 100;

/// One product as the index takes it: folded words, separated by spaces, per field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Document {
    pub product_id: String,
    pub texts: [String; FIELDS.len()],
    /// The words of the title, joined by `_`.
    pub whole_title: String,
    pub popularity: i64,
}

/// A match, in the order of results: score, then popularity, then its key: title, then id.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    score: Score,
    popularity: i64,
    address: DocAddress,
}

/// Index, schema and the way to snapshots.
pub struct Store {
    index: Index,
    reader: IndexReader,
    id: Field,
    key: Field,
    popularity: Field,
    whole_title: Field,
    texts: [Field; FIELDS.len()],
}

impl Store {
    pub fn new() -> tantivy::Result<Store> {
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(TOKENIZER)
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(false);
        let text = TextOptions::default().set_indexing_options(indexing);
        let texts = FIELDS.map(|(name, _)| schema.add_text_field(name, text.clone()));
        let id = schema.add_text_field("id", STRING);
        let key = schema.add_text_field("key", TextOptions::default().set_fast("raw"));
        let whole_title = schema.add_text_field("whole_title", STRING);
        let popularity = schema.add_i64_field("popularity", NumericOptions::default().set_fast());
        let index = Index::create_in_ram(schema.build());
        index.tokenizers().register(TOKENIZER, TextAnalyzer::builder(WhitespaceTokenizer::default()).build());
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Store { index, reader, id, key, popularity, whole_title, texts })
    }

    /// Puts `documents` in the place of those with the same ids and drops `removed`. All at once for readers.
    pub fn write(&self, documents: Vec<Document>, removed: &[String]) -> tantivy::Result<()> {
        let mut writer: IndexWriter = self.index.writer_with_num_threads(1, WRITER_BYTES)?;
        for id in removed {
            writer.delete_term(Term::from_field_text(self.id, id));
        }
        for document in documents {
            writer.delete_term(Term::from_field_text(self.id, &document.product_id));
            writer.add_document(self.document(document))?;
        }
        writer.commit()?;
        // Dropping the writer frees its memory; merges that the commit began must end first.
        writer.wait_merging_threads()
    }

    /// What is committed now.
    pub fn searcher(&self) -> tantivy::Result<Searcher> {
        self.reader.reload()?;
        Ok(self.reader.searcher())
    }

    /// Every word of the living documents, with its fields and frequency.
    pub fn vocabulary(&self, searcher: &Searcher) -> tantivy::Result<Vocabulary> {
        let mut words: BTreeMap<Vec<u8>, (u8, u32)> = BTreeMap::new();
        for segment in searcher.segment_readers() {
            for (bit, field) in self.texts.iter().enumerate() {
                let inverted = segment.inverted_index(*field)?;
                let mut terms = inverted.terms().stream()?;
                while terms.advance() {
                    let alive = alive_frequency(segment, &inverted, terms.value())?;
                    if alive == 0 {
                        continue;
                    }
                    let entry = words.entry(terms.key().to_vec()).or_default();
                    entry.0 |= 1 << bit;
                    entry.1 += alive;
                }
            }
        }
        let text = |key: Vec<u8>| String::from_utf8_lossy(&key).into_owned();
        Ok(Vocabulary::new(words.into_iter().map(|(key, (fields, count))| (text(key), fields, count))))
    }

    /// The query that all of `meanings` must match.
    pub fn query(&self, vocabulary: &Vocabulary, meanings: &[Meaning], whole_title: &str) -> Box<dyn Query> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> =
            meanings.iter().map(|meaning| (Occur::Must, self.any_of(vocabulary, meaning))).collect();
        let title = Term::from_field_text(self.whole_title, whole_title);
        let title = Box::new(TermQuery::new(title, IndexRecordOption::Basic));
        let bonus = (WHOLE_TITLE * EXACT) as Score;
        clauses.push((Occur::Should, Box::new(ConstScoreQuery::new(title, bonus))));
        Box::new(BooleanQuery::new(clauses))
    }

    fn any_of(&self, vocabulary: &Vocabulary, meaning: &Meaning) -> Box<dyn Query> {
        let mut ways: Vec<Box<dyn Query>> = Vec::new();
        for (index, weight) in &meaning.words {
            ways.extend(self.in_fields(vocabulary, *index, *weight));
        }
        if let Some((left, right, weight)) = meaning.split {
            let half = |index| -> Box<dyn Query> {
                Box::new(DisjunctionMaxQuery::new(self.in_fields(vocabulary, index, weight / 2)))
            };
            ways.push(Box::new(BooleanQuery::intersection(vec![half(left), half(right)])));
        }
        Box::new(DisjunctionMaxQuery::new(ways))
    }

    fn in_fields(&self, vocabulary: &Vocabulary, index: usize, weight: u32) -> Vec<Box<dyn Query>> {
        let word = vocabulary.word(index);
        let fields = self.texts.iter().zip(FIELDS).enumerate();
        let with = fields.filter(|(bit, _)| word.fields & (1 << bit) != 0);
        with.map(|(_, (field, (_, boost)))| -> Box<dyn Query> {
            let term = TermQuery::new(Term::from_field_text(*field, &word.text), IndexRecordOption::Basic);
            Box::new(ConstScoreQuery::new(Box::new(term), (weight * boost) as Score))
        })
        .collect()
    }

    /// The ids of the best `limit` matches.
    pub fn ids(&self, searcher: &Searcher, query: &dyn Query, limit: usize) -> tantivy::Result<Vec<String>> {
        let hits = searcher.search(query, &ByScore { limit })?;
        let mut found = Vec::with_capacity(hits.len());
        for hit in hits {
            let segment = searcher.segment_reader(hit.address.segment_ord);
            let mut key = String::new();
            if let Some(keys) = segment.fast_fields().str("key")?
                && let Some(ordinal) = keys.ords().first(hit.address.doc_id)
            {
                keys.ord_to_str(ordinal, &mut key)?;
                found.push((hit, key));
            }
        }
        found.sort_by(|(a, a_key), (b, b_key)| order(a, b).then_with(|| a_key.cmp(b_key)));
        found.truncate(limit);
        let id = |key: String| key.rsplit(KEY_SEPARATOR).next().map(str::to_owned);
        Ok(found.into_iter().filter_map(|(_, key)| id(key)).collect())
    }

    fn document(&self, document: Document) -> TantivyDocument {
        let mut row = TantivyDocument::default();
        row.add_text(self.key, format!("{}{KEY_SEPARATOR}{}", document.whole_title, document.product_id));
        row.add_text(self.id, document.product_id);
        row.add_text(self.whole_title, document.whole_title);
        row.add_i64(self.popularity, document.popularity);
        for (field, text) in self.texts.iter().zip(document.texts) {
            row.add_text(*field, text);
        }
        row
    }
}

/// In how many living documents a term occurs.
fn alive_frequency(
    segment: &SegmentReader,
    inverted: &tantivy::InvertedIndexReader,
    term: &tantivy::postings::TermInfo,
) -> tantivy::Result<u32> {
    let Some(alive) = segment.alive_bitset() else { return Ok(term.doc_freq) };
    let mut postings = inverted.read_postings_from_terminfo(term, IndexRecordOption::Basic)?;
    let mut count = 0;
    while postings.doc() != TERMINATED {
        count += u32::from(alive.is_alive(postings.doc()));
        postings.advance();
    }
    Ok(count)
}

fn order(a: &Hit, b: &Hit) -> std::cmp::Ordering {
    b.score.total_cmp(&a.score).then(b.popularity.cmp(&a.popularity))
}

/// Collects matches, best first. More than `limit` may come back when the last ones are equal, so that the key,
/// which is costly to read, decides among them.
struct ByScore {
    limit: usize,
}

struct SegmentByScore {
    segment: SegmentOrdinal,
    popularity: Column<i64>,
    hits: Vec<Hit>,
}

impl Collector for ByScore {
    type Fruit = Vec<Hit>;
    type Child = SegmentByScore;

    fn for_segment(
        &self,
        segment: SegmentOrdinal,
        reader: &SegmentReader,
    ) -> tantivy::Result<SegmentByScore> {
        Ok(SegmentByScore { segment, popularity: reader.fast_fields().i64("popularity")?, hits: Vec::new() })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, fruits: Vec<Vec<Hit>>) -> tantivy::Result<Vec<Hit>> {
        let mut hits: Vec<Hit> = fruits.into_iter().flatten().collect();
        hits.sort_by(order);
        if let Some(last) = hits.get(self.limit.saturating_sub(1)).cloned() {
            let keep = hits.partition_point(|hit| order(hit, &last).is_le());
            hits.truncate(keep);
        }
        Ok(hits)
    }
}

impl SegmentCollector for SegmentByScore {
    type Fruit = Vec<Hit>;

    fn collect(&mut self, doc_id: DocId, score: Score) {
        let address = DocAddress { segment_ord: self.segment, doc_id };
        self.hits.push(Hit { score, popularity: self.popularity.first(doc_id).unwrap_or(0), address });
    }

    fn harvest(self) -> Vec<Hit> {
        self.hits
    }
}
