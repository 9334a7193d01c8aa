package backup_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/commit"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
	"sunbid/storage/backup"
	"sunbid/storage/objects"
	"sunbid/storage/postgres"
	"sunbid/storage/storetest/fixture"
	"sunbid/storage/translog"
)

// platform is a database and a store with a log.
type platform struct {
	t      *testing.T
	dsn    string
	db     *postgres.DB
	store  objects.Store
	signer pki.Signer
	log    *translog.Log
	seq    *translog.Sequencer
}

func open(t *testing.T, dsn string, store objects.Store, signer pki.Signer) *platform {
	t.Helper()
	p := &platform{t: t, dsn: dsn, store: store, signer: signer, db: fixture.Open(t, dsn)}
	p.log = translog.NewLog(p.db.App(), signer.Certificate(), bidding.Rehearsal)
	var err error
	if p.seq, err = translog.NewSequencer(p.log, store, signer, fixture.Clock()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.seq.Resign(context.Background()) })
	return p
}

func (p *platform) rounds(n int) tlog.SignedCheckpoint {
	p.t.Helper()
	var c tlog.SignedCheckpoint
	for range n {
		p.happen()
		var err error
		if c, err = p.seq.Round(p.t.Context()); err != nil {
			p.t.Fatal(err)
		}
	}
	return c
}

// happen commits an event.
func (p *platform) happen() bidding.RecordedEvent {
	p.t.Helper()
	salt, err := commit.New(rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	e := bidding.RecordedEvent{Stream: bidding.NewStreamID().String(), Seq: 1, At: fixture.Clock().Now(), Type: "test.happened.v1", Salt: salt[:]}
	envelope := tlog.Envelope{Type: tlog.EnvelopeType, Stream: e.Stream, Seq: 1, Event: e.Type, At: canon.At(e.At), Body: json.RawMessage(`{}`)}
	if e.Envelope, err = envelope.Canonical(); err != nil {
		p.t.Fatal(err)
	}
	const insert = `INSERT INTO event (stream, seq, type, at, actor, salt, envelope) VALUES ($1, 1, $2, $3, '{}', $4, $5)`
	if _, err := p.db.App().Exec(p.t.Context(), insert, e.Stream, e.Type, e.At, []byte(e.Salt), e.Envelope); err != nil {
		p.t.Fatal(err)
	}
	return e
}

func (p *platform) sound() translog.Report {
	p.t.Helper()
	r, err := p.log.Rederive(p.t.Context(), p.store)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, f := range r.Faults {
		p.t.Error(f)
	}
	return r
}

func (p *platform) continues(older, newer tlog.SignedCheckpoint) {
	p.t.Helper()
	path, err := p.log.Consistency(p.t.Context(), older.Body.Size, newer.Body.Size)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := tlog.Continues(older.Body, newer.Body, path); err != nil {
		p.t.Fatalf("from %d to %d: %v", older.Body.Size, newer.Body.Size, err)
	}
}

// piece stores an uploaded object and the rows that name it.
func (p *platform) piece(content string) objects.Ref {
	p.t.Helper()
	ref, err := p.store.Put(p.t.Context(), objects.NewName(), bytes.NewReader([]byte(content)), int64(len(content)))
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.store.Retain(p.t.Context(), ref, time.Now().Add(time.Hour)); err != nil {
		p.t.Fatal(err)
	}
	upload := bidding.NewUploadID().String()
	list, _ := json.Marshal([]map[string]any{{"name": ref.Name, "version": ref.Version, "size": len(content)}})
	for _, sql := range []string{
		`INSERT INTO upload (upload, lot, org, kind, size, chunks, expires_at) VALUES ($1, 'lt', 'og', 'body', 1, 1, now() + interval '1 hour')`,
		`INSERT INTO upload_piece (upload, n, leaves, object, version, size, at) VALUES ($1, 0, '', '` + string(ref.Name) + `', '` + ref.Version + `', 1, now())`,
		`INSERT INTO sealed_part (upload, lot, org, signer, kind, moment, digest, size, chunks, front, objects, at)
			VALUES ($1, 'lt', 'og', '', 'body', 'opening', decode(repeat('ab', 32), 'hex'), 1, 1, '', '` + string(list) + `', now())`,
	} {
		if _, err := p.db.App().Exec(p.t.Context(), sql, upload); err != nil {
			p.t.Fatal(err)
		}
	}
	return ref
}

// A backup is taken, the platform goes on, and is lost. The old database comes back beside the newer journal: the log
// goes on as one history with every checkpoint that was ever shown.
func TestAnOlderBackupDoesNotForkTheLog(t *testing.T) {
	t.Parallel()
	p := open(t, fixture.Migrated(t), fixture.Objects(t), fixture.Signer(t, "log"))
	early := p.rounds(20)
	dir := filepath.Join(t.TempDir(), "backup")
	waiting := p.happen() // recorded, not sequenced when the backup is made
	if _, err := backup.Backup(t.Context(), p.dsn, p.store, dir, fixture.Clock()); err != nil {
		t.Fatal(err)
	}
	seen := p.rounds(300)
	p.seq.Resign(t.Context())

	// The database is lost, the store is not.
	dsn := emptyDatabase(t)
	if _, err := backup.Restore(t.Context(), dsn, p.store, dir, fixture.Clock()); err != nil {
		t.Fatal(err)
	}
	q := open(t, dsn, p.store, p.signer)
	if err := q.seq.Reconcile(t.Context(), seen, early); err != nil {
		t.Fatal(err)
	}
	after := q.rounds(3)
	q.continues(early, after)
	q.continues(seen, after)
	if r := q.sound(); r.Lost != 300 || r.Size != 323 || r.Waiting != 0 {
		t.Errorf("%+v", r)
	}
	d, err := q.log.Disclosed(t.Context(), waiting.Stream, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Verify(p.signer.Certificate(), q.log.Origin()); err != nil {
		t.Error(err)
	}
}

// Everything is lost but the backup and what a keyholder remembers: the log stands still rather than fork.
func TestAKeyholderKnowsMoreThanTheBackup(t *testing.T) {
	t.Parallel()
	p := open(t, fixture.Migrated(t), fixture.Objects(t), fixture.Signer(t, "log"))
	p.rounds(5)
	ref := p.piece("sealed octets")
	dir := filepath.Join(t.TempDir(), "backup")
	m, err := backup.Backup(t.Context(), p.dsn, p.store, dir, fixture.Clock())
	if err != nil {
		t.Fatal(err)
	}
	if m.Count != 6 {
		t.Errorf("%d objects, want 5 rounds and a piece", m.Count)
	}
	old := p.rounds(1)
	dsn, store := emptyDatabase(t), fixture.Objects(t)
	if _, err := backup.Restore(t.Context(), dsn, store, dir, fixture.Clock()); err != nil {
		t.Fatal(err)
	}
	q := open(t, dsn, store, p.signer)
	if err := q.seq.Reconcile(t.Context(), old); !errors.Is(err, translog.ErrFork) {
		t.Errorf("a keyholder has seen more: %v", err)
	}
	// The rows name the versions that the new store gave, and the retention came along.
	var version, part string
	const find = `SELECT version, objects->0->>'version' FROM upload_piece JOIN sealed_part USING (upload) WHERE object = $1`
	if err := q.db.App().QueryRow(t.Context(), find, string(ref.Name)).Scan(&version, &part); err != nil {
		t.Fatal(err)
	}
	info, err := store.Stat(t.Context(), objects.Ref{Name: ref.Name, Version: version})
	if err != nil || info.RetainUntil.IsZero() || part != version {
		t.Errorf("version %q, %q: %+v %v", version, part, info, err)
	}
	if r := q.sound(); r.Size != 5 {
		t.Errorf("%+v", r)
	}
	if _, err := backup.Restore(t.Context(), dsn, store, dir, fixture.Clock()); !errors.Is(err, backup.ErrNotEmpty) {
		t.Errorf("restored over a living database: %v", err)
	}
	// New rows get new numbers, not those of restored ones.
	q.rounds(2)
	q.sound()
}

func TestADamagedBackupIsRefused(t *testing.T) {
	t.Parallel()
	p := open(t, fixture.Migrated(t), fixture.Objects(t), fixture.Signer(t, "log"))
	p.rounds(3)
	dir := filepath.Join(t.TempDir(), "backup")
	if _, err := backup.Backup(t.Context(), p.dsn, p.store, dir, fixture.Clock()); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"manifest.json", "objects.jsonl", "tables/event.copy", "objects/log/00000000000002.object"} {
		path := filepath.Join(dir, filepath.FromSlash(file))
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		broken := bytes.Clone(whole)
		broken[len(broken)/2] ^= 1
		if file == "manifest.json" {
			broken = broken[:len(broken)/2]
		}
		if err := os.WriteFile(path, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Restore(t.Context(), emptyDatabase(t), fixture.Objects(t), dir, fixture.Clock()); !errors.Is(err, backup.ErrDamaged) {
			t.Errorf("%s broken: %v", file, err)
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := backup.Restore(t.Context(), emptyDatabase(t), fixture.Objects(t), dir, fixture.Clock()); err != nil {
		t.Errorf("mended: %v", err)
	}
}
