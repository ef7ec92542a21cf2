-- Assets of every build that serves or served of late, so that each process can answer for the others' (edge/assets).
CREATE TABLE edge_assets (
    file    TEXT   NOT NULL PRIMARY KEY,  -- the last part of its address, which names its content
    body    TEXT   NOT NULL,              -- base64
    seen_at BIGINT NOT NULL               -- when a process that has it last said so
);
CREATE INDEX edge_assets_seen ON edge_assets (seen_at);
