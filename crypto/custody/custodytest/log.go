package custodytest

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/commit"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
)

// Log is a small real log: rounds, tree, signed checkpoints, proofs.
type Log struct {
	Party  Party
	class  string
	tree   *tlog.Tree
	nodes  nodes
	rounds []*tlog.Round
	seq    int64
}

type nodes map[string]canon.Hash

func (n nodes) Node(_ context.Context, level uint, index uint64) (canon.Hash, error) {
	h, ok := n[fmt.Sprint(level, "/", index)]
	if !ok {
		return h, fmt.Errorf("no node %d/%d", level, index)
	}
	return h, nil
}

// NewLog starts a log with a few empty rounds.
func NewLog(t testing.TB, ca *pki.CA) *Log {
	t.Helper()
	l := &Log{Party: NewParty(t, ca, "日志"), class: ca.Class(), nodes: nodes{}, tree: must(tlog.NewTree(0, nil))(t)}
	for range 5 {
		l.round(t)
	}
	return l
}

// Fork is a copy that will tell another story under the same key.
func (l *Log) Fork() *Log {
	f := *l
	f.tree, f.nodes, f.rounds = l.tree.Clone(), maps.Clone(l.nodes), append([]*tlog.Round(nil), l.rounds...)
	return &f
}

func (l *Log) round(t testing.TB, commitments ...canon.Hash) *tlog.Round {
	t.Helper()
	var seed [32]byte
	_, _ = rand.Read(seed[:])
	r := must(tlog.NewRound(seed, commitments, rand.Reader))(t)
	l.tree.Append(tlog.LeafHash(r.Root()), func(level uint, index uint64, h canon.Hash) {
		l.nodes[fmt.Sprint(level, "/", index)] = h
	})
	l.rounds = append(l.rounds, r)
	return r
}

// Size is the number of rounds.
func (l *Log) Size() int64 { return l.tree.Size() }

// Rounds lets n empty rounds pass.
func (l *Log) Rounds(t testing.TB, n int) {
	t.Helper()
	for range n {
		l.round(t)
	}
}

// Publish logs one event with this body and discloses it.
func (l *Log) Publish(t testing.TB, tender, lot, event string, body any) tlog.Disclosed {
	t.Helper()
	l.seq++
	e := tlog.Envelope{Type: tlog.EnvelopeType, Tender: tender, Lot: lot, Stream: lot, Seq: l.seq, Event: event, At: canon.At(time.Now()),
		By: tlog.By{Actor: "platform", Role: "platform"}, Body: must(canon.Marshal(body))(t)}
	salt := must(commit.New(rand.Reader))(t)
	r := l.round(t, must(e.Commitment(salt))(t))
	at := l.Size() - 1
	l.Rounds(t, 2)
	slot := r.Slots()[0].Slot
	return tlog.Disclosed{Envelope: e, Salt: salt[:], Proof: tlog.EventProof{
		Round: at, Slot: slot, Siblings: must(r.Proof(slot))(t), Size: l.Size(),
		Path: must(tlog.InclusionProof(t.Context(), l.nodes, at, l.Size()))(t), Checkpoint: l.Checkpoint(t)}}
}

// Checkpoint is the signed checkpoint of the log as it is.
func (l *Log) Checkpoint(t testing.TB) tlog.SignedCheckpoint {
	t.Helper()
	c := tlog.NewCheckpoint(tlog.Origin(l.class, l.Party.Signer.Certificate()), l.tree, canon.At(time.Now()))
	return must(pki.Sign(c, l.Party.Signer))(t)
}

// Since is the consistency proof from a holder's last checkpoint to a disclosed event's.
func (l *Log) Since(t testing.TB, last int64, d tlog.Disclosed) custody.Consistency {
	t.Helper()
	from, to := min(last, d.Proof.Size), max(last, d.Proof.Size)
	return custody.Consistency{From: last, Path: must(tlog.ConsistencyProof(t.Context(), l.nodes, from, to))(t)}
}
