package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"sunbid/bidding"
	"sunbid/storage/jobs"
)

// Roles of the database. The DSN's own user must be the owner or a member of both.
const (
	roleApp    = "sunbid_app"
	rolePublic = "sunbid_public"
)

// DB is one database seen through two roles.
type DB struct {
	app    *pgxpool.Pool
	public *pgxpool.Pool
	clock  bidding.Clock
	jobs   *jobs.Queue
}

// Open connects to a migrated database. Times of events and rows come from the clock.
func Open(ctx context.Context, dsn string, clock bidding.Clock) (*DB, error) {
	queue, err := jobs.NewQueue()
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	app, err := open(ctx, dsn, roleApp, 24)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	public, err := open(ctx, dsn, rolePublic, 8)
	if err != nil {
		app.Close()
		return nil, fmt.Errorf("open database for the public: %w", err)
	}
	return &DB{app: app, public: public, clock: clock, jobs: queue}, nil
}

// OpenPublic connects in the public role alone: enough for a Gazette and for nothing else. The DSN's user needs no other role, so a
// process that serves public pages can be kept from the tables of bids by the database itself.
func OpenPublic(ctx context.Context, dsn string, clock bidding.Clock) (*DB, error) {
	public, err := open(ctx, dsn, rolePublic, 8)
	if err != nil {
		return nil, fmt.Errorf("open database for the public: %w", err)
	}
	return &DB{public: public, clock: clock}, nil
}

func open(ctx context.Context, dsn, role string, size int32) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("the database address is malformed") // the parser's own error may quote a password
	}
	config.ConnConfig.RuntimeParams["role"] = role
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.ConnConfig.RuntimeParams["application_name"] = "sunbid"
	if config.MaxConns < size {
		config.MaxConns = size
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

// App is the pool of the role that serves commands, for the sequencer and the jobs.
func (db *DB) App() *pgxpool.Pool { return db.app }

// Public is the pool of the role that serves public pages.
func (db *DB) Public() *pgxpool.Pool { return db.public }

// Ready reports whether the database answers, for health checks.
func (db *DB) Ready(ctx context.Context) error {
	if err := db.app.Ping(ctx); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return nil
}

// Close waits for running transactions to end.
func (db *DB) Close() {
	if db.app != nil {
		db.app.Close()
	}
	db.public.Close()
}

// inTx runs fn in one READ COMMITTED transaction. An error of fn, a Refusal included, rolls back and comes back unchanged.
func (db *DB) inTx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, db.app, func(tx pgx.Tx) error { return conflict(fn(tx)) })
}

// conflict turns the two ways in which PostgreSQL says "someone was faster" into the refusal that people can act on.
func conflict(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "23505" || pg.Code == "40001") {
		return fmt.Errorf("%w (%s)", bidding.ErrConflict, pg.ConstraintName)
	}
	return err
}

// missing turns "no row" into the refusal.
func missing(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return bidding.ErrMissing
	}
	return err
}

// moved turns an update that met another number of rows into a conflict: somebody else changed them meanwhile.
func moved(n int) func(pgconn.CommandTag) error {
	return func(tag pgconn.CommandTag) error {
		if tag.RowsAffected() != int64(n) {
			return bidding.ErrConflict
		}
		return nil
	}
}
