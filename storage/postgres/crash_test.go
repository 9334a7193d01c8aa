package postgres_test

import (
	"context"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/commit"
	"sunbid/crypto/tlog"
	"sunbid/storage/embedded"
	"sunbid/storage/postgres"
	"sunbid/storage/storetest/fixture"
	"sunbid/storage/translog"
)

// PostgreSQL is killed while bidders submit and the sequencer runs: no acknowledged bid is lost, the log goes on as one
// history, and every row is still what its events make of it.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	t.Parallel()
	options := embedded.Options{Dir: t.TempDir()}
	start := func() *embedded.Server { return must(embedded.Start(t.Context(), options))(t) }
	server := start()
	dsn := server.DSN("postgres")
	if err := postgres.Migrate(t.Context(), dsn); err != nil {
		t.Fatal(err)
	}
	w := newWorldAt(t, dsn)
	signer := fixture.Signer(t, "log")
	s := w.announced(tender.Submitting)
	type acknowledged struct {
		org bidding.OrgID
		bid.Receipt
	}
	var all []acknowledged
	var seen tlog.SignedCheckpoint
	for range 3 {
		log := translog.NewLog(w.db.App(), signer.Certificate(), bidding.Rehearsal)
		seq := must(translog.NewSequencer(log, w.objects, signer, fixture.Clock()))(t)
		ctx, stop := context.WithCancel(t.Context())
		var group sync.WaitGroup
		var mu sync.Mutex
		var count, rounds atomic.Int64
		for range 16 {
			group.Go(func() {
				for ctx.Err() == nil {
					b := newBidder()
					r, err := s.submit(ctx, b, now())
					if err != nil {
						continue // it was not acknowledged
					}
					mu.Lock()
					all = append(all, acknowledged{b.actor.Org, r})
					mu.Unlock()
					count.Add(1)
				}
			})
		}
		group.Go(func() {
			for ctx.Err() == nil {
				if c, err := seq.Round(ctx); err == nil {
					mu.Lock()
					seen = c
					mu.Unlock()
					rounds.Add(1)
				}
			}
			seq.Resign(context.Background())
		})
		for count.Load() < 200 || rounds.Load() < 3 {
			time.Sleep(time.Millisecond)
		}
		if err := syscall.Kill(server.PID(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		<-server.Done()
		stop()
		group.Wait()
		server = start()
		w.dsn = server.DSN("postgres")
		w.open()
	}
	t.Cleanup(func() { server.Stop(context.Background()) })
	for _, a := range all {
		if _, err := w.bids.ReceiptFor(t.Context(), a.org, a.Statement); err != nil {
			t.Fatalf("an acknowledged bid is lost: %v", err)
		}
	}
	w.sound()
	log := translog.NewLog(w.db.App(), signer.Certificate(), bidding.Rehearsal)
	seq := must(translog.NewSequencer(log, w.objects, signer, fixture.Clock()))(t)
	if err := seq.Reconcile(t.Context(), seen); err != nil {
		t.Fatal(err)
	}
	last := must(seq.Round(t.Context()))(t)
	if err := tlog.Continues(seen.Body, last.Body, must(log.Consistency(t.Context(), seen.Body.Size, last.Body.Size))(t)); err != nil {
		t.Error(err)
	}
	for _, a := range []acknowledged{all[0], all[len(all)/2], all[len(all)-1]} {
		e := a.Recorded.Events[0]
		p := must(log.Await(t.Context(), a.Recorded))(t)[0]
		if err := p.Verify(canon.Hash(commit.Commit([32]byte(e.Salt), e.Envelope)), signer.Certificate(), log.Origin()); err != nil {
			t.Error(err)
		}
	}
	report := must(log.Rederive(t.Context(), w.objects))(t)
	if len(report.Faults) > 0 || report.Waiting > 0 {
		t.Errorf("%+v", report)
	}
	t.Logf("%d acknowledged over three kills, log of %d rounds", len(all), report.Size)
}

// Two hundred bidders at once, each waiting for its proof, with the sequencer at its pace.
func TestTwoHundredBiddersAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.announced(tender.Submitting)
	signer := fixture.Signer(t, "log")
	log := translog.NewLog(w.db.App(), signer.Certificate(), bidding.Rehearsal)
	seq := must(translog.NewSequencer(log, w.objects, signer, fixture.Clock()))(t)
	ctx, stop := context.WithCancel(t.Context())
	var sequencer sync.WaitGroup
	sequencer.Go(func() {
		if err := seq.Run(ctx, 200*time.Millisecond, quiet()); err != nil {
			t.Error(err)
		}
	})
	began := time.Now()
	var bidders sync.WaitGroup
	for range 200 {
		bidders.Go(func() {
			b := newBidder()
			for range 3 {
				r, err := s.submit(t.Context(), b, now())
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := log.Await(t.Context(), r.Recorded); err != nil {
					t.Error(err)
				}
			}
		})
	}
	bidders.Wait()
	t.Logf("600 durable receipts with proofs in %v", time.Since(began).Round(time.Millisecond))
	stop()
	sequencer.Wait()
	w.sound()
	if r := must(log.Rederive(t.Context(), w.objects))(t); len(r.Faults) > 0 || r.Waiting > 0 {
		t.Errorf("%+v", r)
	}
}
