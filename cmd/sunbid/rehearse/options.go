package rehearse

import (
	"io"
	"math"
	"strconv"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
)

// Options of a rehearsal.
type Options struct {
	Rows    []Row
	Dir     string        // data folder; kept afterwards, the bundle is in it
	Objects string        // "disk" or "minio"
	Mode    law.Mode      // who must act at the opening: keyholders alone, or every bidder too
	Lead    time.Duration // from the announcement to the opening; 0: 60 s + 40 ms for each bid
	Bodies  Bodies        // sizes of the first bidders' bodies; the others' are a line of text
	Speed   Speed         // mode B: how fast the published decrypt commands are replayed
	Say     io.Writer     // progress for people
}

// Speed of the decrypt commands' replay.
type Speed struct {
	Last   time.Duration // when the last command comes, counted from the opening instant
	Window time.Duration // when the window ends
}

// DefaultSpeed replays the half hour of the real opening in 20 s.
func DefaultSpeed() Speed { return Speed{Last: 20 * time.Second, Window: 25 * time.Second} }

// Errors of a rehearsal.
var (
	ErrOverrun = bidding.Refuse("rehearsal-overrun", bidding.Late, "", "递交未能在开标时间之前完成，请用 --lead 给出更长的时间。", "submitting overran the opening time; give a longer --lead")
	ErrDiffers = bidding.Refuse("rehearsal-differs", bidding.Conflict, "", "公布的开标结果与输入不一致。", "what was published differs from the input")
)

// LeadFor n bids.
func LeadFor(n int) time.Duration {
	return time.Minute + time.Duration(n)*40*time.Millisecond
}

// Seconds a rehearsal took.
type Seconds struct {
	Seal      Rounded `json:"seal"`
	Submit    Rounded `json:"submit"`
	AllPrices Rounded `json:"all_prices"` // from the opening instant until the public API shows every price
}

// Rounded is a figure that is written with three decimals at most: more would be noise.
type Rounded float64

// MarshalJSON writes the figure.
func (r Rounded) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, math.Round(float64(r)*1000)/1000, 'f', -1, 64), nil
}

// Report is what a rehearsal prints.
type Report struct {
	Mode        law.Mode `json:"mode"`
	Bids        int      `json:"bids"`
	Opened      int      `json:"opened"`
	NotOpened   int      `json:"not_opened"`
	Revoked     int      `json:"revoked"` // part of not_opened
	PricesMatch bool     `json:"prices_match"`
	MadeUp      []int    `json:"made_up"` // sign-in orders whose missing price was invented
	Seconds     Seconds  `json:"seconds"`
	CPU         Rounded  `json:"cpu_ms_per_bid"`
	PeakMiB     int      `json:"peak_mib"`
	Bundle      string   `json:"bundle"`
}
