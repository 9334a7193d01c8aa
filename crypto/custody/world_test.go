package custody_test

import (
	"crypto/rand"
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/custody/custodytest"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
)

// holder is a keyholder with its disk and its clock.
type holder struct {
	custodytest.Party
	*custody.Keeper
	disk  *disk
	clock *clock
}

// world is a lot bound to a key of n keyholders, opening an hour after start.
type world struct {
	*custodytest.Lot
	known   custody.Known
	holders []*holder
	start   time.Time
}

func newWorld(t testing.TB, threshold, n int) *world {
	return newWorldOf(t, threshold, n, custody.Rehearsal)
}

func newWorldOf(t testing.TB, threshold, n int, class string) *world {
	t.Helper()
	w := unbound(t, threshold, n, class)
	w.bind(t)
	return w
}

// unbound is a world whose key is made but not bound.
func unbound(t testing.TB, threshold, n int, class string) *world {
	t.Helper()
	ca := custodytest.NewCA(t, class)
	w := &world{start: time.Now().Truncate(time.Second)}
	platform, log := custodytest.NewParty(t, ca, "平台"), custodytest.NewLog(t, ca)
	w.known = custody.Known{Class: class, Threshold: threshold, Platform: []*pki.Certificate{platform.Signer.Certificate()}, Log: []*pki.Certificate{log.Party.Signer.Certificate()}}
	for _, p := range custodytest.NewParties(t, ca, "保管方", n) {
		w.holders = append(w.holders, &holder{Party: p, disk: newDisk(), clock: &clock{at: w.start}})
		w.known.Group = append(w.known.Group, p.Member())
	}
	for _, h := range w.holders {
		h.restart(t, w.known)
	}
	w.Lot = custodytest.NewLot(t, ca, platform, log, w.generate(t), w.start.Add(time.Hour), 3, 2)
	return w
}

// restart is a new process over the same disk.
func (h *holder) restart(t testing.TB, known custody.Known) {
	t.Helper()
	k, err := custody.NewKeeper(rand.Reader, known, h.Signer, h.Opener, h.disk, h.clock.now)
	ok(t, err)
	h.Keeper = k
}

func (w *world) plan() custody.Plan {
	return custody.Plan{Ceremony: "仪式 " + custodytest.ID("ev"), Class: w.known.Class, Key: custodytest.ID("ky"), Threshold: w.known.Threshold, MadeAt: canon.At(w.start)}
}

func (w *world) generate(t testing.TB) pki.Signed[custody.KeyRecord] {
	t.Helper()
	plan := w.plan()
	var commits []pki.Signed[custody.DKGCommit]
	for _, h := range w.holders {
		m, err := h.GenerateStart(plan)
		ok(t, err)
		commits = append(commits, m)
	}
	var reveals []pki.Signed[custody.DKGReveal]
	for _, h := range w.holders {
		m, err := h.GenerateReveal(plan.Ceremony, commits)
		ok(t, err)
		reveals = append(reveals, m)
	}
	var checks []pki.Signed[custody.DKGCheck]
	for _, h := range w.holders {
		m, err := h.GenerateCheck(plan.Ceremony, reveals)
		ok(t, err)
		checks = append(checks, m)
	}
	var joined pki.Signed[custody.KeyRecord]
	for _, h := range w.holders {
		m, err := h.GenerateFinish(plan.Ceremony, checks, nil)
		ok(t, err)
		joined.Body = m.Body
		ok(t, joined.AddSignature(m.Signatures[0]))
	}
	return joined
}

func (w *world) bind(t testing.TB) {
	t.Helper()
	r := w.BindRequest()
	for _, h := range w.holders {
		s, err := h.Bind(r)
		ok(t, err)
		ok(t, w.Binding.AddSignature(s))
	}
	ok(t, custody.VerifyBinding(w.Binding, w.KeyRecord, w.known.Group.Certificates()))
}

// strike sets every clock to the opening time plus d.
func (w *world) strike(d time.Duration) {
	for _, h := range w.holders {
		h.clock.set(w.OpeningAt.Add(d))
	}
}

func (w *world) bidder(t *testing.T) custodytest.Party {
	return custodytest.NewParty(t, w.CA, "投标人"+custodytest.ID("og")[3:9])
}

func (w *world) bids(t *testing.T, n int) []custodytest.Bid {
	t.Helper()
	var list []custodytest.Bid
	for range n {
		b := w.bidder(t)
		list = append(list, w.Seal(t, b, w.Purpose(b)))
	}
	return list
}

// officers are the lot's officers' clients, with their clocks at the opening time plus d.
func (w *world) officers(t *testing.T, d time.Duration, postponements ...pki.Signed[custody.Postponement]) []*custody.OfficerKeeper {
	t.Helper()
	var list []*custody.OfficerKeeper
	for _, o := range w.Officers {
		share, err := custody.OpenOfficerShare(w.OfficerKey.Body, o.Print(), o.Opener)
		ok(t, err)
		at := w.OpeningAt.Add(d)
		k, err := custody.NewOfficerKeeper(rand.Reader, w.known, w.OfficerFile(w.known.Group, postponements...), o.Signer, share, custody.NewMemory(), func() time.Time { return at })
		ok(t, err)
		list = append(list, k)
	}
	return list
}

// partials are the verified D_i of a bid by holder, from those that answer.
func (w *world) partials(t *testing.T, r custody.ReleaseRequest, bid custodytest.Bid, lock string, indices []int, release func(i int) (custody.Release, error)) map[int]tdh2.Point {
	t.Helper()
	record, certs := w.KeyRecord.Body.Points, w.holders
	key, err := record()
	if lock == custody.LockC {
		key, err = w.OfficerKey.Body.Points()
	}
	ok(t, err)
	points := map[int]tdh2.Point{}
	for _, i := range indices {
		a, err := release(i)
		ok(t, err)
		if a.Batch == nil {
			t.Fatalf("holder %d refused: %+v", i, a.Refused)
		}
		cert := w.Officers[min(i, len(w.Officers))-1].Signer.Certificate()
		if lock == custody.LockT {
			cert = certs[i-1].Signer.Certificate()
		}
		got, err := custody.VerifyBatch(*a.Batch, cert, key, map[canon.Hash]seal.Front{bid.Front.Digest(): bid.Front})
		ok(t, err)
		points[i] = got[bid.Front.Digest()]
	}
	return points
}

// openAs opens a bid with the partial decryptions of these keyholders and officers.
func (w *world) openAs(t *testing.T, bid custodytest.Bid, keyholders, officers []int) (seal.CEK, error) {
	t.Helper()
	r := w.Release(w.Freeze(t, w.OpeningAt, 0, bid), bid)
	clients := w.officers(t, time.Minute)
	dT := w.partials(t, r, bid, custody.LockT, keyholders, func(i int) (custody.Release, error) { return w.holders[i-1].Release(r) })
	dC := w.partials(t, r, bid, custody.LockC, officers, func(i int) (custody.Release, error) { return clients[i-1].Release(r) })
	kt, err := w.KeyRecord.Body.Points()
	ok(t, err)
	kc, err := w.OfficerKey.Body.Points()
	ok(t, err)
	return custody.Open(bid.Front, kt, kc, dT, dC, nil)
}
