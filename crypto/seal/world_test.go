package seal_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
	"sunbid/crypto/tdh2"
)

// code is the stable name of a failure, "" for none.
func code(err error) string {
	if err == nil {
		return ""
	}
	var c interface{ Code() string }
	if errors.As(err, &c) {
		return c.Code()
	}
	return "no code: " + err.Error()
}

// stream is SM3 in counter mode over a name: the reproducible randomness and content of tests.
type stream struct {
	name    string
	counter uint64
	left    []byte
}

func newStream(name string) io.Reader { return &stream{name: name} }

func (s *stream) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		if len(s.left) == 0 {
			d := sm.Sum([]byte(s.name), binary.BigEndian.AppendUint64(nil, s.counter))
			s.counter++
			s.left = d[:]
		}
		c := copy(p[n:], s.left)
		s.left, n = s.left[c:], n+c
	}
	return len(p), nil
}

func content(name string, n int) []byte {
	b := make([]byte, n)
	newStream(name).Read(b)
	return b
}

// lock is a key shared 2 of 3.
type lock struct {
	pub    tdh2.Point
	shares []*tdh2.Share
}

func newLock(t testing.TB, name string) lock {
	t.Helper()
	p, err := tdh2.NewPolynomial(newStream(name), 2)
	if err != nil {
		t.Fatal(err)
	}
	l := lock{pub: p.Commitments()[0]}
	for i := 1; i <= 3; i++ {
		s, err := p.Share(i)
		if err != nil {
			t.Fatal(err)
		}
		l.shares = append(l.shares, s)
	}
	return l
}

// open has two holders decrypt a stanza they have checked.
func (l lock) open(t testing.TB, s tdh2.Stanza, label []byte) ([32]byte, error) {
	t.Helper()
	if err := tdh2.Check(l.pub, s, label); err != nil {
		return [32]byte{}, err
	}
	return seal.OpenStanza(s, l.combine(t, s, label), label)
}

// combine decrypts without any check.
func (l lock) combine(t testing.TB, s tdh2.Stanza, label []byte) tdh2.Point {
	t.Helper()
	it, err := s.Item(label)
	if err != nil {
		t.Fatal(err)
	}
	var parts []tdh2.Point
	for _, i := range []int{0, 2} {
		d, _, err := tdh2.Partials(newStream("k"), l.shares[i], []tdh2.Item{it})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, d[0])
	}
	d, err := tdh2.Combine([]int{1, 3}, parts)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// world is a lot with its two locks, and a bidder.
type world struct {
	t, c       lock
	bidder     pki.Signer
	encryption *sm.PrivateKey
}

const (
	lotA = "lt_00000000000000000000000000"
	lotB = "lt_00000000000000000000000004"
)

func newWorld(tb testing.TB) world {
	tb.Helper()
	w := world{t: newLock(tb, "T"), c: newLock(tb, "C")}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	ca, err := pki.NewCA(newStream("ca"), pki.Subject{Name: "演练根"}, pki.Rehearsal, at)
	if err != nil {
		tb.Fatal(err)
	}
	key, err := sm.NewPrivateKey(content("bidder", 32))
	if err != nil {
		tb.Fatal(err)
	}
	cert, err := ca.Issue(key.Public(), pki.Subject{Organisation: "投标人", Name: "投标人"}, pki.Signing, at, at.AddDate(1, 0, 0))
	if err != nil {
		tb.Fatal(err)
	}
	if w.bidder, err = pki.NewSigner(key, cert); err != nil {
		tb.Fatal(err)
	}
	if w.encryption, err = sm.NewPrivateKey(content("encryption", 32)); err != nil {
		tb.Fatal(err)
	}
	return w
}

func (w world) keys(modeB bool) seal.Keys {
	k := seal.Keys{T: w.t.pub, C: w.c.pub}
	if modeB {
		pub := w.encryption.Public()
		k.B = &pub
	}
	return k
}

func (w world) purpose(kind seal.Kind) seal.Purpose {
	return seal.Purpose{
		Class: pki.Rehearsal, Binding: canon.Sum([]byte("binding")), Lot: lotA, Bidder: w.bidder.Certificate().Fingerprint(),
		Kind: kind, Moment: seal.MomentOpening, NotBefore: time.Date(2026, 3, 1, 1, 30, 0, 0, time.UTC),
	}
}

// memory is a file in memory.
type memory struct{ b []byte }

func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	if need := int(off) + len(p); need > len(m.b) {
		m.b = append(m.b, make([]byte, need-len(m.b))...)
	}
	return copy(m.b[off:], p), nil
}

// locked is memory that several goroutines write at once.
type locked struct {
	turn chan struct{}
	memory
}

func newFile() *locked { return &locked{turn: make(chan struct{}, 1)} }

func (l *locked) WriteAt(p []byte, off int64) (int, error) {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	return l.memory.WriteAt(p, off)
}

// sealed is a whole file, and its front.
func (w world) sealed(t testing.TB, kind seal.Kind, modeB bool, plain []byte) ([]byte, seal.Front) {
	t.Helper()
	return w.sealedFor(t, w.purpose(kind), modeB, plain)
}

func (w world) sealedFor(t testing.TB, p seal.Purpose, modeB bool, plain []byte) ([]byte, seal.Front) {
	t.Helper()
	file := newFile()
	front, err := seal.SealFile(newStream("seal"+string(p.Kind)+p.Lot), w.keys(modeB), p, w.bidder, bytes.NewReader(plain), int64(len(plain)), file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file.b, front
}

// cek goes the whole way of section 4.1 from a front to its key.
func (w world) cek(t testing.TB, f seal.Front) (seal.CEK, error) {
	t.Helper()
	label := f.Header.Label()
	kT, err := w.t.open(t, f.Header.T, label)
	if err != nil {
		return seal.CEK{}, err
	}
	kC, err := w.c.open(t, f.Header.C, label)
	if err != nil {
		return seal.CEK{}, err
	}
	var kB *[32]byte
	if f.Header.ModeB() {
		k, err := seal.OpenStanzaB(f.Header, w.encryption)
		if err != nil {
			return seal.CEK{}, err
		}
		kB = &k
	}
	return f.CEK(kT, kC, kB)
}

// open is section 4.1 from file to content.
func (w world) open(t testing.TB, file []byte) ([]byte, error) {
	t.Helper()
	r := bytes.NewReader(file)
	front, err := seal.ReadFront(r)
	if err != nil {
		return nil, err
	}
	if err := front.Verify(w.bidder.Certificate()); err != nil {
		return nil, err
	}
	cek, err := w.cek(t, front)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := seal.OpenFile(cek, front, r, &out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
