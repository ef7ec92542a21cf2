//! A purge that somebody asks for: it goes through the same tables as those of changes, so that whichever process
//! dispatches sends it, in as many rounds as leave nothing, whatever the month's budget says.

use crate::app::App;
use crate::db::purges::{self, NewPurge};
use crate::db::{Conn, changes};
use crate::domain::purge::batch::{InvalidateBy, Reason, item_mistake};
use crate::domain::purge::{PurgeMode, SITE_PATH, WILDCARDS_IN_PROGRESS_MAX};
use crate::domain::tag::Tag;
use crate::error::{Error, Result};

/// What is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Tag(Tag),
    /// May end in `*`.
    Path(String),
    All,
}

impl Target {
    /// A path begins with `/`; anything else is a tag, with or without `#`. The error says what is wrong.
    pub fn parse(text: &str) -> Result<Target, &'static str> {
        if text.starts_with('/') {
            return item_mistake(text).map_or_else(|| Ok(Target::Path(text.to_owned())), Err);
        }
        let tag = text.strip_prefix('#').unwrap_or(text).to_lowercase();
        item_mistake(&format!("#{tag}")).map_or_else(|| Ok(Target::Tag(Tag::stored(tag))), Err)
    }
}

/// Asks for the purge of `target`; its id. Processes drop their own copies too.
pub async fn purge(app: &App, target: &Target) -> Result<String> {
    if !app.cdn.is_on() {
        return Err(Error::Conflict(
            "no distribution is configured; set MERCER_CLOUDFRONT_DISTRIBUTION_ID".to_owned(),
        ));
    }
    let (id, now_ms) = (app.id(), app.clock.now_ms());
    let mut tx = app.db.write().await?;
    let items = items(app, &mut tx, target).await?;
    let newest_change = match target {
        Target::Tag(tag) => purges::insert_taken_change(&mut tx, tag, &id, now_ms).await?,
        Target::All => purges::insert_taken_change(&mut tx, &Tag::site(), &id, now_ms).await?,
        Target::Path(_) => changes::find_newest_change(&mut tx).await?,
    };
    let mode = PurgeMode::Proved;
    let purge = NewPurge {
        id: &id,
        items: &items,
        mode,
        rounds: mode.rounds(&app.config.edge.timing),
        reason: Reason::Operator,
        newest_change,
        oldest_at: now_ms,
        seen_at: now_ms,
    };
    purges::insert_purge(&mut tx, &purge).await?;
    tx.commit().await?;
    Ok(id)
}

async fn items(app: &App, conn: &mut Conn, target: &Target) -> Result<Vec<String>> {
    match (target, app.config.edge.invalidate_by) {
        (Target::All, _) => Ok(vec![SITE_PATH.to_owned()]),
        (Target::Path(path), _) => Ok(vec![path.clone()]),
        (Target::Tag(tag), InvalidateBy::Tags) => Ok(vec![format!("#{tag}")]),
        (Target::Tag(tag), InvalidateBy::Paths) => {
            let paths = purges::paths::list_paths(conn, &[tag.clone()].into()).await?;
            let fits = paths.len() <= WILDCARDS_IN_PROGRESS_MAX;
            Ok(if fits { paths.into_iter().collect() } else { vec![SITE_PATH.to_owned()] })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_tags_are_told_apart() {
        assert_eq!(Target::parse("/p/a*"), Ok(Target::Path("/p/a*".to_owned())));
        assert_eq!(Target::parse("#P1"), Ok(Target::Tag(Tag::product("1"))));
        assert_eq!(Target::parse("s"), Ok(Target::Tag(Tag::site())));
        for wrong in ["", "#", "/a*b", "a b", "p1,p2"] {
            assert!(Target::parse(wrong).is_err(), "{wrong}");
        }
    }
}
