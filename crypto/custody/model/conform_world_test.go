package model_test

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/custody/custodytest"
	"sunbid/crypto/custody/model"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// disk is a custody.State that can be copied.
type disk struct{ docs, shares map[string][]byte }

func (d *disk) clone() *disk { return &disk{maps.Clone(d.docs), maps.Clone(d.shares)} }

func (d *disk) Load(name string) ([]byte, error)     { return d.docs[name], nil }
func (d *disk) Save(name string, doc []byte) error   { d.docs[name] = slices.Clone(doc); return nil }
func (d *disk) LoadShare(key string) ([]byte, error) { return slices.Clone(d.shares[key]), nil }
func (d *disk) EraseShare(key string) error          { delete(d.shares, key); return nil }
func (d *disk) SaveShare(key string, share []byte) error {
	d.shares[key] = slices.Clone(share)
	return nil
}

func (d *disk) List(prefix string) ([]string, error) {
	var names []string
	for name := range d.docs {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	return names, nil
}

// world is a real lot of three keyholders, two of whom open; the first is the one that is looked at. A second lot with a key
// of its own opens a little after start.
type world struct {
	lot, other   *custodytest.Lot
	known        custody.Known
	parties      []custodytest.Party
	disk         *disk
	start        time.Time
	bids         map[model.Part]custodytest.Bid
	relabelled   map[model.Part]custodytest.Bid
	elsewhere    map[model.Part]custodytest.Bid
	freezes      map[model.Freeze]custody.FreezeEvidence
	otherFreeze  custody.FreezeEvidence
	later        custody.MomentEvidence
	plain, force custody.PostponeRequest
	advance      custody.PostponeRequest
	erasure      custody.EraseRequest
}

// tick is the time of a tick: the binding's opening is at tick 2, the postponed one at tick 4.
func (w *world) tick(n int) time.Time { return w.start.Add(time.Duration(n) * time.Hour) }

func newWorld(t *testing.T) *world {
	t.Helper()
	ca := custodytest.NewCA(t, custody.Rehearsal)
	w := &world{start: time.Now().Truncate(time.Second), parties: custodytest.NewParties(t, ca, "保管方", 3)}
	platform, log := custodytest.NewParty(t, ca, "平台"), custodytest.NewLog(t, ca)
	w.known = custody.Known{Class: ca.Class(), Threshold: 2, Platform: []*pki.Certificate{platform.Signer.Certificate()}, Log: []*pki.Certificate{log.Party.Signer.Certificate()}}
	disks := make([]*disk, len(w.parties))
	for i, p := range w.parties {
		w.known.Group = append(w.known.Group, p.Member())
		disks[i] = &disk{map[string][]byte{}, map[string][]byte{}}
	}
	w.disk = disks[0]
	keepers := make([]*custody.Keeper, len(w.parties))
	for i, p := range w.parties {
		keepers[i] = w.keeperOf(t, p, disks[i], w.start)
	}
	w.lot = custodytest.NewLot(t, ca, platform, log, w.generate(t, keepers), w.tick(2), 3, 2)
	w.other = custodytest.NewLot(t, ca, platform, log, w.generate(t, keepers), w.start.Add(time.Second), 3, 2)
	for _, k := range keepers {
		signature, err := k.Bind(w.lot.BindRequest())
		ok(t, err)
		ok(t, w.lot.Binding.AddSignature(signature))
		ok(t, second(k.Bind(w.other.BindRequest())))
	}
	w.records(t, keepers)
	w.seal(t)
	return w
}

func (w *world) keeper(t *testing.T, d *disk, at time.Time) *custody.Keeper {
	t.Helper()
	return w.keeperOf(t, w.parties[0], d, at)
}

func (w *world) keeperOf(t *testing.T, p custodytest.Party, d *disk, at time.Time) *custody.Keeper {
	t.Helper()
	k, err := custody.NewKeeper(rand.Reader, w.known, p.Signer, p.Opener, d, func() time.Time { return at })
	ok(t, err)
	return k
}

func (w *world) generate(t *testing.T, keepers []*custody.Keeper) pki.Signed[custody.KeyRecord] {
	t.Helper()
	plan := custody.Plan{Ceremony: "仪式 " + custodytest.ID("ev"), Class: w.known.Class, Key: custodytest.ID("ky"), Threshold: w.known.Threshold, MadeAt: canon.At(w.start)}
	var commits []pki.Signed[custody.DKGCommit]
	var reveals []pki.Signed[custody.DKGReveal]
	var checks []pki.Signed[custody.DKGCheck]
	var joined pki.Signed[custody.KeyRecord]
	for _, k := range keepers {
		m, err := k.GenerateStart(plan)
		ok(t, err)
		commits = append(commits, m)
	}
	for _, k := range keepers {
		m, err := k.GenerateReveal(plan.Ceremony, commits)
		ok(t, err)
		reveals = append(reveals, m)
	}
	for _, k := range keepers {
		m, err := k.GenerateCheck(plan.Ceremony, reveals)
		ok(t, err)
		checks = append(checks, m)
	}
	for _, k := range keepers {
		m, err := k.GenerateFinish(plan.Ceremony, checks, nil)
		ok(t, err)
		joined.Body = m.Body
		ok(t, joined.AddSignature(m.Signatures[0]))
	}
	return joined
}

// records are the postponement, without and with the signatures that put it in force, one to an earlier time, an order to erase.
func (w *world) records(t *testing.T, keepers []*custody.Keeper) {
	t.Helper()
	w.plain = w.lot.Postpone(t, 1, w.tick(2), w.tick(4))
	w.advance = w.lot.Postpone(t, 1, w.tick(2), w.tick(1))
	w.force = w.plain
	w.force.Postponement.Signatures = slices.Clone(w.plain.Postponement.Signatures)
	for _, k := range keepers[1:] { // n−t+1 = 2
		s, err := k.Postpone(w.plain)
		ok(t, err)
		ok(t, w.force.Postponement.AddSignature(s))
	}
	order := custody.ErasureOrder{Type: custody.TypeErasureOrder, Class: w.lot.Class, Tender: w.lot.Tender, Lot: w.lot.Lot, Binding: w.lot.Hash, Reason: custody.Terminated, Ground: canon.Sum([]byte("n"))}
	signed, err := pki.Sign(order, w.lot.Dealer.Signer)
	ok(t, err)
	w.erasure = custody.EraseRequest{Order: signed, Certificates: [][]byte{w.lot.Dealer.Signer.Certificate().DER()}}
}

func (w *world) postponement(inForce bool) custody.PostponeRequest {
	if inForce {
		return w.force
	}
	return w.plain
}

// read is what the disk says of the lot, in the model's words.
func (w *world) read(t *testing.T, d *disk) model.Holder {
	t.Helper()
	var lot struct {
		Postponements []json.RawMessage `json:"postponements"`
		Released      []json.RawMessage `json:"released"`
		Erased        json.RawMessage   `json:"erased"`
	}
	ok(t, json.Unmarshal(d.docs["lot-"+w.lot.Lot], &lot))
	h := model.Holder{Post: uint8(len(lot.Postponements)), Moment: len(lot.Released) > 0, Erased: lot.Erased != nil}
	if _, there := d.shares[w.lot.KeyRecord.Body.Key]; there == h.Erased {
		t.Fatal("the share does not go with the record of its erasure")
	}
	raw := d.docs["freeze-"+w.lot.Lot]
	if raw == nil {
		return h
	}
	var stored struct {
		Freeze pki.Signed[custody.Freeze] `json:"freeze"`
	}
	ok(t, json.Unmarshal(raw, &stored))
	is, err := stored.Freeze.Hash()
	ok(t, err)
	for f, e := range w.freezes {
		if hash, err := e.Freeze.Hash(); err == nil && hash == is {
			h.Freeze = f
		}
	}
	return h
}

func second[A any](_ A, err error) error { return err }

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// kindOf is the kind and moment under which a part is asked for.
func kindOf(p model.Part, as model.As) (seal.Kind, string) {
	if p == model.Price && as == model.AsItIs {
		return seal.KindPrice, "price"
	}
	return seal.KindReadout, seal.MomentOpening
}
