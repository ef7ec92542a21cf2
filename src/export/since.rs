//! Since when a copy is: a position in the change feed, and what changed after it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::db::Conn;
use crate::db::changes::{self, Change, Cursor};
use crate::error::Result;

/// A position in the feed as a manifest keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The newest change. If it is not in the feed any more, the feed was cleared or is another one (a backup was put
    /// back, the copy is another shop's), and nothing can be said about what changed.
    newest: Option<Witness>,
    /// On PostgreSQL the oldest transaction that was open: it may commit a change with a lower number later.
    open: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Witness {
    id: i64,
    tag: String,
    at: i64,
}

impl Position {
    /// The feed's present end: what is read from now on reflects everything up to it.
    pub async fn now(conn: &mut Conn) -> Result<Position> {
        let open = match changes::find_cursor(conn).await? {
            Cursor::Sqlite { .. } => None,
            Cursor::Postgres { xmin, .. } => Some(xmin),
        };
        let newest = changes::find_newest_change(conn).await?;
        let row = changes::list_changes_from(conn, newest).await?.into_iter().next();
        Ok(Position { newest: row.map(Witness::of), open })
    }

    /// The newest change's number; 0 before the first.
    pub fn change(&self) -> i64 {
        self.newest.as_ref().map_or(0, |newest| newest.id)
    }

    /// The tags of what changed since; none when everything may have.
    pub async fn moved(&self, conn: &mut Conn) -> Result<Option<BTreeSet<String>>> {
        let Some(newest) = &self.newest else { return Ok(None) };
        let mut rows = changes::list_changes_from(conn, newest.id).await?.into_iter();
        if rows.next().map(Witness::of).as_ref() != Some(newest) {
            return Ok(None);
        }
        let mut tags: BTreeSet<String> = rows.map(|change| change.tag).collect();
        if let Some(xmin) = &self.open {
            let Cursor::Postgres { xmin: present, .. } = changes::find_cursor(conn).await? else {
                return Ok(None);
            };
            // Transactions are counted anew in a database that was put back elsewhere.
            if number(&present) < number(xmin) {
                return Ok(None);
            }
            let cursor = Cursor::Postgres { xmin: xmin.clone(), applied: BTreeSet::new() };
            let (late, _) = changes::list_changes(conn, &cursor).await?;
            tags.extend(late.into_iter().map(|change| change.tag));
        }
        Ok(Some(tags))
    }
}

impl Witness {
    fn of(change: Change) -> Witness {
        Witness { id: change.id, tag: change.tag, at: change.at }
    }
}

fn number(xid: &str) -> u64 {
    xid.parse().unwrap_or(0)
}
