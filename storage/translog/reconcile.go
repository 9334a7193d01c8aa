package translog

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sunbid/crypto/canon"
	"sunbid/crypto/tlog"
	"sunbid/storage/objects"
)

// reconcile loads the head and brings journal and database together. It is what every start runs, so it is tested daily.
func (s *Sequencer) reconcile(ctx context.Context) error {
	h, err := s.loadOrBegin(ctx, s.conn)
	if err != nil {
		return err
	}
	s.head = h
	if err := s.check(ctx, h.checkpoint); err != nil {
		return err
	}
	lost, last, err := s.ahead(ctx)
	if err != nil {
		return err
	}
	if len(lost) > 0 {
		if err := s.adopt(ctx, lost, last); err != nil {
			return fmt.Errorf("adopt %d rounds of the journal: %w", len(lost), err)
		}
	}
	if err := s.mend(ctx); err != nil {
		return err
	}
	return s.compact(ctx)
}

// ahead reads from the journal the rounds that this database does not know, and the newest checkpoint over them. It also holds the
// journal's word on the head's own size against the database.
func (s *Sequencer) ahead(ctx context.Context) (lost []canon.Hash, last *tlog.SignedCheckpoint, err error) {
	size := s.head.size
	join := func(round int64, root canon.Hash) error {
		switch {
		case round < size: // known here
			return nil
		case round < size+int64(len(lost)): // in a bundle and, not yet removed, in an entry
			if lost[round-size] != root {
				return ErrFork.With(fmt.Sprintf("the journal has two rounds %d", round))
			}
			return nil
		case round > size+int64(len(lost)):
			return ErrFork.With(fmt.Sprintf("round %d is missing in the journal", size+int64(len(lost))))
		}
		lost = append(lost, root)
		return nil
	}
	from := max(size-1, 0)
	err = s.journal.bundles(ctx, from/perBundle, func(_ objects.Entry, n int64) error {
		b, err := s.journal.bundle(ctx, n)
		if err != nil {
			return err
		}
		for i, root := range b.Rounds {
			if err := join(n*perBundle+int64(i), root); err != nil {
				return err
			}
		}
		return s.consider(ctx, b.Checkpoint, &last)
	})
	if err != nil {
		return nil, nil, err
	}
	err = s.journal.sizes(ctx, from, func(_ objects.Entry, n int64) error {
		e, err := s.journal.entry(ctx, n)
		if err != nil {
			return err
		}
		if err := join(n-1, e.Round); err != nil {
			return err
		}
		return s.consider(ctx, e.Checkpoint, &last)
	})
	return lost, last, err
}

// consider checks a checkpoint of the journal and remembers the newest.
func (s *Sequencer) consider(ctx context.Context, c *tlog.SignedCheckpoint, last **tlog.SignedCheckpoint) error {
	if c == nil {
		return nil
	}
	if err := s.check(ctx, *c); err != nil {
		return err
	}
	if c.Body.Size == s.head.size && c.Body.Root != s.head.root {
		return ErrFork.With(fmt.Sprintf("the journal has another root of size %d", c.Body.Size))
	}
	if *last == nil || c.Body.Size > (*last).Body.Size {
		*last = c
	}
	return nil
}

// check that a checkpoint is this log's own.
func (s *Sequencer) check(_ context.Context, c tlog.SignedCheckpoint) error {
	if err := tlog.VerifyCheckpoint(c, s.log.certificate, s.log.origin); err != nil {
		return fmt.Errorf("checkpoint of size %d: %w", c.Body.Size, err)
	}
	return nil
}

const insertLost = `INSERT INTO log_round (round, root, seed, at, lost) VALUES ($1, $2, NULL, $3, true)`

// adopt takes over rounds that the public has seen and this database has not. Their events may be gone with the lost part
// of the database, or wait here to be sequenced again; the leaves stay.
func (s *Sequencer) adopt(ctx context.Context, lost []canon.Hash, last *tlog.SignedCheckpoint) error {
	next, err := s.grow(ctx, lost)
	if err != nil {
		return err
	}
	if last == nil || last.Body.Size != next.size || last.Body.Root != next.root {
		return ErrFork.With(fmt.Sprintf("the journal's rounds do not give its checkpoint of size %d", next.size))
	}
	next.checkpoint = *last
	tx, err := s.conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	b := &pgx.Batch{}
	for i, root := range lost {
		b.Queue(insertLost, s.head.size+int64(i), root[:], last.Body.At.Time)
	}
	if err := s.save(b, next); err != nil {
		return err
	}
	b.Queue(markPublished, next.size)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	s.head = next.head
	s.head.published = next.size
	return nil
}

// mend writes again the journal entries of published rounds that the journal has lost: it may have been restored from a
// backup older than the database. Before it writes, the newest it has must be ours.
func (s *Sequencer) mend(ctx context.Context) error {
	have, missing, err := s.gaps(ctx)
	if err != nil {
		return err
	}
	if err := s.vouch(ctx, have); err != nil {
		return err
	}
	for _, size := range missing {
		roots, err := s.roots(ctx, size-1, 1)
		if err != nil {
			return err
		}
		e := entry{Type: entryType, Size: size, Round: roots[0]}
		if size == s.head.size {
			e.Checkpoint = &s.head.checkpoint
		}
		if err := s.journal.put(ctx, entryName(size), e); err != nil {
			return err
		}
	}
	return nil
}

// gaps finds the newest size in the journal and the published sizes that are not in it.
func (s *Sequencer) gaps(ctx context.Context) (have int64, missing []int64, err error) {
	next := int64(1)
	note := func(until int64) { // everything before until that was not met
		for ; next < min(until, s.head.published+1); next++ {
			missing = append(missing, next)
		}
	}
	err = s.journal.bundles(ctx, 0, func(_ objects.Entry, n int64) error {
		note(n*perBundle + 1)
		next, have = (n+1)*perBundle+1, (n+1)*perBundle
		return nil
	})
	if err != nil {
		return 0, nil, err
	}
	from := have
	if len(missing) > 0 {
		from, next, missing = 0, 1, nil // entries may stand where a bundle is lost
	}
	err = s.journal.sizes(ctx, from, func(_ objects.Entry, size int64) error {
		note(size)
		next, have = size+1, max(have, size)
		return nil
	})
	note(s.head.published + 1)
	return have, missing, err
}

// vouch holds the newest that the journal has against the database.
func (s *Sequencer) vouch(ctx context.Context, have int64) error {
	if have == 0 {
		return nil
	}
	var round canon.Hash
	var checkpoint *tlog.SignedCheckpoint
	e, err := s.journal.entry(ctx, have)
	if err == nil {
		round, checkpoint = e.Round, e.Checkpoint
	} else if errors.Is(err, objects.ErrNotFound) {
		b, err := s.journal.bundle(ctx, (have-1)/perBundle)
		if err != nil {
			return err
		}
		round, checkpoint = b.Rounds[perBundle-1], b.Checkpoint
	} else {
		return err
	}
	roots, err := s.roots(ctx, have-1, 1)
	if err != nil {
		return err
	}
	if roots[0] != round {
		return ErrFork.With(fmt.Sprintf("the journal has another round %d", have-1))
	}
	if checkpoint == nil {
		return nil
	}
	return s.agree(ctx, []tlog.SignedCheckpoint{*checkpoint})
}

// agree holds the log against checkpoints that others have seen.
func (s *Sequencer) agree(ctx context.Context, seen []tlog.SignedCheckpoint) error {
	for _, c := range seen {
		if err := s.check(ctx, c); err != nil {
			return err
		}
		if c.Body.Size > s.head.size {
			return ErrFork.With(fmt.Sprintf("a checkpoint of size %d was seen, this log has %d", c.Body.Size, s.head.size))
		}
		frontier, err := frontierOf(ctx, s.log.tiles, uint64(c.Body.Size))
		if err != nil {
			return err
		}
		tree, err := tlog.NewTree(c.Body.Size, frontier)
		if err != nil {
			return err
		}
		if tree.Root() != c.Body.Root {
			return ErrFork.With(fmt.Sprintf("another root of size %d was seen", c.Body.Size))
		}
	}
	return nil
}
