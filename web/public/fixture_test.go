package public_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/gazette"
	"sunbid/bidding/law"
	"sunbid/bidding/notice"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
)

// shelf is a gazette with a few things on it.
type shelf struct {
	lines   []gazette.TenderLine
	tenders map[bidding.TenderID]gazette.TenderPage
	lots    map[bidding.LotID]gazette.LotPage
	keys    map[bidding.LotID]gazette.Keys
	opened  map[bidding.LotID]gazette.OpeningPage
	rows    map[bidding.LotID][]gazette.Row
	err     error
}

func (s *shelf) Tenders(_ context.Context, query, region, cursor string, limit int) ([]gazette.TenderLine, string, error) {
	if s.err != nil {
		return nil, "", s.err
	}
	var found []gazette.TenderLine
	for _, l := range s.lines {
		if strings.Contains(l.Title+l.Number+l.Tenderer, query) && strings.HasPrefix(l.Region, region) {
			found = append(found, l)
		}
	}
	return paged(found, cursor, limit)
}

func paged[T any](all []T, cursor string, limit int) ([]T, string, error) {
	from, _ := strconv.Atoi(cursor)
	from = min(max(from, 0), len(all))
	to := min(from+limit, len(all))
	next := ""
	if to < len(all) {
		next = strconv.Itoa(to)
	}
	return all[from:to], next, nil
}

func find[K comparable, V any](m map[K]V, k K, err error) (V, error) {
	v, ok := m[k]
	if err == nil && !ok {
		err = bidding.ErrMissing
	}
	return v, err
}

func (s *shelf) Tender(_ context.Context, id bidding.TenderID) (gazette.TenderPage, error) {
	return find(s.tenders, id, s.err)
}
func (s *shelf) Lot(_ context.Context, id bidding.LotID) (gazette.LotPage, error) {
	return find(s.lots, id, s.err)
}
func (s *shelf) Keys(_ context.Context, id bidding.LotID) (gazette.Keys, error) {
	return find(s.keys, id, s.err)
}
func (s *shelf) Notices(_ context.Context, id bidding.LotID) ([]gazette.Notice, error) {
	return s.tenders[s.lots[id].Tender].Notices, s.err
}
func (s *shelf) Document(context.Context, canon.Hash) ([]byte, error) { return nil, bidding.ErrMissing }
func (s *shelf) Opening(_ context.Context, id bidding.LotID) (gazette.OpeningPage, error) {
	return find(s.opened, id, s.err)
}
func (s *shelf) Rows(_ context.Context, id bidding.LotID, cursor string, limit int) ([]gazette.Row, string, error) {
	return paged(s.rows[id], cursor, limit)
}
func (s *shelf) Record(context.Context, bidding.LotID) ([]byte, error) {
	return nil, bidding.ErrMissing
}
func (s *shelf) Checkpoint(context.Context) ([]byte, error) {
	return []byte(`{"body":{"at":"2026-11-20T01:00:00.000Z","origin":"rehearsal/` + strings.Repeat("ab", 32) + `","root":"` + strings.Repeat("cd", 32) + `","size":86400,"type":"sunbid/checkpoint/v1"},"signatures":[{"sig":"00","signer":"` + strings.Repeat("ef", 32) + `"}]}`), s.err
}
func (s *shelf) Consistency(context.Context, int64, int64) ([]canon.Hash, error) { return nil, s.err }

// now is the time on the pages' clock.
func now() time.Time { return time.Date(2026, 11, 20, 1, 12, 40, 0, time.UTC) }

func at(d time.Duration) canon.Time { return canon.At(now().Truncate(time.Hour).Add(d)) }

// bridge is a shelf with one tender of three lots: one open for bids and once postponed, one opened with n bids, one failed.
func bridge(n int) (s *shelf, td bidding.TenderID, open, opened, failed bidding.LotID) {
	s = &shelf{
		tenders: map[bidding.TenderID]gazette.TenderPage{}, lots: map[bidding.LotID]gazette.LotPage{}, keys: map[bidding.LotID]gazette.Keys{},
		opened: map[bidding.LotID]gazette.OpeningPage{}, rows: map[bidding.LotID][]gazette.Row{},
	}
	td, open, opened, failed = bidding.NewTenderID(), bidding.NewLotID(), bidding.NewLotID(), bidding.NewLotID()
	lot := func(id bidding.LotID, number int, name string, stage tender.Stage, opening time.Duration) gazette.LotPage {
		l := gazette.LotPage{
			ID: id, Tender: td, Number: number, Name: name, Class: bidding.Rehearsal, RuleSet: "construction@2019-03-02", Mode: law.Keyholders,
			CeilingFen: 1_986_543_200, Kinds: []tender.PartRule{{Kind: "readout", Moment: "opening", Required: true}, {Kind: "body", Moment: "opening", Required: true}, {Kind: "evidence", Moment: "opening"}},
			DocumentsFrom: at(-20 * 24 * time.Hour), DocumentsUntil: at(-14 * 24 * time.Hour), SubmitFrom: at(-20 * 24 * time.Hour), OpeningAt: at(opening), OpeningTimes: []canon.Time{at(opening)},
			Stage: stage, Binding: canon.Hash{0xab, 0xcd},
		}
		s.lots[id] = l
		return l
	}
	a := lot(open, 1, "滨河大桥主体工程施工", tender.Submitting, 51*time.Hour+30*time.Minute)
	a.OpeningTimes = []canon.Time{at(3 * time.Hour), a.OpeningAt}
	s.lots[open] = a
	b := lot(opened, 2, "滨河大桥引道工程施工", tender.Opened, -24*time.Hour)
	b.Mode, b.DecryptWindow, b.Remedy = law.BidderKey, 1_800_000, "投标人可在解密时间内重新上传与回执摘要一致的文件。"
	s.lots[opened] = b
	c := lot(failed, 3, "照明与交安工程", tender.Failed, -24*time.Hour)
	s.keys[open] = gazette.Keys{
		KeyRecord:  []byte(`{"body":{"key":"ky_0123456789abcdefghjkmnpqrs","threshold":2,"ceremony":"c1","keyholders":[{"index":1,"name":"南方数字证书认证中心","certificate":"` + strings.Repeat("1a", 32) + `"},{"index":2,"name":"市公证处","certificate":"` + strings.Repeat("2b", 32) + `"},{"index":3,"name":"邻市公共资源交易中心","certificate":"` + strings.Repeat("3c", 32) + `"}]}}`),
		OfficerKey: []byte(`{"body":{"threshold":2,"officers":[{"index":1,"name":"李敏","role":"tenderer","certificate":"` + strings.Repeat("4d", 32) + `"},{"index":2,"name":"王建国","role":"agency","certificate":"` + strings.Repeat("5e", 32) + `"},{"index":3,"name":"陈晓","role":"operator","certificate":"` + strings.Repeat("6f", 32) + `"}]}}`),
	}
	s.opened[opened] = gazette.OpeningPage{Lot: opened, Stage: "recorded", PublishedAt: at(-24*time.Hour + 6*time.Second), Opened: n - min(max(n-2, 0), 3), NotOpened: min(max(n-2, 0), 3), Record: canon.Hash{0x77, 0x12}, Signers: []string{"tenderer", "agency"}}
	s.opened[failed] = gazette.OpeningPage{Lot: failed, Stage: "failed"}
	for i := range n {
		row := map[string]any{"bid": bidding.NewBidID().String(), "bidder": map[string]any{"name": fmt.Sprintf("广东第%d建设工程集团有限公司", i+1), "code": fmt.Sprintf("91440000MA%08d", i)}, "status": "opened",
			"readout": map[string]any{"price_fen": 1_833_423_300 + int64(i)*1_234_567, "duration_days": 240 + i%7, "quality": "合格", "security": "电子保函 80 万元", "manager": "张伟"}}
		if i >= 2 && i <= 4 {
			delete(row, "readout")
			row["status"], row["reason"] = "not-decrypted", "no-key-release"
		}
		body, err := json.Marshal(row)
		if err != nil {
			panic(err)
		}
		s.rows[opened] = append(s.rows[opened], gazette.Row{Body: body, Cause: map[int]*gazette.Cause{
			3: {Cause: "bidder", TreatedAs: "revoked", Record: canon.Hash{0x33}}, 4: {Cause: "other", TreatedAs: "withdrawn", Record: canon.Hash{0x44}},
		}[i]}) // the third waits for its finding
	}
	t := tender.State{ID: td, Class: bidding.Rehearsal, Number: "GZ-2026-0217", Title: "滨河大桥及引道工程施工招标", Region: "440100", Regime: law.Construction, RuleSet: "construction@2019-03-02",
		Tenderer: tender.Party{Name: "滨河市城市建设投资有限公司", Code: "91440100MA5ANXXXX1"}, Agency: &tender.Party{Name: "南粤工程咨询有限公司", Code: "91440100MA5ANXXXX2"}}
	s.tenders[td] = gazette.TenderPage{Tender: t, Lots: []gazette.LotPage{a, b, c}, Notices: []gazette.Notice{
		{Contacts: contacts(), State: notice.State{ID: bidding.NewNoticeID(), Hash: canon.Hash{1, 2, 3}, PublishedAt: at(-20 * 24 * time.Hour), Record: notice.Record{Kind: notice.TenderNotice, Number: 1, Title: "滨河大桥及引道工程施工招标公告", Text: "本招标项目已由滨河市发展和改革局批准建设，建设资金来自财政资金，现对该项目的施工进行公开招标。\n投标人须具备市政公用工程施工总承包一级及以上资质，本次招标不接受联合体投标。"}}},
		{State: notice.State{ID: bidding.NewNoticeID(), Hash: canon.Hash{4, 5, 6}, PublishedAt: at(-2 * 24 * time.Hour), Record: notice.Record{Kind: notice.Postponement, Number: 2, Title: "关于推迟标段 1 开标时间的公告", Text: "因需对招标文件作出澄清，标段 1 的投标截止和开标时间推迟。", Opening: &notice.Change{From: at(3 * time.Hour), To: a.OpeningAt}}}},
	}}
	s.lines = []gazette.TenderLine{{ID: td, Class: bidding.Rehearsal, Number: t.Number, Title: t.Title, Region: t.Region, Regime: t.Regime, Tenderer: t.Tenderer.Name, Lots: 3, NextAt: a.OpeningAt, Stage: a.Stage, Suspended: true}}
	for i := range 26 {
		s.lines = append(s.lines, gazette.TenderLine{ID: bidding.NewTenderID(), Number: fmt.Sprintf("SZ-2026-%04d", i), Title: fmt.Sprintf("第 %d 中学教学楼改扩建工程", i+1), Region: "440300", Regime: law.Procurement, Tenderer: "市教育局", Lots: 1, NextAt: at(time.Duration(i) * 26 * time.Hour), Stage: tender.Announced})
	}
	return s, td, open, opened, failed
}

// contacts are invented, and their numbers nobody's.
func contacts() *notice.Contacts {
	return &notice.Contacts{Block: notice.ContactBlock{
		Type:     notice.ContactType,
		Tenderer: notice.Contact{Person: "何女士", Phone: "020-00000001", Address: "滨河市新城区江湾路 88 号"},
		Agency:   &notice.Contact{Person: "梁先生", Phone: "020-00000002 转 808", Email: "zhaobiao@example.com", Address: "滨河市老城区中山路 12 号南粤大厦 9 层 901 室"},
	}}
}
