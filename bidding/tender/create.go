package tender

import (
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/privacy"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
)

// New is what a tenderer or agency says of a tender.
type New struct {
	Number   string        `json:"number"`
	Title    string        `json:"title"`
	Region   string        `json:"region"`
	RuleSet  string        `json:"rule_set"`
	Tenderer bidding.OrgID `json:"tenderer"` // a tenderer's person: its own; an agency's: whom it acts for
	Agency   bidding.OrgID `json:"agency"`   // zero: none
}

// Create makes a tender of class production or rehearsal.
func Create(by bidding.Actor, n New, class bidding.Class, tenderer Party, agency *Party, at time.Time) (*Tender, error) {
	own := by.Is(bidding.Tenderer) && by.Org == tenderer.Org || by.Is(bidding.Agency) && agency != nil && by.Org == agency.Org
	switch {
	case !own:
		return nil, bidding.ErrForbidden
	case agency != nil && agency.Org == tenderer.Org:
		return nil, ErrTender.With("agency")
	case !within(n.Number, 2, 64) || !within(n.Title, 4, 200):
		return nil, ErrTender.With("number or title")
	case !region(n.Region):
		return nil, ErrTender.With("region")
	}
	if err := privacy.Check(privacy.Text{Field: "number", Value: "编号" + n.Number}, privacy.Text{Field: "title", Value: n.Title}); err != nil {
		return nil, err
	}
	rs, err := law.Find(n.RuleSet, class)
	if err != nil {
		return nil, err
	}
	t := &Tender{}
	t.record(Created{Tender: State{ID: bidding.NewTenderID(), Class: class, Number: n.Number, Title: n.Title, Region: n.Region, Regime: rs.Regime,
		RuleSet: rs.ID, Tenderer: tenderer, Agency: agency, CreatedAt: canon.At(at)}})
	return t, nil
}

// NewLot is what they say of a lot.
type NewLot struct {
	Name            string      `json:"name"`
	Mode            law.Mode    `json:"mode"` // empty: the rule set's default
	DecryptWindowMS int64       `json:"decrypt_window_ms"`
	Remedy          string      `json:"remedy"`
	CeilingFen      bidding.Fen `json:"ceiling_fen"`
	Kinds           []PartRule  `json:"kinds"` // empty: read-out and body, both at the opening
	DocumentsFrom   canon.Time  `json:"documents_from"`
	DocumentsUntil  canon.Time  `json:"documents_until"`
	SubmitFrom      canon.Time  `json:"submit_from"`
	OpeningAt       canon.Time  `json:"opening_at"`
}

// DraftLot makes a lot in stage draft. Its timetable is judged at the announcement, but a lot that could never be announced is refused now.
func DraftLot(by bidding.Actor, t State, number int, n NewLot, at time.Time) (*Lot, error) {
	s := LotState{ID: bidding.NewLotID(), Tender: t.ID, Tenderer: t.Tenderer.Org, Number: number, Name: n.Name, Class: t.Class, RuleSet: t.RuleSet,
		Mode: n.Mode, DecryptWindowMS: n.DecryptWindowMS, Remedy: n.Remedy, CeilingFen: n.CeilingFen, Kinds: n.Kinds,
		DocumentsFrom: n.DocumentsFrom, DocumentsUntil: n.DocumentsUntil, SubmitFrom: n.SubmitFrom, OpeningAt: n.OpeningAt, Stage: Draft}
	if t.Agency != nil {
		s.Agency = t.Agency.Org
	}
	if err := s.Owned(by); err != nil {
		return nil, err
	}
	rs, err := law.Find(t.RuleSet, t.Class)
	if err != nil {
		return nil, err
	}
	if s.Mode == "" {
		s.Mode = rs.Mode
	}
	if s.Mode == law.BidderKey && s.DecryptWindowMS == 0 {
		s.DecryptWindowMS = rs.DecryptWindow.Milliseconds()
	}
	if len(s.Kinds) == 0 {
		s.Kinds = []PartRule{{seal.KindReadout, OpeningMoment, true}, {seal.KindBody, OpeningMoment, true}}
	}
	switch {
	case !within(n.Name, 2, 200):
		return nil, ErrLot.With("name")
	case n.CeilingFen < 0 || n.CeilingFen > bidding.MaxFen:
		return nil, bidding.ErrAmount
	case !n.OpeningAt.After(at):
		return nil, ErrPast
	}
	if err := privacy.Check(privacy.Text{Field: "name", Value: n.Name}, privacy.Text{Field: "remedy", Value: n.Remedy}); err != nil {
		return nil, err
	}
	if err := law.Decryption(rs, s.Mode, time.Duration(s.DecryptWindowMS)*time.Millisecond, s.Remedy); err != nil {
		return nil, err
	}
	if err := checkKinds(s.Kinds); err != nil {
		return nil, err
	}
	if err := law.FirstRefusal([]law.Finding{orderOf(rs, s, at)}); err != nil {
		return nil, err
	}
	l := &Lot{}
	l.record(Drafted{Lot: s})
	return l, nil
}

func orderOf(rs law.RuleSet, s LotState, at time.Time) law.Finding {
	for _, f := range law.Announce(rs, s.Timetable(at)) {
		if f.Rule == law.ErrOrder.Code {
			return f
		}
	}
	return law.Finding{}
}

func checkKinds(kinds []PartRule) error {
	seen := map[seal.Kind]bool{}
	for _, k := range kinds {
		if seen[k.Kind] || !k.Kind.Valid() || !moment(k.Moment) {
			return ErrKinds.With(string(k.Kind))
		}
		seen[k.Kind] = true
		if k.Kind == seal.KindReadout && (k.Moment != OpeningMoment || !k.Required) {
			return ErrKinds.With("readout")
		}
	}
	if !seen[seal.KindReadout] {
		return ErrKinds.With("readout")
	}
	return nil
}

func moment(s string) bool {
	if s == "" || len(s) > 32 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return true
}

func region(s string) bool {
	if len(s) != 6 {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
