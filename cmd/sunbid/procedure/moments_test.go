package procedure_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sunbid/bidding/tender"
	"sunbid/cmd/sealbid/desk"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/node"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/web/outbound/keyholder"
)

// Two envelopes (双信封): the technical part opens at the opening, the price documents only after k officers have signed a release, by
// their own program, on one file. Until then platform and keyholders refuse, whoever asks.
func laterMoment(t *testing.T, p *stacktest.Play) {
	s := announce(t, p, cast.Plan{Kinds: []tender.PartRule{
		{Kind: seal.KindReadout, Moment: tender.OpeningMoment, Required: true},
		{Kind: seal.KindTechnical, Moment: tender.OpeningMoment, Required: true},
		{Kind: seal.KindPrice, Moment: "price", Required: true},
	}}, 26*time.Second)
	file := filepath.Join(t.TempDir(), "release.json")
	s.officer(0, 1, "desk-moment-early", "officer", "moment", "--moment", "price", "--file", file)
	for i := range 2 {
		p.StartOfficer(t, i, s.lot.Lot)
	}
	var bidders []*cast.Bidder
	for range 3 {
		bidders = append(bidders, s.twoEnvelopes())
	}
	if rows := s.rows(); len(rows) != 3 {
		t.Fatalf("%d rows", len(rows))
	}
	s.partsOpen("technical opening 3/3")
	request := s.priceRequest(bidders)
	s.closedEverywhere(request)

	s.officer(0, 1, "desk-moment-unknown", "officer", "moment", "--moment", "identity", "--file", file)
	s.officer(0, 0, "1 more officers", "officer", "moment", "--moment", "price", "--file", file)
	s.officer(0, 1, "desk-moment-signatures", "officer", "moment", "--moment", "price", "--file", file)
	s.tooFew(file)
	s.partsOpen("technical opening 3/3")
	s.officer(2, 0, "handed in", "officer", "moment", "--moment", "price", "--file", file)
	s.officer(1, 1, "moment-released", "officer", "moment", "--moment", "price", "--file", file)
	for i := range 2 {
		s.officer(i, 0, "all done", "officer", "release", "--kinds", "price")
	}
	s.partsOpen("technical opening 3/3", "price price 3/3")
	s.shows("/lots/"+s.lot.Lot.String()+"/opening", "报价环节", "签名开启")
	s.rememberedBy(request, s.keys.Threshold)
	s.recorded()
	if out := s.bundle(); !strings.Contains(out, "后续环节：通过 ok  1") {
		t.Errorf("the bundle's check of the release:\n%s", out)
	}
}

// twoEnvelopes is a bidder whose bid has a technical part and price documents.
func (s *scene) twoEnvelopes() *cast.Bidder {
	s.Helper()
	b := s.bidder()
	if err := b.SealReadout(s.Context(), cast.Offer{Price: 500_00, Days: 100, Security: "保函"}); err != nil {
		s.Fatal(err)
	}
	for kind, name := range map[seal.Kind]string{seal.KindTechnical: "技术文件.txt", seal.KindPrice: "报价清单.txt"} {
		if err := b.SealFile(s.Context(), kind, name, cast.FillerBody(b.Name)); err != nil {
			s.Fatal(err)
		}
	}
	if _, err := b.HandIn(s.Context(), seal.ActionSubmit, time.Now()); err != nil {
		s.Fatal(err)
	}
	return b
}

// officer runs officer i's own program on the lot and wants its exit code and words.
func (s *scene) officer(i, exit int, says string, args ...string) {
	s.Helper()
	args = append(args, "--home", s.p.OfficerHome(i).Dir, "--server", s.p.URL, "--trust", s.p.Stack.Trust, "--passphrase-file", s.p.PassphraseFile(), s.lot.Lot.String())
	code, out := try(s.T, s.p.Binaries.Sealbid, args...)
	if code != exit || !strings.Contains(out, says) {
		s.Errorf("officer %d, sealbid %v: exit %d, want %d and %q\n%s", i+1, args, code, exit, says, out)
	}
}

// partsOpen waits until exactly these kinds of parts are open, as "kind moment done/of".
func (s *scene) partsOpen(want ...string) {
	s.Helper()
	s.eventually("parts", func(ctx context.Context) error {
		status, err := s.p.Hosts.Tenderer.Client.Process(ctx, s.lot.Lot)
		if err != nil {
			return err
		}
		var got []string
		for _, x := range status.Parts {
			got = append(got, fmt.Sprintf("%s %s %d/%d", x.Kind, x.Moment, x.Done, x.Of))
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("open are %q, want %q", got, want)
		}
		return nil
	})
}

// priceRequest is what the platform would ask a keyholder about the price documents: an officer's request about the read-outs, with
// the fronts that the bidders have in their own folders.
func (s *scene) priceRequest(bidders []*cast.Bidder) custody.ReleaseRequest {
	s.Helper()
	task, err := s.p.Hosts.Officers[0].Client.Task(s.Context(), s.lot.Lot, seal.KindReadout, "", 0)
	if err != nil {
		s.Fatal(err)
	}
	r := task.Request
	r.Kind, r.Moment = string(seal.KindPrice), "price"
	fronts := map[string][]byte{}
	for _, b := range bidders {
		state, err := desk.ReadBid(b.Desk.Home, s.lot.Lot)
		if err != nil {
			s.Fatal(err)
		}
		i := slices.IndexFunc(state.Submitted, func(p desk.SealedPart) bool { return p.Kind == seal.KindPrice })
		raw, err := os.ReadFile(state.Submitted[i].File)
		if err != nil {
			s.Fatal(err)
		}
		front, err := seal.ReadFront(bytes.NewReader(raw))
		if err != nil {
			s.Fatal(err)
		}
		fronts[state.ID.String()] = front.Bytes()
	}
	for i, item := range r.Items {
		statement, err := pki.ParseSigned[seal.Statement](item.Statement)
		if err != nil {
			s.Fatal(err)
		}
		r.Items[i].Front = fronts[statement.Body.Bid]
	}
	return r
}

// closedEverywhere: neither platform nor keyholders give anything of the later part before it is released.
func (s *scene) closedEverywhere(r custody.ReleaseRequest) {
	s.Helper()
	_, err := s.p.Hosts.Officers[0].Client.Task(s.Context(), s.lot.Lot, seal.KindPrice, "", 0)
	s.refused(err, "opening-kind")
	alone, enough := s.release(0), s.release(0, 1)
	closed := map[string]int{}
	for _, k := range s.keyholders() {
		for what, later := range map[string]*pki.Signed[custody.MomentRelease]{"no release": nil, "one officer's": &alone, "one that is not logged": &enough} {
			asked := r
			if later != nil {
				asked.Later = &custody.MomentEvidence{Release: *later, Event: *r.Freeze.Event, Consistency: custody.Consistency{Path: []canon.Hash{}}}
				for _, o := range s.p.Hosts.Officers {
					asked.Later.Certificates = append(asked.Later.Certificates, o.Who.Signing.DER())
				}
			}
			_, err := k.Release(s.Context(), asked)
			switch codeOf(err) {
			case "release-moment-closed":
				closed[what]++
			case "checkpoint-from": // one that nobody asked at the opening wants the log's proof from where it stands first
			default:
				s.Errorf("%s with %s: %v", k.Endpoint().Name, what, err)
			}
		}
	}
	for _, what := range []string{"no release", "one officer's", "one that is not logged"} {
		if closed[what] < 2 {
			s.Errorf("with %s: %d keyholders looked at the moment, want the threshold at least", what, closed[what])
		}
	}
}

// release is a record of the later moment signed by some officers.
func (s *scene) release(by ...int) pki.Signed[custody.MomentRelease] {
	s.Helper()
	var signers []pki.Signer
	for _, i := range by {
		signers = append(signers, s.p.Hosts.Officers[i].Who.Signer)
	}
	signed, err := pki.Sign(custody.MomentRelease{Type: custody.TypeRelease, Class: string(s.keys.Class), Tender: s.lot.Tender.String(), Lot: s.lot.Lot.String(),
		Binding: s.keys.Binding, Moment: "price", After: canon.Sum([]byte("技术评审结果"))}, signers...)
	if err != nil {
		s.Fatal(err)
	}
	return signed
}

// tooFew hands in, past the officers' program, what one officer has signed: alone, and with somebody's signature who is none.
func (s *scene) tooFew(file string) {
	s.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		s.Fatal(err)
	}
	record, err := pki.ParseSigned[custody.MomentRelease](raw)
	if err != nil {
		s.Fatal(err)
	}
	officer := s.p.Hosts.Officers[0].Client
	s.refused(officer.ReleaseMoment(s.Context(), s.lot.Lot, record), "release-moment-closed")
	if err := record.Add(s.p.Hosts.Tenderer.Who.Signer); err != nil {
		s.Fatal(err)
	}
	s.refused(officer.ReleaseMoment(s.Context(), s.lot.Lot, record), "release-moment-closed")
	s.refused(s.p.Hosts.Agency.Client.ReleaseMoment(s.Context(), s.lot.Lot, s.release(0, 1)), "not-allowed")
	other := s.release(0, 1)
	other.Body.Moment = "identity"
	if other, err = pki.Sign(other.Body, s.p.Hosts.Officers[0].Who.Signer, s.p.Hosts.Officers[1].Who.Signer); err != nil {
		s.Fatal(err)
	}
	s.refused(officer.ReleaseMoment(s.Context(), s.lot.Lot, other), "moment-mismatch")
}

// rememberedBy: once released, as many keyholders as the threshold answer the very request that all of them refused.
func (s *scene) rememberedBy(r custody.ReleaseRequest, least int) {
	s.Helper()
	answered := 0
	for _, k := range s.keyholders() {
		if a, err := k.Release(s.Context(), r); err == nil && a.Batch != nil && len(a.Batch.Body.Items) == len(r.Items) {
			answered++
		}
	}
	if answered < least {
		s.Errorf("%d keyholders answer after the release, want %d: the request proved nothing", answered, least)
	}
}

// keyholders are reached with the platform's own certificate, which is the only one they let in.
func (s *scene) keyholders() []*keyholder.Client {
	s.Helper()
	config, err := node.Load(s.p.ConfigFile())
	if err != nil {
		s.Fatal(err)
	}
	own, err := tls.LoadX509KeyPair(config.TLSCert, config.TLSKey)
	if err != nil {
		s.Fatal(err)
	}
	var list []*keyholder.Client
	for i, k := range config.Keyholders {
		pin, err := hex.DecodeString(k.TLS)
		if err != nil {
			s.Fatal(err)
		}
		list = append(list, keyholder.NewClient(keyholder.Endpoint{Index: i + 1, Name: k.Name, Address: k.Address, Pin: [32]byte(pin)}, own))
	}
	return list
}

func codeOf(err error) string {
	var coded interface{ Code() string }
	if errors.As(err, &coded) {
		return coded.Code()
	}
	return ""
}
