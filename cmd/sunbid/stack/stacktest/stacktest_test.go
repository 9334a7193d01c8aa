package stacktest_test

import (
	"bytes"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/crypto/seal"
)

// Three bids, one of which is replaced, through real processes to the opening record.
func TestAnOpening(t *testing.T) {
	t.Parallel()
	p := stacktest.New(t, "disk")
	lot, err := p.Hosts.Announce(t.Context(), cast.Plan{Number: "T-1", Title: "测试项目", Region: "441900", Lot: "一标段", OpeningAt: time.Now().Add(12 * time.Second)}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	file, keys, err := lot.Keys(t.Context(), p.Hosts.Tenderer, p.Trust, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if status, body := download(t, p, lot); status != http.StatusConflict && status != http.StatusTooEarly || !strings.Contains(string(body), "bundle-not-published") {
		t.Errorf("the bundle before the opening: %d %s", status, body)
	}
	for i := range 2 {
		p.StartOfficer(t, i, lot.Lot)
	}
	want := map[string]bidding.Fen{}
	for i, name := range []string{"甲公司", "乙公司", "丙公司"} {
		person, err := p.Stage.Join(t.Context(), name, cast.Code(i+1), "经办", bidding.Bidder)
		if err != nil {
			t.Fatal(err)
		}
		b := cast.NewBidder(person, t.TempDir(), keys, p.Trust, cast.Known(file))
		price := bidding.Fen(1_000_000 + i)
		if err := b.Seal(t.Context(), cast.Offer{Price: price, Days: 100, Security: "保函", Body: cast.FillerBody(name)}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.HandIn(t.Context(), seal.ActionSubmit, time.Now()); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			price += 77
			if err := b.SealReadout(t.Context(), cast.Offer{Price: price, Days: 90, Security: "保函"}); err != nil {
				t.Fatal(err)
			}
			if _, err := b.HandIn(t.Context(), seal.ActionReplace, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		want[person.Code] = price
	}
	rows, err := lot.Await(t.Context(), p.Hosts.Tenderer)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.Readout == nil || row.Readout.PriceFen == nil || bidding.Fen(*row.Readout.PriceFen) != want[row.Bidder.Code] {
			t.Errorf("row %+v, want %v", row, want[row.Bidder.Code])
		}
	}
	if len(rows) != len(want) {
		t.Errorf("%d rows, want %d", len(rows), len(want))
	}
	// The same opening as anybody downloads it, checked by the offline program; asked again, it is the same file.
	status, packed := download(t, p, lot)
	if _, again := download(t, p, lot); status != http.StatusOK || !bytes.Equal(packed, again) {
		t.Fatalf("download: %d, %d bytes and then %d", status, len(packed), len(again))
	}
	folder := t.TempDir()
	unpack := exec.CommandContext(t.Context(), "tar", "-x", "-C", folder)
	unpack.Stdin = bytes.NewReader(packed)
	if out, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), p.Binaries.Verify, "bundle", filepath.Join(folder, lot.Lot.String()), "--trust", p.Stack.Trust).CombinedOutput()
	if err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
	p.Fsck(t)
}

// download asks for the public bundle as a browser does.
func download(t *testing.T, p *stacktest.Play, lot cast.Announced) (int, []byte) {
	t.Helper()
	res, err := http.Get(p.URL + "/api/v1/lots/" + lot.Lot.String() + "/bundle")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, body
}
