-- +goose Up
CREATE TABLE organisation (
  org      text    PRIMARY KEY,
  code     text    NOT NULL UNIQUE,
  standing text    NOT NULL,
  version  integer NOT NULL,
  state    json    NOT NULL
);
CREATE INDEX organisation_standing ON organisation (standing, org);

-- Which person's certificate is whose: every one ever enrolled, so that old signatures keep their signer. One with no
-- person is not an enrolled one but a keyholder's, kept for verifying its records.
CREATE TABLE certificate (
  fingerprint bytea NOT NULL PRIMARY KEY CHECK (octet_length(fingerprint) = 32),
  org         text,
  person      text,
  der         bytea NOT NULL,
  public      boolean NOT NULL,
  CHECK ((org IS NULL) = (person IS NULL))
);
CREATE INDEX certificate_org ON certificate (org);
ALTER TABLE certificate ENABLE ROW LEVEL SECURITY;
CREATE POLICY app ON certificate TO sunbid_app USING (true) WITH CHECK (true);
CREATE POLICY public ON certificate FOR SELECT TO sunbid_public USING (public);
GRANT SELECT, INSERT, UPDATE ON organisation TO sunbid_app;
GRANT SELECT, INSERT, UPDATE (public) ON certificate TO sunbid_app;
GRANT SELECT (fingerprint, der, public) ON certificate TO sunbid_public;
