package law

import (
	"fmt"
	"time"
)

// Zero: no limit.
func (s Span) Zero() bool { return s == Span{} }

// After is the first instant that keeps at least the span away from `from`. Days are counted whole and without rolling over
// days off: a least distance (最短不得少于) is not a time limit within which one must act. For days it is the beginning of that day.
func (s Span) After(from time.Time) (time.Time, error) {
	switch {
	case s.Exact > 0:
		return from.Add(s.Exact), nil
	case s.WorkingDays > 0:
		return AddWorkingDays(from, s.WorkingDays)
	default:
		return within(DateOf(from).AddDate(0, 0, s.Days))
	}
}

// Before is the last day (or instant) that keeps at least the span away from a later moment: 至少十五日前.
// For days it is the beginning of that day; acting at any hour of it is in time.
func (s Span) Before(to time.Time) (time.Time, error) {
	switch {
	case s.Exact > 0:
		return to.Add(-s.Exact), nil
	case s.WorkingDays > 0:
		return backWorkingDays(to, s.WorkingDays)
	default:
		return within(DateOf(to).AddDate(0, 0, -s.Days))
	}
}

// Kept tells whether `to` keeps the least distance from `from`.
func (s Span) Kept(from, to time.Time) (bool, error) {
	if s.Zero() {
		return true, nil
	}
	first, err := s.After(from)
	return err == nil && !to.Before(first), err
}

// String is Chinese: 20日, 5个工作日.
func (s Span) String() string {
	switch {
	case s.Exact > 0:
		return fmt.Sprintf("%g秒", s.Exact.Seconds())
	case s.WorkingDays > 0:
		return fmt.Sprintf("%d个工作日", s.WorkingDays)
	default:
		return fmt.Sprintf("%d日", s.Days)
	}
}

// within refuses days of which the calendar says nothing.
func within(d time.Time) (time.Time, error) {
	if _, err := WorkingDay(d); err != nil {
		return time.Time{}, err
	}
	return d, nil
}

func backWorkingDays(to time.Time, n int) (time.Time, error) {
	d := DateOf(to)
	for n > 0 {
		d = d.AddDate(0, 0, -1)
		work, err := WorkingDay(d)
		if err != nil {
			return time.Time{}, err
		}
		if work {
			n--
		}
	}
	return d, nil
}
