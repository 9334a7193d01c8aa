// Package problem is the one mapping between refusals and what a client reads (RFC 9457, application/problem+json),
// and its inverse for our own client. Nothing else in the program speaks of an HTTP status for a rule.
//
// Unknown errors never show: they become "internal" and a request id, and the caller logs them once.
package problem

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"sunbid/bidding"
)

// ContentType is the media type of a problem.
const ContentType = "application/problem+json"

// TypePrefix and the code together make the problem's type, an identifier that is not meant to be fetched.
const TypePrefix = "urn:sunbid:problem:"

// Problem is what stands on the wire. Code, Class and Status are for programs, Title and Detail for people (Chinese), English for builders.
type Problem struct {
	Type      string `json:"type" doc:"urn:sunbid:problem: and the code"`
	Title     string `json:"title" doc:"一句话说明（中文）"`
	Status    int    `json:"status" doc:"HTTP status"`
	Detail    string `json:"detail,omitempty" doc:"本次的具体情况"`
	Code      string `json:"code" doc:"stable machine code, kebab-case"`
	Class     string `json:"class" enum:"invalid,forbidden,missing,conflict,early,late,too-many,unready,internal" doc:"kind of refusal"`
	Article   string `json:"article,omitempty" doc:"the article of law that says no, e.g. E20-27"`
	English   string `json:"english,omitempty" doc:"the title in English"`
	RequestID string `json:"request_id,omitempty" doc:"to be quoted when asking for help"`
	// Receipt is the platform's signed receipt of the refusal (拒收回执), where the refused thing was a bid.
	Receipt json.RawMessage `json:"receipt,omitempty" doc:"signed record sunbid/receipt/v1 with outcome refused"`
}

// Internal is the code of everything that is not a rule's refusal.
const Internal = "internal"

// Error and GetStatus make a problem an error that the HTTP framework writes as it stands.
func (p *Problem) Error() string               { return p.Code }
func (p *Problem) GetStatus() int              { return p.Status }
func (p *Problem) ContentType(_ string) string { return ContentType }

// Of maps an error. known is false for what must be logged: the problem then says only "internal".
func Of(err error) (p *Problem, known bool) {
	var ready *Problem
	if errors.As(err, &ready) {
		c := *ready
		return &c, c.Code != Internal
	}
	if r, ok := errors.AsType[*bidding.Refusal](bidding.FromCode(err)); ok {
		return ofRefusal(r), true
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return ofRefusal(ErrBusy), false // whoever made us wait is worth a log line
	}
	return OfPanic(), false
}

// OfPanic is the problem of everything that is our own fault: it says nothing of the cause.
func OfPanic() *Problem {
	return &Problem{
		Type: TypePrefix + Internal, Title: "系统内部出错，请稍后重试；如需帮助，请提供请求编号。", Status: http.StatusInternalServerError,
		Code: Internal, Class: Internal, English: "internal error; quote the request id",
	}
}

func ofRefusal(r *bidding.Refusal) *Problem {
	return &Problem{
		Type: TypePrefix + r.Code, Title: r.Say, Status: statusOf(r), Detail: r.Detail,
		Code: r.Code, Class: nameOf(r.Class), Article: string(r.Article), English: r.English,
	}
}

// Refusal is the inverse: what our client hands to its caller, so that errors.Is works across the wire.
// A problem that is no refusal ("internal", or a foreign body) becomes class Unready with code "internal".
func (p *Problem) Refusal() *bidding.Refusal {
	class := classOf(p.Class, p.Status)
	code := p.Code
	if code == "" {
		code = Internal
	}
	r := bidding.Refuse(code, class, bidding.Article(p.Article), p.Title, p.English)
	if p.Detail != "" {
		r = r.With(p.Detail)
	} else if code == Internal && p.RequestID != "" {
		r = r.With("请求编号 " + p.RequestID)
	}
	return r
}

// Parse reads a problem from a response body (at most what the caller has read); false when it is none.
func Parse(body []byte) (*Problem, bool) {
	var p Problem
	if json.Unmarshal(body, &p) != nil || p.Code == "" {
		return nil, false
	}
	return &p, true
}
