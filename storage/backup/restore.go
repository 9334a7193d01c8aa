package backup

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/storage/objects"
	"sunbid/storage/postgres"
)

// ErrNotEmpty says that the database to restore into has rows already.
var ErrNotEmpty = errors.New("the database is not empty")

// Restore fills an empty database, and puts the objects that the store does not have. Every file is verified before the
// first byte is written. Afterwards the sequencer's first round reconciles the log with the journal that the store has, which may be newer than
// the backup's. Opening keys that were free are not restored; new ones are made. Object versions that came out differently are written into the rows that name them; receipts
// that were signed before still name the version they were given, which the old store knew.
func Restore(ctx context.Context, dsn string, store objects.Store, dir string, clock bidding.Clock) (Manifest, error) {
	m, err := readManifest(dir)
	if err != nil {
		return Manifest{}, fmt.Errorf("restore: %w", err)
	}
	if err := m.verify(dir); err != nil {
		return Manifest{}, fmt.Errorf("restore: %w", err)
	}
	moved, err := m.putObjects(ctx, store, dir, clock.Now())
	if err != nil {
		return Manifest{}, fmt.Errorf("restore the objects: %w", err)
	}
	if err := postgres.MigrateTo(ctx, dsn, m.Schema); err != nil {
		return Manifest{}, fmt.Errorf("restore: %w", err)
	}
	if err := m.fill(ctx, dsn, dir, moved); err != nil {
		return Manifest{}, fmt.Errorf("restore the database: %w", err)
	}
	if err := postgres.Migrate(ctx, dsn); err != nil {
		return Manifest{}, fmt.Errorf("restore: %w", err)
	}
	return m, nil
}

func (m Manifest) verify(dir string) error {
	for _, t := range m.Tables {
		if err := verify(dir, t.File); err != nil {
			return err
		}
	}
	if err := verify(dir, m.Objects); err != nil {
		return err
	}
	n := int64(0)
	err := m.each(dir, func(o Object) error {
		n++
		return verify(dir, File{Path: objectFile(o.Name), Size: o.Size, SM3: o.SM3})
	})
	if err == nil && n != m.Count {
		err = fmt.Errorf("%w: %d of %d objects", ErrDamaged, n, m.Count)
	}
	return err
}

func (m Manifest) each(dir string, visit func(Object) error) error {
	file, err := os.Open(filepath.Join(dir, m.Objects.Path))
	if err != nil {
		return err
	}
	defer file.Close()
	lines := json.NewDecoder(bufio.NewReader(file))
	for {
		var o Object
		if err := lines.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := visit(o); err != nil {
			return fmt.Errorf("object %s: %w", o.Name, err)
		}
	}
}

// putObjects stores what the store does not have, under the same retention, and returns the versions that changed, by name.
func (m Manifest) putObjects(ctx context.Context, store objects.Store, dir string, now time.Time) (map[string]string, error) {
	moved := map[string]string{}
	err := m.each(dir, func(o Object) error {
		ref, err := putObject(ctx, store, dir, o)
		if err != nil {
			return err
		}
		if ref.Version != o.Version {
			moved[o.Name] = ref.Version
		}
		until, err := time.Parse(time.RFC3339, o.Until)
		if o.Until == "" || err == nil && !until.After(now) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := store.Retain(ctx, ref, until); err != nil && !errors.Is(err, objects.ErrRetained) {
			return err
		}
		return nil
	})
	return moved, err
}

func putObject(ctx context.Context, store objects.Store, dir string, o Object) (objects.Ref, error) {
	ref := objects.Ref{Name: objects.Name(o.Name)}
	info, err := store.Stat(ctx, ref)
	if err == nil {
		if info.Size != o.Size {
			return ref, fmt.Errorf("the store has other bytes under this name")
		}
		ref.Version = info.Version
		return ref, nil
	}
	if !errors.Is(err, objects.ErrNotFound) {
		return ref, err
	}
	file, err := os.Open(filepath.Join(dir, filepath.FromSlash(objectFile(o.Name))))
	if err != nil {
		return ref, err
	}
	defer file.Close()
	return store.Put(ctx, ref.Name, file, o.Size)
}

const selectSequences = `SELECT table_name, column_name, pg_get_serial_sequence(quote_ident(table_name), column_name)
	FROM information_schema.columns WHERE table_schema = 'public' AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL`

// A key that was free at the backup may be bound since: the keyholders remember, this database does not. Such a key would refuse every
// lot it is given to (bind-twice), so all free ones are left behind and the pool fills anew.
const forgetFreeKeys = `DELETE FROM key_pool WHERE lot IS NULL`

// renumber lets new rows begin after the restored ones.
func renumber(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, selectSequences)
	if err != nil {
		return err
	}
	type numbered struct{ Table, Column, Sequence string }
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[numbered])
	if err != nil {
		return err
	}
	for _, c := range columns {
		column, table := pgx.Identifier{c.Column}.Sanitize(), pgx.Identifier{c.Table}.Sanitize()
		if _, err := tx.Exec(ctx, "SELECT setval($1, greatest(1, (SELECT coalesce(max("+column+"), 0) FROM "+table+")))", c.Sequence); err != nil {
			return err
		}
	}
	return nil
}

// fill copies all rows in one transaction.
func (m Manifest) fill(ctx context.Context, dsn, dir string, moved map[string]string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return errors.New("the database does not answer")
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, t := range m.Tables {
			var any bool
			if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+pgx.Identifier{t.Name}.Sanitize()+")").Scan(&any); err != nil {
				return err
			}
			if any {
				return fmt.Errorf("%w: table %s", ErrNotEmpty, t.Name)
			}
		}
		for _, t := range m.Tables {
			if err := t.fill(ctx, conn, dir); err != nil {
				return fmt.Errorf("table %s: %w", t.Name, err)
			}
		}
		if _, err := tx.Exec(ctx, forgetFreeKeys); err != nil {
			return err
		}
		if err := renumber(ctx, tx); err != nil {
			return err
		}
		return move(ctx, tx, moved)
	})
}

func (t Table) fill(ctx context.Context, conn *pgx.Conn, dir string) error {
	file, err := os.Open(filepath.Join(dir, filepath.FromSlash(t.File.Path)))
	if err != nil {
		return err
	}
	defer file.Close()
	tag, err := conn.PgConn().CopyFrom(ctx, file, "COPY "+t.quoted()+" FROM STDIN (FORMAT binary)")
	if err != nil {
		return err
	}
	if tag.RowsAffected() != t.Rows {
		return fmt.Errorf("%w: %d of %d rows", ErrDamaged, tag.RowsAffected(), t.Rows)
	}
	return nil
}

const movePieces = `UPDATE upload_piece SET version = m.version FROM unnest($1::text[], $2::text[]) AS m (name, version) WHERE object = m.name`

const moveParts = `UPDATE sealed_part SET objects = (
		SELECT json_agg(json_build_object('name', o->>'name', 'version', coalesce(m.version, o->>'version'), 'size', (o->>'size')::bigint) ORDER BY n)
		FROM json_array_elements(objects) WITH ORDINALITY AS x (o, n) LEFT JOIN unnest($1::text[], $2::text[]) AS m (name, version) ON m.name = o->>'name')
	WHERE json_array_length(objects) > 0`

// move writes changed object versions into the rows that name them.
func move(ctx context.Context, tx pgx.Tx, moved map[string]string) error {
	if len(moved) == 0 {
		return nil
	}
	names, versions := make([]string, 0, len(moved)), make([]string, 0, len(moved))
	for name, version := range moved {
		names, versions = append(names, name), append(versions, version)
	}
	if _, err := tx.Exec(ctx, movePieces, names, versions); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, moveParts, names, versions)
	return err
}
