-- The two counters whose definition differs by engine: order numbers and the change feed.
CREATE SEQUENCE order_numbers START WITH 10001;

-- The catalogue's change feed: one row per tag of a committed change (src/edge). The transaction id lets a follower
-- read rows whose transaction committed late; an id alone would skip them.
CREATE TABLE changes (
    id  BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8   NOT NULL DEFAULT pg_current_xact_id(),
    tag TEXT   NOT NULL,
    at  BIGINT NOT NULL
);
CREATE INDEX changes_xid ON changes (xid);
