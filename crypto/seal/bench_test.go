package seal_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
)

// discardAt throws away what is written.
type discardAt struct{}

func (discardAt) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }

// zeros is endless content.
type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) { clear(p); return len(p), nil }

const benchSize = 64 << 20

// BenchmarkBound is what sealing cannot exceed: SM4-GCM and SM3 one after the other over each chunk, on every core.
func BenchmarkBound(b *testing.B) {
	aead, err := sm.NewGCM(make([]byte, 16))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(seal.ChunkSize)
	b.RunParallel(func(pb *testing.PB) {
		buffer := make([]byte, seal.ChunkSize+16)
		nonce := make([]byte, 12)
		for pb.Next() {
			sm.Sum([]byte{0}, aead.Seal(buffer[:0], nonce, buffer[:seal.ChunkSize], nil))
		}
	})
}

func BenchmarkSealFile(b *testing.B) {
	w := newWorld(b)
	b.SetBytes(benchSize)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := seal.SealFile(rand.Reader, w.keys(false), w.purpose(seal.KindBody), w.bidder, zeros{}, benchSize, discardAt{}, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSealRatio seals 64 MiB, and by turns runs SM4-GCM alone and SM3 alone over as much on all cores: ratio is the speed of
// sealing against the harmonic sum of the two, 1 / (1/GCM + 1/SM3). All figures are medians over the rounds, so run it with some:
// -benchtime 21x.
func BenchmarkSealRatio(b *testing.B) {
	w := newWorld(b)
	aead, err := sm.NewGCM(make([]byte, 16))
	if err != nil {
		b.Fatal(err)
	}
	plain, nonce := make([]byte, seal.ChunkSize), make([]byte, 12)
	var gcms, sm3s, seals, ratios []float64
	for b.Loop() {
		gcm := speed(func() { onAllCores(func(buffer []byte) { aead.Seal(buffer[:0], nonce, plain, nil) }) })
		sm3 := speed(func() { onAllCores(func([]byte) { sm.Sum(plain) }) })
		sealing := speed(func() {
			if _, err := seal.SealFile(rand.Reader, w.keys(false), w.purpose(seal.KindBody), w.bidder, zeros{}, benchSize, discardAt{}, nil); err != nil {
				b.Fatal(err)
			}
		})
		gcms, sm3s, seals = append(gcms, gcm), append(sm3s, sm3), append(seals, sealing)
		ratios = append(ratios, sealing*(1/gcm+1/sm3))
	}
	for name, figures := range map[string][]float64{"gcm-MB/s": gcms, "sm3-MB/s": sm3s, "seal-MB/s": seals, "ratio": ratios} {
		slices.Sort(figures)
		b.ReportMetric(figures[len(figures)/2], name)
	}
}

// speed of some work over benchSize bytes, in MB/s.
func speed(work func()) float64 {
	began := time.Now()
	work()
	return benchSize / time.Since(began).Seconds() / 1e6
}

// onAllCores gives every chunk of benchSize bytes to a core, each with a buffer of its own.
func onAllCores(chunk func(buffer []byte)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			buffer := make([]byte, seal.ChunkSize+16)
			for next.Add(1) <= benchSize/seal.ChunkSize {
				chunk(buffer)
			}
		})
	}
	wg.Wait()
}

func BenchmarkOpenFile(b *testing.B) {
	w := newWorld(b)
	file, front := w.sealed(b, seal.KindBody, false, make([]byte, benchSize))
	cek, err := w.cek(b, front)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(benchSize)
	b.ReportAllocs()
	for b.Loop() {
		if err := seal.OpenFile(cek, front, bytes.NewReader(file[front.Size():]), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyFile(b *testing.B) {
	w := newWorld(b)
	file, front := w.sealed(b, seal.KindBody, false, make([]byte, benchSize))
	b.SetBytes(benchSize)
	for b.Loop() {
		if err := seal.VerifyFile(front, bytes.NewReader(file[front.Size():])); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewSealer(b *testing.B) {
	w := newWorld(b)
	for b.Loop() {
		if _, err := seal.NewSealer(rand.Reader, w.keys(true), w.purpose(seal.KindReadout), 1000); err != nil {
			b.Fatal(err)
		}
	}
}
