package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sunbid/bidding/bid"
	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
	"sunbid/bidding/tender"
)

// equality compares columns of a table with what other rows say of them.
type equality struct {
	table, id string
	from      string
	columns   []said
}

// said is a column, how it reads, and how it should. Values that are no JSON of ours must not make the statement fail: all are compared as text.
type said struct{ column, is, should string }

// instant is a time as canonical JSON has it.
func instant(column string) string {
	return `to_char(` + column + ` AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}

// array is a member of a JSON value if it is an array, else an empty one.
func array(value, member string) string {
	return fmt.Sprintf(`(CASE json_typeof(%[1]s->'%[2]s') WHEN 'array' THEN %[1]s->'%[2]s' ELSE '[]' END)`, value, member)
}

// quoted is a list of SQL texts; ours only.
func quoted(list ...string) string { return "'" + strings.Join(list, "', '") + "'" }

func equalities() []equality {
	announced, opened := quoted(publicTypes(tender.Announced)...), quoted(publicTypes(tender.Opened)...)
	return []equality{
		{"event", "x.stream || '/' || x.seq", "event x", []said{
			{"stream", "x.stream", "x.envelope->>'stream'"},
			{"seq", "x.seq::text", "x.envelope->>'seq'"},
			{"type", "x.type", "x.envelope->>'event'"},
			{"tender", "coalesce(x.tender, '')", "x.envelope->>'tender'"},
			{"lot", "coalesce(x.lot, '')", "x.envelope->>'lot'"},
			{"at", instant("x.at"), "x.envelope->>'at'"},
			{"actor", "x.actor->>'role' || ' ' || (x.actor->>'person')", "x.envelope->'by'->>'role' || ' ' || (x.envelope->'by'->>'actor')"},
			{"payload", "encode(x.payload, 'hex')", "x.envelope->'body'->>'personal'"},
		}},
		// Who acted with an enrolled certificate is the person it was given to.
		{"event", "x.stream || '/' || x.seq", "event x JOIN certificate c ON encode(c.fingerprint, 'hex') = x.actor->>'certificate' AND c.org IS NOT NULL AND x.actor->>'org' <> ''", []said{
			{"actor", "x.actor->>'org' || ' ' || (x.actor->>'person')", "c.org || ' ' || c.person"},
		}},
		{"payload", "encode(x.digest, 'hex')", "payload x", []said{
			{"kind", "(x.kind = 'personal')::text", "(x.salt IS NOT NULL)::text"},
		}},
		{"document", "encode(x.hash, 'hex')", `document x LEFT JOIN lot l USING (lot) LEFT JOIN lot k ON k.state->'keyholders'->>'record' = encode(x.hash, 'hex')`, []said{
			{"type", "x.type", "x.signed->'body'->>'type'"},
			{"lot", "x.lot", "coalesce(x.signed->'body'->>'lot', k.lot)"},
			{"public", "x.public::text", fmt.Sprintf("(x.type = '%s' OR x.type IN (%s) AND coalesce(l.stage <> 'draft', false) OR x.type IN (%s) AND coalesce(l.stage = '%s', false))::text",
				notice.RecordType, announced, opened, tender.Opened)},
		}},
		{"tender", "x.tender", fmt.Sprintf(`tender x LEFT JOIN (SELECT tender, min(at) AS at FROM event WHERE type IN (%s) GROUP BY tender) e USING (tender)`,
			quoted(tender.LotAnnounced{}.EventType(), tender.LotTerminated{}.EventType())), []said{
			{"published_at", "x.published_at::text", "e.at::text"}, // a draft that is terminated comes out too
		}},
		{"disclosure", "x.stream || '/' || x.seq", "disclosure x LEFT JOIN event e USING (stream, seq)", []said{
			{"stream", "x.stream", "x.body->'envelope'->>'stream'"},
			{"seq", "x.seq::text", "x.body->'envelope'->>'seq'"},
			{"lot", "x.lot", "e.lot"},
			{"type", "x.type", "e.type"},
			{"body", "(x.body->'envelope')::text || (x.body->>'salt')", "e.envelope::text || encode(e.salt, 'hex')"},
		}},
		{"bid", "x.bid", "bid x LEFT JOIN opening o USING (lot)", []said{
			{"admitted", "x.admitted::text", fmt.Sprintf("(o.lot IS NOT NULL AND x.standing = '%s')::text", bid.Submitted)},
		}},
		{"attempt", "x.stream", "attempt x LEFT JOIN event e ON e.stream = x.stream AND e.seq = 1", []said{
			{"stream", fmt.Sprintf("'%s'", bid.AttemptRefused{}.EventType()), "e.type"},
			{"lot", "x.lot", "e.envelope->'body'->>'lot'"},
			{"org", "x.org", "e.envelope->'body'->>'bidder'"},
			{"code", "x.code", "e.envelope->'body'->>'code'"},
			{"at", "x.at::text", "e.at::text"},
		}},
		{"refusal_day", "concat_ws('/', x.kind, x.org, x.lot, x.day)", "refusal_day x LEFT JOIN (" + refusalsKept() + ") r USING (kind, org, lot, day)", []said{
			{"kept", "x.kept::text", "coalesce(r.kept, 0)::text"},
		}},
		{"request_refused", "x.id::text", "request_refused x LEFT JOIN organisation o USING (org) LEFT JOIN lot l USING (lot)", []said{
			{"person", "x.person", "(SELECT p->>'id' FROM json_array_elements(" + array("o.state", "people") + ") p WHERE p->>'id' = x.person)"},
			{"lot", "x.lot", "coalesce(l.lot, '')"},
		}},
		{"login_refused", "concat_ws('/', encode(x.certificate, 'hex'), x.code, x.day)", "login_refused x LEFT JOIN certificate c ON c.fingerprint = x.certificate", []said{
			{"certificate", "'true'", "(c.org IS NOT NULL)::text"},
			{"day", "x.day::text", dayOf("x.last_at") + "::text"},
		}},
		{"key_release", "x.stream", "key_release x LEFT JOIN event e ON e.stream = x.stream AND e.seq = 1", []said{
			{"stream", fmt.Sprintf("'%s'", opening.KeyReceived{}.EventType()), "e.type"},
			{"lot", "x.lot", "e.envelope->'body'->>'lot'"},
			{"bid", "x.bid", "e.envelope->'body'->>'bid'"},
			{"digest", "encode(x.digest, 'hex')", "e.envelope->'body'->>'digest'"},
		}},
		{"opened_part", "x.bid || '/' || x.kind", "opened_part x LEFT JOIN bid b USING (bid) LEFT JOIN LATERAL (SELECT p->>'digest' AS digest FROM json_array_elements(" + array("b.state", "parts") + ") p WHERE p->>'kind' = x.kind) p ON true", []said{
			{"lot", "x.lot", "b.lot"},
			{"digest", "encode(x.digest, 'hex')", "p.digest"},
			{"bid", "'true'", "b.admitted::text"},
			{"kind", "'true'", "(p.digest IS NOT NULL)::text"},
		}},
		{"key_pool", "x.key", "key_pool x LEFT JOIN lot l ON l.lot = x.lot AND l.state->>'key' <> '' LEFT JOIN lot k ON k.state->>'key' = x.key", []said{
			{"key", "x.key", "coalesce(l.state->>'key', x.key)"},
			{"lot", "coalesce(x.lot, '')", "coalesce(k.lot, x.lot, '')"},
		}},
		{"certificate", "encode(x.fingerprint, 'hex')", `certificate x LEFT JOIN (
				SELECT DISTINCT decode(s->>'signer', 'hex') AS fingerprint FROM document d, json_array_elements(` + array("d.signed", "signatures") + fmt.Sprintf(`) s WHERE d.public AND d.type <> '%s'
			) s USING (fingerprint)`, notice.RecordType), []said{
			{"public", "x.public::text", "(x.public OR s.fingerprint IS NOT NULL OR x.org IS NULL)::text"},
		}},
		{"opening", "x.lot", "opening x", []said{
			{"state", "x.state->>'count'", "(SELECT count(*) FROM bid WHERE bid.lot = x.lot AND admitted)::text"},
		}},
	}
}

// refusalsKept counts the refusals that are there.
func refusalsKept() string {
	count := func(kind, table, where string) string {
		return fmt.Sprintf(`SELECT '%s' AS kind, org, lot, %s AS day, count(*) AS kept FROM %s WHERE %s GROUP BY 2, 3, 4`, kind, dayOf("at"), table, where)
	}
	return count(dayOfAttempts, "attempt", "signed IS NULL") + ` UNION ALL ` + count(dayOfRequests, "request_refused", "true")
}

// strays are rows that nothing speaks of, and rows that are missing where something speaks of them.
func strays() map[string]string {
	bidEvents := quoted(bid.BidSubmitted{}.EventType(), bid.BidReplaced{}.EventType(), bid.BidWithdrawn{}.EventType())
	named := `WITH named AS MATERIALIZED (SELECT DISTINCT b.lot, b.org, p->>'digest' AS digest FROM event e JOIN bid b ON b.bid = e.stream,
		json_array_elements(` + array("e.envelope->'body'", "parts") + `) p WHERE e.type IN (` + bidEvents + `)) `
	return map[string]string{
		"receipt is missing for event":          `SELECT stream || '/' || seq FROM event e WHERE type IN (` + bidEvents + `) AND NOT EXISTS (SELECT FROM receipt r WHERE r.stream = e.stream AND r.seq = e.seq AND r.accepted)`,
		"statement is missing for receipt":      `SELECT receipt FROM receipt r WHERE accepted AND NOT EXISTS (SELECT FROM statement s WHERE s.statement = r.statement)`,
		"upload.used is wrong: no statement of": named + `SELECT u.upload FROM upload u LEFT JOIN named n ON n.lot = u.lot AND n.org = u.org AND n.digest = encode(u.digest, 'hex') WHERE u.used AND n.digest IS NULL`,
		"upload.used is wrong, or sealed_part is missing, for part": named + `SELECT n.digest FROM named n
			LEFT JOIN (SELECT p.lot, p.org, encode(p.digest, 'hex') AS digest, true AS there FROM sealed_part p JOIN upload u USING (upload) WHERE u.used) p USING (lot, org, digest)
			WHERE p.there IS NULL`,
		"sealed_part is missing for upload": `SELECT upload FROM upload u WHERE digest IS NOT NULL AND NOT EXISTS (SELECT FROM sealed_part p WHERE p.upload = u.upload)`,
		"certificate.org or certificate.person names no such person:": `SELECT encode(fingerprint, 'hex') FROM certificate c WHERE org IS NOT NULL AND NOT EXISTS (SELECT FROM organisation o,
			json_array_elements(` + array("o.state", "people") + `) p, json_array_elements(` + array("p", "certificates") + `) x
			WHERE o.org = c.org AND p->>'id' = c.person AND x->>'fingerprint' = encode(c.fingerprint, 'hex'))`,
		"certificate.org is not set for an enrolled one": `SELECT x->>'fingerprint' FROM organisation o,
			json_array_elements(` + array("o.state", "people") + `) p, json_array_elements(` + array("p", "certificates") + `) x
			JOIN certificate c ON encode(c.fingerprint, 'hex') = x->>'fingerprint' WHERE c.org IS NULL`,
		"payload that no event names":   `SELECT encode(digest, 'hex') FROM payload p WHERE kind = 'personal' AND NOT EXISTS (SELECT FROM event e WHERE e.payload = p.digest)`,
		"opening_status of no opening":  `SELECT lot FROM opening_status WHERE NOT EXISTS (SELECT FROM opening o WHERE o.lot = opening_status.lot)`,
		"opening_cause of no opening":   `SELECT DISTINCT lot FROM opening_cause b WHERE NOT EXISTS (SELECT FROM opening o WHERE o.lot = b.lot)`,
		"opening_batch of no opening":   `SELECT DISTINCT lot FROM opening_batch b WHERE NOT EXISTS (SELECT FROM opening o WHERE o.lot = b.lot)`,
		"opening_row before its record": `SELECT DISTINCT lot FROM opening_row r WHERE NOT EXISTS (SELECT FROM opening_status s WHERE s.lot = r.lot AND published_at IS NOT NULL)`,
		"attempt is missing for event":  fmt.Sprintf(`SELECT stream FROM event e WHERE type = '%s' AND NOT EXISTS (SELECT FROM attempt a WHERE a.stream = e.stream)`, bid.AttemptRefused{}.EventType()),
		"refusal_day is missing for refusals of": `SELECT concat_ws('/', kind, org, lot, day) FROM (` + refusalsKept() + `) r
			WHERE NOT EXISTS (SELECT FROM refusal_day d WHERE (d.kind, d.org, d.lot, d.day) = (r.kind, r.org, r.lot, r.day))`,
		"key_release is missing for event": fmt.Sprintf(`SELECT stream FROM event e WHERE type = '%s' AND NOT EXISTS (SELECT FROM key_release k WHERE k.stream = e.stream)`, opening.KeyReceived{}.EventType()),
		"event of a stream that has no row": `SELECT DISTINCT stream FROM event e WHERE CASE substr(stream, 1, 2)
			WHEN 'bd' THEN NOT EXISTS (SELECT FROM bid WHERE bid = stream)
			WHEN 'lt' THEN NOT EXISTS (SELECT FROM lot WHERE lot = stream)
			WHEN 'td' THEN NOT EXISTS (SELECT FROM tender WHERE tender = stream)
			WHEN 'og' THEN NOT EXISTS (SELECT FROM organisation WHERE org = stream)
			WHEN 'nt' THEN NOT EXISTS (SELECT FROM notice WHERE notice = stream)
			WHEN 'ev' THEN NOT EXISTS (SELECT FROM opening WHERE lot = 'lt' || substr(stream, 3))
				AND NOT EXISTS (SELECT FROM attempt a WHERE a.stream = e.stream) AND NOT EXISTS (SELECT FROM key_release k WHERE k.stream = e.stream)
			WHEN 'dr' THEN type <> '` + opening.BidsFrozen{}.EventType() + `'
			ELSE true END`,
	}
}

// equalities compares columns with each other and looks for strays.
func (c *fsck) equalities(ctx context.Context) error {
	for _, e := range equalities() {
		tests, differing := make([]string, len(e.columns)), make([]string, len(e.columns))
		for i, s := range e.columns {
			differing[i] = fmt.Sprintf("%s IS DISTINCT FROM %s", s.is, s.should)
			tests[i] = fmt.Sprintf("CASE WHEN %s THEN %d END", differing[i], i)
		}
		sql := fmt.Sprintf(`SELECT %s, array_remove(ARRAY[%s], NULL) FROM %s WHERE %s LIMIT 20`, e.id, strings.Join(tests, ", "), e.from, strings.Join(differing, " OR "))
		type found struct {
			ID    string
			Wrong []int
		}
		err := each(ctx, c, sql, func(f found) {
			for _, i := range f.Wrong {
				c.differs(e.table, e.columns[i].column, f.ID)
			}
		})
		if err != nil {
			return fmt.Errorf("columns of %s: %w", e.table, err)
		}
	}
	type stray struct{ ID string }
	all := strays()
	for _, what := range slices.Sorted(maps.Keys(all)) {
		if err := each(ctx, c, all[what]+` LIMIT 20`, func(s stray) { c.r.fault("%s %s", what, s.ID) }); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return nil
}
