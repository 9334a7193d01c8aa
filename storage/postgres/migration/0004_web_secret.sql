-- +goose Up
-- Sessions and login challenges, by the digest of the secret: who reads this table can log in as nobody.
CREATE TABLE web_secret (
  kind       text        NOT NULL,
  digest     bytea       NOT NULL CHECK (octet_length(digest) = 32),
  body       bytea       NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (kind, digest)
);
CREATE INDEX web_secret_expires ON web_secret (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON web_secret TO sunbid_app;
