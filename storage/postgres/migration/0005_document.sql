-- +goose Up
-- Signed records by the hash of their body; the copy with more signatures takes the place of the other.
-- public is set by the program when the law lets the record out; the public role sees only such rows.
CREATE TABLE document (
  hash   bytea       PRIMARY KEY CHECK (octet_length(hash) = 32),
  type   text        NOT NULL,
  lot    text,
  signed json        NOT NULL,
  public boolean     NOT NULL,
  at     timestamptz NOT NULL
);
CREATE INDEX document_lot ON document (lot, type) WHERE lot IS NOT NULL;
ALTER TABLE document ENABLE ROW LEVEL SECURITY;
CREATE POLICY app ON document TO sunbid_app USING (true) WITH CHECK (true);
CREATE POLICY public ON document FOR SELECT TO sunbid_public USING (public);
GRANT SELECT, INSERT, UPDATE (signed, public) ON document TO sunbid_app;
GRANT SELECT ON document TO sunbid_public;
