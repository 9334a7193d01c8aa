package faults_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sunbid/faults/ledger"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
	"sunbid/web/client"
)

// watcher looks at the public interface as anybody may, and remembers the log's checkpoints from lot to lot.
type watcher struct {
	client *client.Client
	log    *pki.Certificate
	last   *tlog.Checkpoint
}

func (h hall) watcher(t *testing.T) *watcher {
	t.Helper()
	der, err := os.ReadFile(filepath.Join(h.Dir, "platform", "log.der"))
	ok(t, err)
	log, err := pki.ParseCertificate(der)
	ok(t, err)
	return &watcher{client: h.Hosts.Tenderer.Client, log: log}
}

// watched is what was seen while one lot went on.
type watched struct {
	heads  []ledger.Checkpoint
	sights []ledger.Sight // rows
}

// watch looks at a lot until stop is called, which returns what was seen. A look that got no answer is none.
func (w *watcher) watch(t *testing.T, lot bidding.LotID) (stop func() watched) {
	ctx, cancel := context.WithCancel(t.Context())
	var saw watched
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			w.look(ctx, t, lot, &saw)
			time.Sleep(300 * time.Millisecond)
		}
	})
	return func() watched { cancel(); wg.Wait(); return saw }
}

// look fails the test for a checkpoint that does not verify or does not continue the one before.
func (w *watcher) look(ctx context.Context, t *testing.T, lot bidding.LotID, saw *watched) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if page, err := w.client.OpeningRows(ctx, lot, "", 10); err == nil && len(page.Rows) > 0 {
		saw.sights = append(saw.sights, ledger.Sight{What: "a row", At: time.Now()})
	}
	raw, err := w.client.Checkpoint(ctx)
	if err != nil {
		return
	}
	signed, err := pki.ParseSigned[tlog.Checkpoint](raw)
	if err == nil {
		err = tlog.VerifyCheckpoint(signed, w.log, tlog.Origin(pki.Rehearsal, w.log))
	}
	if err != nil {
		t.Errorf("a checkpoint does not verify: %v", err)
		return
	}
	now := signed.Body
	saw.heads = append(saw.heads, ledger.Checkpoint{Origin: now.Origin, Size: now.Size, Root: now.Root})
	if w.last != nil && w.last.Size > 0 {
		var path []canon.Hash
		if now.Size > w.last.Size {
			proof, err := w.client.Consistency(ctx, w.last.Size, now.Size)
			if err != nil {
				return // asked again at the next look, from the same checkpoint
			}
			path = proof.Path
		}
		if err := tlog.Continues(*w.last, now, path); err != nil || now.Size < w.last.Size {
			t.Errorf("the log went from %d to %d rounds: %v", w.last.Size, now.Size, err)
		}
	}
	w.last = &now
}
