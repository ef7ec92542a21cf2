-- What shoppers withdrew from (directive 2023/2673): the statement as it was received. The order itself stays as it was
-- sold; its state and history move as for every other event.
CREATE TABLE withdrawals (
    id           TEXT    NOT NULL PRIMARY KEY,
    order_id     TEXT    NOT NULL REFERENCES orders (id),
    outcome      TEXT    NOT NULL,         -- cancelled, part_unsent, return
    whole        BOOLEAN NOT NULL,         -- nothing of the order is left after it
    refund_minor BIGINT  NOT NULL CHECK (refund_minor >= 0),
    name         TEXT    NOT NULL,
    email        TEXT    NOT NULL,         -- where the receipt went
    at           BIGINT  NOT NULL
);
CREATE INDEX withdrawals_order ON withdrawals (order_id);

CREATE TABLE withdrawal_lines (
    withdrawal_id TEXT   NOT NULL REFERENCES withdrawals (id),
    variant_id    TEXT   NOT NULL,
    quantity      BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (withdrawal_id, variant_id)
);
