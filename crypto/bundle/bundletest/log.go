package bundletest

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
)

// Log is a transparency log in memory: real rounds, a real tree, real checkpoints.
type Log struct {
	t       testing.TB
	signer  pki.Signer
	class   string
	tree    *tlog.Tree
	nodes   map[[2]uint64]canon.Hash
	pending []event
	logged  []event
	seq     map[string]int64
}

type event struct {
	envelope tlog.Envelope
	salt     [32]byte
	round    int64
	slot     int
	siblings tlog.Siblings
}

// NewLog begins an empty log.
func NewLog(t testing.TB, class string, signer pki.Signer) *Log {
	t.Helper()
	tree, err := tlog.NewTree(0, nil)
	must(t, err)
	return &Log{t: t, signer: signer, class: class, tree: tree, nodes: map[[2]uint64]canon.Hash{}, seq: map[string]int64{}}
}

// Append puts an event into the next round; it gets the next number of its stream.
func (l *Log) Append(tender, lot, stream, kind string, at time.Time, body any) {
	l.t.Helper()
	raw, err := canon.Marshal(body)
	must(l.t, err)
	l.seq[stream]++
	e := event{envelope: tlog.Envelope{
		Type: tlog.EnvelopeType, Tender: tender, Lot: lot, Stream: stream, Seq: l.seq[stream], Event: kind, At: canon.At(at),
		By: tlog.By{Actor: NewID("ps"), Role: "system"}, Body: raw,
	}}
	_, _ = rand.Read(e.salt[:]) // documented never to return an error
	l.pending = append(l.pending, e)
}

// Round closes a round with the pending events.
func (l *Log) Round() {
	l.t.Helper()
	commitments := make([]canon.Hash, len(l.pending))
	for i, e := range l.pending {
		c, err := e.envelope.Commitment(e.salt)
		must(l.t, err)
		commitments[i] = c
	}
	var seed [32]byte
	_, _ = rand.Read(seed[:]) // documented never to return an error
	round, err := tlog.NewRound(seed, commitments, rand.Reader)
	must(l.t, err)
	for i, s := range round.Slots() {
		e := &l.pending[i]
		e.round, e.slot = l.tree.Size(), s.Slot
		e.siblings, err = round.Proof(s.Slot)
		must(l.t, err)
	}
	l.logged, l.pending = append(l.logged, l.pending...), nil
	l.tree.Append(tlog.LeafHash(round.Root()), func(level uint, index uint64, h canon.Hash) {
		l.nodes[[2]uint64{uint64(level), index}] = h
	})
}

// Node is tlog.Nodes.
func (l *Log) Node(_ context.Context, level uint, index uint64) (canon.Hash, error) {
	h, ok := l.nodes[[2]uint64{uint64(level), index}]
	if !ok {
		return canon.Hash{}, errors.New("no such node")
	}
	return h, nil
}

// Checkpoint signs the log as it stands.
func (l *Log) Checkpoint(at time.Time) tlog.SignedCheckpoint {
	l.t.Helper()
	c, err := pki.Sign(tlog.NewCheckpoint(tlog.Origin(l.class, l.signer.Certificate()), l.tree, canon.At(at)), l.signer)
	must(l.t, err)
	return c
}

// Disclose gives every logged event of a kind, all for the empty kind, with its proof under the checkpoint of the whole log.
func (l *Log) Disclose(kind string, under tlog.SignedCheckpoint) []tlog.Disclosed {
	l.t.Helper()
	var out []tlog.Disclosed
	for _, e := range l.logged {
		if kind != "" && e.envelope.Event != kind {
			continue
		}
		path, err := tlog.InclusionProof(l.t.Context(), l, e.round, under.Body.Size)
		must(l.t, err)
		out = append(out, tlog.Disclosed{Envelope: e.envelope, Salt: e.salt[:], Proof: tlog.EventProof{
			Round: e.round, Slot: e.slot, Siblings: e.siblings, Size: under.Body.Size, Path: path, Checkpoint: under,
		}})
	}
	return out
}
