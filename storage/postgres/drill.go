package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/bidding/opening"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
)

// Drills keeps what readiness drills (演练检查) need of the database. A drill lot is no lot: it has no row anywhere, only its
// freeze in the log, so that keyholders check in a drill exactly what they check at an opening.
type Drills struct{ db *DB }

// NewDrills makes the store.
func NewDrills(db *DB) *Drills { return &Drills{db} }

// drillFrozen is the freeze of a drill lot. Keyholders know the freeze of a lot by this event's name alone.
type drillFrozen struct {
	Lot    string     `json:"lot"`
	Freeze canon.Hash `json:"freeze"`
}

func (drillFrozen) EventType() string { return custody.EventFrozen }

// Freeze puts the freeze of a drill lot into the log's queue.
func (d *Drills) Freeze(ctx context.Context, tender bidding.TenderID, lot bidding.LotID, freeze canon.Hash, at time.Time) (done bidding.Recorded, err error) {
	err = d.db.inTx(ctx, func(tx pgx.Tx) error {
		// A stream of its own kind: no aggregate has it, and fsck misses none.
		s := story{tender: tender.String(), lot: lot.String(), stream: "dr" + lot.String()[2:], version: 1, pending: []bidding.Event{drillFrozen{lot.String(), freeze}}}
		entries, err := compose(bidding.SystemActor(), at, s)
		if err != nil {
			return err
		}
		b := &pgx.Batch{}
		appendEvents(b, entries)
		done = recorded(entries)
		return tx.SendBatch(ctx, b).Close()
	})
	if err != nil {
		return done, fmt.Errorf("freeze drill lot: %w", err)
	}
	return done, nil
}

// Ahead lists the announced lots that open after from and not after until, the next first. It reads no bid table.
func (d *Drills) Ahead(ctx context.Context, from, until time.Time) ([]opening.Ahead, error) {
	const find = `SELECT lot, opening_at FROM lot WHERE opening_at > $1 AND opening_at <= $2
		AND stage IN ('announced', 'submitting') AND NOT suspended ORDER BY opening_at, lot LIMIT 1000`
	rows, err := d.db.app.Query(ctx, find, from, until)
	if err != nil {
		return nil, fmt.Errorf("lots ahead: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a opening.Ahead, err error) {
		var id string
		if err := row.Scan(&id, &a.OpeningAt); err != nil {
			return a, err
		}
		a.Lot, err = bidding.ParseLotID(id)
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("lots ahead: %w", err)
	}
	return list, nil
}
