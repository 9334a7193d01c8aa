-- +goose Up
-- Published notices; they never change.
CREATE TABLE notice (
  notice       text        PRIMARY KEY,
  tender       text        NOT NULL REFERENCES tender,
  lot          text        REFERENCES lot,
  number       integer     NOT NULL CHECK (number > 0),
  kind         text        NOT NULL,
  hash         bytea       NOT NULL CHECK (octet_length(hash) = 32),
  published_at timestamptz NOT NULL,
  version      integer     NOT NULL,
  state        json        NOT NULL,
  UNIQUE (tender, number)
);
GRANT SELECT, INSERT ON notice TO sunbid_app;
GRANT SELECT ON notice TO sunbid_public;
