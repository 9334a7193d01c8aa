package law

import "sunbid/bidding"

// ErrNotInForce: announced before its rule set came into force.
var ErrNotInForce = bidding.Refuse("rule-set-not-in-force", bidding.Invalid, "", "公告日期早于所选规则集的生效日期。", "announced before the rule set came into force")

// A procedure runs under the law in force when it was announced.
func inForce(rs RuleSet, t Timetable) Finding {
	return verdict(ErrNotInForce, !t.IssuedAt.Before(rs.Effective), "规则集 "+rs.ID+" 在公告日有效。")
}
