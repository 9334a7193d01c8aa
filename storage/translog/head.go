package translog

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
)

// head is the end of the log in the database.
type head struct {
	origin     string
	size       int64
	root       canon.Hash
	checkpoint tlog.SignedCheckpoint // of size, signed when sequenced, seen by nobody before it is published
	published  int64                 // this many rounds stand in the journal
}

// errUnreadable says that the head's checkpoint is not one.
var errUnreadable = errors.New("checkpoint")

const selectHead = `SELECT origin, size, root, checkpoint, published FROM log_head WHERE one`

func loadHead(ctx context.Context, db querier) (head, error) {
	var h head
	var root, checkpoint []byte
	err := db.QueryRow(ctx, selectHead).Scan(&h.origin, &h.size, &root, &checkpoint, &h.published)
	if err != nil {
		return h, err
	}
	if h.root, err = hashOf(root); err != nil {
		return h, err
	}
	if h.checkpoint, err = pki.ParseSigned[tlog.Checkpoint](checkpoint); err != nil {
		return h, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	return h, nil
}

const insertHead = `INSERT INTO log_head (one, origin, size, root, checkpoint, published, shown)
	VALUES (true, $1, 0, $2, $3, 0, $3) ON CONFLICT (one) DO NOTHING`

// loadOrBegin returns the head; in an empty database it begins the log, which has then no rounds.
func (s *Sequencer) loadOrBegin(ctx context.Context, conn *pgx.Conn) (head, error) {
	h, err := loadHead(ctx, conn)
	if errors.Is(err, pgx.ErrNoRows) {
		empty := tlog.EmptyRoot()
		signed, err := s.sign(0, empty)
		if err != nil {
			return head{}, err
		}
		checkpoint, err := signed.Marshal()
		if err != nil {
			return head{}, err
		}
		if _, err := conn.Exec(ctx, insertHead, s.log.origin, empty[:], checkpoint); err != nil {
			return head{}, fmt.Errorf("begin the log: %w", err)
		}
		h, err = loadHead(ctx, conn)
		if err != nil {
			return head{}, err
		}
		return h, s.own(h)
	}
	if err != nil {
		return head{}, fmt.Errorf("head of the log: %w", err)
	}
	return h, s.own(h)
}

// own refuses a database whose log has another origin: another class, or another log key.
func (s *Sequencer) own(h head) error {
	if h.origin != s.log.origin {
		return fmt.Errorf("the log in this database is %s, not %s", h.origin, s.log.origin)
	}
	return nil
}
