package notice_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/notice"
	"sunbid/bidding/privacy"
	"sunbid/crypto/canon"
)

func block() notice.ContactBlock {
	return notice.ContactBlock{
		Tenderer: notice.Contact{Person: "陈女士", Phone: "0595-23881234", Address: "永春县桃城镇环城路1号"},
		Agency:   &notice.Contact{Person: "林先生", Phone: "138 0013 8000", Email: "zb@example.com", Address: "泉州市丰泽区2号"},
	}
}

// announcement is a tender notice that commits to its contact block.
func announcement(t *testing.T, b notice.ContactBlock) (notice.Record, notice.Contacts) {
	t.Helper()
	c, err := notice.NewContacts(rand.Reader, b)
	if err != nil {
		t.Fatal(err)
	}
	commitment, err := c.Commitment()
	if err != nil {
		t.Fatal(err)
	}
	r := addendum()
	r.Kind, r.Number, r.Timetable, r.Contact = notice.TenderNotice, 1, &law.Timetable{}, &commitment
	return r, c
}

func TestContactBlock(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*notice.ContactBlock)
		want   error
	}{
		"good":                {func(*notice.ContactBlock) {}, nil},
		"no agency":           {func(b *notice.ContactBlock) { b.Agency = nil }, nil},
		"extension":           {func(b *notice.ContactBlock) { b.Tenderer.Phone = "0595-23881234转808" }, nil},
		"no person":           {func(b *notice.ContactBlock) { b.Tenderer.Person = "" }, notice.ErrContact},
		"no phone":            {func(b *notice.ContactBlock) { b.Agency.Phone = "见公告" }, notice.ErrContact},
		"bad e-mail":          {func(b *notice.ContactBlock) { b.Agency.Email = "zb@" }, notice.ErrContact},
		"no address":          {func(b *notice.ContactBlock) { b.Agency.Address = "" }, notice.ErrContact},
		"an identity number":  {func(b *notice.ContactBlock) { b.Tenderer.Person = "陈女士11010519491231002X" }, privacy.ErrPersonal},
		"an account":          {func(b *notice.ContactBlock) { b.Tenderer.Address = "开户账号：35001656807050001234" }, privacy.ErrPersonal},
		"a card for a number": {func(b *notice.ContactBlock) { b.Tenderer.Phone = "6222021234567890128" }, privacy.ErrPersonal},
	} {
		b := block()
		c.change(&b)
		r, contacts := announcement(t, b)
		n, err := notice.Publish(r, &contacts, 0, bidding.Document{Hash: canon.Hash{1}}, time.Date(2025, 3, 10, 1, 0, 0, 0, time.UTC))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			continue
		}
		// What is signed, recorded and logged holds nothing of the block.
		raw, err := canon.Marshal(n.Pending()[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{b.Tenderer.Person, b.Tenderer.Phone, b.Tenderer.Address} {
			if strings.Contains(string(raw), word) {
				t.Errorf("the event holds %s", word)
			}
		}
	}
}

func TestContactIsBound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*notice.Record, *notice.Contacts) *notice.Contacts
		want   error
	}{
		"another number": {func(_ *notice.Record, c *notice.Contacts) *notice.Contacts {
			c.Block.Tenderer.Phone = "0595-23881235"
			return c
		}, notice.ErrContactDiffers},
		"another salt": {func(_ *notice.Record, c *notice.Contacts) *notice.Contacts { c.Salt[0] ^= 1; return c }, notice.ErrContactDiffers},
		"none sent":    {func(*notice.Record, *notice.Contacts) *notice.Contacts { return nil }, notice.ErrContactDiffers},
		"not committed to": {func(r *notice.Record, c *notice.Contacts) *notice.Contacts {
			r.Kind, r.Timetable, r.Contact = notice.Addendum, nil, nil
			return c
		}, notice.ErrContactDiffers},
		"none at all": {func(r *notice.Record, _ *notice.Contacts) *notice.Contacts { r.Contact = nil; return nil }, notice.ErrContactMissing},
		"addendum brings it": {func(r *notice.Record, c *notice.Contacts) *notice.Contacts {
			r.Kind, r.Timetable = notice.Addendum, nil
			return c
		}, nil},
		"an outage does not": {func(r *notice.Record, c *notice.Contacts) *notice.Contacts {
			r.Kind, r.Timetable = notice.Outage, nil
			return c
		}, notice.ErrMalformed},
	} {
		r, contacts := announcement(t, block())
		sent := c.change(&r, &contacts)
		if _, err := notice.Publish(r, sent, r.Number-1, bidding.Document{}, time.Now()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, contacts := announcement(t, block())
	if contacts.Fits(true) != nil || !errors.Is(contacts.Fits(false), notice.ErrContact) {
		t.Error("the agency's contact is wanted exactly where there is an agency")
	}
}
