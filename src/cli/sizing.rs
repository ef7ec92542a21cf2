//! Whether the database has room for what all serving processes may open: told at the start, when it can be mended, and
//! not under the first load that opens every connection.

use std::fmt;

use crate::config::Config;
use crate::db::Db;
use crate::db::connections::find_connection_limit;
use crate::db::nodes::list_nodes;
use crate::edge::nodes::DEAD_AFTER_MS;

/// Of what the server has. The rest is for a rolling restart's extra process, backups, and whoever looks into it.
const PERCENT_MAX: i64 = 80;
/// A process's pools: one to read, one to write. With a replica the one to read is elsewhere.
const POOLS: i64 = 2;
/// Besides: one that follows the change feed, one that hears of changes.
const ALONE: i64 = 2;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizing {
    processes: i64,
    pool: i64,
    pools: i64,
    limit: i64,
}

/// Counts the living processes, and the serving process `own` with them, whether or not it has said so yet. `None` for an
/// embedded database, which has one process and no limit.
pub async fn measure(
    config: &Config,
    db: &Db,
    now_ms: i64,
    own: Option<&str>,
) -> sqlx::Result<Option<Sizing>> {
    let mut conn = db.read_primary().await?;
    let Some(limit) = find_connection_limit(&mut conn).await? else { return Ok(None) };
    let living = list_nodes(&mut conn, now_ms - DEAD_AFTER_MS).await?;
    let others = living.iter().filter(|node| Some(node.id.as_str()) != own).count();
    let processes = (i64::try_from(others).unwrap_or(i64::MAX) + i64::from(own.is_some())).max(1);
    let pools = if config.database.read_url.is_some() { 1 } else { POOLS };
    Ok(Some(Sizing { processes, pool: config.database.pool.into(), pools, limit }))
}

impl Sizing {
    /// Whether they may open more than [`PERCENT_MAX`] of what there is.
    pub fn is_tight(&self) -> bool {
        self.wanted() * 100 > self.limit * PERCENT_MAX
    }

    fn wanted(&self) -> i64 {
        self.processes * (self.pool * self.pools + ALONE)
    }

    /// The largest pool with which it is not tight.
    fn fitting_pool(&self) -> i64 {
        let share = self.limit * PERCENT_MAX / 100 / self.processes;
        ((share - ALONE) / self.pools).max(1)
    }

    fn fitting_limit(&self) -> i64 {
        self.wanted() * 100 / PERCENT_MAX + 1
    }
}

/// One line: the figures, and what to set where they don't fit.
impl fmt::Display for Sizing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sizing { processes, limit, .. } = self;
        let noun = if *processes == 1 { "process" } else { "processes" };
        write!(f, "{processes} {noun} may open {} of the server's {limit} connections", self.wanted())?;
        if self.is_tight() {
            let (pool, enough) = (self.fitting_pool(), self.fitting_limit());
            write!(
                f,
                "; set MERCER_DATABASE_POOL={pool}, or let PostgreSQL have {enough} for its clients (max_connections)"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_fifths_are_enough_and_what_fits_is_said() {
        let sizing = |processes, pool| Sizing { processes, pool, pools: 2, limit: 97 };
        assert!(!sizing(3, 11).is_tight(), "72 of 97");
        let tight = sizing(4, 10);
        assert!(tight.is_tight(), "88 of 97");
        assert_eq!(
            tight.to_string(),
            "4 processes may open 88 of the server's 97 connections; set MERCER_DATABASE_POOL=8, or let PostgreSQL \
             have 111 for its clients (max_connections)"
        );
        assert!(
            !sizing(4, tight.fitting_pool()).is_tight() && sizing(4, tight.fitting_pool() + 1).is_tight()
        );
        let roomier = Sizing { limit: tight.fitting_limit(), ..tight };
        assert!(!roomier.is_tight());
        assert_eq!(sizing(1, 10).to_string(), "1 process may open 22 of the server's 97 connections");
    }
}
