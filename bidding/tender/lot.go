package tender

import (
	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
)

// Stage of a lot (标段). Only the lot moves it.
type Stage string

const (
	Draft      Stage = "draft"      // 编制
	Announced  Stage = "announced"  // 已公告
	Submitting Stage = "submitting" // 递交中
	Sealed     Stage = "sealed"     // 封标: the set of bids is frozen
	Opening    Stage = "opening"    // 开标中
	Opened     Stage = "opened"     // 已开标
	Failed     Stage = "failed"     // 流标
	Terminated Stage = "terminated" // 终止
)

// PartRule says which parts a bid has and at which moment each opens.
type PartRule struct {
	Kind     seal.Kind `json:"kind"`
	Moment   string    `json:"moment"` // "opening" or a later release moment
	Required bool      `json:"required"`
}

// OpeningMoment is the moment of everything that opens at the opening itself.
const OpeningMoment = "opening"

// Authority may postpone or terminate at the keyholders: named in the binding.
type Authority struct {
	Role        bidding.Role `json:"role"`
	Certificate canon.Hash   `json:"certificate"`
}

// Seat of an opening officer (解锁人) or a keyholder (密钥保管方), in order of index from 1.
type Seat struct {
	Index       int        `json:"index"`
	Name        string     `json:"name"`
	Role        string     `json:"role"` // empty for keyholders
	Certificate canon.Hash `json:"certificate"`
}

// Lock is what of a threshold key the lot needs at hand; the whole is in the record.
type Lock struct {
	Record    canon.Hash `json:"record"`
	Threshold int        `json:"threshold"`
	Holders   []Seat     `json:"holders,omitempty"`
	Point     canon.Hex  `json:"point"` // 65 bytes
}

// LotState is everything a lot is. OpeningAt is also the deadline (招标投标法 art. 34).
type LotState struct {
	ID       bidding.LotID    `json:"id"`
	Tender   bidding.TenderID `json:"tender"`
	Tenderer bidding.OrgID    `json:"tenderer"`
	Agency   bidding.OrgID    `json:"agency"` // zero: none
	Number   int              `json:"number"`
	Name     string           `json:"name"`
	Class    bidding.Class    `json:"class"`
	RuleSet  string           `json:"rule_set"`

	Mode            law.Mode    `json:"mode"`
	DecryptWindowMS int64       `json:"decrypt_window_ms"` // mode B
	Remedy          string      `json:"remedy"`            // 解密失败补救方案, mode B
	CeilingFen      bidding.Fen `json:"ceiling_fen"`       // 最高投标限价, public from the notice; 0: none
	Kinds           []PartRule  `json:"kinds"`

	DocumentsFrom  canon.Time   `json:"documents_from"`
	DocumentsUntil canon.Time   `json:"documents_until"`
	SubmitFrom     canon.Time   `json:"submit_from"`
	OpeningAt      canon.Time   `json:"opening_at"`
	OpeningTimes   []canon.Time `json:"opening_times,omitempty"` // every one ever published, oldest first

	Stage         Stage  `json:"stage"`
	Suspended     bool   `json:"suspended"`
	SuspendReason string `json:"suspend_reason"`

	Officers      *Lock        `json:"officers,omitempty"`   // lock C
	Keyholders    *Lock        `json:"keyholders,omitempty"` // lock T
	Key           string       `json:"key"`                  // ky_…, empty until bound
	Binding       canon.Hash   `json:"binding"`
	Authorities   []Authority  `json:"authorities,omitempty"`
	Notice        canon.Hash   `json:"notice"` // the tender notice
	AnnouncedAt   canon.Time   `json:"announced_at"`
	Postponements []canon.Hash `json:"postponements,omitempty"` // records in force, in order of number
	Freeze        canon.Hash   `json:"freeze"`
	Ground        canon.Hash   `json:"ground"`      // of failure or termination: freeze or notice
	EraseOrder    canon.Hash   `json:"erase_order"` // of a termination
	KeysErased    bool         `json:"keys_erased"`
}

// Lot (标段) is the spine: stage, keys, timetable and freeze are per lot.
type Lot struct {
	bidding.History
	s LotState
}
