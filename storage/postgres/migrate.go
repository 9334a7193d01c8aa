package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"sunbid/storage/jobs"
)

//go:embed migration/*.sql
var migrations embed.FS

// Migrate brings the database to this program's schema: forward only, under an advisory lock, so that several starting
// processes do it once. The DSN's user must own the database and be allowed to make roles. It may run at every start.
func Migrate(ctx context.Context, dsn string) error { return MigrateTo(ctx, dsn, latest) }

// latest is beyond every version.
const latest = int64(1) << 62

// MigrateTo is Migrate up to a version, for a backup that was made by an older program. Job tables are always this program's.
func MigrateTo(ctx context.Context, dsn string, version int64) error {
	pool, err := pgxpool.New(ctx, dsn)
	if err != nil {
		return errors.New("migrate: the database address is malformed") // the parser's own error may quote a password
	}
	defer pool.Close()
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	files, err := fs.Sub(migrations, "migration")
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if version == latest {
		_, err = provider.Up(ctx)
	} else {
		_, err = provider.UpTo(ctx, version)
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := jobs.Migrate(ctx, pool, roleApp); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}
