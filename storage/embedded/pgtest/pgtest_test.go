package pgtest_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"sunbid/storage/embedded/pgtest"
)

func TestEveryTestHasItsOwnDatabase(t *testing.T) {
	t.Parallel()
	for range 3 {
		exec(t, pgtest.New(t), "CREATE TABLE bid (id int)") // would exist already in a shared one
	}
}

func TestTemplateIsPreparedOnce(t *testing.T) {
	t.Parallel()
	var prepared atomic.Int32
	prepare := func(dsn string) error {
		prepared.Add(1)
		conn, err := pgx.Connect(context.Background(), dsn)
		if err != nil {
			return err
		}
		defer conn.Close(context.Background())
		_, err = conn.Exec(context.Background(), "CREATE TABLE bid (id int)")
		return err
	}
	for range 3 {
		exec(t, pgtest.NewFrom(t, "one table", prepare), "INSERT INTO bid VALUES (1)")
	}
	if n := prepared.Load(); n != 1 {
		t.Errorf("prepared %d times, want once", n)
	}
}

func exec(t *testing.T, dsn, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}
