package public

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
)

// functions are the words and forms the templates use.
func (s *Site) functions() template.FuncMap {
	return template.FuncMap{
		"asset":   func(name string) string { return "/assets/" + name + "?v=" + s.assets[name].version },
		"date":    func(t canon.Time) string { return local(t.Time).Format("2006-01-02") },
		"moment":  func(t canon.Time) string { return Moment(t.Time) },
		"iso":     func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") },
		"isset":   func(t canon.Time) bool { return !t.IsZero() },
		"yuan":    Yuan,
		"rate":    rate,
		"stage":   stageName,
		"tag":     stageTag,
		"mode":    modeName,
		"regime":  regimeName,
		"kind":    kindName,
		"stageof": momentName,
		"role":    roleName,
		"rules":   rulesName,
		"region":  regionName,
		"regions": provinces,
		"lines":   func(t string) []string { return strings.Split(strings.TrimSpace(t), "\n") },
		"minutes": func(ms int64) string { return span(time.Duration(ms) * time.Millisecond) },
		"notice":  noticeName,
		"treated": treatedName,
		"cause":   causeName,
		"add":     func(a, b int) int { return a + b },
		"rehearsal": func(c bidding.Class) bool {
			return c == bidding.Rehearsal
		},
	}
}

func local(t time.Time) time.Time { return t.In(bidding.Shanghai()) }

// Moment shows a time in Shanghai; seconds only where there are any.
func Moment(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	t = local(t)
	if t.Second() == 0 {
		return t.Format("2006-01-02 15:04")
	}
	return t.Format("2006-01-02 15:04:05")
}

// Yuan shows an amount with thousands marked: 18,334,233.00.
func Yuan(f bidding.Fen) string {
	s := f.String()
	whole, frac, _ := strings.Cut(s, ".")
	var b strings.Builder
	for i, d := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String() + "." + frac
}

// rate shows parts per million as a percentage without trailing zeros: 985000 is 98.5%.
func rate(ppm int64) string {
	s := fmt.Sprintf("%d.%04d", ppm/10000, ppm%10000)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".") + "%"
}

// span says a length of time in words, the two largest units.
func span(d time.Duration) string {
	if d <= 0 {
		return "0 秒"
	}
	days, hours, minutes, seconds := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60, int(d/time.Second)%60
	var parts []string
	for _, u := range []struct {
		n    int
		unit string
	}{{days, "天"}, {hours, "小时"}, {minutes, "分"}, {seconds, "秒"}} {
		if u.n > 0 && len(parts) < 2 {
			parts = append(parts, strconv.Itoa(u.n)+" "+u.unit)
		} else if len(parts) > 0 {
			break
		}
	}
	return strings.Join(parts, " ")
}

func stageName(s tender.Stage) string {
	switch s {
	case tender.Draft:
		return "编制中"
	case tender.Announced:
		return "已公告"
	case tender.Submitting:
		return "投标中"
	case tender.Sealed:
		return "已截止"
	case tender.Opening:
		return "开标中"
	case tender.Opened:
		return "已开标"
	case tender.Failed:
		return "流标"
	case tender.Terminated:
		return "终止"
	}
	return string(s)
}

func stageTag(s tender.Stage) string {
	switch s {
	case tender.Submitting:
		return "live"
	case tender.Sealed, tender.Opening:
		return "soon"
	case tender.Opened:
		return "done"
	case tender.Failed, tender.Terminated:
		return "stop"
	}
	return ""
}

func modeName(m law.Mode) string {
	if m == law.BidderKey {
		return "限时解密（投标人的密钥也须到场）"
	}
	return "到时解锁（开标无需投标人操作）"
}

func regimeName(r law.Regime) string {
	switch r {
	case law.Construction:
		return "工程建设项目"
	case law.Procurement:
		return "政府采购"
	case law.Consultation:
		return "竞争性磋商"
	}
	return string(r)
}

func kindName(k string) string {
	switch k {
	case "readout":
		return "开标一览表"
	case "body":
		return "投标文件"
	case "technical":
		return "技术标"
	case "price":
		return "价格标"
	case "identity":
		return "暗标对照表"
	case "evidence":
		return "制作环境信息"
	}
	return k
}

// momentName is a later release moment in words; the tenderer names moments, so one without words of ours stands as it is.
func momentName(m string) string {
	switch m {
	case "price":
		return "报价环节"
	case "technical":
		return "技术环节"
	case "identity":
		return "暗标揭示环节"
	}
	return "“" + m + "”环节"
}

// rulesName says before a rule set's identifier what it is, where the identifier alone would puzzle.
func rulesName(id string) string {
	if id == law.RehearsalRules {
		return "演练规则（时限可缩短） "
	}
	return ""
}

func roleName(r string) string {
	if r == "centre" { // an officer of the trading centre, as dealers name it
		return "交易中心"
	}
	switch bidding.Role(r) {
	case bidding.Tenderer:
		return "招标人"
	case bidding.Agency:
		return "招标代理机构"
	case bidding.Officer:
		return "解锁人"
	case bidding.Operator:
		return "交易中心"
	case bidding.Supervisor:
		return "行政监督"
	case bidding.System:
		return "平台"
	}
	return r
}

func noticeName(k notice.Kind) string {
	switch k {
	case notice.TenderNotice:
		return "招标公告"
	case notice.Addendum:
		return "澄清与修改"
	case notice.Postponement:
		return "延期公告"
	case notice.Outage:
		return "故障公告"
	case notice.Failure:
		return "流标公告"
	case notice.Termination:
		return "终止公告"
	}
	return string(k)
}

// treatedName says what a bid that did not open is treated as (电子招标投标办法 art. 31).
func treatedName(as string) string {
	if as == custody.TreatedRevoked {
		return "视为撤销"
	}
	return "视为撤回"
}

func causeName(cause string) string {
	if cause == custody.CauseBidder {
		return "投标人原因"
	}
	return "投标人之外的原因"
}

// reasonName says for people why a bid was not decrypted, by the reason's code (bidding.Technical has most of them).
func reasonName(code string) string {
	if code == opening.NoKeyRelease {
		return "投标人未在规定时间内解密"
	}
	for _, r := range bidding.Technical() {
		if r.Code == code {
			return strings.TrimSuffix(r.Say, "。")
		}
	}
	return "未能解密"
}
