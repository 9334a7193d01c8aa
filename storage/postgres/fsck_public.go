package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
)

// checkContacts wants the contact block beside a notice to be the one that its signed record commits to. One that was erased by the owner
// says so; one that is simply gone is a fault.
func checkContacts(ctx context.Context, tx pgx.Tx, s notice.State, r *Report) error {
	var salt, block []byte
	var erased bool
	const find = `SELECT salt, block, erased_at IS NOT NULL FROM notice_contact WHERE notice = $1`
	err := tx.QueryRow(ctx, find, s.ID.String()).Scan(&salt, &block, &erased)
	none := errors.Is(err, pgx.ErrNoRows)
	switch {
	case err != nil && !none:
		return fmt.Errorf("contact block of %s: %w", s.ID, err)
	case none && s.Record.Contact == nil:
	case none:
		r.fault("notice %s without the contact block that it commits to", s.ID)
	case s.Record.Contact == nil:
		r.fault("notice %s with a contact block that it does not commit to", s.ID)
	case erased:
		r.Erased++
	case contactsOf(s.Record, salt, block) == nil:
		r.fault("contact block of notice %s is not the one that it commits to", s.ID)
	}
	return nil
}

// checkCauses compares the public findings of cause with the opening's.
func checkCauses(ctx context.Context, tx pgx.Tx, s opening.State, r *Report) error {
	rows, err := tx.Query(ctx, `SELECT bid || ' ' || cause || ' ' || treated_as || ' ' || encode(record, 'hex') FROM opening_cause WHERE lot = $1`, s.Lot.String())
	if err != nil {
		return err
	}
	have, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	want := make([]string, len(s.Causes))
	for i, c := range s.Causes {
		want[i] = fmt.Sprintf("%s %s %s %s", c.Bid, c.Cause, c.As, c.Record)
	}
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		r.fault("findings of cause about %s are not its events'", s.Lot)
	}
	return nil
}
