-- +goose Up
-- The public log: one leaf a round, whether anything happened or not (crypto/SPEC.md section 6).
CREATE TABLE log_round (
  round bigint      PRIMARY KEY CHECK (round >= 0),
  root  bytea       NOT NULL CHECK (octet_length(root) = 32),
  seed  bytea       CHECK (octet_length(seed) = 32),
  at    timestamptz NOT NULL,
  lost  boolean     NOT NULL,
  CHECK (lost = (seed IS NULL))
);

-- Node hashes at level 8·level: tile number `tile` holds 1 … 256 of them, 32 bytes each.
CREATE TABLE log_tile (
  level  integer NOT NULL CHECK (level >= 0),
  tile   bigint  NOT NULL CHECK (tile >= 0),
  hashes bytea   NOT NULL CHECK (octet_length(hashes) % 32 = 0 AND octet_length(hashes) BETWEEN 32 AND 8192),
  PRIMARY KEY (level, tile)
);
ALTER TABLE log_tile ALTER COLUMN hashes SET STORAGE EXTERNAL;

-- One row. size and root are what is sequenced; published is the size whose checkpoint stands in the journal and may be shown.
CREATE TABLE log_head (
  one        boolean     PRIMARY KEY CHECK (one),
  origin     text        NOT NULL,
  size       bigint      NOT NULL CHECK (size >= 0),
  root       bytea       NOT NULL CHECK (octet_length(root) = 32),
  checkpoint json        NOT NULL,
  published  bigint      NOT NULL CHECK (published BETWEEN 0 AND size),
  shown      json
);

GRANT SELECT, INSERT ON log_round TO sunbid_app;
GRANT SELECT, INSERT, UPDATE ON log_tile, log_head TO sunbid_app;
GRANT SELECT ON log_tile TO sunbid_public;
GRANT SELECT (one, origin, published, shown) ON log_head TO sunbid_public;
