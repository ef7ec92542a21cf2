-- The two counters whose definition differs by engine: order numbers and the change feed.
CREATE TABLE order_numbers (
    number INTEGER PRIMARY KEY AUTOINCREMENT
);
INSERT INTO order_numbers (number) VALUES (10000);

-- The catalogue's change feed: one row per tag of a committed change (src/edge).
CREATE TABLE changes (
    id  INTEGER PRIMARY KEY AUTOINCREMENT,
    tag TEXT    NOT NULL,
    at  BIGINT  NOT NULL
);
