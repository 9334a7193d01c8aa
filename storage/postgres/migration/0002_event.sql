-- +goose Up
-- What happened. The row is written once: only its place in the log (round, slot) is filled in later, once.
-- No index and no grant helps to count events by lot from outside.
CREATE TABLE event (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stream   text        NOT NULL,
  seq      integer     NOT NULL CHECK (seq > 0),
  tender   text,
  lot      text,
  type     text        NOT NULL,
  at       timestamptz NOT NULL,
  actor    json        NOT NULL,
  salt     bytea       NOT NULL CHECK (octet_length(salt) = 32),
  envelope json        NOT NULL,
  payload  bytea,
  round    bigint,
  slot     integer,
  UNIQUE (stream, seq),
  CHECK ((round IS NULL) = (slot IS NULL))
);
CREATE INDEX event_waiting ON event (id) WHERE round IS NULL;
CREATE UNIQUE INDEX event_place ON event (round, slot) WHERE round IS NOT NULL;
CREATE INDEX event_lot ON event (lot, id) WHERE lot IS NOT NULL;
CREATE INDEX event_spine ON event (id) WHERE type IN ('lot.drafted.v1', 'lot.key-bound.v1', 'lot.announced.v1', 'lot.postponed.v1');

-- +goose StatementBegin
CREATE FUNCTION event_keeps_its_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'an event keeps its place in the log';
END $$;
-- +goose StatementEnd
CREATE TRIGGER event_keeps_its_place BEFORE UPDATE ON event
  FOR EACH ROW WHEN (OLD.round IS NOT NULL) EXECUTE FUNCTION event_keeps_its_place();

-- Bytes that an envelope names only by a salted digest or a plain digest. Personal ones can be erased by the owner, which leaves the
-- proof that something was there and nothing guessable (个人信息保护法 art. 47).
CREATE TABLE payload (
  digest bytea       PRIMARY KEY CHECK (octet_length(digest) = 32),
  kind   text        NOT NULL,
  salt   bytea       CHECK (octet_length(salt) = 32),
  bytes  bytea       NOT NULL,
  at     timestamptz NOT NULL
);

-- The answer already given to an idempotency key, so that a repeated request is answered alike and does nothing twice.
CREATE TABLE command (
  owner   text        NOT NULL,
  key     text        NOT NULL,
  request bytea       NOT NULL CHECK (octet_length(request) = 32),
  status  integer     NOT NULL,
  body    bytea       NOT NULL,
  at      timestamptz NOT NULL,
  PRIMARY KEY (owner, key)
);
CREATE INDEX command_at ON command (at);

GRANT SELECT, INSERT, UPDATE (round, slot) ON event TO sunbid_app;
GRANT SELECT, INSERT ON payload TO sunbid_app;
GRANT SELECT, INSERT, DELETE ON command TO sunbid_app;
