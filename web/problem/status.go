package problem

import (
	"net/http"

	"sunbid/bidding"
)

// statusOf is the table class → status, with the few transport refusals that have a status of their own.
// Early and late are conflicts with the lot's present state; "class" tells them apart for programs.
func statusOf(r *bidding.Refusal) int {
	switch r.Code {
	case ErrUnauthenticated.Code, ErrSessionExpired.Code, ErrLoginRefused.Code:
		return http.StatusUnauthorized
	case ErrTooLarge.Code:
		return http.StatusRequestEntityTooLarge
	case ErrMediaType.Code:
		return http.StatusUnsupportedMediaType
	case ErrLength.Code:
		return http.StatusLengthRequired
	case ErrSlow.Code:
		return http.StatusRequestTimeout
	case ErrHeaders.Code:
		return http.StatusRequestHeaderFieldsTooLarge
	case ErrMethod.Code:
		return http.StatusMethodNotAllowed
	case ErrAccept.Code:
		return http.StatusNotAcceptable
	case ErrMalformed.Code, ErrKeyMissing.Code:
		return http.StatusBadRequest
	}
	switch r.Class {
	case bidding.Invalid:
		return http.StatusUnprocessableEntity
	case bidding.Forbidden:
		return http.StatusForbidden
	case bidding.Missing:
		return http.StatusNotFound
	case bidding.Conflict, bidding.Early, bidding.Late:
		return http.StatusConflict
	case bidding.TooMany:
		return http.StatusTooManyRequests
	case bidding.Unready:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

func nameOf(c bidding.RefusalClass) string {
	switch c {
	case bidding.Invalid:
		return "invalid"
	case bidding.Forbidden:
		return "forbidden"
	case bidding.Missing:
		return "missing"
	case bidding.Conflict:
		return "conflict"
	case bidding.Early:
		return "early"
	case bidding.Late:
		return "late"
	case bidding.TooMany:
		return "too-many"
	case bidding.Unready:
		return "unready"
	}
	return "internal"
}

// classOf reads the class by name; for a problem that names none (a proxy's, say) the status decides.
func classOf(name string, status int) bidding.RefusalClass {
	for c := bidding.Invalid; c <= bidding.Unready; c++ {
		if nameOf(c) == name {
			return c
		}
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return bidding.Forbidden
	case http.StatusNotFound, http.StatusGone:
		return bidding.Missing
	case http.StatusConflict, http.StatusPreconditionFailed:
		return bidding.Conflict
	case http.StatusTooManyRequests:
		return bidding.TooMany
	}
	if status >= 500 {
		return bidding.Unready
	}
	return bidding.Invalid
}
