package jobs

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// migrationLock is the advisory lock under which one process at a time changes the job tables ("SBJB").
const migrationLock int64 = 0x53424a42

// Migrate brings the job tables (river_*) to this program's version and lets the role work with them. pool is the owner's.
func Migrate(ctx context.Context, pool *pgxpool.Pool, role string) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("migrate job tables: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, migrationLock); err != nil {
		return fmt.Errorf("migrate job tables: %w", err)
	}
	defer conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, migrationLock)
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: silent()})
	if err != nil {
		return fmt.Errorf("migrate job tables: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate job tables: %w", err)
	}
	if _, err := conn.Exec(ctx, grants(role)); err != nil {
		return fmt.Errorf("grant job tables: %w", err)
	}
	return nil
}

// grants gives the role the job tables, whatever their names in this version are.
func grants(role string) string {
	to := pgx.Identifier{role}.Sanitize()
	return `DO $$ DECLARE t record; BEGIN
	FOR t IN SELECT c.oid::regclass AS name, c.relkind AS kind FROM pg_class c
		WHERE c.relnamespace = 'public'::regnamespace AND c.relname LIKE 'river\_%' AND c.relkind IN ('r', 'S')
	LOOP
		IF t.kind = 'r' THEN EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO ` + to + `', t.name);
		ELSE EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %s TO ` + to + `', t.name); END IF;
	END LOOP;
END $$`
}
