package attacks_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/web/api/wire"
)

const octets = "application/octet-stream"

func (s *scene) begin(t *testing.T, b *bidder, lot bidding.LotID, kind seal.Kind, size int64, chunks int) answer {
	t.Helper()
	body, err := json.Marshal(wire.UploadRequest{Kind: kind, Size: size, Chunks: chunks})
	if err != nil {
		t.Fatal(err)
	}
	return s.do(t, call{method: http.MethodPost, path: "/lots/" + lot.String() + "/uploads", token: b.token, media: "application/json", body: body})
}

// begun is begin, and it must succeed.
func (s *scene) begun(t *testing.T, b *bidder, lot bidding.LotID, p sealed, front int) bidding.UploadID {
	t.Helper()
	size := int64(front)
	for _, c := range p.chunks {
		size += int64(len(c))
	}
	a := s.begin(t, b, lot, p.Kind, size, len(p.chunks))
	var u wire.Upload
	if err := json.Unmarshal(a.body, &u); err != nil || a.status != 201 {
		t.Fatalf("begin: %s", a.body)
	}
	return u.ID
}

func (s *scene) put(t *testing.T, b *bidder, id bidding.UploadID, n int, leaves []canon.Hash, body []byte) answer {
	t.Helper()
	return s.do(t, call{method: http.MethodPut, path: fmt.Sprintf("/uploads/%v/parts/%d", id, n), token: b.token, media: octets, leaves: leaves, body: body})
}

func (s *scene) front(t *testing.T, b *bidder, id bidding.UploadID, front []byte) answer {
	t.Helper()
	return s.do(t, call{method: http.MethodPut, path: "/uploads/" + id.String() + "/front", token: b.token, media: octets, body: front})
}

// uploaded brings a part whole, but for its front.
func (s *scene) uploaded(t *testing.T, b *bidder, lot bidding.LotID, p sealed, front int) bidding.UploadID {
	t.Helper()
	id := s.begun(t, b, lot, p, front)
	for n := 0; n*8 < len(p.chunks); n++ {
		chunks := p.chunks[n*8 : min(n*8+8, len(p.chunks))]
		if a := s.put(t, b, id, n, leavesOf(chunks), bytes.Join(chunks, nil)); a.status != 200 {
			t.Fatalf("part %d: %s", n, a.body)
		}
	}
	return id
}

// stored brings a part whole.
func (s *scene) stored(t *testing.T, b *bidder, lot bidding.LotID, p sealed) {
	t.Helper()
	if a := s.front(t, b, s.uploaded(t, b, lot, p, p.front.Size()), p.front.Bytes()); a.status != 200 {
		t.Fatalf("front: %s", a.body)
	}
}

// fronts: everything that can be wrong with header and signature of a part whose chunks are all there.
func (s *scene) fronts(t *testing.T, b, rival *bidder) {
	good := s.part(t, b, s.farKeys, seal.KindReadout, 100)
	id := s.uploaded(t, b, s.far.Lot, good, good.front.Size())
	raw := good.front.Bytes()
	flip := func(at int) []byte {
		f := bytes.Clone(raw)
		f[at] ^= 1
		return f
	}
	with := func(change func(h *seal.Header)) []byte { return resign(t, good, b.Who.Signer, change) }
	other := s.part(t, b, s.farKeys, seal.KindReadout, 100)
	for _, c := range []struct {
		name  string
		front []byte
		want  refusal
	}{
		{"truncated", raw[:100], refusal{422, "file-truncated", "E20-26"}},
		{"a byte missing", raw[:len(raw)-1], refusal{422, "file-truncated", "E20-26"}},
		{"bytes behind", append(bytes.Clone(raw), 0), refusal{422, "header-malformed", "E20-26"}},
		{"another format", flip(4), refusal{422, "file-magic", "E20-26"}},
		{"fields reordered", reordered(good.front), refusal{422, "header-malformed", "E20-26"}},
		{"signature altered", flip(len(raw) - 1), refusal{422, "signature-invalid", "E20-26"}},
		{"signed by another", resign(t, good, rival.Who.Signer, func(*seal.Header) {}), refusal{422, "signature-invalid", "E20-26"}},
		{"front of other chunks", other.front.Bytes(), refusal{422, "root-mismatch", "E20-26"}},
		{"another bidder's label", with(func(h *seal.Header) { h.Bidder = rival.Who.Signing.Fingerprint() }), refusal{422, "bid-sealed-to-other", "E20-26"}},
		{"another lot", with(func(h *seal.Header) { h.Lot = s.soon.Lot.String() }), refusal{422, "bid-sealed-to-other", "E20-26"}},
		{"another binding", with(func(h *seal.Header) { h.Binding = s.soonKeys.Binding }), refusal{422, "bid-sealed-to-other", "E20-26"}},
		{"another opening time", with(func(h *seal.Header) { h.NotBefore = h.NotBefore.Add(-time.Hour) }), refusal{422, "bid-sealed-to-other", "E20-26"}},
		{"another moment", with(func(h *seal.Header) { h.Moment = "closing" }), refusal{422, "bid-part-unasked", "E20-26"}},
		{"a label changed under the stanzas", with(func(h *seal.Header) { h.Commit[0] ^= 1 }), refusal{422, "stanza-proof", "E20-26"}},
		{"proof of lock T", with(func(h *seal.Header) { h.T[len(h.T)-1] ^= 1 }), refusal{422, "stanza-proof", "E20-26"}},
		{"proof of lock C", with(func(h *seal.Header) { h.C[len(h.C)-1] ^= 1 }), refusal{422, "stanza-proof", "E20-26"}},
		{"stanzas exchanged", with(func(h *seal.Header) { h.T, h.C = h.C, h.T }), refusal{422, "stanza-proof", "E20-26"}},
		{"point of lock T off the curve", with(func(h *seal.Header) { h.T[64] ^= 1 }), refusal{422, "point-invalid", "E20-26"}},
		{"point of lock C off the curve", with(func(h *seal.Header) { h.C[64] ^= 1 }), refusal{422, "point-invalid", "E20-26"}},
		{"compressed point", with(func(h *seal.Header) { h.T[0] = 2 }), refusal{422, "point-invalid", "E20-26"}},
		{"coordinate beyond the field", with(func(h *seal.Header) { copy(h.T[1:33], bytes.Repeat([]byte{0xff}, 32)) }), refusal{422, "point-invalid", "E20-26"}},
		{"point at infinity", with(func(h *seal.Header) { clear(h.T[1:65]) }), refusal{422, "point-invalid", "E20-26"}},
	} {
		s.attack(t, "front: "+c.name, b, true, c.want, func() answer { return s.front(t, b, id, c.front) })
	}
	s.attack(t, "front: nothing", b, true, refusal{400, "request-unreadable", ""}, func() answer { return s.front(t, b, id, nil) })
	s.attack(t, "front: too long", b, true, refusal{413, "request-too-large", ""}, func() answer { return s.front(t, b, id, make([]byte, 9<<10)) })
	if a := s.front(t, b, id, raw); a.status != 200 {
		t.Errorf("after all that the right front: %s", a.body)
	}
	s.attack(t, "front: another one afterwards", b, true, refusal{409, "upload-sealed", ""}, func() answer { return s.front(t, b, id, other.front.Bytes()) })
	s.attack(t, "front: a stranger's upload", rival, false, refusal{404, "not-found", ""}, func() answer { return s.front(t, rival, id, raw) })

	for name, c := range map[string]struct {
		part sealed
		want refusal
	}{
		"sealed to another lot":   {s.part(t, b, s.soonKeys, seal.KindReadout, 100), refusal{422, "bid-sealed-to-other", "E20-26"}},
		"sealed to another class": {s.part(t, b, production(s.farKeys), seal.KindReadout, 100), refusal{422, "bid-sealed-to-other", "E20-26"}},
		"sealed for mode B":       {s.part(t, b, modeB(s.farKeys), seal.KindReadout, 100), refusal{422, "bid-mode", "E20-26"}},
		"copied from a rival":     {s.part(t, rival, s.farKeys, seal.KindReadout, 100), refusal{422, "bid-sealed-to-other", "E20-26"}},
	} {
		id := s.uploaded(t, b, s.far.Lot, c.part, c.part.front.Size())
		s.attack(t, name, b, true, c.want, func() answer { return s.front(t, b, id, c.part.front.Bytes()) })
	}
	wrongKeys := s.farKeys
	wrongKeys.T = s.soonKeys.T
	p := s.part(t, b, wrongKeys, seal.KindReadout, 100)
	id = s.uploaded(t, b, s.far.Lot, p, p.front.Size())
	s.attack(t, "sealed under another lot's key", b, true, refusal{422, "stanza-proof", "E20-26"}, func() answer { return s.front(t, b, id, p.front.Bytes()) })
}

// reordered is a front with its first two fields exchanged.
func reordered(f seal.Front) []byte {
	const first = 3 + 2 // tag, length, u16
	second := first + 3 + int(f.Raw[first+1])<<8 + int(f.Raw[first+2])
	f.Raw = slices.Concat(f.Raw[first:second], f.Raw[:first], f.Raw[second:])
	return f.Bytes()
}

func production(l desk.Lot) desk.Lot { l.Class = bidding.Production; return l }
func modeB(l desk.Lot) desk.Lot      { l.Mode = "bidder-key"; return l }

// chunks: everything that can be wrong with the octets of a part, and an upload that stops.
func (s *scene) chunks(t *testing.T, b *bidder) {
	p := s.part(t, b, s.farKeys, seal.KindBody, 9<<20+4711)
	id := s.begun(t, b, s.far.Lot, p, p.front.Size())
	first, last := p.chunks[:8], p.chunks[8:]
	body, leaves := bytes.Join(first, nil), leavesOf(first)
	wrong := bytes.Clone(body)
	wrong[3<<20] ^= 1
	swapped := slices.Clone(first)
	swapped[2], swapped[5] = swapped[5], swapped[2]
	for _, c := range []struct {
		name   string
		n      int
		leaves []canon.Hash
		body   []byte
		want   refusal
		kept   bool
	}{
		{"wrong chunk", 0, leaves, wrong, refusal{422, "upload-chunk-hash", ""}, true},
		{"chunks reordered", 0, leaves, bytes.Join(swapped, nil), refusal{422, "upload-chunk-hash", ""}, true},
		{"truncated", 0, leaves, body[:len(body)-1], refusal{422, "upload-piece-size", ""}, true},
		{"a chunk missing", 0, leaves[:7], bytes.Join(first[:7], nil), refusal{422, "upload-piece-size", ""}, true},
		{"too few leaves", 0, leaves[:7], body, refusal{422, "upload-chunk-hash", ""}, true},
		{"beyond the end", 2, leaves, body, refusal{422, "upload-piece-number", ""}, true},
		{"oversized", 0, leaves, append(bytes.Clone(body), 0), refusal{413, "request-too-large", ""}, true},
		{"last part oversized", 1, leavesOf(first[:len(last)]), bytes.Join(append(slices.Clone(last), first[0]), nil), refusal{422, "upload-piece-size", ""}, true},
	} {
		s.attack(t, "part: "+c.name, b, c.kept, c.want, func() answer { return s.put(t, b, id, c.n, c.leaves, c.body) })
	}
	s.attack(t, "an upload larger than any", b, true, refusal{422, "upload-size", ""}, func() answer { return s.begin(t, b, s.far.Lot, seal.KindBody, 3<<30, 3000) })
	s.attack(t, "size and chunks do not fit", b, true, refusal{422, "upload-size", ""}, func() answer { return s.begin(t, b, s.far.Lot, seal.KindBody, 9<<20, 2) })
	s.attack(t, "a kind nobody asked for", b, true, refusal{422, "bid-part-unasked", "E20-26"}, func() answer { return s.begin(t, b, s.far.Lot, seal.KindTechnical, 2<<20, 2) })

	// The upload stops: the second part came, the first is cut off in the middle.
	if a := s.put(t, b, id, 1, leavesOf(last), bytes.Join(last, nil)); a.status != 200 {
		t.Fatalf("last part: %s", a.body)
	}
	s.cut(t, b, id, leaves, body)
	var u wire.Upload
	if a := s.do(t, call{method: http.MethodGet, path: "/uploads/" + id.String(), token: b.token}); json.Unmarshal(a.body, &u) != nil || !slices.Equal(u.Owed, []int{0}) || u.Sealed {
		t.Errorf("owed: %s", a.body)
	}
	s.attack(t, "front of an upload that stopped", b, false, refusal{409, "upload-incomplete", "E20-27"}, func() answer { return s.front(t, b, id, p.front.Bytes()) })
	if a := s.put(t, b, id, 0, leaves, body); a.status != 200 {
		t.Fatalf("resume: %s", a.body)
	}
	s.attack(t, "other octets for a part that is there", b, true, refusal{409, "upload-piece-differs", ""}, func() answer {
		return s.put(t, b, id, 0, leavesOf(swapped), bytes.Join(swapped, nil))
	})
	if a := s.put(t, b, id, 0, leaves, body); a.status != 200 {
		t.Errorf("the same part again: %s", a.body)
	}
	if a := s.front(t, b, id, p.front.Bytes()); a.status != 200 {
		t.Errorf("front after all: %s", a.body)
	}

	// Chunks that are themselves in order, but not in the order that was signed.
	q := s.part(t, b, s.farKeys, seal.KindBody, 2<<20)
	q.chunks[0], q.chunks[1] = q.chunks[1], q.chunks[0]
	id = s.uploaded(t, b, s.far.Lot, q, q.front.Size())
	s.attack(t, "chunks and leaves reordered", b, true, refusal{422, "root-mismatch", "E20-26"}, func() answer { return s.front(t, b, id, q.front.Bytes()) })
}

// cut sends half a part and hangs up.
func (s *scene) cut(t *testing.T, b *bidder, id bidding.UploadID, leaves []canon.Hash, body []byte) {
	t.Helper()
	r, w := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, fmt.Sprintf("%s/api/v1/uploads/%v/parts/0", s.URL, id), r)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, l := range leaves {
		list = append(list, l.String())
	}
	req.ContentLength = int64(len(body))
	req.Header.Set("Authorization", "Bearer "+b.token)
	req.Header.Set("Content-Type", octets)
	req.Header.Set("Sunbid-Leaves", strings.Join(list, ","))
	go func() {
		_, _ = w.Write(body[:len(body)/2])
		_ = w.CloseWithError(errors.New("power cut"))
	}()
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err == nil {
		res.Body.Close()
		if res.StatusCode < 400 {
			t.Errorf("half a part was taken: %d", res.StatusCode)
		}
	}
}

// signedReceipt reads the receipt of a refusal.
func signedReceipt(t *testing.T, a answer) seal.Receipt {
	t.Helper()
	if a.problem == nil || len(a.problem.Receipt) == 0 {
		return seal.Receipt{}
	}
	r, err := pki.ParseSigned[seal.Receipt](a.problem.Receipt)
	if err != nil {
		t.Errorf("receipt of a refusal: %v", err)
	}
	return r.Body
}
