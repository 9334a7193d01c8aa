package bundle

import (
	"encoding/json"
	"errors"
	"slices"

	"sunbid/crypto/canon"
)

// TypeTender is the type of tender.json.
const TypeTender = "sunbid/tender/v1"

// Tender is tender.json: the public data of a tender (招标项目) and its lot (标段). Every field repeats what a logged event states.
type Tender struct {
	Type         string       `json:"type"`
	Class        string       `json:"class"`
	Tender       string       `json:"tender"`
	Lot          string       `json:"lot"`
	Number       string       `json:"number"` // the tenderer's own number of the tender
	Title        string       `json:"title"`
	Region       string       `json:"region"`
	Regime       string       `json:"regime"`
	RuleSet      string       `json:"rule_set"`
	Tenderer     Party        `json:"tenderer"`
	Agency       *Party       `json:"agency,omitempty"`
	LotNumber    int64        `json:"lot_number"`
	LotName      string       `json:"lot_name"`
	Mode         string       `json:"mode"`
	CeilingFen   int64        `json:"ceiling_fen"`   // 0: none
	OpeningTimes []canon.Time `json:"opening_times"` // every one published, first to current
}

// Party is an organisation named in a tender.
type Party struct {
	Name string `json:"name"`
	Code string `json:"code"`
}

// created and drafted are what the verifier reads of the events that made the tender and the lot.
type created struct {
	Tender struct {
		Class    string `json:"class"`
		Number   string `json:"number"`
		Title    string `json:"title"`
		Region   string `json:"region"`
		Regime   string `json:"regime"`
		RuleSet  string `json:"rule_set"`
		Tenderer Party  `json:"tenderer"`
		Agency   *Party `json:"agency"`
	} `json:"tender"`
}

type drafted struct {
	Lot struct {
		Class      string `json:"class"`
		Number     int64  `json:"number"`
		Name       string `json:"name"`
		RuleSet    string `json:"rule_set"`
		CeilingFen int64  `json:"ceiling_fen"`
	} `json:"lot"`
}

// checkTender holds tender.json to what logged events and signed records state: it may repeat their facts and add none.
// It also tells a certificate that nothing in the bundle needs.
func (v *verifier) checkTender() (int, error) {
	const item = "tender.json"
	data, err := v.folder.read(item)
	if err != nil {
		return 0, err
	}
	var t Tender
	if err := canon.Unmarshal(data, &t); err != nil {
		return 0, broken(item, "record-malformed", err)
	}
	want, err := v.statedTender()
	if err != nil {
		return 0, err
	}
	if !sameTender(t, want) {
		return 0, broken(item, "tender-differs", errors.New("it says other than the log's events and the binding"))
	}
	return 1, v.unusedCertificate()
}

// statedTender builds tender.json anew from the events and the binding.
func (v *verifier) statedTender() (Tender, error) {
	var c created
	var d drafted
	for event, into := range map[string]any{eventCreated: &c, eventDrafted: &d} {
		list := v.log.byEvent[event]
		if len(list) != 1 {
			return Tender{}, broken(fileEvents, "event-missing", errors.New(event))
		}
		whole, err := json.Marshal(list[0].body)
		if err != nil {
			return Tender{}, broken(list[0].item, "event-malformed", err)
		}
		if err := json.Unmarshal(whole, into); err != nil {
			return Tender{}, broken(list[0].item, "event-malformed", err)
		}
	}
	m := v.manifest
	return Tender{
		Type: TypeTender, Class: m.Class, Tender: m.Tender, Lot: m.Lot,
		Number: c.Tender.Number, Title: c.Tender.Title, Region: c.Tender.Region, Regime: c.Tender.Regime,
		RuleSet: d.Lot.RuleSet, Tenderer: c.Tender.Tenderer, Agency: c.Tender.Agency,
		LotNumber: d.Lot.Number, LotName: d.Lot.Name, CeilingFen: d.Lot.CeilingFen,
		Mode: v.binding.Mode, OpeningTimes: v.openingTimes,
	}, nil
}

func sameTender(a, b Tender) bool {
	x, errA := canon.Marshal(a)
	y, errB := canon.Marshal(b)
	return errA == nil && errB == nil && slices.Equal(x, y)
}
