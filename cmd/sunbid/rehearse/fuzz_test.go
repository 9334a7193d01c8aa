package rehearse_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sunbid/rehearse"
	"sunbid/crypto/canon/canontest"
)

const csvHead = "sign_in_order,bidder,file_received_at,decrypt_status,decrypt_command_at,bid_security,price_yuan,duration_days\n"

// FuzzCSV: an opening record is refused with a code, or its rows keep every promise of Read and, written again, are read as the same.
func FuzzCSV(f *testing.F) {
	data, err := os.ReadFile("../testdata/opening-1528.csv")
	if err != nil {
		f.Fatal(err)
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	f.Add(bytes.Join(lines[:6], nil))
	f.Add([]byte(csvHead + "1,甲,2026-03-16 08:00:00,decrypted,2026-03-16 09:30:01,\"保函, 电子\",18334233.00,120\n2,乙,2026-03-16 08:00:01,not_submitted,,,,\n"))
	f.Add([]byte("\xef\xbb\xbf" + csvHead + "1,\"a\"\"b\",2026-03-16 08:00:00,decrypted,2026-03-16 09:30:01,,1,1\r\n"))
	f.Add([]byte("\xbc\xd7,\xd2\xd2\n"))
	f.Add([]byte(csvHead + "1,,,,,,,\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var rows []rehearse.Row
		var err error
		canontest.Bounded(t, data, func() { rows, err = rehearse.Read(bytes.NewReader(data)) })
		if err != nil {
			canontest.Refused(t, data, err)
			return
		}
		orders, names := map[int]bool{}, map[string]bool{}
		for i, r := range rows {
			if r.Order < 1 || orders[r.Order] || r.Bidder == "" || names[r.Bidder] || r.Price <= 0 || r.Price > bidding.MaxFen || r.Days < 1 || r.Days > 36_500 || r.Decrypted == r.MadeUp || i > 0 && rows[i-1].Order > r.Order {
				t.Fatalf("row %d: %+v", i, r)
			}
			orders[r.Order], names[r.Bidder] = true, true
		}
		again, err := rehearse.Read(bytes.NewReader(written(t, rows)))
		if err != nil || !slices.Equal(rows, again) {
			t.Fatalf("%q is read as %+v, then as %+v: %v", data, rows, again, err)
		}
	})
}

func written(t *testing.T, rows []rehearse.Row) []byte {
	t.Helper()
	at := func(x time.Time) string { return x.In(bidding.Shanghai()).Format(time.DateTime) }
	b := bytes.NewBufferString(csvHead)
	w := csv.NewWriter(b)
	for _, r := range rows {
		cells := []string{strconv.Itoa(r.Order), r.Bidder, at(r.Received), "not_submitted", "", r.Security, "", ""}
		if r.Decrypted {
			cells[3], cells[4], cells[6], cells[7] = "decrypted", at(r.Command), r.Price.String(), strconv.Itoa(r.Days)
		}
		if err := w.Write(cells); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	return b.Bytes()
}
