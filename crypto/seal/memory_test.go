package seal_test

import (
	"bytes"
	"io"
	"runtime"
	"testing"

	"sunbid/crypto/seal"
)

// TestMemoryIsFlat counts what sealing and opening allocate in all: a few chunks a core, whatever the length. It does
// not run beside other tests, whose allocations would be counted too.
func TestMemoryIsFlat(t *testing.T) {
	w := newWorld(t)
	const size = 96 << 20
	cores := runtime.GOMAXPROCS(0)
	measure := func(name string, most int, do func() error) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := do(); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if got := int(after.TotalAlloc-before.TotalAlloc) >> 20; got > most {
			t.Errorf("%s %d MiB allocated %d MiB, more than %d", name, size>>20, got, most)
		}
	}
	measure("sealing", cores+4, func() error {
		_, err := seal.SealFile(newStream("flat"), w.keys(false), w.purpose(seal.KindBody), w.bidder, zeros{}, size, discardAt{}, nil)
		return err
	})
	file, front := w.sealed(t, seal.KindBody, false, make([]byte, size))
	cek, err := w.cek(t, front)
	if err != nil {
		t.Fatal(err)
	}
	measure("opening", 4*cores+4, func() error {
		return seal.OpenFile(cek, front, bytes.NewReader(file[front.Size():]), io.Discard)
	})
	measure("verifying", 2*cores+4, func() error {
		return seal.VerifyFile(front, bytes.NewReader(file[front.Size():]))
	})
}
