package rehearse_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"sunbid/bidding"
	"sunbid/cmd/sunbid/rehearse"
)

func TestReadTheRealOpening(t *testing.T) {
	t.Parallel()
	f, err := os.Open("../testdata/opening-1528.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := rehearse.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	var madeUp []int
	var sum bidding.Fen
	for _, r := range rows {
		if r.MadeUp {
			madeUp = append(madeUp, r.Order)
			continue
		}
		sum += r.Price
	}
	if len(rows) != 1528 || len(madeUp) != 3 || madeUp[0] != 581 || madeUp[1] != 1423 || madeUp[2] != 1518 {
		t.Fatalf("rows %d, made up %v", len(rows), madeUp)
	}
	if rows[0].Price != 1833423300 || rows[0].Days != 360 || rows[100].Security != "150,000+年度保证金" {
		t.Fatalf("first row %+v, security of row 101 %q", rows[0], rows[100].Security)
	}
	if got := rows[0].Command.Format("2006-01-02T15:04:05Z"); got != "2026-03-16T01:31:07Z" {
		t.Fatalf("decrypt command read as %s, want UTC", got)
	}
}

func TestReadRefusesWithACode(t *testing.T) {
	t.Parallel()
	const head = "sign_in_order,bidder,file_received_at,decrypt_status,decrypt_command_at,bid_security,price_yuan,duration_days\n"
	const good = "1,甲,2026-03-14 16:27:00,decrypted,2026-03-16 09:31:07,cash,100.00,360\n"
	for _, c := range []struct {
		name, in string
		want     error
	}{
		{"plain", head + good, nil},
		{"byte-order mark", "\xef\xbb\xbf" + head + good, nil},
		{"columns in another order", "bidder,sign_in_order,file_received_at,decrypt_status,decrypt_command_at,bid_security,price_yuan,duration_days,more\n甲,1,2026-03-14 16:27:00,decrypted,2026-03-16 09:31:07,cash,100,360,x\n", nil},
		{"GBK", head + "1,\xbc\xd7,2026-03-14 16:27:00,decrypted,2026-03-16 09:31:07,cash,100.00,360\n", rehearse.ErrNotUTF8},
		{"UTF-16", "\xff\xfe1\x00", rehearse.ErrNotUTF8},
		{"no column", "bidder\n甲\n", rehearse.ErrColumn},
		{"column twice", "bidder," + head + "甲," + good, rehearse.ErrColumn},
		{"nothing", "", rehearse.ErrEmpty},
		{"only a header", head, rehearse.ErrEmpty},
		{"short row", head + "1,甲\n", rehearse.ErrRow},
		{"bidder twice", head + good + strings.Replace(good, "1,", "2,", 1), rehearse.ErrDuplicate},
		{"order twice", head + good + strings.Replace(good, "甲", "乙", 1), rehearse.ErrOrder},
		{"order zero", head + strings.Replace(good, "1,", "0,", 1), rehearse.ErrOrder},
		{"comma in the amount", head + strings.Replace(good, "100.00", `"1,100.00"`, 1), rehearse.ErrPrice},
		{"full-width digits", head + strings.Replace(good, "100.00", "１００", 1), rehearse.ErrPrice},
		{"three decimals", head + strings.Replace(good, "100.00", "1.001", 1), rehearse.ErrPrice},
		{"negative", head + strings.Replace(good, "100.00", "-1", 1), rehearse.ErrPrice},
		{"beyond int64", head + strings.Replace(good, "100.00", "99999999999999999999", 1), rehearse.ErrPrice},
		{"bad time", head + strings.Replace(good, "16:27:00", "25:27:00", 1), rehearse.ErrTime},
		{"unknown status", head + strings.Replace(good, "decrypted", "maybe", 1), rehearse.ErrStatus},
		{"price without a command", head + strings.Replace(good, "decrypted", "not_submitted", 1), rehearse.ErrStatus},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := rehearse.Read(strings.NewReader(c.in))
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestScaleMakesBiddersOfTheirOwn(t *testing.T) {
	t.Parallel()
	rows := []rehearse.Row{{Order: 1, Bidder: "甲", Price: 100}, {Order: 7, Bidder: "乙", MadeUp: true, Price: 100}}
	all, err := rehearse.Scale(rows, 3)
	if err != nil {
		t.Fatal(err)
	}
	orders, names := map[int]bool{}, map[string]bool{}
	for _, r := range all {
		orders[r.Order], names[r.Bidder] = true, true
	}
	if len(all) != 6 || len(orders) != 6 || len(names) != 6 || !orders[21] || !names["乙（第3份）"] || !all[5].MadeUp {
		t.Fatalf("%+v", all)
	}
	if rows[1].Order != 7 || rows[1].Bidder != "乙" {
		t.Fatalf("the record itself was changed: %+v", rows)
	}
	for _, c := range []struct {
		rows []rehearse.Row
		n    int
	}{{rows, 0}, {rows, -1}, {rows, 21}, {[]rehearse.Row{{Order: 1, Bidder: strings.Repeat("长", 98)}}, 2}} {
		if _, err := rehearse.Scale(c.rows, c.n); !errors.Is(err, rehearse.ErrScale) {
			t.Errorf("scale %d: %v", c.n, err)
		}
	}
}

func TestRunRefusesADiskThatIsTooSmall(t *testing.T) {
	t.Parallel()
	_, err := rehearse.Run(t.Context(), rehearse.Options{Rows: make([]rehearse.Row, 1), Bodies: rehearse.Bodies{1 << 60}, Dir: t.TempDir()})
	if !errors.Is(err, rehearse.ErrSpace) {
		t.Fatalf("a body of an exabyte: %v", err)
	}
}
