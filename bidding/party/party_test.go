package party_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"sunbid/bidding"
	"sunbid/bidding/party"
	"sunbid/crypto/canon"
)

const code = "91350100M000100Y43" // the standard's own example

func TestCreditCode(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{code: true, "91350100M000100Y44": false, "91350100M000100Y4": false, "91350100I000100Y43": false, "": false, "91350100m000100y43": false} {
		if party.ValidCode(s) != want {
			t.Errorf("%s: not %v", s, want)
		}
	}
}

func person(seed string, roles ...bidding.Role) party.Person {
	return party.Person{ID: bidding.NewPersonID(), Name: "张三", Roles: roles, Certificates: []party.Certificate{
		{Fingerprint: canon.Sum([]byte(seed)), Usage: party.Signing, DER: []byte{1}, Standing: party.Active},
		{Fingerprint: canon.Sum([]byte(seed), []byte("e")), Usage: party.Encryption, DER: []byte{2}, Standing: party.Active}}}
}

func check(t *testing.T, o *party.Organisation) {
	t.Helper()
	if again := party.Replay(slices.Values(o.Pending())); !reflect.DeepEqual(again.Snapshot(), o.Snapshot()) {
		t.Fatalf("replay differs:\n%+v\n%+v", again.Snapshot(), o.Snapshot())
	}
	for _, e := range o.Pending() {
		raw, err := canon.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := party.DecodeEvent(e.EventType(), raw); err != nil || !reflect.DeepEqual(back, e) {
			t.Fatalf("%s: %v", e.EventType(), err)
		}
	}
}

func TestLifeOfAnOrganisation(t *testing.T) {
	t.Parallel()
	who := party.Named{Name: "某施工企业", Code: code}
	operator := bidding.Actor{Person: bidding.NewPersonID(), Role: bidding.Operator}
	first, o := person("a", bidding.Bidder), party.Restore(party.State{}, 0)
	sign := first.Certificates[0].Fingerprint
	if err := o.Enrol(bidding.Production, party.Named{Name: "某施工企业", Code: "91350100M000100Y44"}, first, canon.Hash{}); !errors.Is(err, party.ErrCode) {
		t.Error(err)
	}
	if err := o.Enrol(bidding.Production, who, person("x", bidding.Bidder, bidding.Operator), canon.Hash{}); !errors.Is(err, party.ErrRoleConflict) {
		t.Error(err)
	}
	if err := o.Enrol(bidding.Production, who, person("x", bidding.System), canon.Hash{}); !errors.Is(err, party.ErrEnrolment) {
		t.Error(err)
	}
	if err := o.Enrol(bidding.Production, who, first, canon.Hash{}); err != nil {
		t.Fatal(err)
	}
	check(t, o)
	if _, err := o.Snapshot().Actor(sign, bidding.Bidder); !errors.Is(err, party.ErrNotActive) {
		t.Errorf("pending: %v", err)
	}
	if err := o.Approve(bidding.Actor{Role: bidding.Bidder}, first.ID, first.Roles); !errors.Is(err, bidding.ErrForbidden) {
		t.Error(err)
	}
	if err := o.Approve(operator, first.ID, []bidding.Role{bidding.Officer}); !errors.Is(err, party.ErrRole) {
		t.Errorf("a role not asked for: %v", err)
	}
	if err := o.Approve(operator, first.ID, first.Roles); err != nil {
		t.Fatal(err)
	}
	actor, err := o.Snapshot().Actor(sign, bidding.Bidder)
	if err != nil || actor.Org != o.Snapshot().ID || actor.Person != first.ID {
		t.Errorf("%+v %v", actor, err)
	}
	if _, err := o.Snapshot().Actor(sign, bidding.Tenderer); !errors.Is(err, party.ErrRole) {
		t.Error(err)
	}
	if _, err := o.Snapshot().Actor(first.Certificates[1].Fingerprint, bidding.Bidder); !errors.Is(err, party.ErrCertificate) {
		t.Errorf("acting with an encryption certificate: %v", err)
	}
	if err := o.Enrol(bidding.Production, who, first, canon.Hash{}); !errors.Is(err, party.ErrEnrolled) {
		t.Error(err)
	}
	if err := o.Enrol(bidding.Rehearsal, who, person("b", bidding.Bidder), canon.Hash{}); !errors.Is(err, bidding.ErrClass) {
		t.Error(err)
	}
	if err := o.Enrol(bidding.Production, party.Named{Name: "另一名称", Code: code}, person("b", bidding.Bidder), canon.Hash{}); !errors.Is(err, party.ErrNameDiffers) {
		t.Error(err)
	}
	renewed := person("c").Certificates
	if err := o.Renew(operator, first.ID, renewed, canon.Hash{}); !errors.Is(err, bidding.ErrForbidden) {
		t.Error(err)
	}
	if err := o.Renew(actor, first.ID, renewed, canon.Hash{}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Snapshot().Actor(sign, bidding.Bidder); !errors.Is(err, party.ErrCertificate) {
		t.Errorf("a replaced certificate: %v", err)
	}
	if _, err := o.Snapshot().Actor(renewed[0].Fingerprint, bidding.Bidder); err != nil {
		t.Error(err)
	}
	if err := o.Suspend(operator, "信用核查"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Snapshot().Actor(renewed[0].Fingerprint, bidding.Bidder); !errors.Is(err, party.ErrNotActive) {
		t.Error(err)
	}
	if err := o.Resume(operator, "核查完毕"); err != nil {
		t.Fatal(err)
	}
	check(t, o)
}

// TestOfficeIsGivenAtTheConsole: an operator makes no other operator and no supervisor, neither of a newcomer nor of a colleague; it may take
// an office away.
func TestOfficeIsGivenAtTheConsole(t *testing.T) {
	t.Parallel()
	operator := bidding.Actor{Person: bidding.NewPersonID(), Role: bidding.Operator}
	for _, office := range []bidding.Role{bidding.Operator, bidding.Supervisor} {
		newcomer, o := person("n", office, bidding.Officer), party.Restore(party.State{}, 0)
		if err := o.Enrol(bidding.Production, party.Named{Name: "某交易中心", Code: code}, newcomer, canon.Hash{}); err != nil {
			t.Fatal(err)
		}
		if err := o.Approve(operator, newcomer.ID, []bidding.Role{office}); !errors.Is(err, party.ErrOffice) {
			t.Errorf("an operator approves a new %s: %v", office, err)
		}
		if err := o.Approve(operator, newcomer.ID, []bidding.Role{bidding.Officer}); err != nil {
			t.Fatal(err)
		}
		both := []bidding.Role{bidding.Officer, office}
		if err := o.Grant(operator, newcomer.ID, both); !errors.Is(err, party.ErrOffice) {
			t.Errorf("an operator makes a colleague %s: %v", office, err)
		}
		if err := o.Grant(bidding.SystemActor(), newcomer.ID, both); err != nil {
			t.Fatal(err)
		}
		if err := o.Grant(operator, newcomer.ID, both); err != nil {
			t.Errorf("what is held already may stay: %v", err)
		}
		if err := o.Grant(operator, newcomer.ID, []bidding.Role{bidding.Officer}); err != nil {
			t.Errorf("an operator takes an office away: %v", err)
		}
		if err := o.Grant(operator, newcomer.ID, both); !errors.Is(err, party.ErrOffice) {
			t.Errorf("and gives it back: %v", err)
		}
	}
}
