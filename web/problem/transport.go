package problem

import "sunbid/bidding"

// Refusals of the transport itself: what is wrong with a request before any rule of bidding is asked.
var (
	ErrMalformed = bidding.Refuse("request-unreadable", bidding.Invalid, "", "请求内容格式不正确。", "the request does not have the form the API asks for")
	ErrFields    = bidding.Refuse("request-invalid", bidding.Invalid, "", "请求中有字段不符合要求。", "fields of the request do not fit the schema")
	ErrTooLarge  = bidding.Refuse("request-too-large", bidding.Invalid, "", "提交的内容超过允许的大小。", "the body is larger than this endpoint takes")
	ErrMediaType = bidding.Refuse("media-type", bidding.Invalid, "", "提交内容的类型不受支持。", "this endpoint does not take this Content-Type")
	ErrLength    = bidding.Refuse("length-required", bidding.Invalid, "", "请求缺少内容长度（Content-Length）。", "Content-Length is required here")
	ErrSlow      = bidding.Refuse("request-timeout", bidding.Invalid, "", "请求内容没有在规定时间内传完，请检查网络后重试。", "the body did not arrive in time")
	ErrCut       = bidding.Refuse("request-cut", bidding.Invalid, "", "连接中断，内容没有传完，请重试。", "the body ended before its announced length")
	ErrHeaders   = bidding.Refuse("headers-too-large", bidding.Invalid, "", "请求头过大。", "the request's header fields are too large")
	ErrMethod    = bidding.Refuse("method-not-allowed", bidding.Invalid, "", "此地址不支持该请求方法。", "this address does not take this method")
	ErrAccept    = bidding.Refuse("not-acceptable", bidding.Invalid, "", "无法按要求的格式返回内容。", "no representation fits the Accept header")

	ErrUnauthenticated = bidding.Refuse("unauthenticated", bidding.Forbidden, "", "请先用数字证书登录。", "log in with a certificate first")
	ErrSessionExpired  = bidding.Refuse("session-expired", bidding.Forbidden, "", "登录已过期，请重新登录。", "the session has expired; log in again")
	ErrLoginRefused    = bidding.Refuse("login-refused", bidding.Forbidden, "", "登录未通过：登录质询无效、已用过或已过期，或签名不正确。", "the challenge is unknown, used or expired, or the signature is wrong")
	ErrOrigin          = bidding.Refuse("origin-refused", bidding.Forbidden, "", "请求来源不是本平台页面，已拒绝。", "a state-changing request with a cookie must come from this origin")

	ErrRate = bidding.Refuse("rate-limited", bidding.TooMany, "", "请求过于频繁，请稍后再试。", "too many requests; see Retry-After")
	ErrBusy = bidding.Refuse("busy", bidding.Unready, "", "系统繁忙，没有在规定时间内完成，请稍后重试。", "the work did not end in time; try again")

	ErrKeyMissing  = bidding.Refuse("idempotency-key-missing", bidding.Invalid, "", "请求缺少 Idempotency-Key，无法保证重试不会重复提交。", "Idempotency-Key (1 to 128 visible ASCII characters) is required here")
	ErrKeyReused   = bidding.Refuse("idempotency-key-reused", bidding.Conflict, "", "同一个 Idempotency-Key 已用于内容不同的请求。", "this Idempotency-Key was used with a different request")
	ErrKeyInFlight = bidding.Refuse("idempotency-in-flight", bidding.Unready, "", "相同的请求正在处理，请稍后查询结果。", "the same request is being worked on; try again shortly")
)

// Refusals lists the sentinels of this package, for the test that holds codes unique and for the documentation.
func Refusals() []*bidding.Refusal {
	return []*bidding.Refusal{
		ErrMalformed, ErrFields, ErrTooLarge, ErrMediaType, ErrLength, ErrSlow, ErrCut, ErrHeaders, ErrMethod, ErrAccept,
		ErrUnauthenticated, ErrSessionExpired, ErrLoginRefused, ErrOrigin, ErrRate, ErrBusy, ErrKeyMissing, ErrKeyReused, ErrKeyInFlight,
	}
}
