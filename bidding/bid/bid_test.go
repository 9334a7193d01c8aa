package bid_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/law"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
)

var opening = time.Date(2025, 3, 28, 1, 0, 0, 0, time.UTC)

func window() bid.Window {
	return bid.Window{Class: bidding.Production, Tender: bidding.NewTenderID(), Lot: bidding.NewLotID(), Stage: tender.Submitting, Binding: canon.Sum([]byte("binding")),
		SubmitFrom: canon.At(opening.Add(-time.Hour)), OpeningAt: canon.At(opening), OpeningTimes: []canon.Time{canon.At(opening)}, Mode: law.Keyholders,
		Kinds: []tender.PartRule{{Kind: seal.KindReadout, Moment: "opening", Required: true}, {Kind: seal.KindBody, Moment: "opening", Required: true}, {Kind: seal.KindEvidence, Moment: "opening"}}}
}

func bidder() (bidding.Actor, bid.Who) {
	by := bidding.Actor{Person: bidding.NewPersonID(), Org: bidding.NewOrgID(), Role: bidding.Bidder, Certificate: canon.Sum([]byte("certificate"))}
	return by, bid.Who{Org: by.Org, Name: "某施工企业", Code: "91441900MA00000000", Certificate: by.Certificate}
}

func upload(w bid.Window, who bid.Who, kind seal.Kind, seed string) bid.SealedPart {
	return bid.SealedPart{Lot: w.Lot, By: who.Org, Signer: who.Certificate, Kind: kind, Moment: "opening", Digest: canon.Sum([]byte(seed)), Size: 70_000, At: canon.At(opening.Add(-30 * time.Minute))}
}

func byDigest(parts ...bid.SealedPart) map[canon.Hash]bid.SealedPart {
	m := map[canon.Hash]bid.SealedPart{}
	for _, p := range parts {
		m[p.Digest] = p
	}
	return m
}

func statement(w bid.Window, id string, action seal.Action, version int64, previous canon.Hash, parts ...bid.SealedPart) (seal.Statement, canon.Hash) {
	s := seal.Statement{Type: seal.StatementType, Class: string(w.Class), Tender: w.Tender.String(), Lot: w.Lot.String(), Bid: id, Binding: w.Binding,
		Version: version, Action: action, Previous: previous, SignedAt: canon.At(opening), Parts: []seal.Part{}}
	for _, p := range parts {
		s.Parts = append(s.Parts, seal.Part{Kind: p.Kind, Moment: p.Moment, Digest: p.Digest, Size: p.Size})
	}
	h, _ := canon.HashOf(s)
	return s, h
}

// Each row changes one thing of a good first submit.
func TestSubmitRules(t *testing.T) {
	t.Parallel()
	inTime := opening.Add(-time.Minute)
	for _, c := range []struct {
		name   string
		change func(by *bidding.Actor, w *bid.Window, s *seal.Statement, parts map[canon.Hash]bid.SealedPart, at *time.Time)
		want   error
	}{
		{"good", nil, nil},
		{"one millisecond before", func(_ *bidding.Actor, _ *bid.Window, _ *seal.Statement, _ map[canon.Hash]bid.SealedPart, at *time.Time) {
			*at = opening.Add(-time.Millisecond)
		}, nil},
		{"at the opening time", func(_ *bidding.Actor, _ *bid.Window, _ *seal.Statement, _ map[canon.Hash]bid.SealedPart, at *time.Time) {
			*at = opening
		}, bid.ErrAfterDeadline},
		{"late and wrong is late", func(_ *bidding.Actor, _ *bid.Window, s *seal.Statement, _ map[canon.Hash]bid.SealedPart, at *time.Time) {
			*at, s.Version = opening.Add(time.Hour), 7
		}, bid.ErrAfterDeadline},
		{"too early", func(_ *bidding.Actor, w *bid.Window, _ *seal.Statement, _ map[canon.Hash]bid.SealedPart, at *time.Time) {
			*at = w.SubmitFrom.Add(-time.Millisecond)
		}, bid.ErrNotOpen},
		{"at submit-from", func(_ *bidding.Actor, w *bid.Window, _ *seal.Statement, _ map[canon.Hash]bid.SealedPart, at *time.Time) {
			*at = w.SubmitFrom.Time
		}, nil},
		{"announced is enough", func(_ *bidding.Actor, w *bid.Window, _ *seal.Statement, _ map[canon.Hash]bid.SealedPart, _ *time.Time) {
			w.Stage = tender.Announced
		}, nil},
		{"suspended lot takes bids", func(_ *bidding.Actor, w *bid.Window, _ *seal.Statement, _ map[canon.Hash]bid.SealedPart, _ *time.Time) {
			w.Suspended = true
		}, nil},
		{"sealed lot", func(_ *bidding.Actor, w *bid.Window, _ *seal.Statement, _ map[canon.Hash]bid.SealedPart, _ *time.Time) {
			w.Stage = tender.Sealed
		}, bid.ErrClosed},
		{"terminated lot", func(_ *bidding.Actor, w *bid.Window, _ *seal.Statement, _ map[canon.Hash]bid.SealedPart, _ *time.Time) {
			w.Stage = tender.Terminated
		}, bid.ErrClosed},
		{"operator", func(by *bidding.Actor, _ *bid.Window, _ *seal.Statement, _ map[canon.Hash]bid.SealedPart, _ *time.Time) {
			by.Role = bidding.Operator
		}, bid.ErrNotOwn},
		{"another certificate", func(by *bidding.Actor, _ *bid.Window, _ *seal.Statement, _ map[canon.Hash]bid.SealedPart, _ *time.Time) {
			by.Certificate = canon.Hash{1}
		}, bid.ErrNotOwn},
		{"class", func(_ *bidding.Actor, _ *bid.Window, s *seal.Statement, _ map[canon.Hash]bid.SealedPart, _ *time.Time) {
			s.Class = "rehearsal"
		}, bidding.ErrClass},
		{"another lot", func(_ *bidding.Actor, _ *bid.Window, s *seal.Statement, _ map[canon.Hash]bid.SealedPart, _ *time.Time) {
			s.Lot = bidding.NewLotID().String()
		}, bid.ErrOther},
		{"another binding", func(_ *bidding.Actor, _ *bid.Window, s *seal.Statement, _ map[canon.Hash]bid.SealedPart, _ *time.Time) {
			s.Binding = canon.Hash{1}
		}, bid.ErrOther},
		{"version gap", func(_ *bidding.Actor, _ *bid.Window, s *seal.Statement, _ map[canon.Hash]bid.SealedPart, _ *time.Time) {
			s.Version = 2
		}, bid.ErrVersion},
		{"previous out of nowhere", func(_ *bidding.Actor, _ *bid.Window, s *seal.Statement, _ map[canon.Hash]bid.SealedPart, _ *time.Time) {
			s.Previous = canon.Hash{1}
		}, bid.ErrPrevious},
		{"replace first", func(_ *bidding.Actor, _ *bid.Window, s *seal.Statement, _ map[canon.Hash]bid.SealedPart, _ *time.Time) {
			s.Action = seal.ActionReplace
		}, bid.ErrAction},
		{"withdraw first", func(_ *bidding.Actor, _ *bid.Window, s *seal.Statement, _ map[canon.Hash]bid.SealedPart, _ *time.Time) {
			s.Action = seal.ActionWithdraw
		}, bid.ErrAction},
		{"no body", func(_ *bidding.Actor, _ *bid.Window, s *seal.Statement, _ map[canon.Hash]bid.SealedPart, _ *time.Time) {
			s.Parts = s.Parts[1:]
		}, bid.ErrPartMissing},
		{"unasked part", func(_ *bidding.Actor, w *bid.Window, _ *seal.Statement, _ map[canon.Hash]bid.SealedPart, _ *time.Time) {
			w.Kinds = w.Kinds[:1]
		}, bid.ErrPartUnasked},
		{"other moment", func(_ *bidding.Actor, w *bid.Window, _ *seal.Statement, _ map[canon.Hash]bid.SealedPart, _ *time.Time) {
			w.Kinds[1].Moment = "later"
		}, bid.ErrPartUnasked},
		{"not uploaded", func(_ *bidding.Actor, _ *bid.Window, s *seal.Statement, parts map[canon.Hash]bid.SealedPart, _ *time.Time) {
			delete(parts, s.Parts[0].Digest)
		}, bid.ErrPartMissing},
		{"somebody else's upload", func(_ *bidding.Actor, _ *bid.Window, s *seal.Statement, parts map[canon.Hash]bid.SealedPart, _ *time.Time) {
			p := parts[s.Parts[0].Digest]
			p.By = bidding.NewOrgID()
			parts[p.Digest] = p
		}, bid.ErrPartMissing},
		{"upload for another lot", func(_ *bidding.Actor, _ *bid.Window, s *seal.Statement, parts map[canon.Hash]bid.SealedPart, _ *time.Time) {
			p := parts[s.Parts[0].Digest]
			p.Lot = bidding.NewLotID()
			parts[p.Digest] = p
		}, bid.ErrPartMissing},
		{"size differs", func(_ *bidding.Actor, _ *bid.Window, s *seal.Statement, _ map[canon.Hash]bid.SealedPart, _ *time.Time) {
			s.Parts[0].Size++
		}, bid.ErrPartDiffers},
		{"kinds swapped", func(_ *bidding.Actor, _ *bid.Window, s *seal.Statement, _ map[canon.Hash]bid.SealedPart, _ *time.Time) {
			s.Parts[0].Digest, s.Parts[1].Digest = s.Parts[1].Digest, s.Parts[0].Digest
		}, bid.ErrPartDiffers},
		{"part under another certificate", func(_ *bidding.Actor, _ *bid.Window, s *seal.Statement, parts map[canon.Hash]bid.SealedPart, _ *time.Time) {
			p := parts[s.Parts[0].Digest]
			p.Signer = canon.Hash{1}
			parts[p.Digest] = p
		}, bid.ErrPartSigner},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := window()
			by, who := bidder()
			body, readout := upload(w, who, seal.KindBody, "body"), upload(w, who, seal.KindReadout, "readout")
			parts, at := byDigest(body, readout), inTime
			s, hash := statement(w, bidding.NewBidID().String(), seal.ActionSubmit, 1, canon.Hash{}, body, readout)
			if c.change != nil {
				c.change(&by, &w, &s, parts, &at)
			}
			b := bid.Fresh()
			err := b.Take(by, who, w, s, hash, parts, at)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if c.want != nil && (len(b.Pending()) != 0 || !reflect.DeepEqual(b.Snapshot(), bid.Fresh().Snapshot())) {
				t.Error("a refused statement left something")
			}
			if c.want == nil && b.Snapshot().Standing != bid.Submitted {
				t.Error("not submitted")
			}
		})
	}
}

// Random statements against a small model; only the right next one is taken, and the row is the fold of the events.
func TestVersionsAgainstModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		w := window()
		by, who := bidder()
		body := upload(w, who, seal.KindBody, "body")
		b, id := bid.Fresh(), bidding.NewBidID().String()
		standing, version, last := bid.None, int64(0), canon.Hash{}
		at := w.SubmitFrom.Time
		for range 40 {
			at = at.Add(time.Duration(r.IntN(150)) * time.Second)
			action := []seal.Action{seal.ActionSubmit, seal.ActionReplace, seal.ActionWithdraw}[r.IntN(3)]
			v, previous, named := version+1, last, id
			switch r.IntN(8) {
			case 0:
				v += int64(r.IntN(3)) - 1
			case 1:
				previous = canon.Sum([]byte{byte(r.IntN(3))})
			case 2:
				named = bidding.NewBidID().String()
			}
			readout := upload(w, who, seal.KindReadout, string(rune('a'+r.IntN(5)))) // the price sheet alone changes, the body is named again
			list := []bid.SealedPart{body, readout}
			if action == seal.ActionWithdraw {
				list = nil
			}
			s, hash := statement(w, named, action, v, previous, list...)
			want := at.Before(opening) && v == version+1 && previous == last && (version == 0 || named == id) && (action == seal.ActionSubmit) == (standing != bid.Submitted)
			err := b.Take(by, who, w, s, hash, byDigest(list...), at)
			if (err == nil) != want {
				t.Fatalf("seed %d: %s v%d in %s at %v: model %v, got %v", seed, action, v, standing, at, want, err)
			}
			if want {
				if version == 0 {
					id = named
				}
				version, last, standing = v, hash, bid.Submitted
				if action == seal.ActionWithdraw {
					standing = bid.Withdrawn
				}
			}
			got := b.Snapshot()
			if got.Standing != standing || int64(got.Version) != version || got.Statement != last {
				t.Fatalf("seed %d: %+v", seed, got)
			}
			again := bid.Replay(slices.Values(b.Pending()))
			if !reflect.DeepEqual(again.Snapshot(), got) || again.Version() != b.Version() {
				t.Fatalf("seed %d: replay differs", seed)
			}
		}
		for _, e := range b.Pending() {
			raw, err := canon.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			if back, err := bid.DecodeEvent(e.EventType(), raw); err != nil || !reflect.DeepEqual(back, e) {
				t.Fatalf("%s: %v\n%+v\n%+v", e.EventType(), err, back, e)
			}
		}
	}
}

func TestArrivalIsTheLater(t *testing.T) {
	t.Parallel()
	w := window()
	_, who := bidder()
	p := upload(w, who, seal.KindBody, "body")
	request := p.At.Add(-time.Second)
	if got := bid.ArrivalOf(request, byDigest(p)); !got.Equal(p.At.Time) {
		t.Errorf("the last octet came later, got %v", got)
	}
	if got := bid.ArrivalOf(p.At.Add(time.Second), byDigest(p)); !got.Equal(p.At.Add(time.Second)) {
		t.Errorf("the request came later, got %v", got)
	}
}

func TestRetentionTellsTheYearOnly(t *testing.T) {
	t.Parallel()
	a, b := bid.RetainUntil(time.Date(2025, 1, 1, 0, 0, 0, 0, bidding.Shanghai())), bid.RetainUntil(time.Date(2025, 12, 31, 23, 59, 59, 0, bidding.Shanghai()))
	if !a.Equal(b) {
		t.Errorf("%v, %v", a, b)
	}
}
