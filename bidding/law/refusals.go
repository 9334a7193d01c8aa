package law

import "sunbid/bidding"

// Refusals lists the sentinels of this package.
func Refusals() []*bidding.Refusal {
	return []*bidding.Refusal{ErrOutsideCalendar, ErrRuleSet, ErrRuleSetClass, ErrNotInForce, ErrOrder, ErrDocumentPeriod, ErrNoticePeriod,
		ErrIssueToDeadline, ErrOpeningDeadline, ErrClarificationLate, ErrWindow, ErrRemedy}
}
