package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/storage/objects"
)

// Backup writes database and objects into a folder that does not exist yet. dsn is the owner's. The platform may go on meanwhile.
func Backup(ctx context.Context, dsn string, store objects.Store, dir string, clock bidding.Clock) (Manifest, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return Manifest{}, fmt.Errorf("backup: %w", err)
	}
	m := Manifest{Type: manifestType, MadeAt: canon.At(clock.Now())}
	if err := m.database(ctx, dsn, dir); err != nil {
		return Manifest{}, fmt.Errorf("back up the database: %w", err)
	}
	if err := m.objects(ctx, store, dir); err != nil {
		return Manifest{}, fmt.Errorf("back up the objects: %w", err)
	}
	_, err := create(dir, "manifest.json", func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(m)
	})
	if err != nil {
		return Manifest{}, fmt.Errorf("backup: %w", err)
	}
	return m, nil
}

func (m *Manifest) database(ctx context.Context, dsn, dir string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return errors.New("the database does not answer")
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied`).Scan(&m.Schema); err != nil {
			return err
		}
		tables, err := listTables(ctx, tx)
		if err != nil {
			return err
		}
		for _, t := range tables {
			t.File, err = create(dir, "tables/"+t.Name+".copy", func(w io.Writer) error {
				tag, err := conn.PgConn().CopyTo(ctx, w, "COPY "+t.quoted()+" TO STDOUT (FORMAT binary)")
				t.Rows = tag.RowsAffected()
				return err
			})
			if err != nil {
				return err
			}
			m.Tables = append(m.Tables, t)
		}
		return nil
	})
}

// quoted is the table with its columns, as COPY takes it.
func (t Table) quoted() string {
	columns := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = pgx.Identifier{c}.Sanitize()
	}
	return pgx.Identifier{t.Name}.Sanitize() + " (" + strings.Join(columns, ", ") + ")"
}

// left out: what belongs to running processes, to the schema itself, or to sessions that must not come back.
const selectTables = `SELECT c.relname, array_agg(a.attname ORDER BY a.attnum),
		coalesce((SELECT array_agg(DISTINCT p.relname) FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid
			WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.confrelid <> c.oid), '{}')
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
	WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
		AND c.relname NOT IN ('goose_db_version', 'web_secret') AND (c.relname NOT LIKE 'river\_%' OR c.relname = 'river_job')
	GROUP BY c.oid, c.relname ORDER BY c.relname`

// listTables finds all tables, a referred one before those that refer to it.
func listTables(ctx context.Context, tx pgx.Tx) ([]Table, error) {
	rows, err := tx.Query(ctx, selectTables)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	needs := map[string][]string{}
	var found []Table
	for rows.Next() {
		var t Table
		var parents []string
		if err := rows.Scan(&t.Name, &t.Columns, &parents); err != nil {
			return nil, err
		}
		found, needs[t.Name] = append(found, t), parents
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var ordered []Table
	done := map[string]bool{}
	for len(ordered) < len(found) {
		before := len(ordered)
		for _, t := range found {
			ready := !done[t.Name]
			for _, parent := range needs[t.Name] {
				ready = ready && done[parent]
			}
			if ready {
				ordered, done[t.Name] = append(ordered, t), true
			}
		}
		if len(ordered) == before {
			return nil, errors.New("tables refer to each other in a circle")
		}
	}
	return ordered, nil
}

// objects copies every object. What vanishes meanwhile (an expired upload, a journal entry that was compacted into a bundle,
// which is listed later) is left out.
func (m *Manifest) objects(ctx context.Context, store objects.Store, dir string) (err error) {
	m.Objects, err = create(dir, "objects.jsonl", func(w io.Writer) error {
		lines := json.NewEncoder(w)
		after := objects.Name("")
		for {
			page, err := store.List(ctx, "", after, 200)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, e := range page {
				after = e.Name
				o, err := copyOut(ctx, store, e, dir)
				if errors.Is(err, objects.ErrNotFound) {
					continue
				}
				if err != nil {
					return fmt.Errorf("object %s: %w", e.Name, err)
				}
				if err := lines.Encode(o); err != nil {
					return err
				}
				m.Count++
			}
		}
	})
	return err
}

func copyOut(ctx context.Context, store objects.Store, e objects.Entry, dir string) (Object, error) {
	info, err := store.Stat(ctx, e.Ref)
	if err != nil {
		return Object{}, err
	}
	r, err := store.Get(ctx, e.Ref, 0, -1)
	if err != nil {
		return Object{}, err
	}
	defer r.Close()
	f, err := create(dir, objectFile(string(e.Name)), func(w io.Writer) error { _, err := io.Copy(w, r); return err })
	if err != nil {
		return Object{}, err
	}
	return Object{Name: string(e.Name), Version: e.Version, Size: f.Size, SM3: f.SM3, Until: formatUntil(info.RetainUntil)}, nil
}

// objectFile is where an object's octets stand. The suffix keeps a name apart from a folder of the same name.
func objectFile(name string) string {
	return filepath.ToSlash(filepath.Join("objects", name+".object"))
}
