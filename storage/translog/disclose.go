package translog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
)

// spine are the events that everybody may check before sealing: what the lot is, that its keys were bound, that it was announced, that it was
// postponed. They are disclosed as soon as they are published; the table's row policy hides those of a draft.
func spine() []string {
	return []string{tender.Drafted{}.EventType(), tender.KeyBound{}.EventType(), tender.LotAnnounced{}.EventType(), tender.Postponed{}.EventType()}
}

const selectUndisclosed = `SELECT e.stream, e.seq, e.lot, e.type FROM event e, log_head
	WHERE e.type = ANY($1) AND e.type IN ('lot.drafted.v1', 'lot.key-bound.v1', 'lot.announced.v1', 'lot.postponed.v1')
	AND e.round < log_head.published AND e.lot IS NOT NULL
	AND NOT EXISTS (SELECT FROM disclosure d WHERE d.stream = e.stream AND d.seq = e.seq) ORDER BY e.id LIMIT 1000`

const insertDisclosure = `INSERT INTO disclosure (stream, seq, lot, type, body) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`

// disclose stores what is owed to the public. It stays owed until that has worked.
func (s *Sequencer) disclose(ctx context.Context) error {
	if !s.owed {
		return nil
	}
	type event struct {
		key
		lot, kind string
	}
	rows, err := s.log.pool.Query(ctx, selectUndisclosed, spine())
	if err != nil {
		return fmt.Errorf("disclose: %w", err)
	}
	events, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e event, err error) {
		return e, row.Scan(&e.stream, &e.seq, &e.lot, &e.kind)
	})
	if err != nil {
		return fmt.Errorf("disclose: %w", err)
	}
	for _, e := range events {
		d, err := s.log.Disclosed(ctx, e.stream, e.seq)
		if err != nil {
			return err
		}
		body, err := canon.Marshal(d)
		if err != nil {
			return fmt.Errorf("disclose: %w", err)
		}
		if _, err := s.log.pool.Exec(ctx, insertDisclosure, e.stream, e.seq, e.lot, e.kind, body); err != nil {
			return fmt.Errorf("disclose: %w", err)
		}
	}
	s.owed = len(events) == 1000
	return nil
}
