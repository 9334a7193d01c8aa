package model_test

import (
	"errors"
	"testing"

	"sunbid/crypto/custody"
	"sunbid/crypto/custody/model"
)

// The model's keyholder is the code's: from every state that the model's can reach, everything that can be brought to it, at a
// clock before, between and after the opening times, gets the same answer from custody.Keeper over a real disk, and leaves
// the same on that disk. The Keeper is a new process each time, so that nothing is remembered but by the disk.
func TestKeeperIsTheModels(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const before, between, after = 1, 3, 5
	inputs := model.Inputs(1, before, between, after)
	disks := map[model.Holder]*disk{{}: w.disk}
	queue := []model.Holder{{}}
	asked, accepted := 0, 0
	for len(queue) > 0 {
		h := queue[0]
		queue = queue[1:]
		for _, in := range inputs {
			want, verdict := model.Answer(h, in)
			d := disks[h].clone()
			got := w.bring(t, d, in)
			if got != verdict {
				t.Fatalf("%+v, %+v: the code says %q, the model %q", h, in, got, verdict)
			}
			if is := w.read(t, d); is != want {
				t.Fatalf("%+v, %+v: the disk is %+v, the model's %+v", h, in, is, want)
			}
			if asked++; got == model.Accepted {
				accepted++
			}
			if disks[want] == nil {
				disks[want] = d
				queue = append(queue, want)
			}
		}
	}
	if accepted == 0 || accepted == asked {
		t.Errorf("%d of %d accepted", accepted, asked)
	}
	t.Logf("%d states of one keyholder, %d requests each: %d answers as the model's, %d of them accepting", len(disks), len(inputs), asked, accepted)
}

// bring gives one input to a new process over the disk and returns the code of its refusal.
func (w *world) bring(t *testing.T, d *disk, in model.Input) model.Verdict {
	t.Helper()
	k := w.keeper(t, d, w.tick(in.Reading))
	switch in.Do {
	case model.Sign:
		_, err := k.Postpone(w.postponement(in.InForce))
		return codeOf(t, err)
	case model.Advance:
		_, err := k.Postpone(w.advance)
		return codeOf(t, err)
	case model.Erase:
		_, err := k.Erase(w.erasure)
		return codeOf(t, err)
	}
	health, err := k.Health("")
	ok(t, err)
	return answered(t)(k.Release(w.request(t, health.Checkpoint, in.Ask)))
}

// answered is the answer about the one part that was asked for.
func answered(t *testing.T) func(a custody.Release, err error) model.Verdict {
	return func(a custody.Release, err error) model.Verdict {
		t.Helper()
		if err != nil || len(a.Refused) == 0 {
			return codeOf(t, err)
		}
		if a.Batch != nil || len(a.Refused) != 1 {
			t.Fatalf("one part was asked for: %+v", a)
		}
		return model.Verdict(a.Refused[0].Code)
	}
}

func codeOf(t *testing.T, err error) model.Verdict {
	t.Helper()
	var refusal *custody.Refusal
	if err != nil && !errors.As(err, &refusal) {
		t.Fatal(err)
	}
	if refusal == nil {
		return model.Accepted
	}
	return model.Verdict(refusal.Code())
}
