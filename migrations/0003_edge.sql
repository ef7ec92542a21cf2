-- The edge: committed changes become invalidations (src/edge/dispatcher.rs).

-- Which purge took the change; NULL: none yet. A mark on the row, not a cursor: a slow transaction's row is found
-- unmarked whenever it commits, and a restored database has no cursor of another cluster's transaction ids.
ALTER TABLE changes ADD COLUMN purge_id TEXT;
UPDATE changes SET purge_id = '';
CREATE INDEX changes_waiting ON changes (id) WHERE purge_id IS NULL;
CREATE INDEX changes_at ON changes (at);

CREATE TABLE purges (
    id            TEXT   NOT NULL PRIMARY KEY,
    items         TEXT   NOT NULL,        -- JSON list, sorted; frozen: the caller references stand for it
    mode          TEXT   NOT NULL CHECK (mode IN ('fast', 'practical', 'proved')),
    rounds        BIGINT NOT NULL CHECK (rounds >= 0),   -- 0: the budget was used up, pages go by their age
    reason        TEXT   NOT NULL,        -- changes, many, old, budget, operator, refused, build
    state         TEXT   NOT NULL CHECK (state IN ('open', 'done', 'refused')),
    newest_change BIGINT NOT NULL,        -- changes.id
    oldest_at     BIGINT NOT NULL,        -- when its first change was made, by the writer's clock
    seen_at       BIGINT NOT NULL,        -- all its changes were committed by then
    ended_at      BIGINT
);
CREATE INDEX purges_open ON purges (id) WHERE state = 'open';
CREATE INDEX purges_ended ON purges (ended_at);

CREATE TABLE purge_rounds (
    purge_id         TEXT   NOT NULL REFERENCES purges (id),
    round            BIGINT NOT NULL,     -- 0, 1 …; the next one exists once the one before is done
    caller_reference TEXT   NOT NULL UNIQUE,
    state            TEXT   NOT NULL CHECK (state IN ('new', 'sent', 'done')),
    not_before       BIGINT NOT NULL,
    attempts         BIGINT NOT NULL DEFAULT 0,
    asked_at         BIGINT,              -- before the first call
    sent_at          BIGINT,              -- after the first answer
    completed_at     BIGINT,
    cloudfront_id    TEXT   NOT NULL DEFAULT '',  -- another purge's when that one served this round too
    last_error       TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (purge_id, round)
);
CREATE INDEX purge_rounds_cloudfront ON purge_rounds (cloudfront_id);

-- Every serving process: what it has applied of the feed.
CREATE TABLE edge_nodes (
    id      TEXT   NOT NULL PRIMARY KEY,
    build   TEXT   NOT NULL,
    acked   BIGINT NOT NULL,
    beat_ms BIGINT NOT NULL,              -- by its own steady clock, before it wrote this: how far a replica is
    seen_at BIGINT NOT NULL
);

-- Builds that serve or served. Their pages go when no process of them lives any more.
CREATE TABLE edge_builds (
    build    TEXT NOT NULL PRIMARY KEY,
    purge_id TEXT                         -- that of its pages
);

-- Who dispatches. The beat moves while the holder lives, so that watching it needs nobody's clock.
CREATE TABLE edge_leader (
    name   TEXT   NOT NULL PRIMARY KEY,
    holder TEXT   NOT NULL,
    beat   BIGINT NOT NULL
);

-- Invalidation items that CloudFront counted, by month (UTC).
CREATE TABLE edge_spending (
    month TEXT   NOT NULL PRIMARY KEY,    -- 2026-11
    items BIGINT NOT NULL
);
