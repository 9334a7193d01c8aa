package postgres_test

import (
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon/canontest"
	"sunbid/storage/postgres"
)

// FuzzCursor: a page's cursor has one notation, and what it holds is nothing that a query could choke on.
func FuzzCursor(f *testing.F) {
	f.Add(postgres.WriteCursor(time.UnixMicro(1_772_000_000_000_000), bidding.NewTenderID().String()))
	f.Add(postgres.WriteCursor(time.UnixMicro(-1<<63), "td_\x00"))
	f.Add(postgres.WriteCursor(time.UnixMicro(1<<62), bidding.NewTenderID().String()))
	f.Add("A A\n=")
	f.Fuzz(func(t *testing.T, cursor string) {
		var at *time.Time
		var id string
		var err error
		canontest.Bounded(t, []byte(cursor), func() { at, id, err = postgres.ReadCursor(cursor) })
		switch {
		case err != nil:
			canontest.Refused(t, []byte(cursor), err)
		case cursor == "" && at == nil && id == "":
		case postgres.WriteCursor(*at, id) != cursor:
			t.Fatalf("%q is read, and written as %q", cursor, postgres.WriteCursor(*at, id))
		}
	})
}
