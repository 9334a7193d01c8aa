package opening_test

import (
	"testing"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
	"sunbid/bidding/party"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/canon/canontest"
)

// FuzzEvents: a stored event of any stage has one encoding; one of another shape is refused by the code of what is wrong with it, one of
// no known type by name.
func FuzzEvents(f *testing.F) {
	decoders := []func(string, []byte) (bidding.Event, error){party.DecodeEvent, notice.DecodeEvent, tender.DecodeEvent, bid.DecodeEvent, opening.DecodeEvent}
	for i, list := range [][]bidding.Event{
		{party.Enrolled{}, party.PersonEnrolled{}, party.Approved{}, party.RolesGranted{}, party.Renewed{}},
		{notice.Published{}},
		{tender.Created{}, tender.Drafted{}, tender.OfficersDealt{}, tender.KeyBound{}, tender.LotAnnounced{}, tender.Postponed{}, tender.LotTerminated{}},
		{bid.BidSubmitted{}, bid.BidReplaced{}, bid.BidWithdrawn{}, bid.AttemptRefused{}},
		{opening.BidsFrozen{}, opening.ResultsPublished{}, opening.KeyReceived{}, opening.CauseDetermined{}, opening.RecordSigned{}},
	} {
		for _, e := range list {
			body, err := canon.Marshal(e)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(byte(i), e.EventType(), body)
		}
	}
	f.Add(byte(0), "bid.submitted.v2", []byte(`{}`))
	f.Fuzz(func(t *testing.T, stage byte, kind string, body []byte) {
		var e bidding.Event
		var err error
		canontest.Bounded(t, body, func() { e, err = decoders[int(stage)%len(decoders)](kind, body) })
		if err != nil {
			if canontest.Code(err) == "" && err.Error() != bidding.UnknownEvent(kind).Error() {
				t.Fatalf("%q %.200q: %v", kind, body, err)
			}
			return
		}
		again, err := canon.Marshal(e)
		if err != nil || string(again) != string(body) || e.EventType() != kind {
			t.Fatalf("%s %q is read as %s, and written as %q: %v", kind, body, e.EventType(), again, err)
		}
	})
}
