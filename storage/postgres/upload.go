package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
)

// Uploads implements bid.Uploads. Uploads are rows, not events: what never became part of a bid leaves no trace in the log,
// but that it stopped (Expire).
type Uploads struct{ db *DB }

// NewUploads makes the store.
func NewUploads(db *DB) *Uploads { return &Uploads{db} }

// uploadLock serialises the admission of one bidder's uploads for one lot ("SBUP").
const uploadLock int32 = 0x53425550

const countUploads = `SELECT count(*) FILTER (WHERE digest IS NULL), coalesce(sum(size), 0)::bigint FROM upload
	WHERE lot = $1 AND org = $2 AND NOT used`

const insertUpload = `INSERT INTO upload (upload, lot, org, kind, size, chunks, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

// Create implements bid.Uploads.
func (s *Uploads) Create(ctx context.Context, u bid.Upload, admit func(open int, bytes int64) error) error {
	return s.db.inTx(ctx, func(tx pgx.Tx) error {
		var open int
		var bytes int64
		b := &pgx.Batch{}
		b.Queue(`SELECT pg_advisory_xact_lock($1, hashtext($2))`, uploadLock, u.Lot.String()+u.By.String())
		b.Queue(countUploads, u.Lot.String(), u.By.String()).QueryRow(func(row pgx.Row) error { return row.Scan(&open, &bytes) })
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("create upload: %w", err)
		}
		if err := admit(open, bytes); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, insertUpload, u.ID.String(), u.Lot.String(), u.By.String(), string(u.Kind), u.Size, u.Chunks, u.ExpiresAt.Time)
		if err != nil {
			return fmt.Errorf("create upload: %w", err)
		}
		return nil
	})
}

const selectUpload = `SELECT lot, kind, size, chunks, digest, expires_at FROM upload WHERE upload = $1 AND org = $2`

const selectPieces = `SELECT n, leaves, object, version, size, at FROM upload_piece WHERE upload = $1 ORDER BY n`

// Get implements bid.Uploads.
func (s *Uploads) Get(ctx context.Context, by bidding.OrgID, id bidding.UploadID) (bid.Upload, error) {
	u := bid.Upload{ID: id, By: by}
	var lot string
	var sealed []byte
	var expires time.Time
	err := s.db.app.QueryRow(ctx, selectUpload, id.String(), by.String()).Scan(&lot, &u.Kind, &u.Size, &u.Chunks, &sealed, &expires)
	if err != nil {
		return bid.Upload{}, fmt.Errorf("upload %s: %w", id, missing(err))
	}
	u.Sealed, u.Digest, u.ExpiresAt = sealed != nil, digest(sealed), canon.At(expires)
	if u.Lot, err = bidding.ParseLotID(lot); err != nil {
		return bid.Upload{}, err
	}
	rows, err := s.db.app.Query(ctx, selectPieces, id.String())
	if err != nil {
		return bid.Upload{}, fmt.Errorf("pieces of %s: %w", id, err)
	}
	u.Pieces, err = pgx.CollectRows(rows, scanPiece)
	return u, err
}

func scanPiece(row pgx.CollectableRow) (bid.Piece, error) {
	var p bid.Piece
	var leaves []byte
	var at time.Time
	if err := row.Scan(&p.N, &leaves, &p.Object.Name, &p.Object.Version, &p.Object.Size, &at); err != nil {
		return p, err
	}
	p.At = canon.At(at)
	for leaf := range slices.Chunk(leaves, 32) {
		p.Leaves = append(p.Leaves, digest(leaf))
	}
	return p, nil
}

const insertPiece = `INSERT INTO upload_piece (upload, n, leaves, object, version, size, at)
	SELECT upload, $3, $4, $5, $6, $7, $8 FROM upload WHERE upload = $1 AND org = $2 AND digest IS NULL
	ON CONFLICT (upload, n) DO NOTHING`

// AddPiece implements bid.Uploads.
func (s *Uploads) AddPiece(ctx context.Context, by bidding.OrgID, id bidding.UploadID, p bid.Piece) error {
	leaves := make([]byte, 0, 32*len(p.Leaves))
	for _, l := range p.Leaves {
		leaves = append(leaves, l[:]...)
	}
	tag, err := s.db.app.Exec(ctx, insertPiece, id.String(), by.String(), p.N, leaves, p.Object.Name, p.Object.Version, p.Object.Size, p.At.Time)
	if err != nil {
		return fmt.Errorf("piece %d of %s: %w", p.N, id, err)
	}
	if tag.RowsAffected() == 1 {
		return nil
	}
	u, err := s.Get(ctx, by, id)
	if err != nil {
		return err
	}
	for _, known := range u.Pieces {
		if known.N == p.N && slices.Equal(known.Leaves, p.Leaves) {
			return nil
		}
	}
	if u.Sealed {
		return bid.ErrUploadSealed
	}
	return bid.ErrPieceDiffers
}

const sealUpload = `UPDATE upload SET digest = $3 WHERE upload = $1 AND org = $2 AND (digest IS NULL OR digest = $3)`

const insertPart = `INSERT INTO sealed_part (upload, lot, org, signer, kind, moment, digest, size, chunks, front, objects, at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (upload) DO NOTHING`

// Seal implements bid.Uploads.
func (s *Uploads) Seal(ctx context.Context, p bid.SealedPart) error {
	objects, err := json.Marshal(p.Objects)
	if err != nil {
		return err
	}
	return s.db.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, sealUpload, p.Upload.String(), p.By.String(), p.Digest[:])
		if err != nil {
			return fmt.Errorf("seal %s: %w", p.Upload, err)
		}
		if tag.RowsAffected() == 0 {
			if _, err := s.Get(ctx, p.By, p.Upload); err != nil {
				return err
			}
			return bid.ErrUploadSealed
		}
		_, err = tx.Exec(ctx, insertPart, p.Upload.String(), p.Lot.String(), p.By.String(), p.Signer[:], string(p.Kind), p.Moment, p.Digest[:],
			p.Size, p.Chunks, p.Front, objects, p.At.Time)
		if err != nil {
			return fmt.Errorf("seal %s: %w", p.Upload, err)
		}
		return nil
	})
}

const selectParts = `SELECT upload, lot, org, signer, kind, moment, digest, size, chunks, front, objects, at FROM sealed_part
	WHERE lot = $1 AND org = $2 AND digest = ANY($3)`

// Parts implements bid.Uploads.
func (s *Uploads) Parts(ctx context.Context, lot bidding.LotID, by bidding.OrgID, wanted []canon.Hash) (map[canon.Hash]bid.SealedPart, error) {
	rows, err := s.db.app.Query(ctx, selectParts, lot.String(), by.String(), digests(wanted))
	if err != nil {
		return nil, fmt.Errorf("sealed parts: %w", err)
	}
	return collectParts(rows)
}

const selectFronts = `SELECT p.upload, p.lot, p.org, p.signer, p.kind, p.moment, p.digest, p.size, p.chunks, p.front, p.objects, p.at
	FROM sealed_part p JOIN upload USING (upload) WHERE p.lot = $1 AND p.digest = ANY($2) AND upload.used`

// Fronts reads the parts of admitted bids by digest, as opening.Parts asks for them: one that is missing is an error.
func (s *Uploads) Fronts(ctx context.Context, lot bidding.LotID, wanted []canon.Hash) (map[canon.Hash]bid.SealedPart, error) {
	rows, err := s.db.app.Query(ctx, selectFronts, lot.String(), digests(wanted))
	if err != nil {
		return nil, fmt.Errorf("fronts: %w", err)
	}
	parts, err := collectParts(rows)
	if err != nil {
		return nil, fmt.Errorf("fronts: %w", err)
	}
	for _, d := range wanted {
		if _, ok := parts[d]; !ok {
			return nil, fmt.Errorf("front of part %s: %w", d, bidding.ErrMissing)
		}
	}
	return parts, nil
}

func collectParts(rows pgx.Rows) (map[canon.Hash]bid.SealedPart, error) {
	defer rows.Close()
	parts := map[canon.Hash]bid.SealedPart{}
	for rows.Next() {
		var p bid.SealedPart
		var upload, lot, org, kind string
		var signer, sum, objects []byte
		var at time.Time
		err := rows.Scan(&upload, &lot, &org, &signer, &kind, &p.Moment, &sum, &p.Size, &p.Chunks, &p.Front, &objects, &at)
		if err != nil {
			return nil, err
		}
		err = errors.Join(p.Upload.UnmarshalText([]byte(upload)), p.Lot.UnmarshalText([]byte(lot)), p.By.UnmarshalText([]byte(org)),
			json.Unmarshal(objects, &p.Objects))
		if err != nil {
			return nil, err
		}
		p.Signer, p.Kind, p.Digest, p.At = digest(signer), seal.Kind(kind), digest(sum), canon.At(at)
		parts[p.Digest] = p
	}
	return parts, rows.Err()
}

const selectExpiring = `SELECT u.upload, u.lot, u.org, coalesce(l.tender, '') AS tender, u.digest IS NULL AND l.tender IS NOT NULL AS stopped
	FROM upload u LEFT JOIN lot l USING (lot) WHERE NOT u.used AND u.expires_at <= $1 ORDER BY u.expires_at LIMIT $2 FOR UPDATE OF u SKIP LOCKED`

// expiring is one of them. stopped: it was not finished, and that is recorded.
type expiring struct {
	Upload, Lot, Org, Tender string
	Stopped                  bool
}

// stopped records that an upload began and was not finished.
func stopped(ctx context.Context, tx pgx.Tx, x expiring, at time.Time) error {
	u, tender := bid.Upload{}, bidding.TenderID{}
	err := errors.Join(u.Lot.UnmarshalText([]byte(x.Lot)), u.By.UnmarshalText([]byte(x.Org)), tender.UnmarshalText([]byte(x.Tender)))
	if err != nil {
		return err
	}
	_, err = refuse(ctx, tx, bidding.SystemActor(), at, bid.Stopped(u, tender, at), nil)
	return err
}

// Expire implements bid.Uploads.
func (s *Uploads) Expire(ctx context.Context, at time.Time, limit int) (freed []bid.Object, err error) {
	err = s.db.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectExpiring, at, limit)
		if err != nil {
			return fmt.Errorf("expire uploads: %w", err)
		}
		ending, err := pgx.CollectRows(rows, pgx.RowToStructByName[expiring])
		if err != nil || len(ending) == 0 {
			return err
		}
		ids := make([]string, len(ending))
		for i, x := range ending {
			ids[i] = x.Upload
			if x.Stopped {
				if err := stopped(ctx, tx, x, at); err != nil {
					return fmt.Errorf("expire uploads: %w", err)
				}
			}
		}
		const objects = `SELECT object, version, size FROM upload_piece WHERE upload = ANY($1)
			UNION SELECT o->>'name', o->>'version', (o->>'size')::bigint FROM sealed_part, json_array_elements(objects) o WHERE upload = ANY($1)`
		if rows, err = tx.Query(ctx, objects, ids); err != nil {
			return fmt.Errorf("expire uploads: %w", err)
		}
		freed, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (o bid.Object, err error) {
			return o, row.Scan(&o.Name, &o.Version, &o.Size)
		})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM upload WHERE upload = ANY($1)`, ids)
		return err
	})
	return freed, err
}
