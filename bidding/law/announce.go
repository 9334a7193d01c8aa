package law

import (
	"fmt"
	"time"

	"sunbid/bidding"
)

// Announce runs every rule of an announcement over a timetable and returns one finding each, in the order of the law.
func Announce(rs RuleSet, t Timetable) []Finding {
	return []Finding{
		inForce(rs, t),
		order(rs, t),
		documentPeriod(rs, t),
		noticePeriod(rs, t),
		issueToDeadline(rs, t),
		openingIsDeadline(rs, t),
	}
}

// judged makes a finding of a least distance between two moments.
func judged(r *bidding.Refusal, article bidding.Article, span Span, from, to time.Time, what string) Finding {
	f := Finding{Rule: r.Code, Article: article, refusal: withArticle(r, article)}
	if span.Zero() {
		f.Outcome, f.Say = NotApplicable, what+"：本项目不适用。"
		return f
	}
	first, err := span.After(from)
	switch {
	case err != nil:
		f.Outcome, f.Say = Refused, fmt.Sprintf("%s：起算日期 %s 超出已收录的节假日安排。", what, DateOf(from).Format(time.DateOnly))
		f.refusal = ErrOutsideCalendar
	case to.Before(first):
		f.Outcome, f.Say = Refused, fmt.Sprintf("%s不得少于%s：最早为 %s，现为 %s。", what, span, shown(span, first), shown(span, to))
	default:
		f.Outcome, f.Say = Passed, fmt.Sprintf("%s不少于%s。", what, span)
	}
	return f
}

func withArticle(r *bidding.Refusal, a bidding.Article) *bidding.Refusal {
	c := *r
	c.Article = a
	return &c
}

func shown(s Span, t time.Time) string {
	if s.Exact > 0 {
		return t.In(bidding.Shanghai()).Format("2006-01-02 15:04:05")
	}
	return DateOf(t).Format(time.DateOnly)
}

// verdict makes a finding of a plain yes or no.
func verdict(r *bidding.Refusal, ok bool, say string) Finding {
	f := Finding{Rule: r.Code, Article: r.Article, Outcome: Passed, Say: say, refusal: r}
	if !ok {
		f.Outcome, f.Say = Refused, r.Say
	}
	return f
}
