package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
	"sunbid/bidding/party"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
)

// wanted is a row that must be there with these values. The first column names it.
type wanted struct {
	table   string
	columns []column
}

type column struct {
	name  string
	value any
}

// wants are the rows, and the records, that a state and its events ask for.
func wants(state any, events []bidding.Event) []wanted {
	switch s := state.(type) {
	case party.State:
		return wantOrganisation(s, events)
	case tender.State:
		return []wanted{{"tender", []column{{"tender", s.ID.String()}, {"class", string(s.Class)}, {"number", s.Number}, {"title", s.Title},
			{"region", s.Region}, {"regime", string(s.Regime)}, {"tenderer", s.Tenderer.Name}}}}
	case tender.LotState:
		return wantLot(s)
	case notice.State:
		var lot *string
		if s.Record.Lot != nil {
			id := s.Record.Lot.String()
			lot = &id
		}
		return append(records(s.Hash), wanted{"notice", []column{{"notice", s.ID.String()}, {"tender", s.Record.Tender.String()}, {"lot", lot},
			{"number", s.Record.Number}, {"kind", string(s.Record.Kind)}, {"hash", s.Hash[:]}, {"published_at", s.PublishedAt.Time}}})
	case bid.State:
		return []wanted{{"bid", []column{{"bid", s.ID.String()}, {"lot", s.Lot.String()}, {"org", s.Bidder.String()}, {"standing", string(s.Standing)},
			{"statement", s.Statement[:]}}}}
	case opening.State:
		return wantOpening(s)
	}
	return nil
}

func wantOrganisation(s party.State, events []bidding.Event) []wanted {
	list := []wanted{{"organisation", []column{{"org", s.ID.String()}, {"code", s.Code}, {"standing", string(s.Standing)}}}}
	for _, p := range s.People {
		for _, x := range p.Certificates { // whose it is, is compared the other way round: two people may have one for encryption
			list = append(list, wanted{"certificate", []column{{"fingerprint", x.Fingerprint[:]}, {"der", x.DER}}})
		}
	}
	for _, e := range events {
		switch e := e.(type) {
		case party.Enrolled:
			list = append(list, records(e.Record)...)
		case party.PersonEnrolled:
			list = append(list, records(e.Record)...)
		case party.Renewed:
			list = append(list, records(e.Record)...)
		}
	}
	return list
}

func wantLot(s tender.LotState) []wanted {
	var dueAt, openingAt *time.Time
	due, ok := s.NextDue()
	if ok {
		dueAt = &due.At
	} else {
		due.What = ""
	}
	if !s.OpeningAt.IsZero() {
		openingAt = &s.OpeningAt.Time
	}
	list := append(records(s.Binding, s.Notice, s.Freeze, s.Ground, s.EraseOrder), records(s.Postponements...)...)
	for _, lock := range []*tender.Lock{s.Officers, s.Keyholders} {
		if lock != nil {
			list = append(list, records(lock.Record)...)
		}
	}
	if s.Stage != tender.Draft {
		for _, f := range certificatesOf(s) {
			list = append(list, wanted{"certificate", []column{{"fingerprint", f[:]}, {"public", true}}})
		}
	}
	return append(list, wanted{"lot", []column{{"lot", s.ID.String()}, {"tender", s.Tender.String()}, {"number", s.Number}, {"stage", string(s.Stage)},
		{"suspended", s.Suspended}, {"opening_at", openingAt}, {"due_at", dueAt}, {"due_what", due.What}}})
}

func wantOpening(s opening.State) []wanted {
	list := records(s.Freeze, s.Record, s.EraseOrder)
	for _, m := range s.Moments {
		list = append(list, records(m.Release)...)
	}
	for _, x := range s.Causes {
		list = append(list, records(x.Record)...)
	}
	status := wanted{table: "opening_status"}
	for i, value := range statusOf(s) {
		status.columns = append(status.columns, column{strings.Split(statusColumns, ", ")[i], value})
	}
	return append(list, status,
		wanted{"opening", []column{{"lot", s.Lot.String()}, {"stage", string(s.Stage)}, {"suspended", s.Suspended}}})
}

// records are the documents of these hashes, without those that are not set.
func records(hashes ...canon.Hash) []wanted {
	var list []wanted
	for _, h := range hashes {
		if !h.IsZero() {
			list = append(list, wanted{"document", []column{{"hash", h[:]}}})
		}
	}
	return list
}

// find asks for all of them at once.
func (c *fsck) find(ctx context.Context, all []wanted) error {
	b := &pgx.Batch{}
	for _, w := range all {
		values, tests := make([]any, len(w.columns)), make([]string, len(w.columns)-1)
		for i, x := range w.columns {
			values[i] = x.value
			if i > 0 {
				tests[i-1] = fmt.Sprintf("CASE WHEN %s IS DISTINCT FROM $%d THEN %d END", x.name, i+1, i)
			}
		}
		sql := fmt.Sprintf(`SELECT array_remove(ARRAY[%s]::int[], NULL) FROM %s WHERE %s = $1`, strings.Join(tests, ", "), w.table, w.columns[0].name)
		id := values[0]
		if raw, ok := id.([]byte); ok {
			id = canon.Hex(raw)
		}
		b.Queue(sql, values...).QueryRow(func(row pgx.Row) error {
			var wrong []int
			err := row.Scan(&wrong)
			if errors.Is(err, pgx.ErrNoRows) {
				c.r.fault("%s %v is missing", w.table, id)
				return nil
			}
			for _, i := range wrong {
				c.differs(w.table, w.columns[i].name, id)
			}
			return err
		})
	}
	return c.tx.SendBatch(ctx, b).Close()
}
