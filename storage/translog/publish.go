package translog

import (
	"context"
	"fmt"

	"sunbid/crypto/canon"
)

const selectRoots = `SELECT root FROM log_round WHERE round >= $1 ORDER BY round LIMIT $2`

// roots reads stored round roots.
func (s *Sequencer) roots(ctx context.Context, first int64, n int) ([]canon.Hash, error) {
	rows, err := s.conn.Query(ctx, selectRoots, first, n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	roots := make([]canon.Hash, 0, n)
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			return nil, err
		}
		root, err := hashOf(b)
		if err != nil {
			return nil, err
		}
		roots = append(roots, root)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(roots) != n {
		return nil, fmt.Errorf("%d of %d rounds from %d", len(roots), n, first)
	}
	return roots, nil
}

const markPublished = `WITH shown AS (
		UPDATE log_head SET published = size, shown = checkpoint WHERE one AND size = $1 RETURNING published
	) SELECT pg_notify('sunbid_published', published::text) FROM shown`

// publish writes the journal up to the head, shows the head's checkpoint and wakes everybody who waits. made is the round
// just sequenced, when there is one; it spares the readers of this process a look into the database.
func (s *Sequencer) publish(ctx context.Context, made *sequenced) error {
	h := &s.head
	if h.published == h.size {
		return nil
	}
	roots, err := s.roots(ctx, h.published, int(h.size-h.published))
	if err != nil {
		s.Resign(ctx)
		return fmt.Errorf("publish: %w", err)
	}
	for i, root := range roots {
		e := entry{Type: entryType, Size: h.published + int64(i) + 1, Round: root}
		if e.Size == h.size {
			e.Checkpoint = &h.checkpoint
		}
		if err := s.journal.put(ctx, entryName(e.Size), e); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
	}
	// From here the checkpoint outlives the database: whatever happens, this size keeps this root.
	tag, err := s.conn.Exec(ctx, markPublished, h.size)
	if err == nil && tag.RowsAffected() != 1 {
		err = fmt.Errorf("the head moved")
	}
	if err != nil {
		s.Resign(ctx)
		return fmt.Errorf("publish: %w", err)
	}
	h.published = h.size
	if made != nil {
		s.log.show(ctx, made, h.checkpoint)
	} else if err := s.log.catchUp(ctx); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if h.published%perBundle != 0 {
		return nil
	}
	return s.compact(ctx)
}

func (s *Sequencer) compact(ctx context.Context) error {
	return s.journal.compact(ctx, s.head.published, func(ctx context.Context, first int64) ([]canon.Hash, error) {
		return s.roots(ctx, first, perBundle)
	})
}
