package backup_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"sunbid/crypto/canon"
	"sunbid/crypto/canon/canontest"
	"sunbid/storage/backup"
)

// FuzzManifest: the two lists of a backup are refused, or read in the order of their own memory and then stay as they are.
func FuzzManifest(f *testing.F) {
	m, err := json.Marshal(backup.Manifest{Type: "sunbid/backup/v1", Schema: 7, Tables: []backup.Table{{Name: "event", Columns: []string{"stream", "seq"}, Rows: 3, File: backup.File{Path: "tables/event.copy", Size: 9, SM3: canon.Hash{1}}}},
		Objects: backup.File{Path: "objects.jsonl", Size: 10, SM3: canon.Hash{2}}, Count: 1})
	if err != nil {
		f.Fatal(err)
	}
	o, err := json.Marshal(backup.Object{Name: "part/1", Version: "v1", Size: 5, SM3: canon.Hash{3}, Until: "2027-01-01T00:00:00Z"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(m, append(o, '\n'))
	f.Add([]byte(`{"type":"sunbid/backup/v1","objects":{"path":"../../etc/passwd"}}`), []byte("{}{}"))
	f.Add([]byte(`{"type":"sunbid/backup/v1","tables":[`+string(bytes.Repeat([]byte("{},"), 900))+`{}]}`), []byte(""))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, manifest, list []byte) {
		if err := os.WriteFile(filepath.Join(dir, "manifest.json"), manifest, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "objects.jsonl"), list, 0o600); err != nil {
			t.Fatal(err)
		}
		var m backup.Manifest
		var err error
		canontest.Bounded(t, manifest, func() { m, err = backup.ReadManifest(dir) })
		if err != nil {
			return
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var twice backup.Manifest
		if err := json.Unmarshal(again, &twice); err != nil {
			t.Fatalf("%q is read, written as %q, and then %v", manifest, again, err)
		}
		m.Objects.Path = "objects.jsonl"
		canontest.Bounded(t, list, func() { _ = backup.Each(m, dir, func(backup.Object) error { return nil }) })
	})
}
