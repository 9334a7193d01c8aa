package law

import (
	"time"

	"sunbid/bidding"
)

// ErrClarificationLate: an addendum that may affect the bids came too close to the deadline, which has to be moved first.
var ErrClarificationLate = bidding.Refuse("clarification-late", bidding.Late, IR21, "澄清或者修改可能影响投标文件编制，距投标截止不足法定期限，应当先顺延投标截止时间。", "an addendum that may affect bids is too close to the deadline: postpone first")

// Clarify judges an addendum that may affect the preparation of bids (招标投标法 art. 23, 实施条例 art. 21; O87 art. 27; C214 art. 10).
func Clarify(rs RuleSet, issued, deadline time.Time) Finding {
	article := map[Regime]bidding.Article{Construction: IR21, Procurement: O87A27, Consultation: C214A}[rs.Regime]
	r := withArticle(ErrClarificationLate, article)
	if rs.MinClarification.Zero() {
		return Finding{Rule: r.Code, Article: article, Outcome: NotApplicable, Say: "澄清或者修改的最短期限：不适用。", refusal: r}
	}
	last, err := LastClarification(rs, deadline)
	if err != nil {
		return Finding{Rule: r.Code, Article: article, Outcome: Refused, Say: ErrOutsideCalendar.Say, refusal: ErrOutsideCalendar}
	}
	when := DateOf(issued)
	if rs.MinClarification.Exact > 0 {
		when = issued
	}
	return verdict(r, !when.After(last), "澄清或者修改在期限内发出。")
}

// LastClarification is the last day (as its midnight in Shanghai) for an addendum that may affect bids.
func LastClarification(rs RuleSet, deadline time.Time) (time.Time, error) {
	return rs.MinClarification.Before(deadline)
}

// LastObjection is the last day for an objection to the documents (实施条例 art. 22).
func LastObjection(rs RuleSet, deadline time.Time) (time.Time, error) {
	return rs.MinObjection.Before(deadline)
}
