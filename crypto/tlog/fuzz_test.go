package tlog_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"sunbid/crypto/canon"
	"sunbid/crypto/canon/canontest"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
)

const bundleVector = "../../testdata/vectors/bundle/"

// published is the log of the bundle's vector: its lines, its checkpoint and the certificate that signed it.
func published(tb testing.TB) (lines [][]byte, checkpoint []byte, log *pki.Certificate) {
	tb.Helper()
	read := func(path string) []byte {
		data, err := os.ReadFile(bundleVector + path)
		if err != nil {
			tb.Fatal(err)
		}
		return data
	}
	checkpoint = read("checkpoint.json")
	signed, err := pki.ParseSigned[tlog.Checkpoint](checkpoint)
	if err != nil {
		tb.Fatal(err)
	}
	if log, err = pki.ParseCertificate(read("certificates/" + signed.Signatures[0].Signer.String() + ".der")); err != nil {
		tb.Fatal(err)
	}
	return bytes.Split(bytes.TrimSpace(read("events.jsonl")), []byte("\n")), checkpoint, log
}

// FuzzParseEnvelope: an envelope has one encoding, and so one commitment under a salt.
func FuzzParseEnvelope(f *testing.F) {
	data, err := os.ReadFile(vectorFile)
	if err != nil {
		f.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		f.Fatal(err)
	}
	for _, c := range v.Envelopes {
		f.Add([]byte(c.Envelope))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, ok := canontest.OneEncoding(t, data, tlog.ParseEnvelope, tlog.Envelope.Canonical)
		if !ok {
			return
		}
		if c, err := e.Commitment([32]byte{1}); err != nil || c != canon.Sum(append([]byte{1}, make([]byte, 31)...), data) {
			t.Fatalf("%q is committed to as %v, %v", data, c, err)
		}
	})
}

// FuzzParseDisclosed: a line of events.jsonl has one encoding, and what still verifies says what the log was given.
func FuzzParseDisclosed(f *testing.F) {
	lines, _, log := published(f)
	origin := tlog.Origin(pki.Rehearsal, log)
	genuine := map[canon.Hash]bool{}
	for _, l := range lines {
		d, err := tlog.ParseDisclosed(l)
		if err != nil || d.Verify(log, origin) != nil {
			f.Fatalf("%v: %s", err, l)
		}
		genuine[saying(f, d)] = true
	}
	for _, l := range lines[:6] {
		f.Add(l)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, ok := canontest.OneEncoding(t, data, tlog.ParseDisclosed, func(d tlog.Disclosed) ([]byte, error) { return canon.Marshal(d) })
		if !ok {
			return
		}
		if err := d.Verify(log, origin); err != nil {
			canontest.Refused(t, data, err)
		} else if !genuine[saying(t, d)] {
			t.Fatalf("verifies, and the log never had it: %s", data)
		}
	})
}

// saying is everything of a disclosed event but its checkpoint's signatures, of which more may join.
func saying(tb testing.TB, d tlog.Disclosed) canon.Hash {
	tb.Helper()
	d.Proof.Checkpoint.Signatures = nil
	h, err := canon.HashOf(d)
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// FuzzParseCheckpoint: a checkpoint has one encoding, and one that the log signed is the log's.
func FuzzParseCheckpoint(f *testing.F) {
	_, checkpoint, log := published(f)
	genuine, err := pki.ParseSigned[tlog.Checkpoint](checkpoint)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(checkpoint)
	twice := genuine
	if err := twice.AddSignature(pki.Signature{Signer: canon.Hash{1}, Sig: make([]byte, 64)}); err != nil {
		f.Fatal(err)
	}
	cosigned, err := twice.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(cosigned)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, ok := canontest.OneEncoding(t, data, pki.ParseSigned[tlog.Checkpoint], tlog.SignedCheckpoint.Marshal)
		if !ok {
			return
		}
		if err := tlog.VerifyCheckpoint(c, log, tlog.Origin(pki.Rehearsal, log)); err != nil {
			canontest.Refused(t, data, err)
		} else if c.Body != genuine.Body {
			t.Fatalf("the log never signed %s", data)
		}
	})
}

// FuzzProofs: of any octets taken for a proof, only the one that the tree itself gives is a proof.
func FuzzProofs(f *testing.F) {
	const most = 300
	s, tree := &store{map[at]canon.Hash{}, map[tlog.Tile][]canon.Hash{}}, newTree(f)
	given, roots := leaves(most, 7), []canon.Hash{tree.Root()}
	for _, l := range given {
		tree.Append(l, func(level uint, index uint64, h canon.Hash) { s.nodes[at{level, index}] = h })
		roots = append(roots, tree.Root())
	}
	encode := func(path []canon.Hash) (b []byte) {
		for _, h := range path {
			b = append(b, h[:]...)
		}
		return b
	}
	for _, c := range [][2]int64{{0, 1}, {3, 7}, {6, 7}, {255, 256}, {256, 257}, {120, 300}} {
		inclusion, err := tlog.InclusionProof(f.Context(), s, c[0], c[1])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(c[0], c[1], encode(inclusion))
		consistency, err := tlog.ConsistencyProof(f.Context(), s, c[0], c[1])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(c[0], c[1], encode(consistency))
	}
	f.Add(int64(-1), int64(1)<<62, encode(leaves(63, 1)))
	f.Fuzz(func(t *testing.T, from, size int64, octets []byte) {
		path := []canon.Hash{}
		for ; len(octets) >= 32; octets = octets[32:] {
			path = append(path, canon.Hash(octets))
		}
		within := from >= 0 && from <= size && size <= most
		leaf, old, root := given[0], roots[0], roots[most]
		if within {
			leaf, old, root = given[min(from, most-1)], roots[from], roots[size]
		}
		var wrongLeaf, wrongTree error
		canontest.Within(t, 16<<10+256*uint64(len(path)*32), octets, func() {
			wrongLeaf = tlog.VerifyInclusion(leaf, from, size, path, root)
			wrongTree = tlog.VerifyConsistency(from, size, path, old, root)
		})
		for _, err := range []error{wrongLeaf, wrongTree} {
			if err != nil {
				canontest.Refused(t, octets, err)
			}
		}
		if wrongLeaf == nil {
			honest, err := tlog.InclusionProof(t.Context(), s, from, size)
			if err != nil || !slices.Equal(honest, path) {
				t.Fatalf("leaf %d of %d is proven by %v, not by %v: %v", from, size, path, honest, err)
			}
		}
		if wrongTree == nil {
			honest, err := tlog.ConsistencyProof(t.Context(), s, from, size)
			if err != nil || !slices.Equal(honest, path) {
				t.Fatalf("%d to %d is proven by %v, not by %v: %v", from, size, path, honest, err)
			}
		}
	})
}

// FuzzRoundProof: siblings lead a commitment to the round's root from its own slot alone, and only they do.
func FuzzRoundProof(f *testing.F) {
	slots := map[int]canon.Hash{0: {1}, 7: {2}, 40_000: {3}, tlog.Slots - 1: {4}}
	round, err := tlog.RestoreRound([32]byte{9}, slots)
	if err != nil {
		f.Fatal(err)
	}
	for slot, c := range slots {
		p, err := round.Proof(slot)
		if err != nil {
			f.Fatal(err)
		}
		var b []byte
		for _, h := range p {
			b = append(b, h[:]...)
		}
		f.Add(int64(slot), append(c[:], b...))
	}
	f.Add(int64(-1), binary.BigEndian.AppendUint64(nil, 1))
	f.Fuzz(func(t *testing.T, slot int64, octets []byte) {
		octets = append(octets, make([]byte, 32*(1+tlog.RoundDepth))...)
		commitment, siblings := canon.Hash(octets), tlog.Siblings{}
		for i := range siblings {
			siblings[i] = canon.Hash(octets[32*(i+1):])
		}
		root, err := tlog.RoundRoot(commitment, int(slot), siblings)
		if err != nil {
			canontest.Refused(t, octets, err)
			return
		}
		if root != round.Root() {
			return
		}
		honest, err := round.Proof(int(slot))
		if err != nil || slots[int(slot)] != commitment || honest != siblings {
			t.Fatalf("slot %d is proven to hold %v: %v", slot, commitment, err)
		}
	})
}
