package seal

import (
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"sunbid/crypto/pki"
)

// SealFile seals size bytes of content into w as a whole file, on all cores, with one buffer of 1 MiB a core: chunks
// first, the front last, so that a file cut off is no file. progress, if not nil, is told the content bytes done, from
// one goroutine at a time. Content that ends before size is ErrLength; other errors are NewSealer's, the signer's, or
// those of reading and writing.
func SealFile(r io.Reader, keys Keys, want Purpose, signer pki.Signer, content io.ReaderAt, size int64, w io.WriterAt, progress func(done, total int64)) (Front, error) {
	s, err := NewSealer(r, keys, want, size)
	if err != nil {
		return Front{}, err
	}
	return s.SealAll(signer, content, w, progress)
}

// SealAll seals every chunk of content, writes the chunks and then the front to w, as SealFile does.
func (s *Sealer) SealAll(signer pki.Signer, content io.ReaderAt, w io.WriterAt, progress func(done, total int64)) (Front, error) {
	front := int64(s.FrontSize())
	var (
		next atomic.Int64
		mu   sync.Mutex // guards done and failed
		done int64
		bad  error
		wait sync.WaitGroup
	)
	work := func() {
		buffer := make([]byte, min(SealedChunk, s.plainSize(0)+Overhead))
		for i := int(next.Add(1)) - 1; i < s.Chunks(); i = int(next.Add(1)) - 1 {
			err := s.sealAt(buffer, i, content, w, front)
			mu.Lock()
			if err != nil && bad == nil {
				bad = err
			}
			from, to := s.PlainRange(i)
			done += to - from
			if progress != nil && bad == nil {
				progress(done, s.length)
			}
			stop := bad != nil
			mu.Unlock()
			if stop {
				return
			}
		}
	}
	for range min(runtime.GOMAXPROCS(0), s.Chunks()) {
		wait.Go(work)
	}
	wait.Wait()
	if bad != nil {
		return Front{}, bad
	}
	f, err := s.Finish(signer)
	if err != nil {
		return Front{}, err
	}
	if _, err := w.WriteAt(f.Bytes(), 0); err != nil {
		return Front{}, err
	}
	return f, nil
}

// sealAt reads, seals and writes chunk i by way of buffer.
func (s *Sealer) sealAt(buffer []byte, i int, content io.ReaderAt, w io.WriterAt, front int64) error {
	from, to := s.PlainRange(i)
	place, err := s.contentOf(buffer, i, int(to-from))
	if err != nil {
		return err
	}
	if n, err := content.ReadAt(place, from); n < len(place) {
		if err == nil || errors.Is(err, io.EOF) {
			return because(ErrLength, "content ends early")
		}
		return err
	}
	sealed, _, err := s.sealInPlace(buffer, i)
	if err != nil {
		return err
	}
	_, err = w.WriteAt(sealed, front+int64(i)*SealedChunk)
	return err
}
