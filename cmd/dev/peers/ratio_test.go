package peers_test

import (
	"slices"
	"testing"
)

// series are the rounds of one figure.
type series []float64

func (s series) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	return sorted[len(sorted)/2]
}

// report prints the median under a name, and the spread beside it.
func (s series) report(b *testing.B, name string) {
	b.ReportMetric(s.median(), name)
	b.ReportMetric(slices.Min(s), name+"-low")
	b.ReportMetric(slices.Max(s), name+"-high")
}

// over divides round by round.
func (s series) over(other series) series {
	r := make(series, len(s))
	for i := range s {
		r[i] = s[i] / other[i]
	}
	return r
}
