package law

import (
	"time"

	"sunbid/bidding"
)

// ErrOutsideCalendar: the State Council's notice for that year is not in the program. Guessing working days would be worse than refusing.
var ErrOutsideCalendar = bidding.Refuse("calendar-outside", bidding.Invalid, CC203,
	"日期超出本平台已收录的国务院办公厅节假日安排（2024—2026 年），无法计算期限。", "the date is outside the years whose holiday notice is known (2024 to 2026)")

// stretch is a run of days, both ends included, as the notice names them.
type stretch struct{ from, to string }

// holidays are the days off of the State Council General Office's notices:
// 2024 国办发明电〔2023〕7号, 2025 国办发明电〔2024〕12号, 2026 国办发明电〔2025〕7号.
func holidays() []stretch {
	return []stretch{
		{"2024-01-01", "2024-01-01"}, {"2024-02-10", "2024-02-17"}, {"2024-04-04", "2024-04-06"}, {"2024-05-01", "2024-05-05"},
		{"2024-06-10", "2024-06-10"}, {"2024-09-15", "2024-09-17"}, {"2024-10-01", "2024-10-07"},
		{"2025-01-01", "2025-01-01"}, {"2025-01-28", "2025-02-04"}, {"2025-04-04", "2025-04-06"}, {"2025-05-01", "2025-05-05"},
		{"2025-05-31", "2025-06-02"}, {"2025-10-01", "2025-10-08"},
		{"2026-01-01", "2026-01-03"}, {"2026-02-15", "2026-02-23"}, {"2026-04-04", "2026-04-06"}, {"2026-05-01", "2026-05-05"},
		{"2026-06-19", "2026-06-21"}, {"2026-09-25", "2026-09-27"}, {"2026-10-01", "2026-10-07"},
	}
}

// madeUp are the weekend days on which work is done instead (调休上班), from the same notices.
func madeUp() []string {
	return []string{
		"2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14", "2024-09-29", "2024-10-12",
		"2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
		"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
	}
}

// DateOf is the calendar day of an instant in Shanghai, as midnight there.
func DateOf(t time.Time) time.Time {
	y, m, d := t.In(bidding.Shanghai()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, bidding.Shanghai())
}

// WorkingDay tells whether the instant's day in Shanghai is a working day. ErrOutsideCalendar outside 2024–2026.
func WorkingDay(t time.Time) (bool, error) {
	date := DateOf(t)
	if date.Year() < 2024 || date.Year() > 2026 {
		return false, ErrOutsideCalendar.With(date.Format(time.DateOnly))
	}
	s := date.Format(time.DateOnly)
	for _, w := range madeUp() {
		if s == w {
			return true, nil
		}
	}
	for _, h := range holidays() {
		if h.from <= s && s <= h.to {
			return false, nil
		}
	}
	return date.Weekday() != time.Saturday && date.Weekday() != time.Sunday, nil
}

// AddDays is the last day of a period of n calendar days that starts on the day of `from`: the starting day is not counted
// (民法典 art. 201); when the last day is a day off, the next working day takes its place (art. 203). n ≥ 0.
func AddDays(from time.Time, n int) (time.Time, error) {
	last := DateOf(from).AddDate(0, 0, n)
	for {
		work, err := WorkingDay(last)
		if err != nil || work {
			return last, err
		}
		last = last.AddDate(0, 0, 1)
	}
}

// AddWorkingDays is the n-th working day after the day of `from`, which is not counted. n ≥ 0; 0 is the day itself.
func AddWorkingDays(from time.Time, n int) (time.Time, error) {
	last := DateOf(from)
	for n > 0 {
		last = last.AddDate(0, 0, 1)
		work, err := WorkingDay(last)
		if err != nil {
			return time.Time{}, err
		}
		if work {
			n--
		}
	}
	return last, nil
}
