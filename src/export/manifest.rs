//! What a copy consists of, as the copy itself says: the mark that Mercer made it, and what the next run goes by.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::since::Position;
use crate::error::{Error, Result};

/// Its name in the copy.
pub const FILE: &str = "mercer-export.json";

/// The writing of the file; another one is of another version of the program.
const FORMAT: u32 = 1;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Whether the run that wrote it came to its end. If not, files may be newer than what it says of them.
    pub is_complete: bool,
    pub build: String,
    /// The shop's own.
    pub origin: String,
    pub made_at_ms: i64,
    pub position: Position,
    pub pages: BTreeMap<String, PageEntry>,
    pub files: BTreeMap<String, FileEntry>,
}

/// One page, by its address in the shop.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageEntry {
    /// Days since 1970 when it was rendered: some of what a page says passes with time alone.
    pub day: i64,
    pub tags: BTreeSet<String>,
    /// Pages and pictures that it refers to.
    pub references: BTreeSet<String>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// 128 bits of SHA-256, in hex.
    pub digest: String,
    /// Bytes.
    pub size: u64,
}

impl FileEntry {
    pub fn of(bytes: &[u8]) -> FileEntry {
        let digest = hex::encode(Sha256::digest(bytes));
        FileEntry { digest: digest[..32].to_owned(), size: bytes.len() as u64 }
    }
}

/// The file's form: what stands in many pages (tags, links) is written once and named by its place.
#[derive(Serialize, Deserialize)]
struct Document {
    format: u32,
    complete: bool,
    build: String,
    origin: String,
    made_at_ms: i64,
    position: Position,
    names: Vec<String>,
    pages: BTreeMap<String, PageDocument>,
    files: BTreeMap<String, FileEntry>,
}

#[derive(Serialize, Deserialize)]
struct PageDocument {
    day: i64,
    tags: Vec<usize>,
    references: Vec<usize>,
}

impl Manifest {
    /// Reads a manifest. Errors: [`Error::Conflict`] when it is none.
    pub fn parse(bytes: &[u8]) -> Result<Manifest> {
        let document: Document = serde_json::from_slice(bytes)
            .map_err(|error| Error::Conflict(format!("{FILE} can't be read: {error}")))?;
        if document.format != FORMAT {
            return Err(Error::Conflict(format!("{FILE} is another version's")));
        }
        let names = &document.names;
        let resolve = |places: Vec<usize>| -> Result<BTreeSet<String>> {
            let found: Option<_> = places.into_iter().map(|at| names.get(at).cloned()).collect();
            found.ok_or_else(|| Error::Conflict(format!("{FILE} is not whole")))
        };
        let mut pages = BTreeMap::new();
        for (path, page) in document.pages {
            let (tags, references) = (resolve(page.tags)?, resolve(page.references)?);
            pages.insert(path, PageEntry { day: page.day, tags, references });
        }
        Ok(Manifest {
            is_complete: document.complete,
            build: document.build,
            origin: document.origin,
            made_at_ms: document.made_at_ms,
            position: document.position,
            pages,
            files: document.files,
        })
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut names = Names::default();
        let mut pages = BTreeMap::new();
        for (path, page) in &self.pages {
            let tags = page.tags.iter().map(|tag| names.place(tag)).collect();
            let references = page.references.iter().map(|reference| names.place(reference)).collect();
            pages.insert(path.clone(), PageDocument { day: page.day, tags, references });
        }
        let document = Document {
            format: FORMAT,
            complete: self.is_complete,
            build: self.build.clone(),
            origin: self.origin.clone(),
            made_at_ms: self.made_at_ms,
            position: self.position.clone(),
            names: names.list,
            pages,
            files: self.files.clone(),
        };
        serde_json::to_vec(&document).map_err(Error::internal)
    }
}

#[derive(Default)]
struct Names {
    list: Vec<String>,
    places: HashMap<String, usize>,
}

impl Names {
    fn place(&mut self, name: &str) -> usize {
        if let Some(at) = self.places.get(name) {
            return *at;
        }
        self.places.insert(name.to_owned(), self.list.len());
        self.list.push(name.to_owned());
        self.list.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(tags: &[&str], references: &[&str]) -> PageEntry {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        PageEntry { day: 20_000, tags: set(tags), references: set(references) }
    }

    #[test]
    fn what_is_written_is_read() {
        let manifest = Manifest {
            is_complete: true,
            build: "0.1.0-abc".to_owned(),
            origin: "https://shop.example".to_owned(),
            made_at_ms: 7,
            pages: BTreeMap::from([
                ("/".to_owned(), page(&["h", "s"], &["/p/a", "/c/b"])),
                ("/p/a".to_owned(), page(&["p1", "s"], &["/c/b"])),
            ]),
            files: BTreeMap::from([("index.html".to_owned(), FileEntry::of(b"home"))]),
            ..Manifest::default()
        };
        let bytes = manifest.to_bytes().unwrap();
        assert_eq!(Manifest::parse(&bytes).unwrap(), manifest);
        assert_eq!(String::from_utf8_lossy(&bytes).matches("\"/c/b\"").count(), 1, "named once");
    }

    #[test]
    fn what_is_no_manifest_is_refused() {
        let whole = String::from_utf8(Manifest::default().to_bytes().unwrap()).unwrap();
        let newer = whole.replace("\"format\":1", "\"format\":2");
        let cut =
            whole.replace("\"pages\":{}", "\"pages\":{\"/\":{\"day\":1,\"tags\":[3],\"references\":[]}}");
        for text in ["", "{}", "not JSON", &newer, &cut] {
            assert!(matches!(Manifest::parse(text.as_bytes()), Err(Error::Conflict(_))), "{text}");
        }
    }
}
