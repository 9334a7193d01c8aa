package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/bidding/party"
	"sunbid/crypto/canon"
)

// Organisations implements party.Organisations.
type Organisations struct{ db *DB }

// NewOrganisations makes the store.
func NewOrganisations(db *DB) *Organisations { return &Organisations{db} }

// enrolmentLock serialises enrolments of one code ("SBEN").
const enrolmentLock int32 = 0x5342454e

// Enrol implements party.Organisations.
func (s *Organisations) Enrol(ctx context.Context, by bidding.Actor, at time.Time, code string, fn func(*party.Organisation) (bidding.Document, error)) (bidding.Recorded, error) {
	const find = `SELECT version, state FROM organisation WHERE code = $1`
	return s.change(ctx, by, at, find, code, func(b *pgx.Batch) { b.Queue(`SELECT pg_advisory_xact_lock($1, hashtext($2))`, enrolmentLock, code) },
		func(o *party.Organisation) ([]bidding.Document, error) {
			d, err := fn(o)
			return []bidding.Document{d}, err
		}, true)
}

// Update implements party.Organisations.
func (s *Organisations) Update(ctx context.Context, by bidding.Actor, at time.Time, id bidding.OrgID, fn func(*party.Organisation) ([]bidding.Document, error)) (bidding.Recorded, error) {
	const find = `SELECT version, state FROM organisation WHERE org = $1 FOR UPDATE`
	return s.change(ctx, by, at, find, id.String(), func(*pgx.Batch) {}, fn, false)
}

func (s *Organisations) change(ctx context.Context, by bidding.Actor, at time.Time, find, what string, lock func(*pgx.Batch), fn func(*party.Organisation) ([]bidding.Document, error), fresh bool) (recorded bidding.Recorded, err error) {
	err = s.db.inTx(ctx, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		lock(b)
		var version int
		var raw []byte
		b.Queue(find, what).QueryRow(func(row pgx.Row) error { return row.Scan(&version, &raw) })
		if err := tx.SendBatch(ctx, b).Close(); err != nil && (!fresh || !errors.Is(err, pgx.ErrNoRows)) {
			return fmt.Errorf("organisation: %w", missing(err))
		}
		o := &party.Organisation{}
		if raw != nil {
			var err error
			if o, err = revive(party.Restore, raw, version); err != nil {
				return err
			}
		}
		documents, err := fn(o)
		if err != nil {
			return err
		}
		recorded, err = s.save(ctx, tx, by, at, o, documents)
		return err
	})
	return recorded, err
}

const upsertOrganisation = `INSERT INTO organisation (org, code, standing, version, state) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (org) DO UPDATE SET standing = excluded.standing, version = excluded.version, state = excluded.state`

// insertCertificate gives a certificate that was known before its enrolment its holder; one that has a holder keeps it.
const insertCertificate = `INSERT INTO certificate (fingerprint, org, person, der, public) VALUES ($1, $2, $3, $4, false)
	ON CONFLICT (fingerprint) DO UPDATE SET org = excluded.org, person = excluded.person WHERE certificate.org IS NULL`

func (s *Organisations) save(ctx context.Context, tx pgx.Tx, by bidding.Actor, at time.Time, o *party.Organisation, documents []bidding.Document) (bidding.Recorded, error) {
	if len(o.Pending()) == 0 {
		return bidding.Recorded{}, nil
	}
	state := o.Snapshot()
	raw, err := snapshot(state)
	if err != nil {
		return bidding.Recorded{}, err
	}
	entries, err := compose(by, at, story{stream: state.ID.String(), version: o.Version(), pending: o.Pending()})
	if err != nil {
		return bidding.Recorded{}, err
	}
	b := &pgx.Batch{}
	appendEvents(b, entries)
	b.Queue(upsertOrganisation, state.ID.String(), state.Code, string(state.Standing), o.Version(), raw)
	for _, p := range state.People {
		for _, c := range p.Certificates {
			b.Queue(insertCertificate, c.Fingerprint[:], state.ID.String(), p.ID.String(), c.DER)
		}
	}
	putDocuments(b, at, false, documents...)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return bidding.Recorded{}, fmt.Errorf("save organisation: %w", err)
	}
	return recorded(entries), nil
}

// ByCertificate implements party.Organisations.
func (s *Organisations) ByCertificate(ctx context.Context, fingerprint canon.Hash) (party.State, error) {
	const find = `SELECT state FROM organisation JOIN certificate USING (org) WHERE fingerprint = $1`
	return s.one(ctx, find, fingerprint[:])
}

// Get implements party.Organisations.
func (s *Organisations) Get(ctx context.Context, id bidding.OrgID) (party.State, error) {
	return s.one(ctx, `SELECT state FROM organisation WHERE org = $1`, id.String())
}

func (s *Organisations) one(ctx context.Context, sql string, what any) (party.State, error) {
	var raw []byte
	if err := s.db.app.QueryRow(ctx, sql, what).Scan(&raw); err != nil {
		return party.State{}, fmt.Errorf("organisation: %w", missing(err))
	}
	return thaw[party.State](raw)
}

// List implements party.Organisations.
func (s *Organisations) List(ctx context.Context, standing party.Standing, cursor string, limit int) (page []party.State, next string, err error) {
	const list = `SELECT state FROM organisation WHERE ($1 = '' OR standing = $1) AND org > $2 ORDER BY org LIMIT $3`
	rows, err := s.db.app.Query(ctx, list, string(standing), cursor, limit)
	if err != nil {
		return nil, "", fmt.Errorf("list organisations: %w", err)
	}
	page, err = collect[party.State](rows)
	if err != nil {
		return nil, "", fmt.Errorf("list organisations: %w", err)
	}
	if len(page) == limit && limit > 0 {
		next = page[limit-1].ID.String()
	}
	return page, next, nil
}

// collect reads rows of one state each.
func collect[S any](rows pgx.Rows) ([]S, error) {
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (S, error) {
		var raw []byte
		if err := row.Scan(&raw); err != nil {
			var none S
			return none, err
		}
		return thaw[S](raw)
	})
}

// Bidder implements bid.Bidders: name and code of the legal person behind an organisation; bidding.ErrMissing.
func (s *Organisations) Bidder(ctx context.Context, org bidding.OrgID) (name, code string, err error) {
	state, err := s.Get(ctx, org)
	return state.Name, state.Code, err
}
