package bidding_test

import (
	"encoding/json"
	"testing"

	"sunbid/bidding"
	"sunbid/crypto/canon/canontest"
)

// FuzzWords: an identity and an amount of money have one notation each, with two decimals or fewer for the amount.
func FuzzWords(f *testing.F) {
	for _, s := range []string{bidding.NewLotID().String(), "td_00000000000000000000000000", "lt_zzzzzzzzzzzzzzzzzzzzzzzzzz", "18334233.00", "0.01", "10000000000000", "1.", "０", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var id bidding.LotID
		var noID, noFen error
		var fen bidding.Fen
		canontest.Bounded(t, []byte(s), func() {
			id, noID = bidding.ParseLotID(s)
			fen, noFen = bidding.ParseYuan(s)
		})
		switch {
		case noID != nil:
			canontest.Refused(t, []byte(s), noID)
		case id.String() != s:
			t.Fatalf("%q is read, and written as %q", s, id)
		}
		if noFen != nil {
			canontest.Refused(t, []byte(s), noFen)
			return
		}
		if again, err := bidding.ParseYuan(fen.String()); err != nil || again != fen || fen <= 0 || fen > bidding.MaxFen {
			t.Fatalf("%q is read as %v, then as %v: %v", s, fen, again, err)
		}
	})
}

// FuzzRefusalCode: whatever code comes over the wire, what is made of it is the code's refusal or stays an error.
func FuzzRefusalCode(f *testing.F) {
	for _, r := range bidding.Technical() {
		f.Add(r.Code)
	}
	f.Add("internal")
	f.Fuzz(func(t *testing.T, code string) {
		err := bidding.FromCode(foreign(code))
		if r, ok := err.(*bidding.Refusal); ok {
			if r.Code != code || r.Say == "" {
				t.Fatalf("%q becomes %+v", code, r)
			}
			if _, err := json.Marshal(r); err != nil {
				t.Fatal(err)
			}
		} else if err != error(foreign(code)) {
			t.Fatalf("%q becomes %v", code, err)
		}
	})
}

type foreign string

func (c foreign) Error() string { return "foreign: " + string(c) }
func (c foreign) Code() string  { return string(c) }
