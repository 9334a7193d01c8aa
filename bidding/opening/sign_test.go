package opening_test

import (
	"errors"
	"testing"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/opening"
	"sunbid/bidding/tender"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// Only the people named in the binding sign the opening record: a verifier of the public bundle knows no others.
func TestOnlyAuthoritiesSignTheRecord(t *testing.T) {
	t.Parallel()
	h := newHall(t, 3, law.Keyholders)
	signer := map[bidding.Role]pki.Signer{}
	for role, by := range map[bidding.Role]*bidding.Actor{bidding.Tenderer: &h.tenderer, bidding.Agency: &h.agency} {
		s, c, _ := h.person(t, string(role), pki.Signing)
		signer[role], by.Certificate = s, c.Fingerprint()
	}
	state := h.lotState()
	state.Authorities = []tender.Authority{{Role: bidding.Tenderer, Certificate: h.tenderer.Certificate}, {Role: bidding.Agency, Certificate: h.agency.Certificate}}
	h.lot = tender.RestoreLot(state, 6)
	colleague, c, _ := h.person(t, "招标人同事", pki.Signing)
	other := h.tenderer
	other.Person, other.Certificate = bidding.NewPersonID(), c.Fingerprint()

	s := h.service(4)
	if err := <-h.begin(t, s, threshold); err != nil {
		t.Fatal(err)
	}
	record, err := pki.ParseSigned[custody.OpeningRecord](h.documents[h.opening.Snapshot().Record].Signed)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name string
		by   bidding.Actor
		with pki.Signer
		want error
	}{
		{"a colleague whom the binding does not name", other, colleague, opening.ErrRecord},
		{"the tenderer's authority under the agency's role", bidding.Actor{Org: h.agency.Org, Role: bidding.Agency, Certificate: h.tenderer.Certificate}, signer[bidding.Tenderer], opening.ErrRecord},
		{"the tenderer's authority", h.tenderer, signer[bidding.Tenderer], nil},
		{"the agency's authority", h.agency, signer[bidding.Agency], nil},
	} {
		own, err := pki.Sign(record.Body, step.with)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SignRecord(t.Context(), step.by, state.ID, own.Signatures[0]); !errors.Is(err, step.want) {
			t.Errorf("%s: %v", step.name, err)
		}
	}
	if stage := h.opening.Snapshot().Stage; stage != opening.Recorded {
		t.Errorf("stage %s", stage)
	}
}
