-- +goose Up
-- published_at is when the first lot was announced; before, the public role does not see the row.
CREATE TABLE tender (
  tender       text        PRIMARY KEY,
  class        text        NOT NULL,
  number       text        NOT NULL,
  title        text        NOT NULL,
  region       text        NOT NULL,
  regime       text        NOT NULL,
  tenderer     text        NOT NULL,
  published_at timestamptz,
  version      integer     NOT NULL,
  state        json        NOT NULL
);
CREATE INDEX tender_published ON tender (published_at DESC, tender) WHERE published_at IS NOT NULL;

-- The spine: a lot's stage is moved here and nowhere else. No row of a bid refers to it, and nothing a bidder does writes to it.
CREATE TABLE lot (
  lot        text        PRIMARY KEY,
  tender     text        NOT NULL REFERENCES tender,
  number     integer     NOT NULL,
  stage      text        NOT NULL,
  suspended  boolean     NOT NULL,
  opening_at timestamptz,
  due_at     timestamptz,
  due_what   text        NOT NULL,
  version    integer     NOT NULL,
  state      json        NOT NULL,
  UNIQUE (tender, number)
);
CREATE INDEX lot_due ON lot (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX lot_opening ON lot (opening_at);

ALTER TABLE tender ENABLE ROW LEVEL SECURITY;
CREATE POLICY app ON tender TO sunbid_app USING (true) WITH CHECK (true);
CREATE POLICY public ON tender FOR SELECT TO sunbid_public USING (published_at IS NOT NULL);
ALTER TABLE lot ENABLE ROW LEVEL SECURITY;
CREATE POLICY app ON lot TO sunbid_app USING (true) WITH CHECK (true);
CREATE POLICY public ON lot FOR SELECT TO sunbid_public USING (stage <> 'draft');
GRANT SELECT, INSERT, UPDATE ON tender, lot TO sunbid_app;
GRANT SELECT ON tender, lot TO sunbid_public;

-- Events of the spine that were published, each with its proof: what a bidder checks before it seals.
CREATE TABLE disclosure (
  stream text    NOT NULL,
  seq    integer NOT NULL,
  lot    text    NOT NULL,
  type   text    NOT NULL,
  body   json    NOT NULL,
  PRIMARY KEY (stream, seq)
);
CREATE INDEX disclosure_lot ON disclosure (lot, seq);
ALTER TABLE disclosure ENABLE ROW LEVEL SECURITY;
CREATE POLICY app ON disclosure TO sunbid_app USING (true) WITH CHECK (true);
CREATE POLICY public ON disclosure FOR SELECT TO sunbid_public
  USING (EXISTS (SELECT FROM lot WHERE lot.lot = disclosure.lot));
GRANT SELECT, INSERT ON disclosure TO sunbid_app;
GRANT SELECT ON disclosure TO sunbid_public;
