package seal_test

import (
	"bytes"
	"testing"

	"sunbid/crypto/canon/canontest"
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
		canontest.OneEncoding(t, b, seal.ParseHeader, func(h seal.Header) ([]byte, error) { return h.Encode(), nil })
	})
}

// FuzzParseFront: what is read has one encoding, and nothing is read beyond its bounds.
func FuzzParseFront(f *testing.F) {
	for _, front := range fuzzFronts(f) {
		f.Add(front.Bytes())
	}
	f.Add([]byte("GMTB\x01\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		front, ok := canontest.OneEncoding(t, b, seal.ParseFront, func(f seal.Front) ([]byte, error) { return f.Bytes(), nil })
		if ok && (front.Size() != len(b) || len(b) > seal.FrontMax) {
			t.Fatalf("%d octets are a front of %d", len(b), front.Size())
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
		canontest.OneEncoding(t, b, seal.ParseReadout, seal.Readout.Encode)
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
		var s *seal.Sealer
		var err error
		canontest.Within(t, 1<<20, b, func() { s, err = seal.ResumeSealer(b) }) // a part has up to 16 384 leaves, sealed or not
		if err != nil {
			canontest.Refused(t, b, err)
		} else if !bytes.HasPrefix(b, s.State()[:100]) {
			t.Fatalf("%x", b)
		}
	})
}
