package public

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"sunbid/bidding"
	"sunbid/bidding/gazette"
	"sunbid/bidding/law"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
)

type lotPage struct {
	Tender    tender.State
	Lot       gazette.LotPage
	Notices   []gazette.Notice
	Locks     *locks    // nil until the keys are bound
	Countdown countdown // of the opening time
	Opening   *gazette.OpeningPage
	Earlier   []canon.Time // opening times that were postponed
	Now       time.Time
}

// countdown is what the clock card says; it is the same whatever was submitted.
type countdown struct {
	Until   time.Time
	Now     time.Time
	Running bool
	Left    string // without scripts: as of Now
	Over    string // shown when it runs out
}

// locks are who must come together to open.
type locks struct {
	Key                  string
	KeyholdersNeeded     int
	Keyholders           []holder
	OfficersNeeded       int
	Officers             []holder
	KeyRecord, Ceremony  string
	Binding              canon.Hash
	BidderKey            bool
	PostponementsInForce int
}

type holder struct {
	Name        string     `json:"name"`
	Role        string     `json:"role"`
	Certificate canon.Hash `json:"certificate"`
}

// lot is GET /lots/{id}: timetable, countdown, keys, notices.
func (s *Site) lot(c *fiber.Ctx) error {
	ctx, cancel := within(c)
	defer cancel()
	id, err := bidding.ParseLotID(c.Params("id"))
	if err != nil {
		return bidding.ErrMissing
	}
	d := lotPage{Now: s.clock.Now()}
	if d.Lot, err = s.reader.Lot(ctx, id); err != nil {
		return fmt.Errorf("read lot: %w", err)
	}
	t, err := s.reader.Tender(ctx, d.Lot.Tender)
	if err != nil {
		return fmt.Errorf("read the lot's tender: %w", err)
	}
	d.Tender = t.Tender
	if d.Notices, err = s.reader.Notices(ctx, id); err != nil {
		return fmt.Errorf("read the lot's notices: %w", err)
	}
	keys, err := s.reader.Keys(ctx, id)
	switch {
	case err == nil:
		d.Locks = locksOf(keys, d.Lot)
	case !errors.Is(err, bidding.ErrMissing):
		return fmt.Errorf("read the lot's keys: %w", err)
	}
	if o, err := s.reader.Opening(ctx, id); err == nil && o.Stage != "" {
		d.Opening = &o
	} else if err != nil && !errors.Is(err, bidding.ErrMissing) {
		return fmt.Errorf("read the lot's opening: %w", err)
	}
	if n := len(d.Lot.OpeningTimes); n > 1 {
		d.Earlier = d.Lot.OpeningTimes[:n-1]
	}
	d.Countdown = countdownTo(d.Lot, d.Now)
	return s.render(c, "lot", page{
		Title: d.Lot.Name, Here: "list", Refresh: refreshFor(d.Countdown, d.Lot.Stage), Ticks: d.Countdown.Running, Data: d,
	})
}

func countdownTo(l gazette.LotPage, now time.Time) countdown {
	running := (l.Stage == tender.Announced || l.Stage == tender.Submitting) && !l.Suspended
	left := l.OpeningAt.Sub(now)
	return countdown{Until: l.OpeningAt.Time, Now: now, Running: running && left > 0, Left: span(left), Over: "开标时间已到"}
}

// refreshFor is how soon a browser without scripts should look again: seldom while the time is far, often around it.
func refreshFor(c countdown, stage tender.Stage) int {
	switch left := c.Until.Sub(c.Now); {
	case stage == tender.Sealed || stage == tender.Opening:
		return 5
	case !c.Running:
		return 0
	case left < 2*time.Minute:
		return 5
	case left < time.Hour:
		return 30
	}
	return 300
}

// locksOf reads what people want to know out of the signed records; whoever wants proof takes the records themselves.
func locksOf(k gazette.Keys, l gazette.LotPage) *locks {
	var key struct {
		Body struct {
			Key        string   `json:"key"`
			Threshold  int      `json:"threshold"`
			Ceremony   string   `json:"ceremony"`
			Keyholders []holder `json:"keyholders"`
		} `json:"body"`
	}
	var officer struct {
		Body struct {
			Threshold int      `json:"threshold"`
			Officers  []holder `json:"officers"`
		} `json:"body"`
	}
	if json.Unmarshal(k.KeyRecord, &key) != nil || json.Unmarshal(k.OfficerKey, &officer) != nil {
		return nil
	}
	return &locks{
		Key: key.Body.Key, Ceremony: key.Body.Ceremony, Binding: l.Binding,
		KeyholdersNeeded: key.Body.Threshold, Keyholders: key.Body.Keyholders,
		OfficersNeeded: officer.Body.Threshold, Officers: officer.Body.Officers,
		BidderKey: l.Mode == law.BidderKey, PostponementsInForce: len(k.Postponements),
	}
}
