package law

import "sunbid/bidding"

// ErrDocumentPeriod: the tender documents are to be had for too short a time.
var ErrDocumentPeriod = bidding.Refuse("document-period-short", bidding.Invalid, IR16, "招标文件的发售（提供）期少于法定期限。", "the documents are available for less than the law asks")

// 实施条例 art. 16: five days; government procurement, consultation: five working days.
func documentPeriod(rs RuleSet, t Timetable) Finding {
	article := map[Regime]bidding.Article{Construction: IR16, Procurement: GPIR31, Consultation: C214A}[rs.Regime]
	return judged(ErrDocumentPeriod, article, rs.MinDocuments, t.DocumentsFrom.Time, t.DocumentsUntil.Time, "招标文件发售（提供）期")
}
