package seal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sunbid/cmd/dev/goldentest"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
	"sunbid/crypto/tdh2"
)

// vector is one case of testdata/vectors/seal*.json. Do names the operation; the inputs it takes stand in their
// fields; Result is what must come out, Expect the failure that must occur instead.
type vector struct {
	Name   string      `json:"name"`
	Do     string      `json:"do"`
	Kind   seal.Kind   `json:"kind,omitempty"`
	Length int64       `json:"length,omitempty"`
	Leaves []canon.Hex `json:"leaves,omitempty"`

	Class     string      `json:"class,omitempty"`
	Binding   canon.Hash  `json:"binding,omitzero"`
	Lot       string      `json:"lot,omitempty"`
	Bidder    canon.Hash  `json:"bidder,omitzero"`
	Moment    string      `json:"moment,omitempty"`
	NotBefore int64       `json:"not_before,omitempty"`
	KeyT      canon.Hex   `json:"key_t,omitempty"` // points
	KeyC      canon.Hex   `json:"key_c,omitempty"`
	Random    []canon.Hex `json:"random,omitempty"` // kT, kC, then r and k of stanza T, r and k of stanza C
	Content   canon.Hex   `json:"content,omitempty"`

	Header canon.Hex `json:"header,omitempty"`
	KT     canon.Hex `json:"kt,omitempty"`
	KC     canon.Hex `json:"kc,omitempty"`
	KB     canon.Hex `json:"kb,omitempty"`
	Text   string    `json:"text,omitempty"`

	File        canon.Hex `json:"file,omitempty"`
	Of          string    `json:"of,omitempty"`       // take the file of the case of that name …
	Flip        []int     `json:"flip,omitempty"`     // … with the lowest bit of these bytes flipped (from the end when negative)
	Truncate    int       `json:"truncate,omitempty"` // … and that many bytes cut off
	Certificate canon.Hex `json:"certificate,omitempty"`
	SecretT     canon.Hex `json:"secret_t,omitempty"` // the whole secret behind each lock, and behind stanza B
	SecretC     canon.Hex `json:"secret_c,omitempty"`
	SecretB     canon.Hex `json:"secret_b,omitempty"`

	Result []canon.Hex `json:"result,omitempty"`
	Expect string      `json:"expect,omitempty"`
}

func (v vector) purpose() seal.Purpose {
	return seal.Purpose{Class: v.Class, Binding: v.Binding, Lot: v.Lot, Bidder: v.Bidder, Kind: v.Kind, Moment: v.Moment, NotBefore: time.UnixMilli(v.NotBefore)}
}

func (v vector) run(t *testing.T, all []vector) ([]canon.Hex, error) {
	t.Helper()
	switch v.Do {
	case "padded-length":
		n := seal.PaddedLength(v.Kind, v.Length)
		if n < 0 {
			return nil, seal.ErrLength
		}
		return []canon.Hex{fmt.Appendf(nil, "%d", n)}, nil
	case "root":
		var leaves []canon.Hash
		for _, l := range v.Leaves {
			leaves = append(leaves, canon.Hash(l))
		}
		r := seal.RootOf(leaves)
		return []canon.Hex{r[:]}, nil
	case "seal":
		return v.seal()
	case "parse-header":
		h, err := seal.ParseHeader(v.Header)
		if err != nil {
			return nil, err
		}
		hash, id := h.LabelHash(), h.ID()
		return []canon.Hex{h.Label(), hash[:], id[:]}, nil
	case "derive-key":
		h, err := seal.ParseHeader(v.Header)
		if err != nil {
			return nil, err
		}
		var kB *[32]byte
		if len(v.KB) > 0 {
			kB = (*[32]byte)(v.KB)
		}
		cek, err := h.CEK([32]byte(v.KT), [32]byte(v.KC), kB)
		return []canon.Hex{cek[:]}, err
	case "parse-readout":
		_, err := seal.ParseReadout([]byte(v.Text))
		return nil, err
	case "parse-statement":
		var s seal.Statement
		if err := canon.Unmarshal([]byte(v.Text), &s); err != nil {
			return nil, err
		}
		return nil, s.Check()
	case "open":
		return v.open(all)
	}
	t.Fatalf("%s: no operation %q", v.Name, v.Do)
	return nil, nil
}

// seal gives header, first chunk's leaf, root, digest.
func (v vector) seal() ([]canon.Hex, error) {
	var random []byte
	for i, r := range v.Random {
		if i == 2 {
			random = append(random, make([]byte, 32)...) // kB is drawn in mode A too, and not used
		}
		if i >= 2 {
			random = append(random, make([]byte, 32)...) // a scalar is 512 bits reduced
		}
		random = append(random, r...)
	}
	keyT, err := tdh2.DecodePoint(v.KeyT)
	if err != nil {
		return nil, err
	}
	keyC, err := tdh2.DecodePoint(v.KeyC)
	if err != nil {
		return nil, err
	}
	s, err := seal.NewSealer(bytes.NewReader(random), seal.Keys{T: keyT, C: keyC}, v.purpose(), int64(len(v.Content)))
	if err != nil {
		return nil, err
	}
	_, leaf, err := s.SealChunk(0, v.Content)
	if err != nil {
		return nil, err
	}
	h := s.Header()
	front := seal.Front{Header: h, Raw: h.Encode(), Root: seal.RootOf([]canon.Hash{leaf})}
	digest := front.Digest()
	return []canon.Hex{front.Raw, leaf[:], front.Root[:], digest[:]}, nil
}

func (v vector) file(all []vector) []byte {
	b := v.File
	if i := slices.IndexFunc(all, func(o vector) bool { return o.Name == v.Of && v.Of != "" }); i >= 0 {
		b = bytes.Clone(all[i].File)
	}
	for _, at := range v.Flip {
		if at < 0 {
			at += len(b)
		}
		b[at] ^= 1
	}
	return b[:len(b)-v.Truncate]
}

// open is section 4.1 with whole secrets.
func (v vector) open(all []vector) ([]canon.Hex, error) {
	r := bytes.NewReader(v.file(all))
	front, err := seal.ReadFront(r)
	if err != nil {
		return nil, err
	}
	cert, err := pki.ParseCertificate(v.Certificate)
	if err != nil {
		return nil, err
	}
	if err := front.Verify(cert); err != nil {
		return nil, err
	}
	label := front.Header.Label()
	stanza := func(s tdh2.Stanza, secret []byte) ([32]byte, error) {
		share, err := tdh2.NewShare(1, secret)
		if err != nil {
			return [32]byte{}, err
		}
		if err := tdh2.Check(share.Public(), s, label); err != nil {
			return [32]byte{}, err
		}
		it, err := s.Item(label)
		if err != nil {
			return [32]byte{}, err
		}
		d, _, err := tdh2.Partials(newStream("k"), share, []tdh2.Item{it})
		if err != nil {
			return [32]byte{}, err
		}
		return seal.OpenStanza(s, d[0], label)
	}
	kT, err := stanza(front.Header.T, v.SecretT)
	if err != nil {
		return nil, err
	}
	kC, err := stanza(front.Header.C, v.SecretC)
	if err != nil {
		return nil, err
	}
	var kB *[32]byte
	if front.Header.ModeB() {
		key, err := sm.NewPrivateKey(v.SecretB)
		if err != nil {
			return nil, err
		}
		k, err := seal.OpenStanzaB(front.Header, key)
		if err != nil {
			return nil, err
		}
		kB = &k
	}
	cek, err := front.CEK(kT, kC, kB)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := seal.OpenFile(cek, front, r, &out); err != nil {
		return nil, err
	}
	digest := front.Digest()
	return []canon.Hex{out.Bytes(), digest[:]}, nil
}

func TestVectors(t *testing.T) {
	t.Parallel()
	if goldentest.Asked() {
		writeVectors(t)
		return
	}
	paths, err := filepath.Glob(filepath.Join("..", "..", "testdata", "vectors", "seal*.json"))
	if err != nil || len(paths) < 2 {
		t.Fatalf("%d files of vectors: %v", len(paths), err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var cases []vector
		decoder := json.NewDecoder(bytes.NewReader(b))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&cases); err != nil {
			t.Fatal(err)
		}
		for _, v := range cases {
			t.Run(filepath.Base(path)+"/"+v.Name, func(t *testing.T) {
				t.Parallel()
				got, err := v.run(t, cases)
				if code(err) != v.Expect {
					t.Fatalf("%v, not %q", err, v.Expect)
				}
				if err == nil && !slices.EqualFunc(got, v.Result, func(a, b canon.Hex) bool { return bytes.Equal(a, b) }) {
					t.Errorf("result is %x, not %x", got, v.Result)
				}
			})
		}
	}
}

// recorder collects cases and lets this implementation fill in their results.
type recorder struct {
	t     *testing.T
	cases []vector
}

func (r *recorder) add(v vector) vector {
	r.t.Helper()
	got, err := v.run(r.t, append(r.cases, v))
	if v.Expect = code(err); err == nil {
		v.Result = got
	}
	if strings.HasPrefix(v.Expect, "no code") {
		r.t.Fatalf("%s: %v", v.Name, err)
	}
	r.cases = append(r.cases, v)
	return v
}

func (r *recorder) write(name string) {
	r.t.Helper()
	b, err := json.MarshalIndent(r.cases, "", "  ")
	if err != nil {
		r.t.Fatal(err)
	}
	goldentest.Write(r.t, "testdata/vectors/"+name, append(b, '\n'))
}
