//! Makes one purge of the changes that wait: its items, and how far it has to reach.

use std::collections::BTreeSet;

use super::budget::Budget;
use super::{BATCH_ITEMS_MAX, EdgeTiming, PurgeMode, SITE_PATH, SITE_TAG, WILDCARDS_IN_PROGRESS_MAX};
use crate::domain::tag::Tag;

/// More distinct items than this are one item for the whole site: an import would cost a month's budget.
pub const ESCALATION_ITEMS: usize = 300;
/// A change that waited longer than this had a broken dispatcher or edge before it: everything is dropped at once.
pub const ESCALATION_AGE_MS: i64 = 120_000;

/// How pages are named to the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidateBy {
    /// By cache tag, as CloudFront does for distributions with a tag header.
    Tags,
    /// By path.
    Paths,
}

impl InvalidateBy {
    /// The one item that drops every page.
    pub fn site_item(self) -> &'static str {
        match self {
            InvalidateBy::Tags => SITE_TAG,
            InvalidateBy::Paths => SITE_PATH,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            InvalidateBy::Tags => "tags",
            InvalidateBy::Paths => "paths",
        }
    }
}

/// Why a purge has the items it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// What changed.
    Changes,
    /// So much changed that the whole site goes.
    Many,
    /// A change waited so long that the whole site goes.
    Old,
    /// The budget pays for nothing else than the whole site, or for nothing at all.
    Budget,
    /// Somebody asked for it.
    Operator,
    /// The edge refused what was to go, so the whole site goes.
    Refused,
    /// No process of a build lives any more, so its pages go.
    Build,
}

impl Reason {
    pub const ALL: [Reason; 7] = [
        Reason::Changes,
        Reason::Many,
        Reason::Old,
        Reason::Budget,
        Reason::Operator,
        Reason::Refused,
        Reason::Build,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Changes => "changes",
            Reason::Many => "many",
            Reason::Old => "old",
            Reason::Budget => "budget",
            Reason::Operator => "operator",
            Reason::Refused => "refused",
            Reason::Build => "build",
        }
    }

    pub fn parse(text: &str) -> Option<Reason> {
        Reason::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// What becomes of the changes that wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Sorted; at most [`BATCH_ITEMS_MAX`].
    pub items: Vec<String>,
    /// 0: nothing is sent, pages go by their age.
    pub rounds: u32,
    pub reason: Reason,
}

/// What a plan depends on besides the items.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    pub by: InvalidateBy,
    pub mode: PurgeMode,
    pub timing: &'a EdgeTiming,
    pub budget: Budget,
}

/// Tags as items.
pub fn tag_items<'a>(tags: impl IntoIterator<Item = &'a Tag>) -> BTreeSet<String> {
    tags.into_iter().map(|tag| format!("#{tag}")).collect()
}

/// Plans the purge of `items`, whose oldest change is `age_ms` old.
pub fn plan(items: BTreeSet<String>, age_ms: i64, setting: &Setting<'_>) -> Plan {
    let site = setting.by.site_item();
    let reason = match () {
        () if items.contains(site) => Some(Reason::Changes),
        () if age_ms > ESCALATION_AGE_MS => Some(Reason::Old),
        () => None,
    };
    let items = without_covered(items);
    let wildcards = items.iter().filter(|item| item.ends_with('*')).count();
    let is_many =
        items.len() > ESCALATION_ITEMS.min(BATCH_ITEMS_MAX) || wildcards > WILDCARDS_IN_PROGRESS_MAX;
    let reason = reason.or(is_many.then_some(Reason::Many));
    let rounds = |count| setting.budget.rounds(setting.mode, setting.timing, count);
    match reason {
        None if rounds(items.len()) > 0 => {
            Plan { rounds: rounds(items.len()), items, reason: Reason::Changes }
        }
        None => Plan { items: vec![site.to_owned()], rounds: rounds(1), reason: Reason::Budget },
        Some(reason) => {
            let reason = if rounds(1) == 0 { Reason::Budget } else { reason };
            Plan { items: vec![site.to_owned()], rounds: rounds(1), reason }
        }
    }
}

/// The items without those that a wildcard among them covers.
fn without_covered(items: BTreeSet<String>) -> Vec<String> {
    let prefixes: Vec<String> = items.iter().filter_map(|i| i.strip_suffix('*').map(str::to_owned)).collect();
    let covered = |item: &String| {
        prefixes
            .iter()
            .any(|prefix| item.starts_with(prefix.as_str()) && item.strip_suffix('*') != Some(prefix))
    };
    items.iter().filter(|item| !covered(item)).cloned().collect()
}

/// What is wrong with an item that a person typed, if anything: CloudFront's own rules.
pub fn item_mistake(item: &str) -> Option<&'static str> {
    let tag_is_fine = |tag: &str| {
        (1..=256).contains(&tag.len())
            && tag.bytes().all(|b| (33..=126).contains(&b) && b != b',' && b != b'*')
    };
    match item.as_bytes().first() {
        Some(b'#') if tag_is_fine(&item[1..]) => None,
        Some(b'#') => Some("a tag has 1 to 256 visible ASCII characters without comma and *"),
        Some(b'/') if item.len() > 4_000 => Some("a path has at most 4,000 characters"),
        Some(b'/') if item.strip_suffix('*').unwrap_or(item).contains('*') => {
            Some("* may stand only at the end of a path")
        }
        Some(b'/') if !item.bytes().all(|b| (33..=126).contains(&b)) => {
            Some("a path is percent-encoded ASCII")
        }
        Some(b'/') => None,
        _ => Some("it begins neither with # nor with /"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TIMING: EdgeTiming = EdgeTiming { lease_ms: 2_000, completion_ms: 10_000, tiers: 2 };

    fn setting(by: InvalidateBy, used: i64) -> Setting<'static> {
        let budget = Budget { items_max: 1_000, used };
        Setting { by, mode: PurgeMode::Practical, timing: &TIMING, budget }
    }

    fn set(items: &[&str]) -> BTreeSet<String> {
        items.iter().map(|i| (*i).to_owned()).collect()
    }

    fn many(count: usize) -> BTreeSet<String> {
        (0..count).map(|n| format!("#p{n}")).collect()
    }

    #[test]
    fn items_are_sorted_and_go_as_they_are() {
        let got = plan(set(&["#q", "#p1", "#h"]), 0, &setting(InvalidateBy::Tags, 0));
        let items = vec!["#h".to_owned(), "#p1".to_owned(), "#q".to_owned()];
        assert_eq!(got, Plan { items, rounds: 2, reason: Reason::Changes });
    }

    #[test]
    fn whole_sites() {
        let check = |items: BTreeSet<String>, age_ms, by, used, rounds, reason| {
            let expected = Plan { items: vec![InvalidateBy::site_item(by).to_owned()], rounds, reason };
            assert_eq!(plan(items, age_ms, &setting(by, used)), expected);
        };
        use InvalidateBy::{Paths, Tags};
        check(set(&["#s", "#p1"]), 0, Tags, 0, 2, Reason::Changes);
        check(set(&["#p1"]), ESCALATION_AGE_MS + 1, Tags, 0, 2, Reason::Old);
        check(many(ESCALATION_ITEMS + 1), 0, Tags, 0, 2, Reason::Many);
        check((0..13).map(|n| format!("/p/{n:02}*")).collect(), 0, Paths, 0, 2, Reason::Many);
        // The budget: the site's one item is what is left; then nothing is.
        check(many(3), 0, Tags, 998, 1, Reason::Budget);
        check(many(3), 0, Tags, 1_000, 0, Reason::Budget);
        check(set(&["#s"]), 0, Tags, 1_000, 0, Reason::Budget);
    }

    #[test]
    fn a_wildcard_stands_for_what_it_covers() {
        let items = set(&["/p/a*", "/p/a-b*", "/p/a?v=1", "/p/b*", "/", "/p/a"]);
        assert_eq!(without_covered(items), ["/", "/p/a*", "/p/b*"]);
    }

    #[test]
    fn typed_items() {
        for item in ["#p1", "/", "/*", "/p/a*", "/p/a?b=c", "#b0.1.0"] {
            assert_eq!(item_mistake(item), None, "{item}");
        }
        for item in ["", "p1", "#", "#a,b", "#p*", "/a*b", "/ä", "/a b", &format!("/{}", "a".repeat(4_000))]
        {
            assert!(item_mistake(item).is_some(), "{item}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_plan_keeps_the_limits_and_drops_nothing(
            items in proptest::collection::btree_set("(#[pc][0-9]{1,3}|/p/[a-d]{1,3}\\*?)", 1..400),
            age_ms in 0..200_000_i64, used in 0..1_100_i64,
        ) {
            let got = plan(items.clone(), age_ms, &setting(InvalidateBy::Paths, used));
            prop_assert!(got.items.len() <= BATCH_ITEMS_MAX && got.items.is_sorted());
            let load = crate::domain::purge::Load::of(&got.items);
            prop_assert!(load.fits());
            let planned = i64::from(got.rounds) * got.items.len() as i64;
            prop_assert!(got.rounds == 0 || used + planned <= 1_000);
            let gone = |item: &String| got.items.iter().any(|i| i == item
                || i.strip_suffix('*').is_some_and(|prefix| item.starts_with(prefix)) || i == SITE_PATH);
            prop_assert!(items.iter().all(gone));
        }
    }
}
