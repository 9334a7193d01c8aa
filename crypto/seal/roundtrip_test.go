package seal_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"

	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
)

func TestEveryKindInBothModesComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, modeB := range []bool{false, true} {
		for _, kind := range []seal.Kind{seal.KindReadout, seal.KindBody, seal.KindTechnical, seal.KindPrice, seal.KindIdentity, seal.KindEvidence} {
			plain := content("plain", 1000)
			file, front := w.sealed(t, kind, modeB, plain)
			if front.Header.ModeB() != modeB || front.Header.Kind != kind {
				t.Errorf("%s: header of another kind or mode", kind)
			}
			if part := front.Part(1000); part.Size != int64(len(file)) || part.Digest != front.Digest() {
				t.Errorf("%s: the statement would name %d bytes, the file has %d", kind, part.Size, len(file))
			}
			got, err := w.open(t, file)
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%s, mode B %v: %v", kind, modeB, err)
			}
		}
	}
}

func TestEveryLengthComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const mib = seal.ChunkSize
	for _, n := range []int{0, 1, 7, mib - 9, mib - 8, mib - 7, mib, 2*mib - 8, 2*mib - 7, 3*mib + 12345, 9*mib + 1} {
		plain := content(fmt.Sprint(n), n)
		file, front := w.sealed(t, seal.KindBody, false, plain)
		padded := seal.PaddedLength(seal.KindBody, int64(n))
		if want := int64(front.Size()) + seal.SealedLength(padded); int64(len(file)) != want {
			t.Errorf("%d bytes seal to %d, not %d", n, len(file), want)
		}
		if err := seal.VerifyFile(front, bytes.NewReader(file[front.Size():])); err != nil {
			t.Errorf("%d bytes: %v", n, err)
		}
		got, err := w.open(t, file)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	for _, n := range []int{0, 1, seal.MaxReadout} {
		plain := content(fmt.Sprint(n), n)
		file, front := w.sealed(t, seal.KindReadout, true, plain)
		if len(file) != front.Size()+seal.ReadoutSize+seal.Overhead {
			t.Errorf("a read-out of %d bytes seals to %d", n, len(file))
		}
		if got, err := w.open(t, file); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("a read-out of %d bytes: %v", n, err)
		}
	}
}

func TestLengthsBeyondTheKindAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		kind seal.Kind
		n    int64
	}{{seal.KindReadout, seal.MaxReadout + 1}, {seal.KindBody, seal.MaxContent + 1}, {seal.KindBody, -1}} {
		if _, err := seal.NewSealer(rand.Reader, w.keys(false), w.purpose(c.kind), c.n); code(err) != "length" {
			t.Errorf("%s of %d bytes: %v", c.kind, c.n, err)
		}
	}
	s, err := seal.NewSealer(rand.Reader, w.keys(false), w.purpose(seal.KindBody), seal.MaxContent)
	if err != nil || s.Chunks() != seal.MaxChunks {
		t.Fatalf("the greatest body: %v", err)
	}
	if _, err := seal.SealFile(rand.Reader, w.keys(false), w.purpose(seal.KindBody), w.bidder, bytes.NewReader(make([]byte, 99)), 100, newFile(), nil); code(err) != "length" {
		t.Errorf("content that ends early: %v", err)
	}
}

func TestPadmeHidesLengths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ n, want int64 }{ // examples computed by the formula in the paper
		{0, 1 << 20}, {1<<20 - 8, 1 << 20}, {1<<20 - 7, 1<<20 + 1<<15}, {500_000_000 - 8, 503_316_480},
		{3 << 20, 3<<20 + 1<<16}, {seal.MaxContent, seal.MaxChunks << 20},
	} {
		if got := seal.PaddedLength(seal.KindBody, c.n); got != c.want {
			t.Errorf("%d bytes pad to %d, not %d", c.n, got, c.want)
		}
	}
	for n := int64(1 << 20); n < seal.MaxContent; n += n/7 + 1 {
		if p := seal.PaddedLength(seal.KindBody, n); p < n+8 || p > (n+8)+(n+8)*12/100 {
			t.Errorf("%d bytes pad to %d", n, p)
		}
	}
}

func TestChunksMaySealInAnyOrderAndAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := content("plain", 5*seal.ChunkSize+77)
	s, err := seal.NewSealer(rand.Reader, w.keys(true), w.purpose(seal.KindBody), int64(len(plain)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Finish(w.bidder); code(err) != "chunk-missing" {
		t.Errorf("finished before sealing: %v", err)
	}
	chunks := make([][]byte, s.Chunks())
	var wait sync.WaitGroup
	for n := range 2 * s.Chunks() { // every chunk twice
		wait.Go(func() {
			i := s.Chunks() - 1 - n%s.Chunks()
			from, to := s.PlainRange(i)
			sealed, leaf, err := s.SealChunk(i, plain[from:to])
			if err != nil || leaf != seal.LeafHash(sealed) {
				t.Errorf("chunk %d: %v", i, err)
			}
			if n < s.Chunks() {
				chunks[i] = sealed
			}
		})
	}
	wait.Wait()
	front, err := s.Finish(w.bidder)
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.open(t, append(front.Bytes(), bytes.Join(chunks, nil)...))
	if err != nil || !bytes.Equal(got, plain) {
		t.Fatal(err)
	}
	if int64(len(front.Bytes())+len(bytes.Join(chunks, nil))) != s.FileSize() {
		t.Error("FileSize is not the file's")
	}
	from, to := s.PlainRange(2)
	changed := bytes.Clone(plain[from:to])
	changed[0] ^= 1
	if b, _, err := s.SealChunk(2, changed); code(err) != "chunk-changed" || b != nil {
		t.Errorf("a second plaintext for one nonce: %v", err)
	}
	if _, _, err := s.SealChunk(2, plain[from:to-1]); code(err) != "length" {
		t.Errorf("a chunk too short: %v", err)
	}
	for _, i := range []int{-1, s.Chunks()} {
		if _, _, err := s.SealChunk(i, nil); code(err) != "chunk-missing" {
			t.Errorf("chunk %d: %v", i, err)
		}
	}
}

func TestResuming(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := content("plain", 3*seal.ChunkSize)
	first, err := seal.NewSealer(rand.Reader, w.keys(true), w.purpose(seal.KindBody), int64(len(plain)))
	if err != nil {
		t.Fatal(err)
	}
	file := newFile()
	state := first.State()
	put := func(s *seal.Sealer, i int) error {
		from, to := s.PlainRange(i)
		b, _, err := s.SealChunk(i, plain[from:to])
		if err == nil {
			_, err = file.WriteAt(b, int64(s.FrontSize())+int64(i)*seal.SealedChunk)
		}
		return err
	}
	if first.Entry(0) != nil {
		t.Error("an entry before its chunk")
	}
	for _, i := range []int{2, 0} {
		if err := put(first, i); err != nil {
			t.Fatal(err)
		}
		state = append(state, first.Entry(i)...)
	}
	again, err := seal.ResumeSealer(first.State())
	if err != nil || !bytes.Equal(again.State(), first.State()) {
		t.Fatalf("whole state: %v", err)
	}
	s, err := seal.ResumeSealer(append(bytes.Clone(state), 0, 0, 0)) // a crash while appending
	if err != nil {
		t.Fatal(err)
	}
	if !s.Sealed(0) || s.Sealed(1) || !s.Sealed(2) || s.ContentLength() != int64(len(plain)) {
		t.Fatal("the state forgot what was sealed")
	}
	plain[0] ^= 1
	if err := put(s, 0); code(err) != "chunk-changed" {
		t.Errorf("changed content was sealed under a used nonce: %v", err)
	}
	plain[0] ^= 1
	for i := range s.Chunks() {
		if err := put(s, i); err != nil {
			t.Fatalf("chunk %d: %v", i, err)
		}
	}
	front, err := s.Finish(w.bidder)
	if err != nil {
		t.Fatal(err)
	}
	file.WriteAt(front.Bytes(), 0)
	if got, err := w.open(t, file.b); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("resumed file: %v", err)
	}

	for name, change := range map[string]func(b []byte) []byte{
		"empty":           func([]byte) []byte { return nil },
		"other magic":     func(b []byte) []byte { b[0] = 'X'; return b },
		"other length":    func(b []byte) []byte { b[13]++; b[10]++; return b },
		"huge length":     func(b []byte) []byte { b[6] = 0xff; return b },
		"other key":       func(b []byte) []byte { b[20] ^= 1; return b },
		"header cut":      func(b []byte) []byte { return b[:200] },
		"huge header":     func(b []byte) []byte { b[46] = 0xff; return b },
		"chunk 2^32-1":    func(b []byte) []byte { return append(b, bytes.Repeat([]byte{0xff}, 36)...) },
		"one chunk twice": func(b []byte) []byte { return append(b, append([]byte{0, 0, 0, 0}, make([]byte, 32)...)...) },
	} {
		if _, err := seal.ResumeSealer(change(bytes.Clone(state))); code(err) != "state-malformed" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProgressAndFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := content("plain", 4*seal.ChunkSize)
	var last int64
	_, err := seal.SealFile(rand.Reader, w.keys(false), w.purpose(seal.KindBody), w.bidder, bytes.NewReader(plain), int64(len(plain)), newFile(),
		func(done, total int64) {
			if done < last || total != int64(len(plain)) {
				t.Errorf("progress went from %d to %d of %d", last, done, total)
			}
			last = done
		})
	if err != nil || last != int64(len(plain)) {
		t.Fatalf("%d bytes done: %v", last, err)
	}
	full := errors.New("disk full")
	_, err = seal.SealFile(rand.Reader, w.keys(false), w.purpose(seal.KindBody), w.bidder, bytes.NewReader(plain), int64(len(plain)), failing{full}, nil)
	if !errors.Is(err, full) {
		t.Errorf("writing failed: %v", err)
	}
	file, front := w.sealed(t, seal.KindBody, false, plain)
	cek, err := w.cek(t, front)
	if err != nil {
		t.Fatal(err)
	}
	if err := seal.OpenFile(cek, front, bytes.NewReader(file[front.Size():]), failing{full}); !errors.Is(err, full) {
		t.Errorf("writing failed: %v", err)
	}
	if err := seal.OpenChunks(cek, front.Header, func(i int) ([]byte, error) {
		if i == 2 {
			return nil, full
		}
		return file[front.Size()+i*seal.SealedChunk:][:seal.SealedChunk], nil
	}, io.Discard); !errors.Is(err, full) {
		t.Errorf("reading failed: %v", err)
	}
}

type failing struct{ err error }

func (f failing) WriteAt([]byte, int64) (int, error) { return 0, f.err }
func (f failing) Write([]byte) (int, error)          { return 0, f.err }

func TestKeysDoNotPrint(t *testing.T) {
	t.Parallel()
	var cek seal.CEK
	cek[0] = 0xab
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		if got := fmt.Sprintf(verb, cek); got != "seal: redacted" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
	if got, err := canon.Marshal(cek); err != nil || string(got) != `"seal: redacted"` {
		t.Errorf("JSON is %s: %v", got, err)
	}
}
