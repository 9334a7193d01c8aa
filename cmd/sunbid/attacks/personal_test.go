package attacks_test

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/notice"
	"sunbid/bidding/tender"
	"sunbid/cmd/sealbid/desk"
	"sunbid/cmd/sunbid/cast"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// personal plants what belongs to a person in every text that reaches a public bundle. Each is refused before it is signed into a record,
// logged or sealed; the reasons and findings of an opening are tried in bidding/opening.
func (s *scene) personal(t *testing.T) {
	c, ctx := s.Hosts.Tenderer.Client, t.Context()
	opens := canon.At(time.Now().Add(3 * time.Hour))
	create := func(number, title string) error {
		_, err := c.CreateTender(ctx, tender.New{Number: number, Title: title, Region: "441900", RuleSet: law.RehearsalRules, Tenderer: s.Hosts.Tenderer.Org, Agency: s.Hosts.Agency.Org})
		return err
	}
	draft := func(name, remedy string) error {
		now := canon.At(time.Now())
		_, err := c.DraftLot(ctx, s.far.Tender, tender.NewLot{Name: name, Mode: law.BidderKey, DecryptWindowMS: 60_000, Remedy: remedy, DocumentsFrom: now, DocumentsUntil: opens, SubmitFrom: now, OpeningAt: opens})
		return err
	}
	tell := func(kind notice.Kind, title, text string, contact *canon.Hash) notice.Signed {
		signed, err := pki.Sign(notice.Record{Type: notice.RecordType, Class: bidding.Rehearsal, Notice: bidding.NewNoticeID(), Tender: s.far.Tender, Lot: &s.far.Lot, Kind: kind, Number: 2,
			Title: title, Text: text, SignedAt: canon.At(time.Now()), Contact: contact}, s.Hosts.Tenderer.Who.Signer)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	publish := func(title, text string) error {
		_, err := c.PublishNotice(ctx, tell(notice.Addendum, title, text, nil), nil)
		return err
	}
	contact := func(person string) error {
		contacts, err := notice.NewContacts(rand.Reader, notice.ContactBlock{Tenderer: notice.Contact{Person: person, Phone: "0595-00000001", Address: "演练市演练路 1 号"},
			Agency: &notice.Contact{Person: "代理", Phone: "0595-00000002", Address: "演练市演练路 2 号"}})
		if err != nil {
			t.Fatal(err)
		}
		commitment, err := contacts.Commitment()
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.PublishNotice(ctx, tell(notice.Addendum, "联系方式变更", "联系方式以本公告为准。", &commitment), &contacts)
		return err
	}
	officer := func(name string) error {
		lot, err := c.DraftLot(ctx, s.far.Tender, tender.NewLot{Name: "解锁人标段", DocumentsFrom: canon.At(time.Now()), DocumentsUntil: opens, SubmitFrom: canon.At(time.Now()), OpeningAt: opens})
		if err != nil {
			return err
		}
		var officers []custody.Officer
		for _, o := range s.Hosts.Officers {
			officers = append(officers, custody.Officer{Name: name, Role: "tenderer", Signing: o.Who.Signing, Encryption: o.Who.Encryption})
		}
		key, err := desk.Deal(s.Hosts.Tenderer.Who, bidding.Rehearsal, s.far.Tender, lot.ID, 2, officers, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.DealOfficers(ctx, lot.ID, key)
		return err
	}
	terminate := func(why, text string) error {
		_, err := c.Terminate(ctx, s.far.Lot, why, tell(notice.Termination, "终止公告", text, nil), nil)
		return err
	}
	postpone := func(why string) error {
		p := custody.Postponement{Type: custody.TypePostponement, Class: string(bidding.Rehearsal), Tender: s.far.Tender.String(), Lot: s.far.Lot.String(), Binding: s.farKeys.Binding,
			Number: 1, OpeningFrom: s.far.State.OpeningAt, OpeningTo: canon.At(s.far.State.OpeningAt.Add(time.Hour)), Reason: why}
		signed, err := pki.Sign(p, s.Hosts.Tenderer.Who.Signer)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Postpone(ctx, s.far.Lot, signed, tell(notice.Postponement, "延期公告", "开标时间顺延一小时。", nil))
		return err
	}
	enrol := func(organisation, person string) error {
		s.people++
		_, err := s.Stage.Join(ctx, organisation, cast.Code(s.people), person, bidding.Bidder)
		return err
	}
	readout := func(change func(*seal.Readout)) error {
		price := int64(100)
		r := seal.Readout{Type: seal.ReadoutType, Bidder: seal.Party{Name: "演练公司", Code: cast.Code(1)}, PriceFen: &price, Quality: "合格", Security: "电子保函", Extra: map[string]string{}}
		change(&r)
		raw, err := canon.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		content := strings.NewReader(string(raw))
		_, err = desk.SealTo(ctx, s.farKeys, s.Hosts.Tenderer.Who, seal.KindReadout, content, content.Size(), t.TempDir(), nil)
		return err
	}
	for name, do := range map[string]func(string) error{
		"tender's number": func(x string) error { return create(x, "演练工程") },
		"tender's title":  func(x string) error { return create("P-1", "演练工程（"+x+"）") },
		"lot's name":      func(x string) error { return draft("标段"+x, "到现场解密。") },
		"lot's remedy":    func(x string) error { return draft("二标段", "请联系"+x) },
		"officer's name":  officer,
		"notice's title":  func(x string) error { return publish("澄清 "+x, "图纸以本澄清为准，其余不变。") },
		"notice's text": func(x string) error {
			return publish("关于图纸的澄清", "图纸以本澄清为准。有疑问请联系"+x+"。")
		},
		"contact's person":    contact,
		"suspension's reason": func(x string) error { return c.SuspendLot(ctx, s.far.Lot, "收到异议，异议人"+x) },
		"postponement":        postpone,
		"termination":         func(x string) error { return terminate(x, "项目取消，终止招标。") },
		"termination's text":  func(x string) error { return terminate("规划调整", "项目取消，详询"+x+"。") },
		"organisation's name": func(x string) error { return enrol("演练公司"+x, "经办") },
		"person's name":       func(x string) error { return enrol("演练公司", "经办 "+x) },
		"quality":             func(x string) error { return readout(func(r *seal.Readout) { r.Quality = x }) },
		"bid security":        func(x string) error { return readout(func(r *seal.Readout) { r.Security = "转账 " + x }) },
		"project manager":     func(x string) error { return readout(func(r *seal.Readout) { r.Manager = "张伟 " + x }) },
		"extra field":         func(x string) error { return readout(func(r *seal.Readout) { r.Extra["备注"] = x }) },
		"extra field's name":  func(x string) error { return readout(func(r *seal.Readout) { r.Extra[x] = "合格" }) },
	} {
		planted := []string{"11010519491231002X", "13800138000", "0595-23881234", "6222021234567890128"}
		for _, x := range planted {
			var r *bidding.Refusal
			if err := do(x); name == "tender's number" && x != planted[0] {
				continue // a bare number there is a number of the tenderer's own making
			} else if !errors.As(err, &r) || r.Code != "personal-data" {
				t.Errorf("%s with %s: %v", name, x, err)
			}
		}
	}
	if err := readout(func(*seal.Readout) {}); err != nil {
		t.Errorf("a read-out of nobody's: %v", err)
	}
	if _, err := c.Announce(ctx, s.far.Lot, tell(notice.TenderNotice, "招标公告", "没有联系方式的公告。", nil), nil); err == nil {
		t.Error("a tender notice went out without a contact block")
	}
}

// contactsAreNotInside: the page shows whom to call, and no file of the exported bundle does.
func (s *scene) contactsAreNotInside(t *testing.T, dir string) {
	t.Helper()
	page, err := s.Hosts.Agency.Client.Notices(t.Context(), s.soon.Lot)
	if err != nil || len(page.Notices) == 0 || page.Notices[0].Contacts == nil || page.Notices[0].Record.Contact == nil {
		t.Fatalf("the notice shows no contact block: %+v %v", page, err)
	}
	shown := page.Notices[0].Contacts
	if err := shown.Opens(*page.Notices[0].Record.Contact); err != nil {
		t.Error(err)
	}
	b := shown.Block
	words := []string{b.Tenderer.Person, b.Tenderer.Phone, b.Tenderer.Address, b.Agency.Person, b.Agency.Phone, b.Agency.Email, b.Agency.Address, shown.Salt.String()}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, w := range words {
			if w != "" && strings.Contains(string(content), w) {
				t.Errorf("%s holds %q of the contact block", path, w)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
