package canon

import "time"

// timeLayout is the one notation of time: UTC, three decimals (SPEC.md section 1).
const timeLayout = "2006-01-02T15:04:05.000Z"

// Time is an instant in whole milliseconds UTC. Make one with At.
type Time struct{ time.Time }

// At is t cut to milliseconds, in UTC.
func At(t time.Time) Time { return Time{time.UnixMilli(t.UnixMilli()).UTC()} }

// ParseTime reads 2006-01-02T15:04:05.000Z and nothing else.
func ParseTime(s string) (Time, error) {
	var t Time
	err := t.UnmarshalText([]byte(s))
	return t, err
}

// String is 2006-01-02T15:04:05.000Z.
func (t Time) String() string { return t.UTC().Format(timeLayout) }

// AppendText appends String.
func (t Time) AppendText(b []byte) ([]byte, error) { return t.UTC().AppendFormat(b, timeLayout), nil }

// MarshalText writes String; what is below a millisecond is cut off. Years outside 0 … 9999 are ErrValue.
func (t Time) MarshalText() ([]byte, error) {
	if y := t.UTC().Year(); y < 0 || y > 9999 {
		return nil, at(ErrValue, "year outside 0 to 9999")
	}
	return t.AppendText(nil)
}

// UnmarshalText is ParseTime; anything else is ErrValue.
func (t *Time) UnmarshalText(text []byte) error {
	if len(text) != len(timeLayout) {
		return at(ErrValue, "not a time")
	}
	parsed, err := time.Parse(timeLayout, string(text))
	if err != nil || parsed.Format(timeLayout) != string(text) {
		return at(ErrValue, "not a time")
	}
	*t = Time{parsed.UTC()}
	return nil
}

// MarshalJSON writes MarshalText in quotes.
func (t Time) MarshalJSON() ([]byte, error) {
	b, err := t.MarshalText()
	if err != nil {
		return nil, err
	}
	return append(append([]byte{'"'}, b...), '"'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Time) UnmarshalJSON(b []byte) error {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return at(ErrValue, "not a time")
	}
	return t.UnmarshalText(b[1 : len(b)-1])
}
