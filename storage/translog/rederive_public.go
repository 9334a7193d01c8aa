package translog

import (
	"context"
	"errors"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
	"sunbid/storage/objects"
)

// checkpoint wants a signed checkpoint to be this log's, of this size and root.
func (d *derivation) checkpoint(where string, c tlog.SignedCheckpoint, size int64, root canon.Hash) {
	if err := tlog.VerifyCheckpoint(c, d.log.certificate, d.log.origin); err != nil {
		d.report.fault("%s: %v", where, err)
		return
	}
	if c.Body.Size != size || c.Body.Root != root {
		d.report.fault("%s is of size %d, or of another root than the rounds give to size %d", where, c.Body.Size, size)
	}
}

// shown compares the checkpoint that the public sees with the root of the published size.
func (d *derivation) shown(ctx context.Context, root canon.Hash) error {
	var raw []byte
	if err := d.tx.QueryRow(ctx, `SELECT shown FROM log_head WHERE one`).Scan(&raw); err != nil {
		return err
	}
	c, err := pki.ParseSigned[tlog.Checkpoint](raw)
	if err != nil {
		d.report.fault("log_head.shown: %v", err)
		return nil
	}
	d.checkpoint("log_head.shown", c, d.head.published, root)
	return nil
}

// disclosureDelay is how many rounds an event of the spine may wait for its disclosure: every round tries again.
const disclosureDelay = 16

const selectLate = `SELECT e.stream, e.seq FROM event e WHERE e.type = ANY($1)
	AND e.type IN ('lot.drafted.v1', 'lot.key-bound.v1', 'lot.announced.v1', 'lot.postponed.v1') AND e.round < $2 AND e.lot IS NOT NULL
	AND NOT EXISTS (SELECT FROM disclosure d WHERE d.stream = e.stream AND d.seq = e.seq) LIMIT 20`

// disclosures wants every disclosed event to be proven in this log, and none to be missing. That it is the recorded one is postgres.DB.Fsck's to see.
func (d *derivation) disclosures(ctx context.Context) error {
	rows, err := d.tx.Query(ctx, `SELECT stream, seq, body FROM disclosure ORDER BY stream, seq`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k key
		var body []byte
		if err := rows.Scan(&k.stream, &k.seq, &body); err != nil {
			return err
		}
		x, err := tlog.ParseDisclosed(body)
		if err == nil {
			err = x.Verify(d.log.certificate, d.log.origin)
		}
		if err != nil {
			d.report.fault("disclosure of %s %d: %v", k.stream, k.seq, err)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	late, err := d.tx.Query(ctx, selectLate, spine(), d.head.published-disclosureDelay)
	if err != nil {
		return err
	}
	defer late.Close()
	for late.Next() {
		var k key
		if err := late.Scan(&k.stream, &k.seq); err != nil {
			return err
		}
		d.report.fault("disclosure of %s %d is missing", k.stream, k.seq)
	}
	return late.Err()
}

// journaled compares the journal's word on the rounds from first on with the rounds just derived.
func (d *derivation) journaled(ctx context.Context, first int64) error {
	b, err := d.journal.bundle(ctx, first/perBundle)
	if err == nil {
		for i, root := range d.roots {
			if b.Rounds[i] != root {
				d.report.fault("the journal has another round %d", first+int64(i))
			}
		}
		if b.Checkpoint != nil && len(d.sizes) == perBundle {
			d.checkpoint("checkpoint of the journal's tile", *b.Checkpoint, first+perBundle, d.sizes[perBundle-1])
		}
		return nil
	}
	if !errors.Is(err, objects.ErrNotFound) {
		d.report.fault("journal tile %d: %v", first/perBundle, err)
		return nil
	}
	for i, root := range d.roots {
		size := first + int64(i) + 1
		if size > d.head.published {
			return nil
		}
		e, err := d.journal.entry(ctx, size)
		if errors.Is(err, objects.ErrNotFound) {
			if b, err = d.journal.bundle(ctx, first/perBundle); err == nil { // compacted while we read
				e = entry{Round: b.Rounds[i]}
			}
		}
		if err != nil {
			d.report.fault("journal of size %d: %v", size, err)
			continue
		}
		if e.Round != root {
			d.report.fault("the journal has another round %d", size-1)
		}
		if e.Checkpoint != nil {
			d.checkpoint("the journal's checkpoint", *e.Checkpoint, size, d.sizes[i])
		}
	}
	return nil
}
