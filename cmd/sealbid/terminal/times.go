package terminal

import (
	"time"

	"sunbid/bidding"
)

// shanghai shows a time as people in China read it.
func shanghai(t time.Time) string {
	return t.In(bidding.Shanghai()).Format("2006-01-02 15:04:05")
}
