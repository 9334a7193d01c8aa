package public

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"sunbid/bidding"
	"sunbid/bidding/gazette"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
)

// rowsPerPage keeps a page of a large opening under 60 KB.
const rowsPerPage = 100

type openingPage struct {
	Tender    tender.State
	Lot       gazette.LotPage
	Opening   gazette.OpeningPage
	Countdown countdown
	Published bool
	Signed    []string // who has signed the record
	Rows      []row
	First     int // number of the first row on this page
	Later     bool
	Next      string
	HasRate   bool
}

// row is a line of the opening record as people read it.
type row struct {
	Bid    string `json:"bid"`
	Bidder struct {
		Name string `json:"name"`
		Code string `json:"code"`
	} `json:"bidder"`
	Status  string   `json:"status"`
	Reason  string   `json:"reason"`
	Readout *readout `json:"readout"`
	// Cause is the tenderer's finding, once there is one (电子招标投标办法 art. 31).
	Cause *gazette.Cause `json:"-"`
}

type readout struct {
	PriceFen     bidding.Fen `json:"price_fen"`
	RatePPM      int64       `json:"rate_ppm"`
	DurationDays int         `json:"duration_days"`
	Quality      string      `json:"quality"`
	Security     string      `json:"security"`
	Manager      string      `json:"manager"`
}

// Opened reports whether the row has something to read out.
func (r row) Opened() bool { return r.Status == "opened" && r.Readout != nil }

// Why says why it has not.
func (r row) Why() string { return reasonName(r.Reason) }

// opening is GET /lots/{id}/opening: before the opening time the countdown, then how it stands, then the record.
func (s *Site) opening(c *fiber.Ctx) error {
	ctx, cancel := within(c)
	defer cancel()
	id, err := bidding.ParseLotID(c.Params("id"))
	if err != nil {
		return bidding.ErrMissing
	}
	var d openingPage
	if d.Lot, err = s.reader.Lot(ctx, id); err != nil {
		return fmt.Errorf("read lot: %w", err)
	}
	t, err := s.reader.Tender(ctx, d.Lot.Tender)
	if err != nil {
		return fmt.Errorf("read the lot's tender: %w", err)
	}
	d.Tender = t.Tender
	if d.Opening, err = s.reader.Opening(ctx, id); err != nil && !errors.Is(err, bidding.ErrMissing) {
		return fmt.Errorf("read the lot's opening: %w", err)
	}
	d.Countdown = countdownTo(d.Lot, s.clock.Now())
	d.Published = !d.Opening.PublishedAt.IsZero()
	p := page{Title: d.Lot.Name + " 开标记录", Here: "list", Ticks: d.Countdown.Running, Refresh: refreshFor(d.Countdown, d.Lot.Stage)}
	if d.Published {
		if err := s.rows(c, id, &d); err != nil {
			return err
		}
		p.Refresh, p.Ticks = 0, false
	}
	p.Data = d
	return s.render(c, "opening", p)
}

// rows reads one page of the record.
func (s *Site) rows(c *fiber.Ctx, id bidding.LotID, d *openingPage) error {
	ctx, cancel := within(c)
	defer cancel()
	for _, r := range d.Opening.Signers {
		d.Signed = append(d.Signed, roleName(r))
	}
	cursor := clip(c.Query("cursor"), 200)
	rows, next, err := s.reader.Rows(ctx, id, cursor, rowsPerPage)
	if err != nil {
		return fmt.Errorf("read the opening's rows: %w", err)
	}
	d.First, d.Later = 1, cursor != ""
	if from := c.QueryInt("from", 1); d.Later && from > 0 && from < 1_000_000 {
		d.First = from
	}
	for _, stored := range rows {
		var r row
		if err := json.Unmarshal(stored.Body, &r); err != nil {
			return fmt.Errorf("decode a row of the opening: %w", err)
		}
		r.Cause = stored.Cause
		d.HasRate = d.HasRate || r.Readout != nil && r.Readout.RatePPM > 0
		d.Rows = append(d.Rows, r)
	}
	if next != "" {
		d.Next = "/lots/" + id.String() + "/opening?" + url.Values{"cursor": {next}, "from": {fmt.Sprint(d.First + len(rows))}}.Encode()
	}
	return nil
}

// checkpoint is what people read of the log's signed head.
type checkpoint struct {
	Body struct {
		Origin string     `json:"origin"`
		Size   int64      `json:"size"`
		Root   canon.Hash `json:"root"`
		At     canon.Time `json:"at"`
	} `json:"body"`
	Signatures []struct {
		Signer canon.Hash `json:"signer"`
	} `json:"signatures"`
}

// log is GET /log: the newest checkpoint.
func (s *Site) log(c *fiber.Ctx) error {
	ctx, cancel := within(c)
	defer cancel()
	var d *checkpoint
	raw, err := s.reader.Checkpoint(ctx)
	switch {
	case errors.Is(err, bidding.ErrMissing): // the first round is not over yet
	case err != nil:
		return fmt.Errorf("read checkpoint: %w", err)
	default:
		if err := json.Unmarshal(raw, &d); err != nil {
			return fmt.Errorf("decode checkpoint: %w", err)
		}
	}
	return s.render(c, "log", page{Title: "公开日志", Here: "log", Data: d})
}
