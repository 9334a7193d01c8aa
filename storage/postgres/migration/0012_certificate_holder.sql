-- +goose Up
-- A certificate may be known before its person enrols (a keyholder's who also bids): the enrolment then gives it its holder.
GRANT UPDATE (org, person) ON certificate TO sunbid_app;
UPDATE certificate c SET org = o.org, person = p->>'id'
  FROM organisation o, json_array_elements(o.state->'people') p, json_array_elements(p->'certificates') x
  WHERE c.org IS NULL AND x->>'fingerprint' = encode(c.fingerprint, 'hex');
