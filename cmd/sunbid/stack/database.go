package stack

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sunbid/storage/embedded"
)

// alreadyThere is PostgreSQL's code for CREATE DATABASE of one that exists.
const alreadyThere = "42P04"

// createDatabase makes the platform's database, once.
func createDatabase(ctx context.Context, server *embedded.Server) error {
	conn, err := pgx.Connect(ctx, server.DSN("postgres"))
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "CREATE DATABASE "+Database)
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == alreadyThere {
		return nil
	}
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return nil
}
