package model_test

import (
	"crypto/rand"
	"testing"
	"time"

	"sunbid/crypto/custody"
	"sunbid/crypto/custody/model"
	"sunbid/crypto/pki"
)

// The model's officer is the code's: whichever lot file it was started with and whichever freeze record it has accepted, every
// request for a part of its lot gets the model's answer from custody.OfficerKeeper.
func TestOfficerIsTheModels(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked := 0
	for post := range 2 {
		disks := map[model.Holder]*custody.Memory{{Post: uint8(post)}: custody.NewMemory()}
		queue := []model.Holder{{Post: uint8(post)}}
		for len(queue) > 0 {
			h := queue[0]
			queue = queue[1:]
			for _, in := range model.Inputs(1, 1, 3, 5) {
				if in.Do != model.Request || in.Ask.As == model.Elsewhere { // it answers for its own lot only
					continue
				}
				d := copied(t, disks[h])
				k := w.officer(t, post, d, w.tick(in.Reading))
				seen, err := k.LastSeen()
				ok(t, err)
				want, verdict := model.Answer(h, in)
				if got := answered(t)(k.Release(w.request(t, seen, in.Ask))); got != verdict {
					t.Fatalf("%+v, %+v: the code says %q, the model %q", h, in, got, verdict)
				}
				asked++
				want.Moment = false // it forgets when its program ends, and asks again
				if disks[want] == nil {
					disks[want] = d
					queue = append(queue, want)
				}
			}
		}
	}
	t.Logf("%d answers as the model's", asked)
}

func (w *world) officer(t *testing.T, post int, d custody.Documents, at time.Time) *custody.OfficerKeeper {
	t.Helper()
	o := w.lot.Officers[0]
	share, err := custody.OpenOfficerShare(w.lot.OfficerKey.Body, o.Print(), o.Opener)
	ok(t, err)
	file := w.lot.OfficerFile(w.known.Group, []pki.Signed[custody.Postponement]{w.force.Postponement}[:post]...)
	k, err := custody.NewOfficerKeeper(rand.Reader, w.known, file, o.Signer, share, d, func() time.Time { return at })
	ok(t, err)
	return k
}

func copied(t *testing.T, m *custody.Memory) *custody.Memory {
	t.Helper()
	names, err := m.List("")
	ok(t, err)
	c := custody.NewMemory()
	for _, name := range names {
		doc, err := m.Load(name)
		ok(t, err)
		ok(t, c.Save(name, doc))
	}
	return c
}
