package notice_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/notice"
	"sunbid/bidding/privacy"
	"sunbid/crypto/canon"
)

func addendum() notice.Record {
	return notice.Record{Type: notice.RecordType, Class: bidding.Production, Notice: bidding.NewNoticeID(), Tender: bidding.NewTenderID(), Kind: notice.Addendum, Number: 2,
		Title: "关于施工图的澄清", Text: "本项目施工图第三页的标高以本澄清为准。", SignedAt: canon.At(time.Date(2025, 3, 10, 0, 0, 0, 0, time.UTC))}
}

func TestLint(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*notice.Record)
		want   error
	}{
		"good":            {func(*notice.Record) {}, nil},
		"type":            {func(r *notice.Record) { r.Type = "sunbid/other/v1" }, notice.ErrMalformed},
		"kind":            {func(r *notice.Record) { r.Kind = "gossip" }, notice.ErrMalformed},
		"title":           {func(r *notice.Record) { r.Title = " 澄清" }, notice.ErrMalformed},
		"control":         {func(r *notice.Record) { r.Text += "\x07" + "后面" }, notice.ErrMalformed},
		"timetable":       {func(r *notice.Record) { r.Timetable = &law.Timetable{} }, notice.ErrMalformed},
		"no timetable":    {func(r *notice.Record) { r.Kind = notice.TenderNotice }, notice.ErrMalformed},
		"identity number": {func(r *notice.Record) { r.Text += "联系人身份证11010519491231002X。" }, privacy.ErrPersonal},
		"a long number":   {func(r *notice.Record) { r.Text += "合同编号110105194912310021。" }, nil},
		"a phone number":  {func(r *notice.Record) { r.Text += "联系电话0769-22345678。" }, privacy.ErrPersonal},
		"an account":      {func(r *notice.Record) { r.Text += "保证金账号：35001656807050001234。" }, privacy.ErrPersonal},
		"in the title":    {func(r *notice.Record) { r.Title += "（联系13800138000）" }, privacy.ErrPersonal},
	} {
		r := addendum()
		c.change(&r)
		if err := notice.Lint(r); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNumbersHaveNoGaps(t *testing.T) {
	t.Parallel()
	r := addendum()
	at := time.Date(2025, 3, 10, 1, 0, 0, 0, time.UTC)
	for previous, want := range map[int]error{0: notice.ErrNumber, 1: nil, 2: notice.ErrNumber} {
		n, err := notice.Publish(r, nil, previous, bidding.Document{Hash: canon.Hash{1}}, at)
		if !errors.Is(err, want) {
			t.Errorf("after %d: %v", previous, err)
		}
		if err == nil && !reflect.DeepEqual(notice.Replay(slices.Values(n.Pending())).Snapshot(), n.Snapshot()) {
			t.Error("replay differs")
		}
	}
}
