package cast

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/notice"
	"sunbid/bidding/tender"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// Plan of a lot to be announced.
type Plan struct {
	Number, Title, Region, Lot string
	RuleSet                    string // empty: the rehearsal's shortened limits
	Mode                       law.Mode
	Kinds                      []tender.PartRule // empty: read-out and body, both at the opening
	Window                     time.Duration     // mode B: decryption window
	OpeningAt                  time.Time
	OfficerThreshold           int                  // 0: 2
	Ceiling                    bidding.Fen          // 最高投标限价; 0: none
	Notice                     string               // the notice's text; empty: one for rehearsals
	Contact                    *notice.ContactBlock // empty: an invented one
}

// Hosts are those who hold a tender.
type Hosts struct {
	Tenderer, Agency *Person
	Officers         []*Person
}

// Announced is a lot that bids can be sealed for.
type Announced struct {
	Tender bidding.TenderID
	Lot    bidding.LotID
	State  tender.LotState
}

// Announce makes a tender with one lot, deals the officers' key, has the keyholders bind theirs, and publishes the notice.
func (h Hosts) Announce(ctx context.Context, p Plan, now func() time.Time) (Announced, error) {
	if p.RuleSet == "" {
		p.RuleSet = law.RehearsalRules
	}
	c := h.Tenderer.Client
	t, err := c.CreateTender(ctx, tender.New{Number: p.Number, Title: p.Title, Region: p.Region, RuleSet: p.RuleSet, Tenderer: h.Tenderer.Org, Agency: h.Agency.Org})
	if err != nil {
		return Announced{}, fmt.Errorf("create tender: %w", err)
	}
	at := now()
	opening := canon.At(p.OpeningAt)
	draft := tender.NewLot{
		Name: p.Lot, Mode: p.Mode, DecryptWindowMS: p.Window.Milliseconds(), CeilingFen: p.Ceiling, Kinds: p.Kinds,
		DocumentsFrom: canon.At(at), DocumentsUntil: opening, SubmitFrom: canon.At(at), OpeningAt: opening,
	}
	if p.Mode == law.BidderKey {
		draft.Remedy = "投标人在解密时限内无法解密的，可凭回执和密钥文件到交易中心现场解密；非投标人原因造成的，按撤回投标处理。"
	}
	lot, err := c.DraftLot(ctx, t.ID, draft)
	if err != nil {
		return Announced{}, fmt.Errorf("draft lot: %w", err)
	}
	if err := h.deal(ctx, t.ID, lot.ID, p.OfficerThreshold, now()); err != nil {
		return Announced{}, err
	}
	if _, err := c.Bind(ctx, lot.ID, h.authorities()); err != nil {
		return Announced{}, fmt.Errorf("bind keys: %w", err)
	}
	at = now()
	if p.Notice == "" {
		p.Notice = "本公告为演练公告。投标文件须加密递交，开标时间之前任何人无法解密。"
	}
	contacts, commitment, err := contactsOf(p.Contact)
	if err != nil {
		return Announced{}, err
	}
	signed, err := pki.Sign(notice.Record{
		Type: notice.RecordType, Class: bidding.Rehearsal, Notice: bidding.NewNoticeID(), Tender: t.ID, Lot: &lot.ID, Kind: notice.TenderNotice, Number: 1,
		Title: p.Title + "招标公告", Text: p.Notice, SignedAt: canon.At(at),
		Contact: &commitment, Timetable: &law.Timetable{IssuedAt: canon.At(at), DocumentsFrom: lot.DocumentsFrom, DocumentsUntil: lot.DocumentsUntil, SubmitFrom: lot.SubmitFrom, Deadline: lot.OpeningAt, OpeningAt: lot.OpeningAt},
	}, h.Tenderer.Who.Signer)
	if err != nil {
		return Announced{}, err
	}
	state, err := c.Announce(ctx, lot.ID, signed, &contacts)
	if err != nil {
		return Announced{}, fmt.Errorf("announce: %w", err)
	}
	return Announced{Tender: t.ID, Lot: lot.ID, State: state}, nil
}

// contactsOf makes the contact block of a notice and its commitment. The invented numbers are nobody's.
func contactsOf(block *notice.ContactBlock) (notice.Contacts, canon.Hash, error) {
	if block == nil {
		block = &notice.ContactBlock{
			Tenderer: notice.Contact{Person: "演练招标人联系人", Phone: "0595-00000001", Address: "演练市演练路 1 号"},
			Agency:   &notice.Contact{Person: "演练代理联系人", Phone: "0595-00000002", Email: "agency@example.com", Address: "演练市演练路 2 号"},
		}
	}
	contacts, err := notice.NewContacts(rand.Reader, *block)
	if err != nil {
		return notice.Contacts{}, canon.Hash{}, err
	}
	commitment, err := contacts.Commitment()
	return contacts, commitment, err
}

// authorities may postpone and terminate, and sign the opening record (开标记录).
func (h Hosts) authorities() []tender.Authority {
	return []tender.Authority{
		{Role: bidding.Tenderer, Certificate: h.Tenderer.Who.Signing.Fingerprint()},
		{Role: bidding.Agency, Certificate: h.Agency.Who.Signing.Fingerprint()},
	}
}

// deal makes lock C on the tenderer's side.
func (h Hosts) deal(ctx context.Context, t bidding.TenderID, lot bidding.LotID, threshold int, at time.Time) error {
	if threshold == 0 {
		threshold = 2
	}
	var officers []custody.Officer
	for i, o := range h.Officers {
		officers = append(officers, custody.Officer{Name: o.Name, Role: roleOf(i), Signing: o.Who.Signing, Encryption: o.Who.Encryption})
	}
	key, err := desk.Deal(h.Tenderer.Who, bidding.Rehearsal, t, lot, threshold, officers, at)
	if err != nil {
		return fmt.Errorf("deal officers' key: %w", err)
	}
	if _, err := h.Tenderer.Client.DealOfficers(ctx, lot, key); err != nil {
		return fmt.Errorf("deal officers' key: %w", err)
	}
	return nil
}

// roleOf the officers of a rehearsal: tenderer, agency, host centre.
func roleOf(i int) string { return [...]string{"tenderer", "agency", "centre"}[i%3] }

// Keys fetches what bidders seal to and checks it as their own program does; it waits until the log has the binding.
func (a Announced) Keys(ctx context.Context, p *Person, trust *pki.Trust, now func() time.Time) (desk.LotFile, desk.Lot, error) {
	for {
		file, err := desk.Fetch(ctx, p.Client, a.Lot, now())
		if err == nil {
			var lot desk.Lot
			if lot, err = file.Check(trust); err == nil {
				return file, lot, nil
			}
		}
		select {
		case <-ctx.Done():
			return file, desk.Lot{}, fmt.Errorf("fetch the lot's keys: %w", err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}
