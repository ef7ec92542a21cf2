//! Which copies of the catalogue are still true: a counter that moves with every batch of changes, and when each tag
//! last moved.
//!
//! A page remembers the counter from before its render began; it is true as long as none of its tags moved since. That
//! is the lease of Facebook's memcache (NSDI '13): what changed while it was being made is never kept.

use std::collections::HashMap;

use super::tag::Tag;

/// Tags remembered one by one. Beyond that all of them count as moved at once: copies are made anew, none is wrong.
pub const MOVED_MAX: usize = 50_000;

/// When each tag last moved, in this process's own counting.
#[derive(Debug, Default, Clone)]
pub struct Generations {
    now: u64,
    /// Everything older than this counts as moved.
    floor: u64,
    moved: HashMap<Tag, u64>,
}

impl Generations {
    /// The present generation: to be noted before anything is read for a page.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Takes one batch of changes; the new generation.
    pub fn apply<'a>(&mut self, tags: impl IntoIterator<Item = &'a Tag>) -> u64 {
        self.now += 1;
        for tag in tags {
            self.moved.insert(tag.clone(), self.now);
        }
        if self.moved.len() > MOVED_MAX {
            self.moved.clear();
            self.floor = self.now;
        }
        self.now
    }

    /// Whether anything with one of these tags changed after `generation`.
    pub fn moved_since<'a>(&self, tags: impl IntoIterator<Item = &'a Tag>, generation: u64) -> bool {
        generation < self.floor
            || tags.into_iter().any(|tag| self.moved.get(tag).is_some_and(|moved| *moved > generation))
    }
}

/// How long a page may be kept, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spans {
    /// By caches that asked for it, `s-maxage`.
    pub edge_s: u32,
    /// By the process that rendered it, and may answer with that `s-maxage` until its end.
    pub process_s: u32,
}

impl Spans {
    /// At most `ttl_s` each; together no longer than `due_in_ms`, when time itself will change the page.
    pub fn of(ttl_s: u32, due_in_ms: Option<i64>) -> Spans {
        let Some(due_in_ms) = due_in_ms else { return Spans { edge_s: ttl_s, process_s: ttl_s } };
        let left_s = u32::try_from(due_in_ms.max(0) / 1_000).unwrap_or(u32::MAX);
        let edge_s = ttl_s.min(left_s.div_ceil(2));
        Spans { edge_s, process_s: ttl_s.min(left_s - edge_s) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_true_until_one_of_its_tags_moves() {
        let mut generations = Generations::default();
        let tags = [Tag::product("1"), Tag::site()];
        let made_at = generations.now();
        assert!(!generations.moved_since(&tags, made_at));
        generations.apply(&[Tag::product("2")]);
        assert!(!generations.moved_since(&tags, made_at));
        generations.apply(&[Tag::product("1")]);
        assert!(generations.moved_since(&tags, made_at));
        assert!(!generations.moved_since(&tags, generations.now()));
    }

    #[test]
    fn what_is_forgotten_counts_as_moved() {
        let mut generations = Generations::default();
        let made_at = generations.now();
        let many: Vec<Tag> = (0..=MOVED_MAX).map(|n| Tag::product(&n.to_string())).collect();
        generations.apply(&many);
        assert!(generations.moved_since(&[Tag::product("never changed")], made_at));
        assert!(!generations.moved_since(&[Tag::product("1")], generations.now()));
    }

    #[test]
    fn nothing_is_kept_beyond_the_moment_that_changes_it() {
        let spans = |due_in_ms| {
            let spans = Spans::of(300, due_in_ms);
            (spans.edge_s, spans.process_s)
        };
        assert_eq!(spans(None), (300, 300));
        assert_eq!(spans(Some(i64::MAX)), (300, 300));
        assert_eq!(spans(Some(600_000)), (300, 300));
        assert_eq!(spans(Some(599_999)), (300, 299));
        assert_eq!(spans(Some(301_000)), (151, 150));
        assert_eq!(spans(Some(1_999)), (1, 0));
        assert_eq!(spans(Some(999)), (0, 0));
        assert_eq!(spans(Some(-5)), (0, 0));
    }
}
