package procedure_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
)

// A backup is taken while the platform runs, it goes on, and the database is lost. Restored beside the newer journal, the log goes on
// as one history, every row can be derived again, and the next tender opens at keyholders who remember the newer checkpoints.
func restore(t *testing.T, p *stacktest.Play) {
	dir := filepath.Join(t.TempDir(), "backup")
	began := time.Now()
	run(t, p.Binaries.Sunbid, "backup", "--config", p.ConfigFile(), dir)
	t.Logf("backup: %.2f s", time.Since(began).Seconds())
	early := checkpoint(t, p)
	after := announce(t, p, cast.Plan{}, 30*time.Second) // these rows are lost, their keyholders' binding is not
	seen := checkpoint(t, p)
	if seen.Size <= early.Size {
		t.Fatalf("the log did not go on: %d, then %d rounds", early.Size, seen.Size)
	}
	if err := p.Platform.Stop(20 * time.Second); err != nil {
		t.Fatal(err)
	}
	empty(t, p)
	began = time.Now()
	run(t, p.Binaries.Sunbid, "restore", "--config", p.ConfigFile(), dir)
	t.Logf("restore: %.2f s", time.Since(began).Seconds())
	if code, out := try(t, p.Binaries.Sunbid, "restore", "--config", p.ConfigFile(), dir); code != 1 {
		t.Errorf("restore into a database that is not empty: exit %d\n%s", code, out)
	}
	if err := p.StartPlatform(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := checkpoint(t, p)
	for wait := time.Now(); now.Size <= seen.Size && time.Since(wait) < time.Minute; now = checkpoint(t, p) {
		time.Sleep(200 * time.Millisecond)
	}
	for _, old := range []tlog.Checkpoint{early, seen} {
		proof, err := p.Hosts.Tenderer.Client.Consistency(t.Context(), old.Size, now.Size)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.VerifyConsistency(old.Size, now.Size, proof.Path, old.Root, now.Root); err != nil {
			t.Errorf("from %d to %d rounds: %v", old.Size, now.Size, err)
		}
	}
	t.Logf("log: %d rounds at the backup, %d seen before the loss, %d after; no fork", early.Size, seen.Size, now.Size)
	if _, err := p.Hosts.Tenderer.Client.Lot(t.Context(), after.lot.Lot); err == nil {
		t.Error("a lot announced after the backup is still there")
	}
	// The key of the lost lot is free in the backup and bound at the keyholders: it must not be given to another lot.
	s := announce(t, p, cast.Plan{}, 15*time.Second)
	for i := range 2 {
		p.StartOfficer(t, i, s.lot.Lot)
	}
	bidders := s.bids(100_00, 200_00, 300_00)
	rows := s.rows()
	for i, b := range bidders {
		s.wantPrice(rows, b, bidding.Fen(i+1)*100_00)
	}
	p.Fsck(t)
}

func checkpoint(t *testing.T, p *stacktest.Play) tlog.Checkpoint {
	t.Helper()
	raw, err := p.Hosts.Tenderer.Client.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	signed, err := pki.ParseSigned[tlog.Checkpoint](raw)
	if err != nil {
		t.Fatal(err)
	}
	return signed.Body
}

// empty loses the database.
func empty(t *testing.T, p *stacktest.Play) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), p.Database.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	for _, sql := range []string{"DROP DATABASE " + stack.Database + " WITH (FORCE)", "CREATE DATABASE " + stack.Database} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
}
