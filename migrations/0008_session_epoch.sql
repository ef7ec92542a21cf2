-- Counts up whenever all of a customer's logins end. Logins that are kept outside of this database carry the count of
-- when they began, and an older one is no login any more: what ends them commits here, with what was the reason.
ALTER TABLE customers ADD COLUMN session_epoch BIGINT NOT NULL DEFAULT 0;
