-- What the API answered to a request with an Idempotency-Key, so that its repetition is answered the same (shop/answers).
CREATE TABLE answers (
    key_hash     TEXT   NOT NULL PRIMARY KEY,    -- SHA-256 of who asked, for what, under which key
    request_hash TEXT   NOT NULL,                -- SHA-256 of the key with the whole request
    nonce        TEXT   NOT NULL,                -- names the one attempt that may write the answer
    locked_until BIGINT NOT NULL,                -- until then it counts as running
    status       BIGINT,                         -- HTTP status; NULL: there is no answer yet
    body         TEXT   NOT NULL DEFAULT '',     -- with a secret's hash in the secret's place
    created_at   BIGINT NOT NULL
);
CREATE INDEX answers_age ON answers (created_at);
