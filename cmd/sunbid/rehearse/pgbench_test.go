package rehearse_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/jackc/pgx/v5"

	"sunbid/storage/embedded"
)

// pgbenchClients leaves the platform its own connections of the server's 200.
const pgbenchClients = 128

// pgbench is how many single-row inserts a second, each its own durable transaction, pgbench makes on the server.
func pgbench(ctx context.Context, server *embedded.Server, dir string) (float64, error) {
	found, err := embedded.Find()
	if err != nil {
		return 0, err
	}
	program := filepath.Join(filepath.Dir(found.Postgres), "pgbench")
	conn, err := pgx.Connect(ctx, server.DSN("postgres"))
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, `CREATE TABLE IF NOT EXISTS single (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL)`); err != nil {
		return 0, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	script := filepath.Join(dir, "insert.sql")
	if err := os.WriteFile(script, []byte("INSERT INTO single (body) VALUES (decode(repeat('ab', 1500), 'hex'));\n"), 0o644); err != nil {
		return 0, err
	}
	run := exec.CommandContext(ctx, program, "--no-vacuum", "--client", strconv.Itoa(pgbenchClients), "--jobs", "2", "--time", "3", "--file", script, server.DSN("postgres"))
	out, err := run.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("pgbench: %w: %s", err, bytes.TrimSpace(out))
	}
	m := regexp.MustCompile(`tps = ([0-9.]+)`).FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("pgbench: no figure in %q", out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}
