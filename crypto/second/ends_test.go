package second_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"sunbid/crypto/bundle"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/canon"
	"sunbid/crypto/tlog"
)

// toldEnds are further events, logged as they should not be; each asks for a log of its own under the same key.
func toldEnds(t *testing.T, want bundletest.Wanted) {
	t.Helper()
	type m = map[string]any
	for name, tell := range map[string]func(o *bundletest.Opening, say func(stream, kind string, body any)){
		"an end twice": func(o *bundletest.Opening, say func(string, string, any)) {
			say(o.Lot, "lot."+o.Contents.End+".v1", m{})
		},
		"an opening": func(o *bundletest.Opening, say func(string, string, any)) { say(o.Lot, "lot.opened.v1", m{}) },
		"the other end": func(o *bundletest.Opening, say func(string, string, any)) {
			say(o.Lot, "lot.failed.v1", m{})
			say(o.Lot, "lot.terminated.v1", m{})
		},
		"sealed": func(o *bundletest.Opening, say func(string, string, any)) { say(o.Lot, "lot.sealed.v1", m{}) },
		"erased twice": func(o *bundletest.Opening, say func(string, string, any)) {
			say(o.Lot, "lot.keys-erased.v1", m{"holders": 3})
		},
		"another event":     func(o *bundletest.Opening, say func(string, string, any)) { say(o.Lot, "lot.wondered.v1", m{}) },
		"an unnamed family": func(o *bundletest.Opening, say func(string, string, any)) { say(o.Lot, "weather.changed.v1", m{}) },
		"an attempt": func(o *bundletest.Opening, say func(string, string, any)) {
			say(bundletest.NewID("ev"), "attempt.refused.v1", m{})
		},
		"a bid": func(o *bundletest.Opening, say func(string, string, any)) {
			say(bundletest.NewID("bd"), "bid.submitted.v1", m{})
		},
		"a bid in a lot's": func(o *bundletest.Opening, say func(string, string, any)) { say(o.Lot, "bid.submitted.v1", m{}) },
		"a lot's in a bid's": func(o *bundletest.Opening, say func(string, string, any)) {
			say(bundletest.NewID("bd"), "lot.wondered.v1", m{})
		},
		"a notice's in a lot's": func(o *bundletest.Opening, say func(string, string, any)) { say(o.Lot, "notice.wondered.v1", m{}) },
		"a tender's in a lot's": func(o *bundletest.Opening, say func(string, string, any)) { say(o.Lot, "tender.wondered.v1", m{}) },
		"a lot's in a tender's": func(o *bundletest.Opening, say func(string, string, any)) { say(o.Tender+"", "lot.wondered.v1", m{}) },
		"a lot's in a notice's": func(o *bundletest.Opening, say func(string, string, any)) {
			say(bundletest.NewID("nt"), "lot.wondered.v1", m{})
		},
		"an organisation's": func(o *bundletest.Opening, say func(string, string, any)) {
			say(bundletest.NewID("og"), "lot.wondered.v1", m{})
		},
		"another lot's": func(o *bundletest.Opening, say func(string, string, any)) {
			say(bundletest.NewID("lt"), "lot.wondered.v1", m{})
		},
		"a bare name": func(o *bundletest.Opening, say func(string, string, any)) { say(o.Lot, "lot", m{}) },
		"the opening's stream": func(o *bundletest.Opening, say func(string, string, any)) {
			say("ev"+o.Lot[2:], "lot.wondered.v1", m{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := bundletest.New(t, want)
			hidden := map[string]bool{}
			for _, e := range o.Hidden(t) {
				hidden[e.Envelope.Stream+fmt.Sprint(e.Envelope.Seq)] = true
			}
			now := o.Clock.Now()
			tell(o, func(stream, kind string, body any) { o.Log.Append(o.Tender, o.Lot, stream, kind, now, body) })
			o.Log.Round()
			c := &o.Contents
			c.Checkpoint, c.Events = o.Log.Checkpoint(now), nil
			for _, e := range o.Log.Disclose("", c.Checkpoint) {
				if !hidden[e.Envelope.Stream+fmt.Sprint(e.Envelope.Seq)] {
					c.Events = append(c.Events, e)
				}
			}
			dir, trust := write(t, o)
			both(t, name, bundle.Verify(os.DirFS(dir), o.Trust(t)), alter(t, dir, trust, make([]map[string][]byte, 1))[0])
		})
	}
}

// TestEndsToldInTheLog has both read what a log tells beside the end: they agree on what breaks it.
func TestEndsToldInTheLog(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"failed", "terminated"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			toldEnds(t, closedLots()[name])
		})
	}
}

// TestEndsRetold logs again, under the log's own key, what the lot's events say otherwise: both name the same failure.
func TestEndsRetold(t *testing.T) {
	t.Parallel()
	type m = map[string]any
	other := canon.Hash{7}.String()
	for _, c := range []struct {
		name, end, event string
		say              m
	}{
		{"as it was", bundle.Failed, "lot.failed.v1", m{}},
		{"failed on another ground", bundle.Failed, "lot.failed.v1", m{"ground": other}},
		{"sealed with another freeze", bundle.Failed, "lot.sealed.v1", m{"freeze": other}},
		{"failed too early", bundle.Failed, "lot.failed.v1", m{"at": "2026-03-02T01:00:00.000Z"}},
		{"failed at no time", bundle.Failed, "lot.failed.v1", m{"at": "soon"}},
		{"bound to something else", bundle.Failed, "lot.key-bound.v1", m{"binding": other}},
		{"terminated on another ground", bundle.Terminated, "lot.terminated.v1", m{"ground": other}},
		{"terminated by another order", bundle.Terminated, "lot.terminated.v1", m{"order": other}},
		{"erased by another order", bundle.Terminated, "lot.keys-erased.v1", m{"order": other}},
		{"too few holders", bundle.Terminated, "lot.keys-erased.v1", m{"holders": 2}},
		{"too many holders", bundle.Terminated, "lot.keys-erased.v1", m{"holders": 4}},
		{"holders in words", bundle.Terminated, "lot.keys-erased.v1", m{"holders": "3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := bundletest.New(t, closedLots()[c.end])
			again, now := bundletest.NewLog(t, o.Class, o.LogParty.Signer), o.Clock.Now()
			slices.SortFunc(o.Contents.Events, func(a, b tlog.Disclosed) int { return int(a.Envelope.Seq - b.Envelope.Seq) })
			for _, e := range o.Contents.Events {
				body := m{}
				check(t, json.Unmarshal(e.Envelope.Body, &body))
				if e.Envelope.Event == c.event {
					maps.Copy(body, c.say)
				}
				again.Append(e.Envelope.Tender, e.Envelope.Lot, e.Envelope.Stream, e.Envelope.Event, e.Envelope.At.Time, integers(body))
			}
			again.Round()
			o.Contents.Checkpoint = again.Checkpoint(now)
			o.Contents.Events = again.Disclose("", o.Contents.Checkpoint)
			dir, trust := write(t, o)
			both(t, c.name, bundle.Verify(os.DirFS(dir), o.Trust(t)), alter(t, dir, trust, make([]map[string][]byte, 1))[0])
		})
	}
}

// integers turns what encoding/json reads as floating numbers back into the integers that stood there.
func integers(v any) any {
	switch v := v.(type) {
	case float64:
		return int64(v)
	case map[string]any:
		for key := range v {
			v[key] = integers(v[key])
		}
	case []any:
		for i := range v {
			v[i] = integers(v[i])
		}
	}
	return v
}
