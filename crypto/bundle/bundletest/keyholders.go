package bundletest

import (
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// disk is a keyholder's state for the length of a test.
type disk struct {
	*custody.Memory
	mu     sync.Mutex
	shares map[string][]byte
}

func (d *disk) LoadShare(key string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte(nil), d.shares[key]...), nil
}

func (d *disk) SaveShare(key string, share []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shares[key] = append([]byte(nil), share...)
	return nil
}

func (d *disk) EraseShare(key string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.shares, key)
	return nil
}

// Clock is a clock that a test sets.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// Now is the time set.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Set moves the clock.
func (c *Clock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// group makes n keyholders with threshold t.
func (o *Opening) group(t testing.TB, n, threshold int) {
	t.Helper()
	var roster custody.Roster
	var parties []Party
	for i := range n {
		p := Enrol(t, o.CA, fmt.Sprintf("密钥保管方%d", i+1), fmt.Sprintf("keyholder-%d", i+1), o.Clock.Now())
		parties = append(parties, p)
		roster = append(roster, custody.Member{Name: p.Name, Signing: p.Signing, Encryption: p.Encryption})
	}
	known := custody.Known{Class: o.Class, Threshold: threshold, Group: roster, Platform: []*pki.Certificate{o.Platform.Signing}, Log: []*pki.Certificate{o.LogParty.Signing}}
	for _, p := range parties {
		d := &disk{Memory: custody.NewMemory(), shares: map[string][]byte{}}
		o.disks = append(o.disks, d)
		k, err := custody.NewKeeper(rand.Reader, known, p.Signer, p.Decryption, d, o.Clock.Now)
		must(t, err)
		o.Keepers, o.KeeperParties = append(o.Keepers, k), append(o.KeeperParties, p)
	}
	o.Known = known
}

// generate runs the ceremony of a key among all keyholders.
func (o *Opening) generate(t testing.TB) pki.Signed[custody.KeyRecord] {
	t.Helper()
	plan := custody.Plan{Ceremony: NewID("ev"), Class: o.Class, Key: NewID("ky"), Threshold: o.Known.Threshold, MadeAt: canon.At(o.Clock.Now())}
	commits := gather(t, o.Keepers, func(k *custody.Keeper) (pki.Signed[custody.DKGCommit], error) { return k.GenerateStart(plan) })
	reveals := gather(t, o.Keepers, func(k *custody.Keeper) (pki.Signed[custody.DKGReveal], error) {
		return k.GenerateReveal(plan.Ceremony, commits)
	})
	checks := gather(t, o.Keepers, func(k *custody.Keeper) (pki.Signed[custody.DKGCheck], error) {
		return k.GenerateCheck(plan.Ceremony, reveals)
	})
	answers := []pki.Signed[custody.DKGAnswer]{}
	for _, list := range gather(t, o.Keepers, func(k *custody.Keeper) ([]pki.Signed[custody.DKGAnswer], error) {
		return k.GenerateAnswer(plan.Ceremony, checks)
	}) {
		answers = append(answers, list...)
	}
	records := gather(t, o.Keepers, func(k *custody.Keeper) (pki.Signed[custody.KeyRecord], error) {
		return k.GenerateFinish(plan.Ceremony, checks, answers)
	})
	record := records[0]
	for _, r := range records[1:] {
		for _, s := range r.Signatures {
			must(t, record.AddSignature(s))
		}
	}
	return record
}

func gather[T any](t testing.TB, keepers []*custody.Keeper, ask func(*custody.Keeper) (T, error)) []T {
	t.Helper()
	var out []T
	for _, k := range keepers {
		v, err := ask(k)
		must(t, err)
		out = append(out, v)
	}
	return out
}
