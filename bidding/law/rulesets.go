package law

import (
	"time"

	"sunbid/bidding"
)

// ErrRuleSet: there is no rule set of that name.
var ErrRuleSet = bidding.Refuse("rule-set-unknown", bidding.Invalid, "", "没有这个规则集，或其尚未生效。", "no such rule set, or not in force yet")

// ErrRuleSetClass: a rehearsal's shortened limits never serve a real tender, and a rehearsal never runs under the real rules' name.
var ErrRuleSetClass = bidding.Refuse("rule-set-class", bidding.Forbidden, BL24, "缩短法定期限的演练规则只能用于演练，正式项目不得使用。", "a rehearsal rule set serves class rehearsal only")

// Names of the rule sets.
const (
	ConstructionMandatory = "construction@2019-03-02"
	ConstructionOptional  = "construction-optional@2019-03-02"
	ProcurementTender     = "procurement@2017-10-01"
	ConsultationRules     = "consultation@2014-12-31"
	RehearsalRules        = "rehearsal@2013-05-01"
)

// RuleSets lists every rule set ever shipped. One that a lot was announced under is never edited.
func RuleSets() []RuleSet {
	base := RuleSet{
		Class: bidding.Production, Mode: Keyholders, LegalBasis: E20A30, MinBids: 3,
		DecryptWindow: 30 * time.Minute, MinDecryptWindow: 20 * time.Minute, MaxDecryptWindow: 60 * time.Minute, MergeDelay: time.Hour,
	}
	mandatory := base
	mandatory.ID, mandatory.Name, mandatory.Regime, mandatory.Mandatory = ConstructionMandatory, "依法必须招标的工程建设项目", Construction, true
	mandatory.Effective = date(2019, 3, 2)
	mandatory.MinDocuments, mandatory.MinIssueToDeadline = Span{Days: 5}, Span{Days: 20}
	mandatory.MinClarification, mandatory.MinObjection = Span{Days: 15}, Span{Days: 10}

	optional := mandatory
	optional.ID, optional.Name, optional.Mandatory = ConstructionOptional, "非依法必须招标的工程建设项目", false
	optional.MinIssueToDeadline = Span{}

	procurement := base
	procurement.ID, procurement.Name, procurement.Regime, procurement.Mandatory = ProcurementTender, "政府采购货物和服务公开招标", Procurement, true
	procurement.Effective = date(2017, 10, 1)
	procurement.MinDocuments, procurement.MinNotice = Span{WorkingDays: 5}, Span{WorkingDays: 5}
	procurement.MinIssueToDeadline, procurement.MinClarification = Span{Days: 20}, Span{Days: 15}

	consultation := base
	consultation.ID, consultation.Name, consultation.Regime, consultation.Mandatory = ConsultationRules, "政府采购竞争性磋商", Consultation, true
	consultation.Effective = date(2014, 12, 31)
	consultation.MinDocuments, consultation.MinIssueToDeadline, consultation.MinClarification = Span{WorkingDays: 5}, Span{Days: 10}, Span{Days: 5}

	rehearsal := base
	rehearsal.ID, rehearsal.Name, rehearsal.Regime, rehearsal.Mandatory = RehearsalRules, "演练规则（期限缩短，仅供演练）", Construction, true
	rehearsal.Class, rehearsal.Effective = bidding.Rehearsal, date(2013, 5, 1)
	rehearsal.MinDocuments, rehearsal.MinIssueToDeadline = Span{Exact: time.Second}, Span{Exact: 2 * time.Second}
	rehearsal.MinClarification, rehearsal.MinObjection = Span{Exact: time.Second}, Span{Exact: time.Second}
	rehearsal.DecryptWindow, rehearsal.MinDecryptWindow, rehearsal.MaxDecryptWindow = 25*time.Second, time.Second, time.Hour
	rehearsal.MergeDelay = time.Minute
	return []RuleSet{mandatory, optional, procurement, consultation, rehearsal}
}

// Find returns the rule set a tender of that class names; ErrRuleSet, ErrRuleSetClass.
func Find(id string, class bidding.Class) (RuleSet, error) {
	for _, rs := range RuleSets() {
		if rs.ID != id {
			continue
		}
		if rs.Class == bidding.Rehearsal && class != bidding.Rehearsal {
			return RuleSet{}, ErrRuleSetClass.With(id)
		}
		return rs, nil
	}
	return RuleSet{}, ErrRuleSet.With(id)
}

// InForce is the newest rule set of a regime that is in force at an announcement; mandatory tells 依法必须招标.
func InForce(regime Regime, mandatory bool, class bidding.Class, at time.Time) (RuleSet, error) {
	var found RuleSet
	for _, rs := range RuleSets() {
		if rs.Regime == regime && rs.Mandatory == mandatory && rs.Class == class && !at.Before(rs.Effective) && (found.ID == "" || rs.Effective.After(found.Effective)) {
			found = rs
		}
	}
	if found.ID == "" {
		return RuleSet{}, ErrRuleSet.With(string(regime))
	}
	return found, nil
}

func date(y int, m time.Month, d int) time.Time {
	return time.Date(y, m, d, 0, 0, 0, 0, bidding.Shanghai())
}
