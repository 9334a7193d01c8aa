package seal_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
)

func TestForgedByThePageOpens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, kind := range []seal.Kind{seal.KindReadout, seal.KindBody} {
		plain := content("page", 9999)
		file := forgery{purpose: w.purpose(kind), chunks: padded(kind, plain), signer: w.bidder}.build(t, w)
		if got, err := w.open(t, file); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// What a dishonest bidder seals is refused after valid partials, with a reason that is the bidder's.
func TestDishonestBidders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body, readout := w.purpose(seal.KindBody), w.purpose(seal.KindReadout)
	long := content("long", 2*seal.ChunkSize+500)
	withLength := func(n uint64, total int) [][]byte {
		b := make([]byte, total)
		binary.BigEndian.PutUint64(b, n)
		return cut(b)
	}
	spoil := func(chunks [][]byte, i, at int) [][]byte {
		chunks[i] = bytes.Clone(chunks[i])
		chunks[i][at] = 1
		return chunks
	}
	other := func(k [32]byte, lock string) [32]byte {
		if lock == "C" {
			k[0] ^= 1
		}
		return k
	}
	for _, c := range []struct {
		name string
		f    forgery
		want string
	}{
		{"last byte of padding", forgery{purpose: body, chunks: spoil(padded(seal.KindBody, []byte("x")), 0, seal.ChunkSize-1)}, "padding"},
		{"first byte of padding", forgery{purpose: body, chunks: spoil(padded(seal.KindBody, []byte("x")), 0, 9)}, "padding"},
		{"padding of a read-out", forgery{purpose: readout, chunks: spoil(padded(seal.KindReadout, []byte("x")), 0, 40_000)}, "padding"},
		{"padding in a later chunk", forgery{purpose: body, chunks: spoil(padded(seal.KindBody, long), 2, 10_000)}, "padding"},
		{"length beyond the plaintext", forgery{purpose: body, chunks: withLength(seal.ChunkSize, seal.ChunkSize)}, "length"},
		{"length of 2^63", forgery{purpose: body, chunks: withLength(1<<63, seal.ChunkSize)}, "length"},
		{"length of 2^64−1", forgery{purpose: readout, chunks: withLength(1<<64-1, seal.ReadoutSize)}, "length"},
		{"read-out beyond its bound", forgery{purpose: readout, chunks: withLength(seal.MaxReadout+1, seal.ReadoutSize)}, "length"},
		{"read-out too short", forgery{purpose: readout, chunks: withLength(5, seal.ReadoutSize-1)}, "length"},
		{"read-out of four bytes", forgery{purpose: readout, chunks: [][]byte{{0, 0, 0, 0}}}, "length"},
		{"body not padded to 1 MiB", forgery{purpose: body, chunks: withLength(5, 4096)}, "length"},
		{"body padded too far", forgery{purpose: body, chunks: withLength(5, 2*seal.ChunkSize)}, "length"},
		{"body padded, but not to Padmé", forgery{purpose: body, chunks: withLength(2<<20, 3*seal.ChunkSize)}, "length"},
		{"chunk short in the middle", forgery{purpose: body, chunks: [][]byte{padded(seal.KindBody, long)[0], []byte("short"), padded(seal.KindBody, long)[2]}}, "file-truncated"},
		{"chunks swapped before signing", forgery{purpose: body, chunks: padded(seal.KindBody, long), nonce: func(i int, last bool) (int, bool) {
			return []int{1, 0, 2}[i], last
		}}, "chunk-tampered"},
		{"last flag missing", forgery{purpose: body, chunks: padded(seal.KindBody, long), nonce: func(i int, _ bool) (int, bool) { return i, false }}, "chunk-tampered"},
		{"last flag too early", forgery{purpose: body, chunks: padded(seal.KindBody, long), nonce: func(i int, _ bool) (int, bool) { return i, i >= 1 }}, "chunk-tampered"},
		{"false commitment", forgery{purpose: body, chunks: padded(seal.KindBody, nil), commit: func(c [32]byte) [32]byte { c[0] ^= 1; return c }}, "commit-mismatch"},
		{"another key under lock C", forgery{purpose: body, chunks: padded(seal.KindBody, nil), stanzaKey: other}, "commit-mismatch"},
		{"garbage for the label digest", forgery{purpose: body, chunks: padded(seal.KindBody, nil), message: func(m [48]byte, _ string) [48]byte { m[47] ^= 1; return m }}, "label-mismatch"},
		{"proof for another label", forgery{purpose: body, chunks: padded(seal.KindBody, nil), label: func(l []byte) []byte { return l[1:] }}, "stanza-proof"},
	} {
		c.f.signer = w.bidder
		if _, err := w.open(t, c.f.build(t, w)); code(err) != c.want {
			t.Errorf("%s: %v, not %s", c.name, err, c.want)
		}
	}
}

// What anyone else does to a file is refused without the bidder's being blamed: before any key.
func TestTamperedFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := content("plain", 3*seal.ChunkSize+99)
	good, front := w.sealed(t, seal.KindBody, true, plain)
	otherFile, otherFront := w.sealedFor(t, seal.Purpose{Class: pki.Rehearsal, Binding: canon.Sum([]byte("binding")), Lot: lotB, Bidder: front.Header.Bidder,
		Kind: seal.KindBody, Moment: seal.MomentOpening, NotBefore: front.Header.NotBefore}, true, plain)
	at, otherAt := front.Size(), otherFront.Size() // stanza B differs in length by a byte or two
	const sealed = seal.SealedChunk
	chunk := func(b []byte, i int) []byte { return b[at+i*sealed : min(at+(i+1)*sealed, len(b))] }
	for _, c := range []struct {
		name   string
		change func(b []byte) []byte
		want   string
	}{
		{"empty", func([]byte) []byte { return nil }, "file-truncated"},
		{"other magic", func(b []byte) []byte { b[0] = 'X'; return b }, "file-magic"},
		{"other version", func(b []byte) []byte { b[4] = 2; return b }, "file-magic"},
		{"front cut off", func(b []byte) []byte { return b[:at-1] }, "file-truncated"},
		{"huge header", func(b []byte) []byte { b[5] = 0xff; return b }, "header-malformed"},
		{"empty header", func(b []byte) []byte { clear(b[5:9]); return b }, "header-malformed"},
		{"header one shorter", func(b []byte) []byte { b[8]--; return b }, "header-malformed"},
		{"root flipped", func(b []byte) []byte { b[at-65] ^= 1; return b }, "signature-invalid"},
		{"signature flipped", func(b []byte) []byte { b[at-1] ^= 1; return b }, "signature-invalid"},
		{"signature zero", func(b []byte) []byte { clear(b[at-64 : at]); return b }, "signature-invalid"},
		{"no chunks", func(b []byte) []byte { return b[:at] }, "file-truncated"},
		{"last chunk missing", func(b []byte) []byte { return b[:at+3*sealed] }, "file-truncated"},
		{"last chunk only a tag", func(b []byte) []byte { return b[:at+3*sealed+16] }, "file-truncated"},
		{"last chunk cut", func(b []byte) []byte { return b[:len(b)-1] }, "chunk-tampered"},
		{"cut in the middle", func(b []byte) []byte { return b[:at+sealed+100] }, "file-truncated"},
		{"one byte behind", func(b []byte) []byte { return append(b, 0) }, "chunk-tampered"},
		{"a chunk behind", func(b []byte) []byte { return append(b, chunk(good, 0)...) }, "chunk-tampered"},
		{"first bit of a chunk", func(b []byte) []byte { b[at] ^= 0x80; return b }, "chunk-tampered"},
		{"tag of a chunk", func(b []byte) []byte { b[at+2*sealed-1] ^= 1; return b }, "chunk-tampered"},
		{"two chunks swapped", func(b []byte) []byte { copy(chunk(b, 0), chunk(good, 1)); copy(chunk(b, 1), chunk(good, 0)); return b }, "chunk-tampered"},
		{"a chunk twice", func(b []byte) []byte { copy(chunk(b, 1), chunk(good, 0)); return b }, "chunk-tampered"},
		{"a chunk of another file", func(b []byte) []byte { copy(chunk(b, 1), otherFile[otherAt+sealed:otherAt+2*sealed]); return b }, "chunk-tampered"},
		{"all chunks of another file", func(b []byte) []byte { return append(b[:at], otherFile[otherAt:]...) }, "chunk-tampered"},
		{"front of another file", func(b []byte) []byte { return append(bytes.Clone(otherFile[:otherAt]), b[at:]...) }, "chunk-tampered"},
	} {
		if _, err := w.open(t, c.change(bytes.Clone(good))); code(err) != c.want {
			t.Errorf("%s: %v, not %s", c.name, err, c.want)
		}
	}

	// Without a key the root alone tells.
	for name, c := range map[string]struct {
		body []byte
		want string
	}{
		"as sealed":     {good[at:], ""},
		"flipped":       {append(bytes.Clone(good[at:len(good)-1]), good[len(good)-1]^1), "root-mismatch"},
		"other file":    {otherFile[otherAt:], "root-mismatch"},
		"shorter":       {good[at : len(good)-1], "root-mismatch"},
		"chunk missing": {good[at : at+3*sealed], "file-truncated"},
		"nothing":       {nil, "file-truncated"},
		"longer":        {append(bytes.Clone(good[at:]), make([]byte, 2*sealed)...), "length"},
	} {
		if err := seal.VerifyFile(front, bytes.NewReader(c.body)); code(err) != c.want {
			t.Errorf("%s: %v, not %s", name, err, c.want)
		}
	}

	// A bidder that signs another root than its chunks': every chunk decrypts, the root does not fit.
	lied := assemble(t, front.Header, []canon.Hash{canon.Sum()}, good[at:], w.bidder)
	if _, err := w.open(t, lied); code(err) != "root-mismatch" {
		t.Errorf("another root: %v", err)
	}

	stranger := newStranger(t)
	if err := front.Verify(stranger.Certificate()); code(err) != "signature-invalid" {
		t.Errorf("another certificate: %v", err)
	}
	if _, err := seal.SealFile(newStream("x"), w.keys(false), w.purpose(seal.KindBody), stranger, strings.NewReader(""), 0, newFile(), nil); code(err) != "signature-invalid" {
		t.Errorf("another signer: %v", err)
	}
}

func newStranger(t testing.TB) pki.Signer {
	t.Helper()
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	ca, err := pki.NewCA(newStream("ca 2"), pki.Subject{Name: "另一个根"}, pki.Rehearsal, at)
	if err != nil {
		t.Fatal(err)
	}
	key, err := sm.NewPrivateKey(content("stranger", 32))
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ca.Issue(key.Public(), pki.Subject{Name: "他人"}, pki.Signing, at, at.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	s, err := pki.NewSigner(key, cert)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Every bit of a header matters: whoever flips one gets a refusal from the parser or the signature; and even a bidder
// that signs the flipped header itself gets one from a stanza, the commitment or the chunks.
func TestEveryBitOfAHeaderIsBound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, modeB := range []bool{false, true} {
		file, front := w.sealed(t, seal.KindReadout, modeB, []byte("content"))
		chunk := file[front.Size():]
		leaf := seal.LeafHash(chunk)
		const start = 9
		for i := range 8 * len(front.Raw) {
			b := bytes.Clone(file)
			b[start+i/8] ^= 1 << (i % 8)
			if _, err := w.open(t, b); code(err) != "header-malformed" && code(err) != "signature-invalid" {
				t.Fatalf("bit %d: %v", i, err)
			}
			if i%8 != (i/8)%8 { // one bit of every byte for the costly half
				continue
			}
			h, err := seal.ParseHeader(b[start : start+len(front.Raw)])
			if err != nil {
				continue
			}
			if !bytes.Equal(h.Encode(), b[start:start+len(front.Raw)]) {
				t.Fatalf("bit %d: re-encoding differs", i)
			}
			signed, err := seal.ParseFront(assemble(t, h, []canon.Hash{leaf}, nil, w.bidder))
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			cek, err := w.cek(t, signed)
			if err == nil {
				err = seal.OpenFile(cek, signed, bytes.NewReader(chunk), &out)
			}
			if err == nil || out.Len() > 0 {
				t.Fatalf("bit %d may be flipped by the bidder: %v", i, h)
			}
		}
	}
}

// A stanza lifted into another header fails the check of its label, whichever field differs.
func TestCopiedStanzasFailUnderAnyOtherLabel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, victim := w.sealed(t, seal.KindBody, false, []byte("content"))
	for name, change := range map[string]func(p *seal.Purpose){
		"class":      func(p *seal.Purpose) { p.Class = pki.Production },
		"binding":    func(p *seal.Purpose) { p.Binding = canon.Sum([]byte("other")) },
		"lot":        func(p *seal.Purpose) { p.Lot = lotB },
		"bidder":     func(p *seal.Purpose) { p.Bidder = canon.Sum([]byte("rival")) },
		"kind":       func(p *seal.Purpose) { p.Kind = seal.KindPrice },
		"moment":     func(p *seal.Purpose) { p.Moment = "price" },
		"not-before": func(p *seal.Purpose) { p.NotBefore = p.NotBefore.Add(-time.Millisecond) },
	} {
		h := victim.Header
		change(&h.Purpose)
		for _, l := range []struct {
			lock lock
			of   seal.Header
		}{{w.t, h}, {w.c, h}} {
			if _, err := l.lock.open(t, l.of.T, h.Label()); code(err) != "stanza-proof" {
				t.Errorf("another %s: %v", name, err)
			}
		}
		// Holders that skip Check: the label inside the stanza is still another.
		if _, err := seal.OpenStanza(h.T, w.t.combine(t, h.T, h.Label()), h.Label()); code(err) != "label-mismatch" {
			t.Errorf("another %s without Check: %v", name, err)
		}
	}
	mixed := victim.Header
	mixed.T, mixed.C = mixed.C, mixed.T
	if _, err := w.t.open(t, mixed.T, mixed.Label()); code(err) != "stanza-proof" {
		t.Errorf("stanzas exchanged: %v", err)
	}
	_, second := w.sealed(t, seal.KindTechnical, false, []byte("content"))
	mixed = victim.Header
	mixed.T = second.Header.T
	if _, err := w.t.open(t, mixed.T, mixed.Label()); code(err) != "stanza-proof" {
		t.Errorf("stanza of another part: %v", err)
	}
}

func TestStanzaBAndModes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, a := w.sealed(t, seal.KindBody, false, nil)
	_, b := w.sealed(t, seal.KindBody, true, nil)
	if _, err := seal.OpenStanzaB(a.Header, w.encryption); code(err) != "bidder-key" {
		t.Errorf("mode A has no stanza B: %v", err)
	}
	wrong, err := sm.NewPrivateKey(content("wrong", 32))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.OpenStanzaB(b.Header, wrong); code(err) != "bidder-key" {
		t.Errorf("another key: %v", err)
	}
	moved := b.Header
	moved.Lot = lotB
	if _, err := seal.OpenStanzaB(moved, w.encryption); code(err) != "label-mismatch" {
		t.Errorf("another lot: %v", err)
	}
	var k [32]byte
	if _, err := a.CEK(k, k, &k); code(err) != "bidder-key" {
		t.Errorf("kB in mode A: %v", err)
	}
	if _, err := b.CEK(k, k, nil); code(err) != "bidder-key" {
		t.Errorf("no kB in mode B: %v", err)
	}
	if _, err := b.CEK(k, k, &k); code(err) != "commit-mismatch" {
		t.Errorf("wrong keys: %v", err)
	}
}

// GCM alone commits to no key: one ciphertext can be made to decrypt under two. The commitment in the header, under the
// label and the signature, leaves a file one key and so one content.
func TestOneFileHasOneKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := forgery{purpose: w.purpose(seal.KindBody), chunks: padded(seal.KindBody, nil), signer: w.bidder}.build(t, w)
	front, err := seal.ReadFront(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	label := front.Header.Label()
	kT, err := w.t.open(t, front.Header.T, label)
	if err != nil {
		t.Fatal(err)
	}
	kC, err := w.c.open(t, front.Header.C, label)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := front.CEK(kT, kC, nil); err != nil {
		t.Fatal(err)
	}
	for i, keys := range [][2][32]byte{{kC, kT}, {kT, kT}, {{}, kC}, {kT, {}}} {
		if _, err := front.CEK(keys[0], keys[1], nil); code(err) != "commit-mismatch" {
			t.Errorf("second opening %d: %v", i, err)
		}
	}
}

func TestSealerRefusesImpossiblePurposes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, change := range map[string]func(p *seal.Purpose){
		"class":                func(p *seal.Purpose) { p.Class = "test" },
		"no binding":           func(p *seal.Purpose) { p.Binding = canon.Hash{} },
		"lot of another kind":  func(p *seal.Purpose) { p.Lot = "td" + lotA[2:] },
		"lot upper case":       func(p *seal.Purpose) { p.Lot = strings.ToUpper(lotA) },
		"lot with spare bits":  func(p *seal.Purpose) { p.Lot = lotA[:28] + "1" },
		"no bidder":            func(p *seal.Purpose) { p.Bidder = canon.Hash{} },
		"kind":                 func(p *seal.Purpose) { p.Kind = "other" },
		"moment empty":         func(p *seal.Purpose) { p.Moment = "" },
		"moment upper":         func(p *seal.Purpose) { p.Moment = "Opening" },
		"moment long":          func(p *seal.Purpose) { p.Moment = "a" + strings.Repeat("b", 32) },
		"moment with a digit":  func(p *seal.Purpose) { p.Moment = "2nd" },
		"no time":              func(p *seal.Purpose) { p.NotBefore = time.Time{} },
		"time with nanosecond": func(p *seal.Purpose) { p.NotBefore = p.NotBefore.Add(1) },
	} {
		p := w.purpose(seal.KindBody)
		change(&p)
		if _, err := seal.NewSealer(newStream("x"), w.keys(false), p, 1); code(err) != "header-malformed" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenChunksHoldsToTheHeader(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file, front := w.sealed(t, seal.KindBody, false, content("plain", 2*seal.ChunkSize))
	cek, err := w.cek(t, front)
	if err != nil {
		t.Fatal(err)
	}
	var chunks [][]byte
	for c := range slices.Chunk(file[front.Size():], seal.SealedChunk) {
		chunks = append(chunks, c)
	}
	open := func(change func(c [][]byte) [][]byte) error {
		c := change(slices.Clone(chunks))
		return seal.OpenChunks(cek, front.Header, func(i int) ([]byte, error) { return c[i], nil }, io.Discard)
	}
	for name, c := range map[string]struct {
		change func(c [][]byte) [][]byte
		want   string
	}{
		"as sealed":    {func(c [][]byte) [][]byte { return c }, ""},
		"empty chunk":  {func(c [][]byte) [][]byte { c[1] = nil; return c }, "file-truncated"},
		"short chunk":  {func(c [][]byte) [][]byte { c[0] = c[0][1:]; return c }, "file-truncated"},
		"long chunk":   {func(c [][]byte) [][]byte { c[0] = make([]byte, seal.SealedChunk+1); return c }, "file-truncated"},
		"last empty":   {func(c [][]byte) [][]byte { c[2] = make([]byte, 16); return c }, "file-truncated"},
		"swapped":      {func(c [][]byte) [][]byte { c[0], c[1] = c[1], c[0]; return c }, "chunk-tampered"},
		"last shorter": {func(c [][]byte) [][]byte { c[2] = c[2][:100]; return c }, "chunk-tampered"},
	} {
		if err := open(c.change); code(err) != c.want {
			t.Errorf("%s: %v, not %q", name, err, c.want)
		}
	}
}
