-- +goose Up
-- The public role has no grant on anything in this file, and nothing here refers to a table that it may read.

-- A sealed file on its way here. used: a statement names its part, so it does not expire.
CREATE TABLE upload (
  upload     text        PRIMARY KEY,
  lot        text        NOT NULL,
  org        text        NOT NULL,
  kind       text        NOT NULL,
  size       bigint      NOT NULL CHECK (size > 0),
  chunks     integer     NOT NULL CHECK (chunks BETWEEN 1 AND 16384),
  digest     bytea       CHECK (octet_length(digest) = 32),
  used       boolean     NOT NULL DEFAULT false,
  expires_at timestamptz NOT NULL
);
CREATE INDEX upload_of ON upload (lot, org);
CREATE INDEX upload_expires ON upload (expires_at) WHERE NOT used;

CREATE TABLE upload_piece (
  upload  text        NOT NULL REFERENCES upload ON DELETE CASCADE,
  n       integer     NOT NULL CHECK (n >= 0),
  leaves  bytea       NOT NULL CHECK (octet_length(leaves) % 32 = 0),
  object  text        NOT NULL,
  version text        NOT NULL,
  size    bigint      NOT NULL,
  at      timestamptz NOT NULL,
  PRIMARY KEY (upload, n)
);

CREATE TABLE sealed_part (
  upload  text        PRIMARY KEY REFERENCES upload ON DELETE CASCADE,
  lot     text        NOT NULL,
  org     text        NOT NULL,
  signer  bytea       NOT NULL,
  kind    text        NOT NULL,
  moment  text        NOT NULL,
  digest  bytea       NOT NULL CHECK (octet_length(digest) = 32),
  size    bigint      NOT NULL,
  chunks  integer     NOT NULL,
  front   bytea       NOT NULL,
  objects json        NOT NULL,
  at      timestamptz NOT NULL
);
CREATE INDEX sealed_part_digest ON sealed_part (lot, digest);

-- One bid per lot and bidder. admitted: in the frozen set.
CREATE TABLE bid (
  bid       text    PRIMARY KEY,
  lot       text    NOT NULL,
  org       text    NOT NULL,
  standing  text    NOT NULL,
  statement bytea   NOT NULL CHECK (octet_length(statement) = 32),
  admitted  boolean NOT NULL DEFAULT false,
  version   integer NOT NULL,
  state     json    NOT NULL,
  UNIQUE (lot, org)
);

CREATE TABLE statement (
  statement bytea       PRIMARY KEY CHECK (octet_length(statement) = 32),
  bid       text        NOT NULL,
  lot       text        NOT NULL,
  signed    json        NOT NULL,
  at        timestamptz NOT NULL
);

-- Signed receipts, of what was accepted and of what was refused, with the event each speaks of.
CREATE TABLE receipt (
  receipt   text    PRIMARY KEY,
  org       text    NOT NULL,
  statement bytea   NOT NULL,
  accepted  boolean NOT NULL,
  signed    json    NOT NULL,
  stream    text    NOT NULL,
  seq       integer NOT NULL
);
CREATE UNIQUE INDEX receipt_statement ON receipt (statement) WHERE accepted;

-- Refused attempts (拒收).
CREATE TABLE attempt (
  stream text        PRIMARY KEY,
  lot    text        NOT NULL,
  org    text        NOT NULL,
  code   text        NOT NULL,
  signed bytea,
  at     timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON upload, upload_piece, sealed_part TO sunbid_app;
GRANT SELECT, INSERT, UPDATE ON bid TO sunbid_app;
GRANT SELECT, INSERT ON statement, receipt, attempt TO sunbid_app;
