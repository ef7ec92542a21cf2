//! Cache tags: the names under which pages depend on data, and under which changes invalidate them.
//!
//! CloudFront compares tags without case, so ids inside them are lower-case (UUIDs are).

use std::fmt;

/// One cache tag: `p<product>`, `c<category>`, `g<information page>`, `h`, `q`, `s` or `b<build>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    /// Everything that shows this product.
    pub fn product(id: &str) -> Tag {
        Tag(format!("p{id}"))
    }

    /// Every listing of this category.
    pub fn category(id: &str) -> Tag {
        Tag(format!("c{id}"))
    }

    /// One information page.
    pub fn page(id: &str) -> Tag {
        Tag(format!("g{id}"))
    }

    /// The home page and lists that cross categories.
    pub fn home() -> Tag {
        Tag("h".to_owned())
    }

    /// Search results.
    pub fn search() -> Tag {
        Tag("q".to_owned())
    }

    /// Every page: layout, menu, settings.
    pub fn site() -> Tag {
        Tag("s".to_owned())
    }

    /// Every page of this build of the program.
    pub fn build(build: &str) -> Tag {
        Tag(format!("b{build}"))
    }

    /// A tag as it was stored.
    pub fn stored(text: String) -> Tag {
        Tag(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
