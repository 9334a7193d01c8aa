package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/bidding/notice"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
)

// publicTypes are the signed records that the law lets out with their lot. A submit statement or an enrolment is not among them. A freeze
// record tells how many bid: it comes out with the opening record, and of a lot that is never opened not at all.
func publicTypes(stage tender.Stage) []string {
	list := []string{
		notice.RecordType, custody.TypeKeyRecord, custody.TypeOfficerKey, custody.TypeBinding, custody.TypePostponement,
		custody.TypeRelease, custody.TypeErasureOrder, custody.TypeErased, custody.TypeOpeningRecord, custody.TypeCause,
		custody.TypeArchiveKey, custody.TypeArchive,
	}
	if stage == tender.Opened {
		list = append(list, custody.TypeFreeze, custody.TypeFreezeBlind)
	}
	return list
}

const insertDocument = `INSERT INTO document (hash, type, lot, signed, public, at) VALUES ($1, $2, nullif($3, ''), $4, $5, $6)
	ON CONFLICT (hash) DO UPDATE SET signed = excluded.signed WHERE octet_length(excluded.signed::text) > octet_length(document.signed::text)`

// putDocuments queues documents. Of two copies the one with more signatures, which is the longer one, stays.
func putDocuments(b *pgx.Batch, at time.Time, public bool, documents ...bidding.Document) {
	for _, d := range documents {
		lot := ""
		if !d.Lot.IsZero() {
			lot = d.Lot.String()
		}
		b.Queue(insertDocument, d.Hash[:], d.Type, lot, d.Signed, public, at)
	}
}

const letOut = `UPDATE document SET public = true WHERE lot = $1 AND NOT public AND type = ANY($2)`

const letOutCertificates = `UPDATE certificate SET public = true WHERE NOT public AND (fingerprint = ANY($2) OR fingerprint IN (
	SELECT decode(json_array_elements(signed->'signatures')->>'signer', 'hex') FROM document WHERE lot = $1 AND public))`

// publishDocuments queues what makes an announced lot's records, and the certificates they need, public.
func publishDocuments(b *pgx.Batch, lot bidding.LotID, stage tender.Stage, certificates []canon.Hash) {
	b.Queue(letOut, lot.String(), publicTypes(stage))
	b.Queue(letOutCertificates, lot.String(), digests(certificates))
}

// Document reads a signed record by hash; bidding.ErrMissing.
func (db *DB) Document(ctx context.Context, hash canon.Hash) (bidding.Document, error) {
	d := bidding.Document{Hash: hash}
	var lot string
	const find = `SELECT type, coalesce(lot, ''), signed FROM document WHERE hash = $1`
	if err := db.app.QueryRow(ctx, find, hash[:]).Scan(&d.Type, &lot, &d.Signed); err != nil {
		return bidding.Document{}, fmt.Errorf("document %s: %w", hash, missing(err))
	}
	if err := d.Lot.UnmarshalText([]byte(lot)); err != nil {
		return bidding.Document{}, fmt.Errorf("document %s: %w", hash, err)
	}
	return d, nil
}

// Erased reads what the keyholders of a lot signed when they destroyed their shares, in no order; none while none has.
func (s *Tenders) Erased(ctx context.Context, lot bidding.LotID) ([][]byte, error) {
	rows, err := s.db.app.Query(ctx, `SELECT signed FROM document WHERE lot = $1 AND type = $2`, lot.String(), custody.TypeErased)
	if err != nil {
		return nil, fmt.Errorf("erasures of %s: %w", lot, err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (signed []byte, err error) { return signed, row.Scan(&signed) })
	if err != nil {
		return nil, fmt.Errorf("erasures of %s: %w", lot, err)
	}
	return list, nil
}

// SaveDocument stores a record that no event names yet. It becomes public with its lot's next command, or at once when the lot is
// announced and the record is of a public type.
func (db *DB) SaveDocument(ctx context.Context, d bidding.Document) error {
	return db.inTx(ctx, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		putDocuments(b, db.clock.Now(), false, d)
		b.Queue(`UPDATE document SET public = true FROM lot WHERE document.hash = $1 AND lot.lot = document.lot AND lot.stage <> 'draft'
			AND document.type = ANY($2) AND NOT document.public`, d.Hash[:], publicTypes(""))
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("store document %s: %w", d.Hash, err)
		}
		return nil
	})
}
