package custody_test

import (
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/custody/custodytest"
	"sunbid/crypto/pki"
)

func (w *world) order(t *testing.T, reason string, ground canon.Hash, signer custodytest.Party) custody.EraseRequest {
	t.Helper()
	o := custody.ErasureOrder{Type: custody.TypeErasureOrder, Class: w.Class, Tender: w.Tender, Lot: w.Lot.Lot, Binding: w.Hash, Reason: reason, Ground: ground}
	s, err := pki.Sign(o, signer.Signer)
	ok(t, err)
	return custody.EraseRequest{Order: s, Certificates: [][]byte{signer.Signer.Certificate().DER()}}
}

func TestFewerThanThreeErases(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	k := w.holders[0]
	bids := w.bids(t, 3)
	two := w.Freeze(t, w.OpeningAt, 0, bids[:2]...)
	r := w.order(t, custody.FewerThanThree, mustHash(t, two.Freeze), w.Platform)
	r.Freeze = &two

	_, err := k.Erase(r)
	wants(t, err, "release-too-early")
	w.strike(time.Minute)
	noProof := r
	noProof.Freeze = nil
	_, err = k.Erase(noProof)
	wants(t, err, "erase-no-ground")
	byOther := w.order(t, custody.FewerThanThree, mustHash(t, two.Freeze), w.Dealer)
	byOther.Freeze = &two
	_, err = k.Erase(byOther)
	wants(t, err, "erase-not-authority")
	other := r
	full := w.Freeze(t, w.OpeningAt, 0, bids...)
	other.Freeze = &full
	_, err = k.Erase(other)
	wants(t, err, "erase-no-ground")
	three := w.order(t, custody.FewerThanThree, mustHash(t, full.Freeze), w.Platform)
	three.Freeze = &full
	_, err = k.Erase(three)
	wants(t, err, "erase-no-ground") // three bids open

	e, err := k.Erase(r)
	ok(t, err)
	ok(t, e.Body.Check())
	ok(t, e.VerifyAll(k.Signer.Certificate()))
	if len(k.disk.shares) != 0 {
		t.Fatal("the share is still there")
	}
	_, err = k.Release(w.Release(two, bids[:2]...))
	wants(t, err, "release-erased")
	k.restart(t, w.known)
	_, err = k.Release(w.Release(two, bids[:2]...))
	wants(t, err, "release-erased")
	_, err = k.Postpone(w.Postpone(t, 1, w.OpeningAt, w.OpeningAt.Add(time.Hour)))
	wants(t, err, "release-erased")
	again, err := k.Erase(r)
	ok(t, err)
	if mustHash(t, again) != mustHash(t, e) {
		t.Fatal("another record of the same erasure")
	}
	_, err = k.Bind(w.BindRequest())
	ok(t, err) // repeating the binding gives no share back
	_, err = k.Release(w.Release(two, bids[:2]...))
	wants(t, err, "release-erased")
}

func TestTerminationNeedsAnAuthority(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	k := w.holders[1]
	notice := canon.Sum([]byte("终止招标公告"))
	_, err := k.Erase(w.order(t, custody.Terminated, notice, w.Platform))
	wants(t, err, "erase-not-authority")
	_, err = k.Erase(w.order(t, custody.Terminated, notice, w.Officers[0]))
	wants(t, err, "erase-not-authority")
	_, err = k.Erase(w.order(t, custody.Terminated, notice, w.Dealer)) // also before the opening time
	ok(t, err)
	w.strike(time.Minute)
	bid := w.bids(t, 1)[0]
	_, err = k.Release(w.Release(w.Freeze(t, w.OpeningAt, 0, bid), bid))
	wants(t, err, "release-erased")
}

// The erasure was declared, then the machine stopped before the share was gone.
func TestRestartFinishesAnErasure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	k := w.holders[0]
	for key, share := range k.disk.shares { // what a kill between the two writes leaves
		_, err := k.Erase(w.order(t, custody.Terminated, canon.Sum([]byte("n")), w.Dealer))
		ok(t, err)
		k.disk.shares[key] = share
		break
	}
	k.restart(t, w.known)
	if len(k.disk.shares) != 0 {
		t.Fatal("the share is still there")
	}
}
