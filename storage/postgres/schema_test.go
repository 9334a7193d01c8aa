package postgres_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"sunbid/storage/postgres"
)

// SCHEMA.md names every table with its columns in order, and no other; every table stands in it with the roles that may read it.
func TestSchemaIsAsDocumented(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raw := must(os.ReadFile("../SCHEMA.md"))(t)
	written := map[string]string{}
	table := ""
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "### "); ok {
			table = strings.Trim(name, "` ")
		} else if columns, ok := strings.CutPrefix(line, "Columns: "); ok {
			written[table] = columns
		}
	}
	rows := must(w.owner().Query(t.Context(), `SELECT c.relname, string_agg('`+"`'"+` || attname || '`+"`'"+`, ' ' ORDER BY attnum),
			has_any_column_privilege('sunbid_public', c.oid, 'SELECT')
		FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
		WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'river\_%' AND relname <> 'goose_db_version'
		GROUP BY c.oid, c.relname ORDER BY 1`))(t)
	type found struct {
		Table, Columns string
		Public         bool
	}
	for _, f := range must(pgx.CollectRows(rows, pgx.RowToStructByPos[found]))(t) {
		want := f.Columns
		if f.Public {
			want += " · public"
		}
		if written[f.Table] != want {
			t.Errorf("SCHEMA.md should say:\n### `%s`\nColumns: %s", f.Table, want)
		}
		delete(written, f.Table)
	}
	for name := range written {
		t.Errorf("SCHEMA.md names a table that is not there: %s", name)
	}
}

// Several processes that start at once migrate once, and a second start changes nothing.
func TestMigrationsUnderALock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	errs := make(chan error, 4)
	for range 4 {
		go func() { errs <- postgres.Migrate(t.Context(), w.dsn) }()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if err := postgres.Migrate(t.Context(), "postgres://u:secret@[bad"); err == nil || strings.Contains(fmt.Sprint(err), "secret") {
		t.Errorf("%v", err)
	}
}
