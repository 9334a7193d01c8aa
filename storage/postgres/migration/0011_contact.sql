-- +goose Up
-- The contact block of a notice (联系方式). The signed notice and its event hold only a salted commitment to it, so that it can be erased:
-- then salt and block go, and the row says when.
CREATE TABLE notice_contact (
  notice    text        PRIMARY KEY REFERENCES notice,
  salt      bytea       CHECK (octet_length(salt) = 32),
  block     json,
  erased_at timestamptz,
  CHECK ((salt IS NULL) = (erased_at IS NOT NULL) AND (block IS NULL) = (erased_at IS NOT NULL))
);
GRANT SELECT, INSERT ON notice_contact TO sunbid_app;
GRANT SELECT ON notice_contact TO sunbid_public;

-- What the tenderer found about bids that did not open (电子招标投标办法 art. 31): the public column beside the opening record's rows, which never change.
CREATE TABLE opening_cause (
  lot        text  NOT NULL,
  bid        text  NOT NULL,
  cause      text  NOT NULL,
  treated_as text  NOT NULL,
  record     bytea NOT NULL CHECK (octet_length(record) = 32),
  PRIMARY KEY (lot, bid),
  FOREIGN KEY (lot, bid) REFERENCES opening_row
);
INSERT INTO opening_cause SELECT o.lot, c->>'bid', c->>'cause', c->>'as', decode(c->>'record', 'hex')
  FROM opening o, json_array_elements(o.state->'causes') c;
GRANT SELECT, INSERT ON opening_cause TO sunbid_app;
GRANT SELECT ON opening_cause TO sunbid_public;
