-- +goose Up
-- The public role has no grant on anything in this file.

-- Requests of known callers that were refused and are no event: who, where and why, never what was sent.
CREATE TABLE request_refused (
  id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org      text        NOT NULL,
  person   text        NOT NULL,
  role     text        NOT NULL,
  lot      text        NOT NULL, -- '' for none
  endpoint text        NOT NULL,
  code     text        NOT NULL,
  at       timestamptz NOT NULL
);
CREATE INDEX request_refused_of ON request_refused (org, lot);

-- How many of a day (UTC+8) were kept, and how many more were only counted.
CREATE TABLE refusal_day (
  kind text    NOT NULL, -- attempt, request
  org  text    NOT NULL,
  lot  text    NOT NULL,
  day  date    NOT NULL,
  kept integer NOT NULL,
  more integer NOT NULL DEFAULT 0,
  PRIMARY KEY (kind, org, lot, day)
);
INSERT INTO refusal_day (kind, org, lot, day, kept)
  SELECT 'attempt', org, lot, ((at AT TIME ZONE 'UTC') + interval '8 hours')::date, count(*) FROM attempt WHERE signed IS NULL GROUP BY 1, 2, 3, 4;

-- Refused logins with an enrolled certificate.
CREATE TABLE login_refused (
  certificate bytea       NOT NULL CHECK (octet_length(certificate) = 32),
  code        text        NOT NULL,
  day         date        NOT NULL,
  count       integer     NOT NULL,
  last_at     timestamptz NOT NULL,
  PRIMARY KEY (certificate, code, day)
);

GRANT SELECT, INSERT ON request_refused TO sunbid_app;
GRANT SELECT, INSERT, UPDATE ON refusal_day, login_refused TO sunbid_app;
