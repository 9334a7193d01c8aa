package postgres

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/bidding/gazette"
	"sunbid/bidding/notice"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// Gazette implements gazette.Reader over the public role, which sees announced lots and published records and has no grant
// on any table of bids: not even a mistake here can count them (招标投标法 art. 22).
type Gazette struct {
	db    *DB
	proof func(ctx context.Context, from, to int64) ([]canon.Hash, error)
	own   []*pki.Certificate
}

// NewGazette makes the reader. consistency proves one size of the log from another (translog.Log); own are the certificates of the
// platform and the log, which everybody needs to check receipts and checkpoints with and which go out with a lot's keys.
func NewGazette(db *DB, consistency func(ctx context.Context, from, to int64) ([]canon.Hash, error), own ...*pki.Certificate) *Gazette {
	return &Gazette{db, consistency, own}
}

const listTenders = `SELECT t.tender, t.class, t.number, t.title, t.region, t.regime, t.tenderer, t.published_at, count(*),
		coalesce(min(lot.opening_at) FILTER (WHERE lot.opening_at > $6), max(lot.opening_at)),
		(array_agg(lot.stage ORDER BY lot.opening_at > $6 DESC, abs(extract(epoch FROM lot.opening_at - $6)), lot.lot))[1],
		(array_agg(lot.suspended ORDER BY lot.opening_at > $6 DESC, abs(extract(epoch FROM lot.opening_at - $6)), lot.lot))[1]
	FROM tender t JOIN lot USING (tender)
	WHERE lot.stage <> 'draft' AND ($1 = '' OR t.title ILIKE $1 OR t.number ILIKE $1 OR t.tenderer ILIKE $1) AND t.region LIKE $2
		AND ($3::timestamptz IS NULL OR (t.published_at, t.tender) < ($3, $4))
	GROUP BY t.tender ORDER BY t.published_at DESC, t.tender DESC LIMIT $5`

// Tenders implements gazette.Reader: newest announcement first.
func (g *Gazette) Tenders(ctx context.Context, query, region, cursor string, limit int) ([]gazette.TenderLine, string, error) {
	after, id, err := readCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	pattern := ""
	if query = strings.TrimSpace(query); query != "" {
		pattern = "%" + escape.Replace(query) + "%"
	}
	rows, err := g.db.public.Query(ctx, listTenders, pattern, escape.Replace(region)+"%", after, id, limit, g.db.clock.Now())
	if err != nil {
		return nil, "", fmt.Errorf("list tenders: %w", err)
	}
	var last time.Time
	page, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l gazette.TenderLine, err error) {
		var id string
		var next *time.Time
		err = row.Scan(&id, &l.Class, &l.Number, &l.Title, &l.Region, &l.Regime, &l.Tenderer, &last, &l.Lots, &next, &l.Stage, &l.Suspended)
		if err != nil {
			return l, err
		}
		if next != nil {
			l.NextAt = canon.At(*next)
		}
		return l, l.ID.UnmarshalText([]byte(id))
	})
	if err != nil {
		return nil, "", fmt.Errorf("list tenders: %w", err)
	}
	if len(page) < limit || limit == 0 {
		return page, "", nil
	}
	return page, writeCursor(last, page[len(page)-1].ID.String()), nil
}

func writeCursor(at time.Time, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(at.UnixMicro(), 10) + "/" + id))
}

// readCursor reads what writeCursor wrote, and nothing else: bidding.ErrMissing.
func readCursor(cursor string) (*time.Time, string, error) {
	if cursor == "" {
		return nil, "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, "", bidding.ErrMissing
	}
	at, text, _ := strings.Cut(string(raw), "/")
	micros, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return nil, "", bidding.ErrMissing
	}
	id, err := bidding.ParseTenderID(text)
	t := time.UnixMicro(micros).UTC()
	if err != nil || t.Year() < 1 || t.Year() > 9999 || writeCursor(t, id.String()) != cursor {
		return nil, "", bidding.ErrMissing
	}
	return &t, text, nil
}

// Tender implements gazette.Reader.
func (g *Gazette) Tender(ctx context.Context, id bidding.TenderID) (gazette.TenderPage, error) {
	var raw []byte
	if err := g.db.public.QueryRow(ctx, `SELECT state FROM tender WHERE tender = $1`, id.String()).Scan(&raw); err != nil {
		return gazette.TenderPage{}, fmt.Errorf("tender %s: %w", id, missing(err))
	}
	t, err := thaw[tender.State](raw)
	if err != nil {
		return gazette.TenderPage{}, err
	}
	rows, err := g.db.public.Query(ctx, `SELECT state FROM lot WHERE tender = $1 AND stage <> 'draft' ORDER BY number`, id.String())
	if err != nil {
		return gazette.TenderPage{}, fmt.Errorf("lots of %s: %w", id, err)
	}
	lots, err := collect[tender.LotState](rows)
	if err != nil {
		return gazette.TenderPage{}, err
	}
	page := gazette.TenderPage{Tender: t, Lots: make([]gazette.LotPage, len(lots))}
	for i, l := range lots {
		page.Lots[i] = lotPage(l)
	}
	page.Notices, err = g.notices(ctx, selectNotices+`WHERE n.tender = $1 ORDER BY n.number`, id.String())
	return page, err
}

func lotPage(l tender.LotState) gazette.LotPage {
	return gazette.LotPage{
		ID: l.ID, Tender: l.Tender, Number: l.Number, Name: l.Name, Class: l.Class, RuleSet: l.RuleSet, Mode: l.Mode,
		DecryptWindow: l.DecryptWindowMS, Remedy: l.Remedy, CeilingFen: l.CeilingFen, Kinds: l.Kinds, DocumentsFrom: l.DocumentsFrom,
		DocumentsUntil: l.DocumentsUntil, SubmitFrom: l.SubmitFrom, OpeningAt: l.OpeningAt, OpeningTimes: l.OpeningTimes, Stage: l.Stage,
		Suspended: l.Suspended, Binding: l.Binding,
	}
}

func (g *Gazette) lot(ctx context.Context, id bidding.LotID) (tender.LotState, error) {
	var raw []byte
	if err := g.db.public.QueryRow(ctx, selectLotState, id.String()).Scan(&raw); err != nil {
		return tender.LotState{}, fmt.Errorf("lot %s: %w", id, missing(err))
	}
	return thaw[tender.LotState](raw)
}

// Lot implements gazette.Reader.
func (g *Gazette) Lot(ctx context.Context, id bidding.LotID) (gazette.LotPage, error) {
	l, err := g.lot(ctx, id)
	if err != nil {
		return gazette.LotPage{}, err
	}
	return lotPage(l), nil
}

const selectKeyCertificates = `SELECT der FROM certificate WHERE fingerprint = ANY($2) OR fingerprint IN (
	SELECT decode(json_array_elements(signed->'signatures')->>'signer', 'hex') FROM document WHERE lot = $1) ORDER BY fingerprint`

// Keys implements gazette.Reader.
func (g *Gazette) Keys(ctx context.Context, id bidding.LotID) (gazette.Keys, error) {
	l, err := g.lot(ctx, id)
	if err != nil {
		return gazette.Keys{}, err
	}
	if l.Keyholders == nil || l.Officers == nil {
		return gazette.Keys{}, fmt.Errorf("keys of %s: %w", id, bidding.ErrMissing)
	}
	var k gazette.Keys
	for _, d := range []struct {
		hash canon.Hash
		into *[]byte
	}{{l.Keyholders.Record, &k.KeyRecord}, {l.Officers.Record, &k.OfficerKey}, {l.Binding, &k.Binding}} {
		if *d.into, err = g.Document(ctx, d.hash); err != nil {
			return gazette.Keys{}, err
		}
	}
	for _, hash := range l.Postponements {
		p, err := g.Document(ctx, hash)
		if err != nil {
			return gazette.Keys{}, err
		}
		k.Postponements = append(k.Postponements, p)
	}
	if k.Certificates, err = g.list(ctx, selectKeyCertificates, id.String(), digests(certificatesOf(l))); err != nil {
		return gazette.Keys{}, err
	}
	for _, c := range g.own {
		if der := c.DER(); !slices.ContainsFunc(k.Certificates, func(have []byte) bool { return bytes.Equal(have, der) }) {
			k.Certificates = append(k.Certificates, der)
		}
	}
	k.Events, err = g.list(ctx, `SELECT body FROM disclosure WHERE lot = $1 ORDER BY seq`, id.String())
	return k, err
}

// list reads rows of one octet string each.
func (g *Gazette) list(ctx context.Context, sql string, args ...any) ([][]byte, error) {
	rows, err := g.db.public.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("gazette: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (b []byte, err error) { return b, row.Scan(&b) })
}

const selectNotices = `SELECT n.state, c.salt, c.block FROM notice n LEFT JOIN notice_contact c USING (notice) `

func (g *Gazette) notices(ctx context.Context, sql, id string) ([]gazette.Notice, error) {
	rows, err := g.db.public.Query(ctx, sql, id)
	if err != nil {
		return nil, fmt.Errorf("notices: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (n gazette.Notice, err error) {
		var state, salt, block []byte
		if err := row.Scan(&state, &salt, &block); err != nil {
			return n, err
		}
		if n.State, err = thaw[notice.State](state); err != nil {
			return n, err
		}
		n.Contacts = contactsOf(n.Record, salt, block)
		return n, nil
	})
	if err != nil {
		return nil, fmt.Errorf("notices: %w", err)
	}
	return list, nil
}

// contactsOf is the stored block, unless it is not what the signed notice commits to: nobody signed that, so nobody is shown it (Fsck names it).
func contactsOf(r notice.Record, salt, block []byte) *notice.Contacts {
	c := notice.Contacts{Salt: digest(salt)}
	if r.Contact == nil || block == nil || canon.Unmarshal(block, &c.Block) != nil || c.Opens(*r.Contact) != nil {
		return nil
	}
	return &c
}

// Notices implements gazette.Reader: the lot's own and those that speak of all lots of its tender.
func (g *Gazette) Notices(ctx context.Context, id bidding.LotID) ([]gazette.Notice, error) {
	if _, err := g.lot(ctx, id); err != nil {
		return nil, err
	}
	return g.notices(ctx, selectNotices+`JOIN lot ON lot.tender = n.tender
		WHERE lot.lot = $1 AND (n.lot IS NULL OR n.lot = $1) ORDER BY n.number`, id.String())
}

// Document implements gazette.Reader.
func (g *Gazette) Document(ctx context.Context, hash canon.Hash) ([]byte, error) {
	var signed []byte
	if err := g.db.public.QueryRow(ctx, `SELECT signed FROM document WHERE hash = $1`, hash[:]).Scan(&signed); err != nil {
		return nil, fmt.Errorf("document %s: %w", hash, missing(err))
	}
	return signed, nil
}

// Opening implements gazette.Reader.
func (g *Gazette) Opening(ctx context.Context, id bidding.LotID) (gazette.OpeningPage, error) {
	if _, err := g.lot(ctx, id); err != nil {
		return gazette.OpeningPage{}, err
	}
	const find = `SELECT stage, suspended, window_end, published_at, opened, not_opened, record, signers FROM opening_status WHERE lot = $1`
	p := gazette.OpeningPage{Lot: id, Moments: []gazette.Moment{}}
	var windowEnd time.Time
	var published *time.Time
	var record []byte
	err := g.db.public.QueryRow(ctx, find, id.String()).Scan(&p.Stage, &p.Suspended, &windowEnd, &published, &p.Opened, &p.NotOpened, &record, &p.Signers)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, nil
	}
	if err != nil {
		return gazette.OpeningPage{}, fmt.Errorf("opening of %s: %w", id, err)
	}
	p.WindowEnd, p.Record = canon.At(windowEnd), digest(record)
	if published != nil {
		p.PublishedAt = canon.At(*published)
		p.Moments, err = g.moments(ctx, id)
	}
	return p, err
}

// moments are the later moments whose release the platform took, oldest first: their records are public documents.
func (g *Gazette) moments(ctx context.Context, id bidding.LotID) ([]gazette.Moment, error) {
	const list = `SELECT hash, signed->'body'->>'moment', at FROM document WHERE lot = $1 AND type = $2 ORDER BY at, hash`
	rows, err := g.db.public.Query(ctx, list, id.String(), custody.TypeRelease)
	if err != nil {
		return nil, fmt.Errorf("moments of %s: %w", id, err)
	}
	moments, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m gazette.Moment, err error) {
		var hash []byte
		var at time.Time
		if err := row.Scan(&hash, &m.Moment, &at); err != nil {
			return m, err
		}
		m.Release, m.At = digest(hash), canon.At(at)
		return m, nil
	})
	if err != nil {
		return nil, fmt.Errorf("moments of %s: %w", id, err)
	}
	return moments, nil
}

// Rows implements gazette.Reader: ascending by bid; the cursor is the last bid of the page before.
func (g *Gazette) Rows(ctx context.Context, id bidding.LotID, cursor string, limit int) ([]gazette.Row, string, error) {
	const list = `SELECT r.bid, r.body, coalesce(c.cause, ''), coalesce(c.treated_as, ''), c.record FROM opening_row r LEFT JOIN opening_cause c USING (lot, bid)
		WHERE r.lot = $1 AND r.bid COLLATE "C" > $2 ORDER BY r.bid COLLATE "C" LIMIT $3`
	rows, err := g.db.public.Query(ctx, list, id.String(), cursor, limit)
	if err != nil {
		return nil, "", fmt.Errorf("rows of %s: %w", id, err)
	}
	page, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r gazette.Row, err error) {
		var b string
		var c gazette.Cause
		var record []byte
		if err := row.Scan(&b, &r.Body, &c.Cause, &c.TreatedAs, &record); err != nil {
			return r, err
		}
		if err := r.Bid.UnmarshalText([]byte(b)); err != nil {
			return r, err
		}
		if c.Cause != "" {
			c.Bid, c.Record = r.Bid, digest(record)
			r.Cause = &c
		}
		return r, nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("rows of %s: %w", id, err)
	}
	if len(page) == 0 && cursor == "" {
		return nil, "", fmt.Errorf("rows of %s: %w", id, bidding.ErrMissing)
	}
	if len(page) < limit {
		return page, "", nil
	}
	return page, page[len(page)-1].Bid.String(), nil
}

// Record implements gazette.Reader.
func (g *Gazette) Record(ctx context.Context, id bidding.LotID) ([]byte, error) {
	const find = `SELECT signed FROM document JOIN opening_status ON record = hash WHERE opening_status.lot = $1`
	var signed []byte
	if err := g.db.public.QueryRow(ctx, find, id.String()).Scan(&signed); err != nil {
		return nil, fmt.Errorf("record of %s: %w", id, missing(err))
	}
	return signed, nil
}

// Checkpoint implements gazette.Reader.
func (g *Gazette) Checkpoint(ctx context.Context) ([]byte, error) {
	var shown []byte
	if err := g.db.public.QueryRow(ctx, `SELECT shown FROM log_head WHERE one`).Scan(&shown); err != nil {
		return nil, fmt.Errorf("checkpoint: %w", missing(err))
	}
	return shown, nil
}

// Consistency implements gazette.Reader.
func (g *Gazette) Consistency(ctx context.Context, from, to int64) ([]canon.Hash, error) {
	return g.proof(ctx, from, to)
}
