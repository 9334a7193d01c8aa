package party

import "sunbid/bidding"

// Refusals of this package.
var (
	ErrCode         = bidding.Refuse("credit-code-invalid", bidding.Invalid, "E20-22", "统一社会信用代码不正确，请核对。", "the unified social credit code is wrong")
	ErrEnrolment    = bidding.Refuse("enrolment-malformed", bidding.Invalid, "E20-22", "注册登记信息不完整或不一致。", "the enrolment is incomplete or contradicts itself")
	ErrNameDiffers  = bidding.Refuse("organisation-name-differs", bidding.Conflict, "E20-22", "该统一社会信用代码已以另一名称登记。", "that code is registered under another name")
	ErrEnrolled     = bidding.Refuse("certificate-enrolled", bidding.Conflict, "", "该证书已经登记。", "that certificate is enrolled already")
	ErrNotPending   = bidding.Refuse("enrolment-not-pending", bidding.Conflict, "", "该登记申请已经处理。", "that enrolment is decided already")
	ErrNotActive    = bidding.Refuse("organisation-not-active", bidding.Forbidden, "", "该单位或人员的登记尚未通过，或已被暂停。", "the organisation or person is not active")
	ErrRole         = bidding.Refuse("role-not-granted", bidding.Forbidden, "", "您没有被授予该角色。", "that role was not granted")
	ErrRoleConflict = bidding.Refuse("role-conflict", bidding.Forbidden, "E20-23", "交易平台运营机构和监督部门不得同时作为投标人、招标人或代理机构。", "the operator and supervisors are not parties")
	ErrOffice       = bidding.Refuse("role-office", bidding.Forbidden, "", "交易中心工作人员和监督人员的角色只能在服务器控制台授予。", "operators and supervisors are appointed at the console alone")
	ErrCertificate  = bidding.Refuse("certificate-not-enrolled", bidding.Forbidden, "", "该证书没有登记，或已被更换。", "that certificate is not enrolled, or was replaced")
)

// Refusals lists the sentinels of this package.
func Refusals() []*bidding.Refusal {
	return []*bidding.Refusal{ErrCode, ErrEnrolment, ErrNameDiffers, ErrEnrolled, ErrNotPending, ErrNotActive, ErrRole, ErrRoleConflict, ErrOffice, ErrCertificate}
}
