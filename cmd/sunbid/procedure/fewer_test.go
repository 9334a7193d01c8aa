package procedure_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/notice"
	"sunbid/bidding/tender"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/crypto/seal"
)

// Three bid and one withdraws: two stand, so nothing is opened, every keyholder destroys its share, and the lot has failed
// (招标投标法 art. 28, 实施条例 art. 44).
func fewerThanThree(t *testing.T, p *stacktest.Play) {
	s := announce(t, p, cast.Plan{}, 22*time.Second)
	if n := s.shares(); n != 3 {
		t.Errorf("%d share files before, want 3", n)
	}
	for i := range 2 {
		p.StartOfficer(t, i, s.lot.Lot)
	}
	code, out := try(t, p.Binaries.Sunbid, "export", "--config", p.ConfigFile(), "--lot", s.lot.Lot.String(), t.TempDir()+"/bundle")
	if code != 1 || !strings.Contains(out, "bundle-not-published") {
		t.Errorf("export before the opening: exit %d\n%s", code, out)
	}
	bidders := s.bids(100_00, 200_00, 300_00)
	if _, err := bidders[2].HandIn(t.Context(), seal.ActionWithdraw, time.Now()); err != nil {
		t.Fatal(err)
	}
	s.eventually("failure", func(context.Context) error {
		if stage := s.page().Stage; stage != tender.Failed {
			return fmt.Errorf("stage %s", stage)
		}
		return nil
	})
	s.erased()
	s.shows("/lots/"+s.lot.Lot.String()+"/opening", "流标", "招标投标法第二十八条")
	s.shows("/lots/"+s.lot.Lot.String(), "流标")
	if rows, err := s.lot.Rows(t.Context(), p.Hosts.Tenderer); err == nil && len(rows) > 0 {
		t.Errorf("a failed lot shows %d rows", len(rows))
	}
	told := s.notice(p.Hosts.Tenderer, notice.Failure, "一标段流标公告", "截至投标截止时间，递交投标文件的投标人少于三个，依法不予开标，将重新招标。", nil)
	if _, err := p.Hosts.Tenderer.Client.PublishNotice(t.Context(), told, nil); err != nil {
		t.Errorf("failure notice: %v", err)
	}
	s.shows("/tenders/"+s.lot.Tender.String(), "一标段流标公告")
	s.closedBundle(bidders, "少于三个")
}

// An outage (系统故障) is the operator's to declare, and nobody else's.
func outage(s *scene) {
	operator, err := s.p.Stage.Join(s.Context(), "演练运行中心", cast.Code(9_000_100), "值班员", bidding.Operator)
	if err != nil {
		s.Fatal(err)
	}
	const title, text = "系统故障公告", "平台存储设备发生故障，正在抢修，开标时间另行公告。已递交的投标文件保持密封。"
	_, err = s.p.Hosts.Tenderer.Client.PublishNotice(s.Context(), s.notice(s.p.Hosts.Tenderer, notice.Outage, title, text, nil), nil)
	s.refused(err, bidding.ErrForbidden.Code)
	s.notices-- // refused, so the number is still free
	if _, err := operator.Client.PublishNotice(s.Context(), s.notice(operator, notice.Outage, title, text, nil), nil); err != nil {
		s.Fatalf("outage notice: %v", err)
	}
	s.shows("/lots/"+s.lot.Lot.String(), title)
}
