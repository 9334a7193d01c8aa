package tender

import "time"

// What is due.
const (
	DueSubmission = "open-submission"
	DueOpening    = "open"
)

// Due is the next thing that happens to a lot by itself.
type Due struct {
	At   time.Time
	What string
}

// NextDue is a pure function of the state: there is no timer to forget. Nothing is due while suspended, but for submissions to open.
func (s LotState) NextDue() (Due, bool) {
	switch s.Stage {
	case Announced:
		if s.SubmitFrom.Before(s.OpeningAt.Time) {
			return Due{s.SubmitFrom.Time, DueSubmission}, true
		}
		return Due{s.OpeningAt.Time, DueOpening}, !s.Suspended
	case Submitting, Sealed, Opening:
		return Due{s.OpeningAt.Time, DueOpening}, !s.Suspended
	}
	return Due{}, false
}
