package node

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/opening"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/storage/postgres"
	"sunbid/storage/translog"
	"sunbid/web/api"
	"sunbid/web/api/wire"
)

// Times of the drills.
const (
	drillLook   = 5 * time.Second  // how often the platform looks for lots that are due a drill (opening.Drillbook says which)
	drillLate   = 10 * time.Second // this shortly before an opening none begins on request either
	drillAnswer = 2 * time.Hour    // how long an officer's answer counts: one to the drill of the day before does not count on the day
	drillOpen   = 5 * time.Minute  // how long a challenge may be answered
)

// Refusals of drills.
var (
	errDrillStage  = bidding.Refuse("drill-stage", bidding.Conflict, "", "标段尚未公告或已进入开标，不能演练检查。", "the lot is not announced yet, or its opening is near or over")
	errDrillAnswer = bidding.Refuse("drill-answer", bidding.Invalid, "", "演练应答无效或已过时，请重新获取。", "no such challenge is open for this officer")
)

// Kinds of secrets.
const (
	secretChallenge = "drill-challenge" // by the hash of the nonce
	secretAnswer    = "drill-answer"    // by lot and officer: when it last answered
)

// drills implements api.Drills: it proves, ahead of the time, that keyholders and officers will be able to open.
type drills struct {
	*keyholders
	own          keys
	store        *postgres.Drills
	secrets      *postgres.Secrets
	tenders      *postgres.Tenders
	certificates *postgres.Certificates
	history      *translog.Log
	log          *slog.Logger

	walking sync.Mutex // one drill at a time
	mu      sync.Mutex // guards the rest
	last    []wire.Standby
	lastAt  time.Time
	book    *opening.Drillbook
}

var _ api.Drills = (*drills)(nil)

// Drill implements api.Drills.
func (d *drills) Drill(ctx context.Context, by bidding.Actor, lot bidding.LotID) (wire.LotReadiness, error) {
	_, l, err := d.tenders.Lot(ctx, lot)
	if err != nil {
		return wire.LotReadiness{}, err
	}
	if l.Owned(by) != nil && !by.Is(bidding.Operator) {
		return wire.LotReadiness{}, bidding.ErrForbidden
	}
	if !ahead(l) || !d.clock.Now().Add(drillLate).Before(l.OpeningAt.Time) {
		return wire.LotReadiness{}, errDrillStage
	}
	d.walk(ctx, lot)
	return d.readiness(ctx, l)
}

// ahead: announced, and not yet opening.
func ahead(l tender.LotState) bool {
	return l.Officers != nil && (l.Stage == tender.Announced || l.Stage == tender.Submitting)
}

// walk drills all keyholders and notes it for the lots.
func (d *drills) walk(ctx context.Context, lots ...bidding.LotID) []wire.Standby {
	d.walking.Lock()
	defer d.walking.Unlock()
	result := d.exercise(ctx)
	now := d.clock.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last, d.lastAt = result, now
	d.book.Walked(now, lots...)
	return result
}

// Readiness implements api.Drills.
func (d *drills) Readiness(ctx context.Context) (wire.Readiness, error) {
	out := wire.Readiness{Ready: true, Lots: []wire.LotReadiness{}}
	out.Keyholders, _ = d.healthy(ctx)
	if missing := missing(out.Keyholders); missing != "" {
		out.Ready, out.Code, out.Say, out.Detail = false, errNotReady.Code, errNotReady.Say, missing
	}
	now := d.clock.Now()
	lots, err := d.store.Ahead(ctx, now, now.Add(opening.DrillHorizon))
	if err != nil {
		return out, err
	}
	for _, a := range lots {
		r, err := d.OfLot(ctx, a.Lot)
		if err != nil {
			return out, err
		}
		if r != nil {
			out.Lots = append(out.Lots, *r)
		}
	}
	return out, nil
}

// OfLot implements api.Drills.
func (d *drills) OfLot(ctx context.Context, lot bidding.LotID) (*wire.LotReadiness, error) {
	_, l, err := d.tenders.Lot(ctx, lot)
	if err != nil || !ahead(l) {
		return nil, err
	}
	r, err := d.readiness(ctx, l)
	return &r, err
}

func (d *drills) readiness(ctx context.Context, l tender.LotState) (wire.LotReadiness, error) {
	d.mu.Lock()
	out := wire.LotReadiness{Lot: l.ID, OpeningAt: l.OpeningAt, DrilledAt: canon.Time{Time: d.book.Last(l.ID)}, Keyholders: slices.Clone(d.last)}
	d.mu.Unlock()
	if out.DrilledAt.IsZero() {
		out.Keyholders, _ = d.healthy(ctx)
	}
	now := d.clock.Now()
	for _, o := range l.Officers.Holders {
		s := wire.Standby{Name: o.Name}
		raw, err := d.secrets.Find(ctx, secretAnswer, seatKey(l.ID, o.Certificate), now)
		var at time.Time
		switch {
		case errors.Is(err, bidding.ErrMissing):
			s.Why, s.Say = "never-answered", "尚未应答演练检查"
		case err != nil:
			return out, err
		case json.Unmarshal(raw, &at) != nil || now.Sub(at) > drillAnswer:
			s.Why, s.Say = "not-since", "自 "+at.In(bidding.Shanghai()).Format("1月2日 15:04")+" 起未再应答"
		default:
			s.Ready = true
		}
		out.Officers = append(out.Officers, s)
	}
	out.Ready = !out.DrilledAt.IsZero() && missing(out.Keyholders) == "" && missing(out.Officers) == ""
	return out, nil
}

// missing names who is not ready, and why.
func missing(list []wire.Standby) string {
	var names []string
	for _, s := range list {
		if !s.Ready {
			names = append(names, s.Name+"："+s.Say)
		}
	}
	return strings.Join(names, "；")
}

// seatKey is where an officer's last answer for a lot is kept.
func seatKey(lot bidding.LotID, officer canon.Hash) canon.Hash {
	return canon.Sum([]byte("drill\x00"), []byte(lot.String()), officer[:])
}

// Challenge implements api.Drills.
func (d *drills) Challenge(ctx context.Context, by bidding.Actor, lot bidding.LotID) (wire.DrillChallenge, error) {
	officer, err := d.seat(ctx, by, lot)
	if err != nil {
		return wire.DrillChallenge{}, err
	}
	device, err := d.certificates.Find(ctx, officer.Encryption)
	if err != nil {
		return wire.DrillChallenge{}, err
	}
	sealed, nonce, err := custody.DrillChallenge(rand.Reader, string(d.class), lot.String(), device.PublicKey())
	if err != nil {
		return wire.DrillChallenge{}, err
	}
	seat := seatKey(lot, by.Certificate)
	if err := d.secrets.Keep(ctx, secretChallenge, nonce, seat[:], d.clock.Now().Add(drillOpen)); err != nil {
		return wire.DrillChallenge{}, err
	}
	return wire.DrillChallenge{Class: d.class, Sealed: sealed}, nil
}

// seat is the officer as the lot's key names it, while the lot waits for its opening.
func (d *drills) seat(ctx context.Context, by bidding.Actor, lot bidding.LotID) (custody.OfficerRef, error) {
	_, l, err := d.tenders.Lot(ctx, lot)
	if err != nil {
		return custody.OfficerRef{}, err
	}
	if !ahead(l) {
		return custody.OfficerRef{}, errDrillStage
	}
	document, err := d.tenders.Document(ctx, l.Officers.Record)
	if err != nil {
		return custody.OfficerRef{}, err
	}
	key, err := pki.ParseSigned[custody.OfficerKey](document.Signed)
	if err != nil {
		return custody.OfficerRef{}, err
	}
	for _, o := range key.Body.Officers {
		if by.Is(bidding.Officer) && o.Certificate == by.Certificate {
			return o, nil
		}
	}
	return custody.OfficerRef{}, bidding.ErrForbidden
}

// Answer implements api.Drills.
func (d *drills) Answer(ctx context.Context, by bidding.Actor, lot bidding.LotID, a pki.Signed[custody.DrillAnswer]) error {
	if _, err := d.seat(ctx, by, lot); err != nil {
		return err
	}
	if a.Body.Check() != nil || a.Body.Class != string(d.class) || a.Body.Lot != lot.String() {
		return errDrillAnswer
	}
	signing, err := d.certificates.Find(ctx, by.Certificate)
	if err != nil {
		return err
	}
	if err := a.VerifyAll(signing); err != nil {
		return errDrillAnswer.With(err.Error())
	}
	now, seat := d.clock.Now(), seatKey(lot, by.Certificate)
	asked, err := d.secrets.Take(ctx, secretChallenge, a.Body.Nonce, now)
	if errors.Is(err, bidding.ErrMissing) || err == nil && !slices.Equal(asked, seat[:]) {
		return errDrillAnswer
	}
	if err != nil {
		return err
	}
	body, err := json.Marshal(now)
	if err != nil {
		return err
	}
	expires := now.Add(30 * 24 * time.Hour)
	if err := d.secrets.Replace(ctx, secretAnswer, seat, body, expires); !errors.Is(err, bidding.ErrMissing) {
		return err
	}
	return d.secrets.Keep(ctx, secretAnswer, seat, body, expires)
}

// run drills by itself, as the drillbook says, and calls the officers afterwards.
func (d *drills) run(ctx context.Context) error {
	for {
		if err := d.due(ctx); err != nil && ctx.Err() == nil {
			d.log.ErrorContext(ctx, "drill", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(drillLook):
		}
	}
}

func (d *drills) due(ctx context.Context) error {
	now := d.clock.Now()
	lots, err := d.store.Ahead(ctx, now, now.Add(opening.DrillHorizon))
	if err != nil {
		return err
	}
	d.mu.Lock()
	due := d.book.Due(lots, missing(d.last) == "", now)
	d.mu.Unlock()
	if len(due) > 0 {
		if names := missing(d.walk(ctx, due...)); names != "" && ctx.Err() == nil {
			d.log.ErrorContext(ctx, "drill: not ready", "who", names)
		}
	}
	return d.rollCall(ctx, lots)
}

// rollCall names, once for each drill, the officers who have not answered it. It names no lot: no line in a log speaks of a lot that
// takes bids; the readiness view tells which lot it is.
func (d *drills) rollCall(ctx context.Context, lots []opening.Ahead) error {
	d.mu.Lock()
	call := d.book.RollCall(lots, d.clock.Now())
	d.mu.Unlock()
	for _, lot := range call {
		r, err := d.OfLot(ctx, lot)
		if err != nil {
			return err
		}
		if r == nil {
			continue // no longer ahead
		}
		if names := missing(r.Officers); names != "" {
			d.log.ErrorContext(ctx, "drill: officers have not answered", "who", names)
		}
	}
	return nil
}
