package procedure_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/gazette"
	"sunbid/bidding/notice"
	"sunbid/cmd/sealbid/desk"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// scene is one lot on the common stack.
type scene struct {
	*testing.T
	p       *stacktest.Play
	lot     cast.Announced
	file    desk.LotFile
	keys    desk.Lot
	notices int // published for the tender so far
}

// people numbers the bidders of all lots; organisations are the same on the whole platform.
var people atomic.Int64

// announce puts a lot before the public that opens after `ahead`.
func announce(t *testing.T, p *stacktest.Play, plan cast.Plan, ahead time.Duration) *scene {
	t.Helper()
	plan.Number, plan.Title, plan.Region, plan.Lot = fmt.Sprintf("P-%d", people.Add(1)), "程序测试项目", "441900", "一标段"
	plan.OpeningAt = time.Now().Add(ahead)
	lot, err := p.Hosts.Announce(t.Context(), plan, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{T: t, p: p, lot: lot, notices: 1}
	s.fetch()
	return s
}

// fetch asks for the lot's keys again, as every bidder's program does before it seals or sends.
func (s *scene) fetch() {
	s.Helper()
	var err error
	if s.file, s.keys, err = s.lot.Keys(s.Context(), s.p.Hosts.Tenderer, s.p.Trust, time.Now); err != nil {
		s.Fatal(err)
	}
}

// bidder enrols somebody new.
func (s *scene) bidder() *cast.Bidder {
	s.Helper()
	n := int(people.Add(1))
	person, err := s.p.Stage.Join(s.Context(), fmt.Sprintf("程序测试第%d公司", n), cast.Code(n), "经办", bidding.Bidder)
	if err != nil {
		s.Fatal(err)
	}
	return cast.NewBidder(person, s.TempDir(), s.keys, s.p.Trust, cast.Known(s.file))
}

// bid seals and submits one bid at a price.
func (s *scene) bid(price bidding.Fen) *cast.Bidder {
	s.Helper()
	b := s.bidder()
	if err := b.Seal(s.Context(), cast.Offer{Price: price, Days: 100, Security: "保函", Body: cast.FillerBody(b.Name)}); err != nil {
		s.Fatal(err)
	}
	if _, err := b.HandIn(s.Context(), seal.ActionSubmit, time.Now()); err != nil {
		s.Fatal(err)
	}
	return b
}

// bids hands in several at once: the price tells who it was.
func (s *scene) bids(prices ...bidding.Fen) []*cast.Bidder {
	s.Helper()
	list := make([]*cast.Bidder, len(prices))
	var g sync.WaitGroup
	for i, price := range prices {
		g.Go(func() { list[i] = s.bid(price) })
	}
	g.Wait()
	if s.Failed() {
		s.FailNow()
	}
	return list
}

// rows waits for the opening record.
func (s *scene) rows() map[string]custody.Row {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), time.Minute)
	defer cancel()
	rows, err := s.lot.Await(ctx, s.p.Hosts.Tenderer)
	if err != nil {
		s.Fatal(err)
	}
	byCode := map[string]custody.Row{}
	for _, r := range rows {
		byCode[r.Bidder.Code] = r
	}
	return byCode
}

func (s *scene) wantPrice(rows map[string]custody.Row, b *cast.Bidder, want bidding.Fen) {
	s.Helper()
	r, ok := rows[b.Code]
	if !ok || r.Readout == nil || r.Readout.PriceFen == nil || bidding.Fen(*r.Readout.PriceFen) != want {
		s.Errorf("row of %s: %+v, want %v fen", b.Name, r, want)
	}
}

// notice signs the next notice about the lot.
func (s *scene) notice(by *cast.Person, kind notice.Kind, title, text string, change *notice.Change) notice.Signed {
	s.Helper()
	s.notices++
	signed, err := pki.Sign(notice.Record{Type: notice.RecordType, Class: bidding.Rehearsal, Notice: bidding.NewNoticeID(), Tender: s.lot.Tender, Lot: &s.lot.Lot,
		Kind: kind, Number: s.notices, Title: title, Text: text, SignedAt: canon.At(time.Now()), Opening: change}, by.Who.Signer)
	if err != nil {
		s.Fatal(err)
	}
	return signed
}

// eventually asks until the answer is right; it gives up with the test.
func (s *scene) eventually(what string, right func(context.Context) error) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), time.Minute)
	defer cancel()
	for {
		err := right(ctx)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			s.Fatalf("%s: %v", what, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (s *scene) page() gazette.LotPage {
	s.Helper()
	page, err := s.p.Hosts.Tenderer.Client.Lot(s.Context(), s.lot.Lot)
	if err != nil {
		s.Fatal(err)
	}
	return page
}

// shares counts the keyholders that still have their share file of the lot's key.
func (s *scene) shares() int {
	s.Helper()
	if s.lot.State.Key == "" {
		s.Fatal("the lot has no key")
	}
	files, err := filepath.Glob(filepath.Join(s.p.Dir, "keyholder-*", "state", "shares", s.lot.State.Key))
	if err != nil {
		s.Fatal(err)
	}
	return len(files)
}

// erased waits until no keyholder has its share.
func (s *scene) erased() {
	s.Helper()
	s.eventually("erasure", func(context.Context) error {
		if n := s.shares(); n > 0 {
			return fmt.Errorf("%d share files are there", n)
		}
		return nil
	})
}

// shows holds a public page against words it must carry.
func (s *scene) shows(path string, words ...string) {
	s.Helper()
	res, err := http.Get(s.p.URL + path)
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	html, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		s.Fatalf("%s: %s %v", path, res.Status, err)
	}
	for _, w := range words {
		if !strings.Contains(string(html), w) {
			s.Errorf("page %s does not say %q", path, w)
		}
	}
}

// refused is an error with that stable code.
func (s *scene) refused(err error, code string) {
	s.Helper()
	var r *bidding.Refusal
	if !errors.As(err, &r) || r.Code != code {
		s.Errorf("got %v, want the refusal %s", err, code)
	}
}

// bundle exports the lot and has the offline program verify it.
func (s *scene) bundle() string {
	s.Helper()
	dir := filepath.Join(s.TempDir(), "bundle")
	run(s.T, s.p.Binaries.Sunbid, "export", "--config", s.p.ConfigFile(), "--lot", s.lot.Lot.String(), dir)
	return run(s.T, s.p.Binaries.Verify, "bundle", dir, "--trust", s.p.Stack.Trust)
}
