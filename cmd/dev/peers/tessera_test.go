package peers_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

// tesseraLog is a tessera POSIX log in a folder of its own, with tessera's default batches.
type tesseraLog struct {
	appender *tessera.Appender
	shutdown func(context.Context) error
}

func newTessera(tb testing.TB) *tesseraLog {
	tb.Helper()
	secret, _, err := note.GenerateKey(rand.Reader, "peers")
	if err != nil {
		tb.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		tb.Fatal(err)
	}
	driver, err := posix.New(tb.Context(), posix.Config{Path: tb.TempDir()})
	if err != nil {
		tb.Fatal(err)
	}
	a, shutdown, _, err := tessera.NewAppender(tb.Context(), driver, tessera.NewAppendOptions().
		WithCheckpointSigner(signer).WithBatching(256, 50*time.Millisecond).WithCheckpointInterval(time.Second))
	if err != nil {
		tb.Fatal(err)
	}
	return &tesseraLog{a, shutdown}
}

// append returns when the entry is durable and has its index.
func (l *tesseraLog) append(ctx context.Context, entry []byte) error {
	_, err := l.appender.Add(ctx, tessera.NewEntry(entry))()
	return err
}
