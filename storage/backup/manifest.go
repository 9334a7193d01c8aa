package backup

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/sm"
)

// ErrDamaged says that the folder is not a whole backup.
var ErrDamaged = errors.New("the backup is damaged or incomplete")

const manifestType = "sunbid/backup/v1"

// Manifest names every file of a backup. It is written last: without it there is no backup.
type Manifest struct {
	Type    string     `json:"type"`
	MadeAt  canon.Time `json:"made_at"`
	Schema  int64      `json:"schema"`
	Tables  []Table    `json:"tables"` // in an order in which they can be filled again
	Objects File       `json:"objects"`
	Count   int64      `json:"count"` // objects
}

// Table is one table's rows, in PostgreSQL's binary COPY format.
type Table struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`
	File    File     `json:"file"`
}

// File is a file of the folder with its digest.
type File struct {
	Path string     `json:"path"`
	Size int64      `json:"size"`
	SM3  canon.Hash `json:"sm3"`
}

// Object is a line of objects.jsonl; its octets stand in the file objects/NAME.
type Object struct {
	Name    string     `json:"name"`
	Version string     `json:"version"`
	Size    int64      `json:"size"`
	SM3     canon.Hash `json:"sm3"`
	Until   string     `json:"until,omitempty"` // RFC 3339, end of retention
}

// create writes a file durably while hashing it.
func create(dir, path string, fill func(io.Writer) error) (f File, err error) {
	name := filepath.Join(dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return f, err
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	sum, counted := sm.NewHash(), &counter{}
	if err := fill(io.MultiWriter(file, sum, counted)); err != nil {
		return f, fmt.Errorf("%s: %w", path, err)
	}
	f = File{Path: path, Size: counted.n}
	copy(f.SM3[:], sum.Sum(nil))
	return f, file.Sync()
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) { c.n += int64(len(p)); return len(p), nil }

// verify reads a file and holds it against its digest.
func verify(dir string, f File) error {
	file, err := os.Open(filepath.Join(dir, filepath.FromSlash(f.Path)))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer file.Close()
	sum := sm.NewHash()
	n, err := io.Copy(sum, file)
	if err != nil {
		return err
	}
	if n != f.Size || hex.EncodeToString(sum.Sum(nil)) != f.SM3.String() {
		return fmt.Errorf("%w: %s", ErrDamaged, f.Path)
	}
	return nil
}

func readManifest(dir string) (m Manifest, err error) {
	raw, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return m, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err := json.Unmarshal(raw, &m); err != nil || m.Type != manifestType {
		return m, fmt.Errorf("%w: manifest.json", ErrDamaged)
	}
	return m, nil
}

func formatUntil(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
