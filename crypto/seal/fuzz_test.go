package seal_test

import (
	"bytes"
	"testing"

	"sunbid/crypto/seal"
)

func fuzzFronts(f *testing.F) (fronts []seal.Front) {
	f.Helper()
	w := newWorld(f)
	for _, modeB := range []bool{false, true} {
		for _, kind := range []seal.Kind{seal.KindReadout, seal.KindBody} {
			_, front := w.sealed(f, kind, modeB, []byte("content"))
			fronts = append(fronts, front)
		}
	}
	return fronts
}

// FuzzParseHeader: what is read has one encoding.
func FuzzParseHeader(f *testing.F) {
	for _, front := range fuzzFronts(f) {
		f.Add(front.Raw)
		f.Add(front.Raw[:len(front.Raw)-1])
		f.Add(append(bytes.Clone(front.Raw), 0))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := seal.ParseHeader(b)
		if err != nil {
			if code(err) != "header-malformed" {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(h.Encode(), b) {
			t.Fatalf("%x is read, and written as %x", b, h.Encode())
		}
	})
}

// FuzzParseFront: what is read has one encoding, and nothing is read beyond its bounds.
func FuzzParseFront(f *testing.F) {
	for _, front := range fuzzFronts(f) {
		f.Add(front.Bytes())
	}
	f.Add([]byte("GMTB\x01\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		front, err := seal.ParseFront(b)
		if err != nil {
			return
		}
		if !bytes.Equal(front.Bytes(), b) || front.Size() != len(b) || len(b) > seal.FrontMax {
			t.Fatalf("%x is read, and written as %x", b, front.Bytes())
		}
	})
}

// FuzzReadout: what is read has one encoding and is within its bounds.
func FuzzReadout(f *testing.F) {
	b, err := goodReadout().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(bytes.Replace(b, []byte(`"price_fen"`), []byte(`"rate_ppm"`), 1))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := seal.ParseReadout(b)
		if err != nil {
			return
		}
		again, err := r.Encode()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%s is read, and written as %s: %v", b, again, err)
		}
	})
}

// FuzzResume: a state that is read is one.
func FuzzResume(f *testing.F) {
	w := newWorld(f)
	s, err := seal.NewSealer(newStream("fuzz"), w.keys(false), w.purpose(seal.KindReadout), 3)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.State())
	if _, _, err := s.SealChunk(0, []byte("abc")); err != nil {
		f.Fatal(err)
	}
	f.Add(s.State())
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := seal.ResumeSealer(b)
		if err == nil && !bytes.HasPrefix(b, s.State()[:100]) {
			t.Fatalf("%x", b)
		}
	})
}
