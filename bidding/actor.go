package bidding

import "sunbid/crypto/canon"

// Role is what a person acts as in one request. The access table (web/api) is role × endpoint × stage.
type Role string

const (
	Public     Role = "public"     // 公众
	Bidder     Role = "bidder"     // 投标人
	Tenderer   Role = "tenderer"   // 招标人
	Agency     Role = "agency"     // 招标代理机构
	Officer    Role = "officer"    // 开标监督下的解锁人 (opening officer)
	Operator   Role = "operator"   // 交易中心工作人员
	Supervisor Role = "supervisor" // 行政监督人员
	System     Role = "system"     // the platform's own timers and jobs
)

// Actor is who acts: a pseudonymous person of an organisation, in one role, known by a certificate.
// It is a parameter of every command, so a permission check cannot be forgotten silently.
type Actor struct {
	Person      PersonID   `json:"person"`
	Org         OrgID      `json:"org"`
	Role        Role       `json:"role"`
	Certificate canon.Hash `json:"certificate"`
}

// SystemActor is the platform acting by itself (timers, jobs).
func SystemActor() Actor { return Actor{Role: System} }

// Is reports whether the actor has one of the roles.
func (a Actor) Is(roles ...Role) bool {
	for _, r := range roles {
		if a.Role == r {
			return true
		}
	}
	return false
}
