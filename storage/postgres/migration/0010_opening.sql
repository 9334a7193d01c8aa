-- +goose Up
CREATE TABLE opening (
  lot       text    PRIMARY KEY,
  stage     text    NOT NULL,
  suspended boolean NOT NULL,
  version   integer NOT NULL,
  state     json    NOT NULL
);

-- What the public may know of an opening at each stage: no number before the results are published.
CREATE TABLE opening_status (
  lot          text        PRIMARY KEY REFERENCES lot,
  stage        text        NOT NULL,
  suspended    boolean     NOT NULL,
  window_end   timestamptz NOT NULL,
  published_at timestamptz,
  opened       integer     NOT NULL,
  not_opened   integer     NOT NULL,
  record       bytea,
  signers      text[]      NOT NULL
);

-- The opening record's rows; they come all in one transaction.
CREATE TABLE opening_row (
  lot  text NOT NULL REFERENCES lot,
  bid  text NOT NULL,
  body json NOT NULL,
  PRIMARY KEY (lot, bid)
);

CREATE TABLE opening_batch (
  id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  lot    text    NOT NULL,
  hash   bytea   NOT NULL CHECK (octet_length(hash) = 32),
  lock   text    NOT NULL,
  holder integer NOT NULL,
  kind   text    NOT NULL,
  moment text    NOT NULL,
  signed json    NOT NULL,
  UNIQUE (lot, hash)
);
CREATE INDEX opening_batch_lot ON opening_batch (lot, kind, id);

CREATE TABLE key_release (
  id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  lot    text  NOT NULL,
  bid    text  NOT NULL,
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  signed json  NOT NULL,
  stream text  NOT NULL UNIQUE
);
CREATE INDEX key_release_lot ON key_release (lot, id);

-- Results of the jobs that open bodies. key is sealed to the opening service: nothing here opens anything by itself.
CREATE TABLE opened_part (
  lot       text        NOT NULL,
  bid       text        NOT NULL,
  kind      text        NOT NULL,
  digest    bytea       NOT NULL,
  key       bytea,
  content   bytea       NOT NULL,
  length    bigint      NOT NULL,
  reason    text        NOT NULL,
  opened_at timestamptz NOT NULL,
  PRIMARY KEY (lot, bid, kind)
);

-- Opening keys made in advance; each is given to one lot once.
CREATE TABLE key_pool (
  key    text        PRIMARY KEY,
  record json        NOT NULL,
  lot    text        UNIQUE,
  at     timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON opening, opening_status, opened_part TO sunbid_app;
GRANT SELECT, INSERT ON opening_row, opening_batch, key_release TO sunbid_app;
GRANT SELECT, INSERT, UPDATE (lot) ON key_pool TO sunbid_app;
GRANT SELECT ON opening_status, opening_row TO sunbid_public;
