package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/opening"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
	"sunbid/storage/jobs"
)

// Openings implements opening.Store.
type Openings struct{ db *DB }

// NewOpenings makes the store.
func NewOpenings(db *DB) *Openings { return &Openings{db} }

const selectOpening = `SELECT version, state FROM opening WHERE lot = $1`

const admitBids = `UPDATE bid SET admitted = true WHERE lot = $1 AND standing = 'submitted'`

// Freeze implements opening.Store.
func (s *Openings) Freeze(ctx context.Context, by bidding.Actor, at time.Time, lot bidding.LotID, fn func(tender.State, *tender.Lot, []opening.Admitted) (*opening.Opening, opening.Outcome, error)) (done bidding.Recorded, err error) {
	err = s.db.inTx(ctx, func(tx pgx.Tx) error {
		var stored storedLot
		var version int
		var raw []byte
		var admitted []opening.Admitted
		b := &pgx.Batch{}
		exclude(b, lot)
		stored.queue(b, lot)
		b.Queue(selectOpening, lot.String()).QueryRow(optional(&version, &raw))
		b.Queue(selectStanding, lot.String()).Query(func(rows pgx.Rows) (err error) {
			admitted, err = collectAdmitted(rows)
			return err
		})
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("freeze %s: %w", lot, missing(err))
		}
		if raw != nil {
			return opening.ErrFrozenAlready
		}
		t, l, err := stored.thaw()
		if err != nil {
			return err
		}
		o, outcome, err := fn(t, l, admitted)
		if err != nil {
			return err
		}
		b = &pgx.Batch{}
		b.Queue(admitBids, lot.String()).Exec(moved(len(admitted)))
		done, err = s.save(ctx, tx, b, by, at, l, o, outcome)
		return err
	})
	return done, err
}

// Update implements opening.Store.
func (s *Openings) Update(ctx context.Context, by bidding.Actor, at time.Time, lot bidding.LotID, fn func(*tender.Lot, *opening.Opening) (opening.Outcome, error)) (done bidding.Recorded, err error) {
	err = s.db.inTx(ctx, func(tx pgx.Tx) error {
		var stored storedLot
		var version int
		var raw []byte
		b := &pgx.Batch{}
		exclude(b, lot)
		stored.queue(b, lot)
		b.Queue(selectOpening, lot.String()).QueryRow(optional(&version, &raw))
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("opening of %s: %w", lot, missing(err))
		}
		if raw == nil {
			return opening.ErrNotFrozen
		}
		_, l, err := stored.thaw()
		if err != nil {
			return err
		}
		o, err := revive(opening.Restore, raw, version)
		if err != nil {
			return err
		}
		outcome, err := fn(l, o)
		if err != nil {
			return err
		}
		done, err = s.save(ctx, tx, &pgx.Batch{}, by, at, l, o, outcome)
		return err
	})
	return done, err
}

const upsertOpening = `INSERT INTO opening (lot, stage, suspended, version, state) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (lot) DO UPDATE SET stage = excluded.stage, suspended = excluded.suspended, version = excluded.version, state = excluded.state`

const upsertStatus = `INSERT INTO opening_status (` + statusColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
	ON CONFLICT (lot) DO UPDATE SET stage = excluded.stage, suspended = excluded.suspended, window_end = excluded.window_end,
		published_at = excluded.published_at, opened = excluded.opened, not_opened = excluded.not_opened, record = excluded.record,
		signers = excluded.signers`

func (s *Openings) save(ctx context.Context, tx pgx.Tx, b *pgx.Batch, by bidding.Actor, at time.Time, l *tender.Lot, o *opening.Opening, outcome opening.Outcome) (bidding.Recorded, error) {
	state := o.Snapshot()
	raw, err := snapshot(state)
	if err != nil {
		return bidding.Recorded{}, err
	}
	putDocuments(b, at, false, outcome.Documents...)
	entries, err := saveLot(b, by, at, l, outcome.Documents)
	if err != nil {
		return bidding.Recorded{}, err
	}
	more, err := compose(by, at, story{
		tender: state.Tender.String(), lot: state.Lot.String(), stream: opening.Stream(state.Lot), version: o.Version(), pending: o.Pending(),
	})
	if err != nil {
		return bidding.Recorded{}, err
	}
	appendEvents(b, more)
	for _, e := range o.Pending() {
		if c, ok := e.(opening.CauseDetermined); ok {
			b.Queue(insertCause, state.Lot.String(), c.Bid.String(), c.Cause, c.As, c.Record[:])
		}
	}
	if len(more) > 0 {
		b.Queue(upsertOpening, state.Lot.String(), string(state.Stage), state.Suspended, o.Version(), raw)
		b.Queue(upsertStatus, statusOf(state)...)
		b.Queue(`SELECT pg_notify('sunbid_stage', $1)`, state.Lot.String())
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return bidding.Recorded{}, fmt.Errorf("save opening of %s: %w", state.Lot, err)
	}
	if err := s.follow(ctx, tx, state.Lot, outcome); err != nil {
		return bidding.Recorded{}, err
	}
	return recorded(append(entries, more...)), nil
}

const insertCause = `INSERT INTO opening_cause (lot, bid, cause, treated_as, record) VALUES ($1, $2, $3, $4, $5)`

// statusColumns are the columns of opening_status in the order of statusOf.
const statusColumns = `lot, stage, suspended, window_end, published_at, opened, not_opened, record, signers`

// statusOf is what the public may know: no number, and no name, before the results are published.
func statusOf(o opening.State) []any {
	opened, notOpened := o.Opened, o.NotOpened
	var published *time.Time
	var record []byte
	if o.Published.IsZero() {
		opened, notOpened = 0, 0
	} else {
		published, record = &o.Published.Time, o.Record[:]
	}
	signers := make([]string, len(o.Signers))
	for i, r := range o.Signers {
		signers[i] = string(r)
	}
	return []any{o.Lot.String(), string(o.Stage), o.Suspended, o.WindowEnd.Time, published, opened, notOpened, record, signers}
}

// follow writes the rows of a publication and the jobs of the command.
func (s *Openings) follow(ctx context.Context, tx pgx.Tx, lot bidding.LotID, outcome opening.Outcome) error {
	if len(outcome.Rows) > 0 {
		rows := make([][]any, len(outcome.Rows))
		for i, r := range outcome.Rows {
			body, err := canon.Marshal(r)
			if err != nil {
				return fmt.Errorf("row of %s: %w", lot, err)
			}
			rows[i] = []any{lot.String(), r.Bid, body}
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"opening_row"}, []string{"lot", "bid", "body"}, pgx.CopyFromRows(rows))
		if err != nil {
			return fmt.Errorf("rows of %s: %w", lot, err)
		}
	}
	bodies := make([]jobs.OpenBodies, len(outcome.Kinds))
	for i, kind := range outcome.Kinds {
		bodies[i] = jobs.OpenBodies{Lot: lot, Part: kind}
	}
	if err := s.db.jobs.OpenBodies(ctx, tx, bodies); err != nil {
		return err
	}
	if outcome.Archive {
		if err := s.db.jobs.ArchiveKeys(ctx, tx, jobs.ArchiveKeys{Lot: lot}); err != nil {
			return err
		}
	}
	if outcome.Erase {
		return s.db.jobs.EraseKeys(ctx, tx, jobs.EraseKeys{Lot: lot, Opening: true})
	}
	return nil
}

// Load implements opening.Store.
func (s *Openings) Load(ctx context.Context, lot bidding.LotID) (tender.LotState, opening.State, error) {
	const find = `SELECT lot.state, opening.state FROM lot LEFT JOIN opening USING (lot) WHERE lot.lot = $1`
	var l, o []byte
	if err := s.db.app.QueryRow(ctx, find, lot.String()).Scan(&l, &o); err != nil {
		return tender.LotState{}, opening.State{}, fmt.Errorf("opening of %s: %w", lot, missing(err))
	}
	state, err := thaw[tender.LotState](l)
	if err != nil || o == nil {
		return state, opening.State{}, err
	}
	x, err := thaw[opening.State](o)
	return state, x, err
}

const selectStanding = `SELECT bid.state, statement.signed FROM bid JOIN statement USING (statement)
	WHERE bid.lot = $1 AND bid.standing = 'submitted' ORDER BY bid.bid COLLATE "C"`

const selectAdmitted = `SELECT bid.state, statement.signed FROM bid JOIN statement USING (statement)
	WHERE bid.lot = $1 AND bid.admitted ORDER BY bid.bid COLLATE "C"`

// Admitted implements opening.Store.
func (s *Openings) Admitted(ctx context.Context, lot bidding.LotID) ([]opening.Admitted, error) {
	rows, err := s.db.app.Query(ctx, selectAdmitted, lot.String())
	if err != nil {
		return nil, fmt.Errorf("frozen set of %s: %w", lot, err)
	}
	return collectAdmitted(rows)
}

func collectAdmitted(rows pgx.Rows) ([]opening.Admitted, error) {
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (opening.Admitted, error) {
		var raw, signed []byte
		if err := row.Scan(&raw, &signed); err != nil {
			return opening.Admitted{}, err
		}
		x, err := thaw[bid.State](raw)
		return opening.Admitted{
			Bid: x.ID, Bidder: x.Bidder, Name: x.BidderName, Code: x.Code, Certificate: x.Certificate, Version: x.Version,
			Statement: x.Statement, Signed: signed, Arrival: x.Arrival, Parts: x.Parts,
		}, err
	})
}

// Document implements opening.Store.
func (s *Openings) Document(ctx context.Context, hash canon.Hash) (bidding.Document, error) {
	return s.db.Document(ctx, hash)
}

// Documents implements opening.Store.
func (s *Openings) Documents(ctx context.Context, lot bidding.LotID, kind string) ([]bidding.Document, error) {
	rows, err := s.db.app.Query(ctx, `SELECT hash, signed FROM document WHERE lot = $1 AND type = $2`, lot.String(), kind)
	if err != nil {
		return nil, fmt.Errorf("documents of %s: %w", lot, err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (bidding.Document, error) {
		d := bidding.Document{Type: kind, Lot: lot}
		var hash []byte
		err := row.Scan(&hash, &d.Signed)
		d.Hash = digest(hash)
		return d, err
	})
}

// Due implements opening.Store.
func (s *Openings) Due(ctx context.Context, at time.Time, limit int) ([]bidding.LotID, error) {
	const due = `SELECT lot FROM lot LEFT JOIN opening USING (lot)
		WHERE lot.opening_at <= $1 AND lot.stage IN ('announced', 'submitting', 'sealed', 'opening') AND NOT lot.suspended
		AND NOT coalesce(opening.suspended, false) AND coalesce(opening.stage, '') NOT IN ('published', 'recorded', 'failed')
		ORDER BY lot.opening_at LIMIT $2`
	rows, err := s.db.app.Query(ctx, due, at, limit)
	if err != nil {
		return nil, fmt.Errorf("due openings: %w", err)
	}
	return collectLots(rows)
}

const insertBatch = `INSERT INTO opening_batch (lot, hash, lock, holder, kind, moment, signed) VALUES ($1, $2, $3, $4, $5, $6, $7)
	ON CONFLICT (lot, hash) DO NOTHING`

// SaveBatch implements opening.Store.
func (s *Openings) SaveBatch(ctx context.Context, lot bidding.LotID, x opening.Batch) error {
	err := s.db.inTx(ctx, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		b.Queue(numberLock, orderLock, lot.String())
		b.Queue(insertBatch, lot.String(), x.Hash[:], x.Lock, x.Index, string(x.Kind), x.Moment, x.Signed)
		return tx.SendBatch(ctx, b).Close()
	})
	if err != nil {
		return fmt.Errorf("save partials of %s: %w", lot, err)
	}
	return nil
}

// Batches implements opening.Store.
func (s *Openings) Batches(ctx context.Context, lot bidding.LotID, kind seal.Kind, after int64) ([]opening.Batch, int64, error) {
	const list = `SELECT id, hash, lock, holder, kind, moment, signed FROM opening_batch WHERE lot = $1 AND kind = $2 AND id > $3 ORDER BY id`
	rows, err := s.db.app.Query(ctx, list, lot.String(), string(kind), after)
	if err != nil {
		return nil, after, fmt.Errorf("partials of %s: %w", lot, err)
	}
	batches, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (x opening.Batch, err error) {
		var hash []byte
		err = row.Scan(&after, &hash, &x.Lock, &x.Index, &x.Kind, &x.Moment, &x.Signed)
		x.Hash = digest(hash)
		return x, err
	})
	return batches, after, err
}

// orderLock makes batches of a lot commit in the order of their numbers, so that who reads after a
// cursor misses none ("SBRL"). It is held for one insert and the commit.
const orderLock int32 = 0x5342524c

const insertRelease = `INSERT INTO key_release (lot, bid, digest, signed, stream) VALUES ($1, $2, $3, $4, $5)`

// SaveKeyRelease implements opening.Store.
func (s *Openings) SaveKeyRelease(ctx context.Context, by bidding.Actor, at time.Time, lot bidding.LotID, r opening.KeyRelease, e opening.KeyReceived, check func(opening.State) error) (done bidding.Recorded, err error) {
	err = s.db.inTx(ctx, func(tx pgx.Tx) error {
		var version int
		var raw []byte
		b := &pgx.Batch{}
		share(b, lot)
		b.Queue(selectOpening, lot.String()).QueryRow(func(row pgx.Row) error { return row.Scan(&version, &raw) })
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("opening of %s: %w", lot, missing(err))
		}
		state, err := thaw[opening.State](raw)
		if err != nil {
			return err
		}
		if err := check(state); err != nil {
			return err
		}
		stream := bidding.NewStreamID().String()
		entries, err := compose(by, at, story{
			tender: state.Tender.String(), lot: lot.String(), stream: stream, version: 1, pending: []bidding.Event{e},
		})
		if err != nil {
			return err
		}
		b = &pgx.Batch{}
		appendEvents(b, entries)
		b.Queue(insertRelease, lot.String(), r.Bid.String(), r.Digest[:], r.Signed, stream)
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("save key release for %s: %w", lot, err)
		}
		done = recorded(entries)
		return nil
	})
	return done, err
}

// KeyReleases implements opening.Store.
func (s *Openings) KeyReleases(ctx context.Context, lot bidding.LotID, known []int64) ([]opening.KeyRelease, error) {
	const list = `SELECT id, bid, digest, signed FROM key_release WHERE lot = $1 AND NOT id = ANY($2) ORDER BY id`
	if known == nil {
		known = []int64{} // a null array would hide every row
	}
	rows, err := s.db.app.Query(ctx, list, lot.String(), known)
	if err != nil {
		return nil, fmt.Errorf("key releases of %s: %w", lot, err)
	}
	releases, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r opening.KeyRelease, err error) {
		var id string
		var sum []byte
		if err := row.Scan(&r.ID, &id, &sum, &r.Signed); err != nil {
			return r, err
		}
		r.Digest = digest(sum)
		r.Bid, err = bidding.ParseBidID(id)
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("key releases of %s: %w", lot, err)
	}
	return releases, nil
}

const upsertOpened = `INSERT INTO opened_part (lot, bid, kind, digest, key, content, length, reason, opened_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
	ON CONFLICT (lot, bid, kind) DO UPDATE SET digest = excluded.digest, key = excluded.key, content = excluded.content,
		length = excluded.length, reason = excluded.reason, opened_at = excluded.opened_at WHERE opened_part.reason <> ''`

// SaveOpenedPart implements opening.Store. A part that opened stays as it opened first.
func (s *Openings) SaveOpenedPart(ctx context.Context, p opening.OpenedPart) error {
	_, err := s.db.app.Exec(ctx, upsertOpened, p.Lot.String(), p.Bid.String(), string(p.Kind), p.Digest[:], p.Key, p.Content[:], p.Length, p.Reason, p.OpenedAt.Time)
	if err != nil {
		return fmt.Errorf("save opened part: %w", err)
	}
	return nil
}

// OpenedPart implements opening.Store.
func (s *Openings) OpenedPart(ctx context.Context, lot bidding.LotID, id bidding.BidID, kind seal.Kind) (opening.OpenedPart, error) {
	const find = `SELECT digest, key, content, length, reason, opened_at FROM opened_part WHERE lot = $1 AND bid = $2 AND kind = $3`
	p := opening.OpenedPart{Lot: lot, Bid: id, Kind: kind}
	var sum, content []byte
	var at time.Time
	err := s.db.app.QueryRow(ctx, find, lot.String(), id.String(), string(kind)).Scan(&sum, &p.Key, &content, &p.Length, &p.Reason, &at)
	if errors.Is(err, pgx.ErrNoRows) {
		return opening.OpenedPart{}, bidding.ErrMissing
	}
	if err != nil {
		return opening.OpenedPart{}, fmt.Errorf("opened part: %w", err)
	}
	p.Digest, p.Content, p.OpenedAt = digest(sum), digest(content), canon.At(at)
	return p, nil
}

// OpenedParts implements opening.Store.
func (s *Openings) OpenedParts(ctx context.Context, lot bidding.LotID, kind seal.Kind) ([]bidding.BidID, error) {
	rows, err := s.db.app.Query(ctx, `SELECT bid FROM opened_part WHERE lot = $1 AND kind = $2 ORDER BY bid COLLATE "C"`, lot.String(), string(kind))
	if err != nil {
		return nil, fmt.Errorf("opened parts: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (bidding.BidID, error) {
		var id string
		if err := row.Scan(&id); err != nil {
			return bidding.BidID{}, err
		}
		return bidding.ParseBidID(id)
	})
}
