package translog

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sunbid/crypto/canon"
	"sunbid/crypto/tlog"
	"sunbid/storage/objects"
)

// Report is what a whole re-derivation found. The log is sound iff Faults is empty.
type Report struct {
	Size    int64    // rounds
	Lost    int64    // of them adopted from the journal
	Events  int64    // in rounds
	Waiting int64    // recorded, not yet in a round
	Faults  []string // the first hundred, each naming a round, tile or object; none names a bid
}

const mostFaults = 100

func (r *Report) fault(format string, args ...any) {
	if len(r.Faults) < mostFaults {
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	}
}

// Rederive computes the whole log again from events and seeds and holds every stored thing against it: rounds, slots,
// tiles, head, checkpoints, journal. The error is only for a world that does not answer. The log may go on meanwhile.
func (l *Log) Rederive(ctx context.Context, store objects.Store) (Report, error) {
	tx, err := l.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return Report{}, fmt.Errorf("rederive the log: %w", err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	d := &derivation{log: l, tx: tx, journal: journal{store}, tiles: map[uint][]canon.Hash{}}
	if err := d.run(ctx); err != nil {
		return Report{}, fmt.Errorf("rederive the log: %w", err)
	}
	return d.report, nil
}

type derivation struct {
	log     *Log
	tx      pgx.Tx
	journal journal
	head    head
	report  Report
	roots   []canon.Hash // of the current 256 rounds
	sizes   []canon.Hash // the log's root after each of them
	tiles   map[uint][]canon.Hash
	written int64 // tiles held against the table
}

func (d *derivation) run(ctx context.Context) error {
	const counts = `SELECT count(*) FILTER (WHERE round IS NOT NULL), count(*) FILTER (WHERE round IS NULL) FROM event`
	var placed int64
	if err := d.tx.QueryRow(ctx, counts).Scan(&placed, &d.report.Waiting); err != nil {
		return err
	}
	h, err := loadHead(ctx, d.tx)
	if errors.Is(err, pgx.ErrNoRows) {
		if placed > 0 {
			d.report.fault("events have rounds, but there is no log")
		}
		return nil
	}
	if errors.Is(err, errUnreadable) {
		d.report.fault("log_head: %v", err)
		return nil
	}
	if err != nil {
		return err
	}
	d.head, d.report.Size = h, h.size
	if h.origin != d.log.origin {
		d.report.fault("log_head.origin is %q, not %s", h.origin, d.log.origin)
	}
	if h.published > h.size {
		d.report.fault("log_head.published is %d of %d", h.published, h.size)
	}
	if h.published == 0 {
		if err := d.shown(ctx, tlog.EmptyRoot()); err != nil {
			return err
		}
	}
	if err := tlog.VerifyCheckpoint(h.checkpoint, d.log.certificate, d.log.origin); err != nil {
		d.report.fault("checkpoint of the head: %v", err)
	}
	if h.checkpoint.Body.Size != h.size || h.checkpoint.Body.Root != h.root {
		d.report.fault("the head's checkpoint is of size %d, the head of %d", h.checkpoint.Body.Size, h.size)
	}
	tree, err := tlog.NewTree(0, nil)
	if err != nil {
		return err
	}
	for first := int64(0); first < h.size; first += perBundle {
		if err := d.stretch(ctx, tree, first, min(first+perBundle, h.size)); err != nil {
			return err
		}
	}
	if tree.Root() != h.root {
		d.report.fault("the rounds do not give the root of size %d", h.size)
	}
	if placed != d.report.Events {
		d.report.fault("%d events have a round, %d are in rounds of the log", placed, d.report.Events)
	}
	if err := d.disclosures(ctx); err != nil {
		return err
	}
	return d.remains(ctx)
}

// stretch derives up to 256 rounds and compares what is full with the tables and the journal.
func (d *derivation) stretch(ctx context.Context, tree *tlog.Tree, first, end int64) error {
	events, err := d.events(ctx, first, end)
	if err != nil {
		return err
	}
	rows, err := d.tx.Query(ctx, `SELECT round, root, seed FROM log_round WHERE round >= $1 AND round < $2 ORDER BY round`, first, end)
	if err != nil {
		return err
	}
	d.roots, d.sizes = d.roots[:0], d.sizes[:0]
	for rows.Next() {
		var number int64
		var stored, seed []byte
		if err := rows.Scan(&number, &stored, &seed); err != nil {
			rows.Close()
			return err
		}
		if number != first+int64(len(d.roots)) {
			d.report.fault("round %d is missing", first+int64(len(d.roots)))
		}
		root, err := hashOf(stored)
		if err != nil {
			rows.Close()
			return err
		}
		d.round(number, root, seed, events[number])
		d.roots = append(d.roots, root)
		tree.Append(tlog.LeafHash(root), func(level uint, _ uint64, hash canon.Hash) {
			if level%tlog.TileHeight == 0 {
				d.tiles[level/tlog.TileHeight] = append(d.tiles[level/tlog.TileHeight], hash)
			}
		})
		d.sizes = append(d.sizes, tree.Root())
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if int64(len(d.roots)) != end-first {
		d.report.fault("%d of %d rounds from %d", len(d.roots), end-first, first)
	}
	if at := d.head.published - first; at >= 1 && at <= int64(len(d.sizes)) {
		if err := d.shown(ctx, d.sizes[at-1]); err != nil {
			return err
		}
	}
	if err := d.journaled(ctx, first); err != nil {
		return err
	}
	return d.fullTiles(ctx, end)
}

// round derives one round's root.
func (d *derivation) round(number int64, stored canon.Hash, seed []byte, events map[int]canon.Hash) {
	if len(seed) != 32 {
		d.report.Lost++
		if len(events) > 0 {
			d.report.fault("round %d was adopted, yet events name it", number)
		}
		return
	}
	d.report.Events += int64(len(events))
	round, err := tlog.RestoreRound([32]byte(seed), events)
	if err != nil {
		d.report.fault("round %d: %v", number, err)
		return
	}
	if round.Root() != stored {
		d.report.fault("round %d: its events do not give its root", number)
	}
}

func (d *derivation) events(ctx context.Context, first, end int64) (map[int64]map[int]canon.Hash, error) {
	rows, err := d.tx.Query(ctx, `SELECT round, slot, salt, envelope FROM event WHERE round >= $1 AND round < $2`, first, end)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	events := map[int64]map[int]canon.Hash{}
	for rows.Next() {
		var number int64
		var slot int
		var salt, envelope []byte
		if err := rows.Scan(&number, &slot, &salt, &envelope); err != nil {
			return nil, err
		}
		if events[number] == nil {
			events[number] = map[int]canon.Hash{}
		}
		events[number][slot] = commitment(salt, envelope)
	}
	return events, rows.Err()
}

// fullTiles compares and forgets the tiles that are full at this size.
func (d *derivation) fullTiles(ctx context.Context, size int64) error {
	for level, hashes := range d.tiles {
		if len(hashes) == tlog.TileWidth {
			if err := d.tile(ctx, level, (size>>(tlog.TileHeight*level)-1)/tlog.TileWidth, hashes); err != nil {
				return err
			}
			delete(d.tiles, level)
		}
	}
	return nil
}

func (d *derivation) tile(ctx context.Context, level uint, index int64, want []canon.Hash) error {
	d.written++
	var packed []byte
	err := d.tx.QueryRow(ctx, selectTile, int32(level), index).Scan(&packed)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	have := unpack(packed)
	if len(have) != len(want) {
		d.report.fault("tile %d/%d has %d hashes, not %d", level, index, len(have), len(want))
		return nil
	}
	for i := range want {
		if have[i] != want[i] {
			d.report.fault("tile %d/%d is wrong at %d", level, index, i)
			return nil
		}
	}
	return nil
}

// remains compares the unfinished tiles at the right edge and counts that there are no others.
func (d *derivation) remains(ctx context.Context) error {
	for level, hashes := range d.tiles {
		if err := d.tile(ctx, level, d.head.size>>(tlog.TileHeight*level)/tlog.TileWidth, hashes); err != nil {
			return err
		}
	}
	var stored int64
	if err := d.tx.QueryRow(ctx, `SELECT count(*) FROM log_tile`).Scan(&stored); err != nil {
		return err
	}
	if stored != d.written {
		d.report.fault("%d tiles are stored, %d belong to the log", stored, d.written)
	}
	return nil
}
