package law_test

import (
	"errors"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/crypto/canon"
)

func day(t *testing.T, s string) time.Time {
	t.Helper()
	d, err := time.ParseInLocation(time.DateOnly, s, bidding.Shanghai())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCalendar(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"2024-01-01": false, "2024-02-04": true, "2024-02-09": true, "2024-02-10": false, "2024-02-17": false, "2024-02-18": true,
		"2024-04-07": true, "2024-09-14": true, "2024-09-17": false, "2024-10-12": true,
		"2025-01-26": true, "2025-01-27": true, "2025-01-28": false, "2025-02-04": false, "2025-02-05": true, "2025-02-08": true,
		"2025-04-27": true, "2025-06-02": false, "2025-10-08": false, "2025-10-09": true, "2025-10-11": true,
		"2026-01-02": false, "2026-01-04": true, "2026-02-14": true, "2026-02-23": false, "2026-02-24": true, "2026-09-27": false, "2026-10-10": true,
		"2026-12-31": true, "2025-03-22": false, "2025-03-24": true,
	} {
		got, err := law.WorkingDay(day(t, s))
		if err != nil || got != want {
			t.Errorf("%s: working day %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"2023-12-31", "2027-01-01"} {
		if _, err := law.WorkingDay(day(t, s)); !errors.Is(err, law.ErrOutsideCalendar) {
			t.Errorf("%s: %v", s, err)
		}
	}
	// The day is Shanghai's: 2025-10-08 17:00 UTC is the 9th there.
	if work, err := law.WorkingDay(time.Date(2025, 10, 8, 17, 0, 0, 0, time.UTC)); err != nil || !work {
		t.Errorf("2025-10-09 in Shanghai: %v %v", work, err)
	}
	if _, err := law.AddWorkingDays(day(t, "2026-12-30"), 5); !errors.Is(err, law.ErrOutsideCalendar) {
		t.Errorf("over the end of the calendar: %v", err)
	}
}

// The worked example of the 2025 calendar.
func TestWorkedExample2025(t *testing.T) {
	t.Parallel()
	rs, err := law.Find(law.ConstructionMandatory, bidding.Production)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		got        func() (time.Time, error)
	}{
		{"issue 03-03: earliest deadline", "2025-03-23", func() (time.Time, error) { return law.EarliestDeadline(rs, day(t, "2025-03-03")) }},
		{"deadline 03-28: last clarification", "2025-03-13", func() (time.Time, error) { return law.LastClarification(rs, day(t, "2025-03-28")) }},
		{"deadline 03-28: last objection", "2025-03-18", func() (time.Time, error) { return law.LastObjection(rs, day(t, "2025-03-28")) }},
		{"candidates 04-02: publicity ends after Qingming", "2025-04-07", func() (time.Time, error) { return law.AddDays(day(t, "2025-04-02"), 3) }},
		{"winner 04-10: report", "2025-04-25", func() (time.Time, error) { return law.AddDays(day(t, "2025-04-10"), 15) }},
		{"notice 04-12: contract", "2025-05-12", func() (time.Time, error) { return law.AddDays(day(t, "2025-04-12"), 30) }},
		{"complaint 04-14: 30 working days", "2025-05-28", func() (time.Time, error) { return law.AddWorkingDays(day(t, "2025-04-14"), 30) }},
		{"received 04-25: 3 working days", "2025-04-29", func() (time.Time, error) { return law.AddWorkingDays(day(t, "2025-04-25"), 3) }},
	} {
		got, err := c.got()
		if err != nil || got.Format(time.DateOnly) != c.want {
			t.Errorf("%s: %v %v, want %s", c.name, got, err, c.want)
		}
	}
}

func timetable(t *testing.T, issued, until, deadline string) law.Timetable {
	at := func(s string, hour int) canon.Time { return canon.At(day(t, s).Add(time.Duration(hour) * time.Hour)) }
	return law.Timetable{IssuedAt: at(issued, 9), DocumentsFrom: at(issued, 9), DocumentsUntil: at(until, 17), SubmitFrom: at(issued, 10), Deadline: at(deadline, 9), OpeningAt: at(deadline, 9)}
}

// The day before each limit is refused, the day of it passes.
func TestAnnouncementLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, set, issued, until, deadline string
		want                               *bidding.Refusal
		article                            bidding.Article
	}{
		{"construction, 19 days", law.ConstructionMandatory, "2025-03-03", "2025-03-10", "2025-03-22", law.ErrIssueToDeadline, law.BL24},
		{"construction, 20 days", law.ConstructionMandatory, "2025-03-03", "2025-03-10", "2025-03-23", nil, ""},
		{"construction, documents 4 days", law.ConstructionMandatory, "2025-03-03", "2025-03-07", "2025-03-28", law.ErrDocumentPeriod, law.IR16},
		{"construction, documents 5 days", law.ConstructionMandatory, "2025-03-03", "2025-03-08", "2025-03-28", nil, ""},
		{"not mandatory, 6 days", law.ConstructionOptional, "2025-03-03", "2025-03-08", "2025-03-09", nil, ""},
		{"procurement, documents 4 working days", law.ProcurementTender, "2025-04-23", "2025-04-28", "2025-05-20", law.ErrDocumentPeriod, law.GPIR31},
		{"procurement, documents 5 working days over a make-up Sunday", law.ProcurementTender, "2025-04-23", "2025-04-29", "2025-05-20", nil, ""},
		{"procurement, 19 days", law.ProcurementTender, "2025-03-03", "2025-03-12", "2025-03-22", law.ErrIssueToDeadline, law.GPL35},
		{"consultation, 9 days", law.ConsultationRules, "2025-03-03", "2025-03-11", "2025-03-12", law.ErrIssueToDeadline, law.C214A},
		{"consultation, 10 days", law.ConsultationRules, "2025-03-03", "2025-03-11", "2025-03-13", nil, ""},
		{"over the end of the calendar", law.ConstructionMandatory, "2026-12-20", "2026-12-30", "2027-01-20", law.ErrOutsideCalendar, ""},
		{"before the rules", law.ConstructionMandatory, "2019-03-01", "2019-03-10", "2019-04-01", law.ErrNotInForce, ""},
		{"documents after the deadline", law.ConstructionMandatory, "2025-03-03", "2025-03-29", "2025-03-28", law.ErrOrder, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rs, err := law.Find(c.set, bidding.Production)
			if err != nil {
				t.Fatal(err)
			}
			findings := law.Announce(rs, timetable(t, c.issued, c.until, c.deadline))
			err = law.FirstRefusal(findings)
			if c.want == nil {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var r *bidding.Refusal
			if !errors.As(err, &r) || r.Code != c.want.Code || c.article != "" && r.Article != c.article {
				t.Fatalf("got %v", err)
			}
			for _, f := range findings {
				if f.Say == "" {
					t.Errorf("%s says nothing", f.Rule)
				}
			}
		})
	}
}

func TestOpeningIsDeadline(t *testing.T) {
	t.Parallel()
	rs, _ := law.Find(law.ConstructionMandatory, bidding.Production)
	tt := timetable(t, "2025-03-03", "2025-03-10", "2025-03-28")
	tt.OpeningAt = canon.At(tt.OpeningAt.Add(time.Millisecond))
	if err := law.FirstRefusal(law.Announce(rs, tt)); !errors.Is(err, law.ErrOpeningDeadline) {
		t.Error(err)
	}
}

func TestClarification(t *testing.T) {
	t.Parallel()
	rs, _ := law.Find(law.ConstructionMandatory, bidding.Production)
	deadline := day(t, "2025-03-28").Add(9 * time.Hour)
	if err := law.FirstRefusal([]law.Finding{law.Clarify(rs, day(t, "2025-03-13").Add(23*time.Hour), deadline)}); err != nil {
		t.Error(err)
	}
	if err := law.FirstRefusal([]law.Finding{law.Clarify(rs, day(t, "2025-03-14"), deadline)}); !errors.Is(err, law.ErrClarificationLate) {
		t.Error(err)
	}
}

func TestRehearsalRulesServeRehearsalsOnly(t *testing.T) {
	t.Parallel()
	if _, err := law.Find(law.RehearsalRules, bidding.Production); !errors.Is(err, law.ErrRuleSetClass) {
		t.Error(err)
	}
	rs, err := law.Find(law.RehearsalRules, bidding.Rehearsal)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2031, 5, 5, 1, 2, 3, 0, time.UTC) // no calendar is needed for seconds
	tt := law.Timetable{IssuedAt: canon.At(now), DocumentsFrom: canon.At(now), DocumentsUntil: canon.At(now.Add(time.Second)), SubmitFrom: canon.At(now),
		Deadline: canon.At(now.Add(2 * time.Second)), OpeningAt: canon.At(now.Add(2 * time.Second))}
	if err := law.FirstRefusal(law.Announce(rs, tt)); err != nil {
		t.Error(err)
	}
	tt.Deadline = canon.At(now.Add(1999 * time.Millisecond))
	tt.OpeningAt = tt.Deadline
	if err := law.FirstRefusal(law.Announce(rs, tt)); !errors.Is(err, law.ErrIssueToDeadline) {
		t.Error(err)
	}
	if _, err := law.Find("nothing@2000-01-01", bidding.Production); !errors.Is(err, law.ErrRuleSet) {
		t.Error(err)
	}
	got, err := law.InForce(law.Construction, true, bidding.Production, now)
	if err != nil || got.ID != law.ConstructionMandatory {
		t.Error(got.ID, err)
	}
}

func TestDecryption(t *testing.T) {
	t.Parallel()
	rs, _ := law.Find(law.ConstructionMandatory, bidding.Production)
	for _, c := range []struct {
		mode   law.Mode
		window time.Duration
		remedy string
		want   error
	}{
		{law.Keyholders, 0, "", nil},
		{law.Keyholders, time.Minute, "", law.ErrWindow},
		{law.BidderKey, 30 * time.Minute, "提交纸质备份文件。", nil},
		{law.BidderKey, 20*time.Minute - 1, "提交纸质备份文件。", law.ErrWindow},
		{law.BidderKey, 61 * time.Minute, "提交纸质备份文件。", law.ErrWindow},
		{law.BidderKey, 30 * time.Minute, "", law.ErrRemedy},
		{"other", 0, "", law.ErrWindow},
	} {
		if err := law.Decryption(rs, c.mode, c.window, c.remedy); !errors.Is(err, c.want) {
			t.Errorf("%v %v %q: %v", c.mode, c.window, c.remedy, err)
		}
	}
}
