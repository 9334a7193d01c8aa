package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sunbid/crypto/canon"
	"sunbid/storage/objects"
)

// Report is what Fsck found. The database is sound iff Faults is empty. It is for who may count bids anyway
// (the database's administrator): nothing of it is logged or published.
type Report struct {
	Aggregates int64    // rows re-derived from their events
	Events     int64    // events read
	Erased     int64    // rows whose personal events were erased, so that they cannot be derived any more
	Signed     int64    // signed texts whose digest and signatures were checked
	Objects    int64    // objects of parts that statements name that were looked at
	Moved      int64    // parts in other object versions than their receipts name: a restore into an empty store does that
	Octets     int64    // octets of them that were read again
	Faults     []string // the first hundred; each names table and column
}

func (r *Report) fault(format string, args ...any) {
	if len(r.Faults) < 100 {
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	}
}

// Look says where to look beyond the database.
type Look struct {
	Objects objects.Store // nil: the objects are not looked for
	Octets  bool          // read every object again and hash its chunks; else size, version and retention only
}

// Fsck compares whatever is said twice: every aggregate with its events, every queried column with the state, every event's columns with its
// envelope, every signed text with its digest, its signatures and the columns beside it, every sealed part with its front and pieces, every
// public row with its record, every receipt with its event and with the objects it names. What is said once cannot be compared: SCHEMA.md lists
// it. The log itself is translog's to derive. The error is only for a world that does not answer.
func (db *DB) Fsck(ctx context.Context, look Look) (Report, error) {
	var r Report
	err := pgx.BeginTxFunc(ctx, db.app, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		c := &fsck{tx: tx, look: look, r: &r, certificates: map[canon.Hash]*holder{}}
		for _, step := range []func(context.Context) error{
			c.readCertificates, c.aggregates, c.equalities, c.documents, c.statements, c.receipts, c.attempts, c.batches, c.keyReleases, c.keyPool, c.payloads,
			c.parts,
		} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Report{}, fmt.Errorf("fsck: %w", err)
	}
	return r, nil
}

// fsck is one run over one snapshot of the database.
type fsck struct {
	tx           pgx.Tx
	look         Look
	r            *Report
	certificates map[canon.Hash]*holder
}

// page is how many rows are read at a time.
const page = 300

// differs notes that a column does not say what something else says of it.
func (c *fsck) differs(table, column string, id any) {
	c.r.fault("%s.%s of %v is wrong", table, column, id)
}

// each reads the rows of a statement one after another. do must not ask the database.
func each[R any](ctx context.Context, c *fsck, sql string, do func(R), args ...any) error {
	rows, err := c.tx.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		x, err := pgx.RowToStructByPos[R](rows)
		if err != nil {
			return err
		}
		do(x)
	}
	return rows.Err()
}

// pages reads a statement's rows after $1, a text that grows, and at most $2 of them at a time. do may ask the database.
func pages[R any](ctx context.Context, c *fsck, sql string, id func(R) string, do func([]R) error) error {
	for after := ""; ; {
		rows, err := c.tx.Query(ctx, sql, after, page)
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[R])
		if err != nil || len(list) == 0 {
			return err
		}
		if err := do(list); err != nil {
			return err
		}
		after = id(list[len(list)-1])
	}
}
