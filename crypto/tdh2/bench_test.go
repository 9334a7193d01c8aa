package tdh2_test

import (
	"crypto/rand"
	"fmt"
	"testing"

	"sunbid/crypto/tdh2"
)

// perItem turns the time of a batch into that of one item, on all cores.
func perItem(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/item")
}

func BenchmarkWrap(b *testing.B) {
	g := newGroup(b, "bench", 2, 3)
	label := make([]byte, 256)
	for b.Loop() {
		if _, err := tdh2.Wrap(rand.Reader, g.pub, [tdh2.MessageSize]byte{}, label); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	g := newGroup(b, "bench", 2, 3)
	s, _ := wrap(b, g.pub, "bench", "label")
	for b.Loop() {
		if err := tdh2.Check(g.pub, s, []byte("label")); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckBatch256(b *testing.B) {
	g := newGroup(b, "bench", 2, 3)
	items := make([]tdh2.CheckItem, 256)
	for i := range items {
		s, _ := wrap(b, g.pub, fmt.Sprint("bench", i), "label")
		items[i] = tdh2.CheckItem{Pub: g.pub, Stanza: s, Label: []byte("label")}
	}
	for b.Loop() {
		for _, err := range tdh2.CheckBatch(items) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	perItem(b, len(items))
}

func benchItems(b *testing.B, g group, n int) []tdh2.Item {
	items := make([]tdh2.Item, n)
	for i := range items {
		s, _ := wrap(b, g.pub, fmt.Sprint("bench", i), "label")
		items[i] = item(b, s, "label")
	}
	return items
}

func BenchmarkPartials256(b *testing.B) {
	g := newGroup(b, "bench", 2, 3)
	items := benchItems(b, g, 256)
	for b.Loop() {
		if _, _, err := tdh2.Partials(rand.Reader, g.shares[0], items); err != nil {
			b.Fatal(err)
		}
	}
	perItem(b, len(items))
}

func BenchmarkVerifyPartials(b *testing.B) {
	for _, n := range []int{1, 16, 256, 1024} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			g := newGroup(b, "bench", 2, 3)
			items := benchItems(b, g, n)
			d, proof, err := tdh2.Partials(rand.Reader, g.shares[0], items)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := tdh2.VerifyPartials(g.public[0], items, d, proof); err != nil {
					b.Fatal(err)
				}
			}
			perItem(b, n)
		})
	}
}

func BenchmarkCombine(b *testing.B) {
	for _, c := range []struct {
		t, n    int
		indices []int
	}{{2, 3, []int{1, 2}}, {2, 3, []int{1, 3}}, {3, 5, []int{1, 2, 3}}, {3, 5, []int{1, 3, 5}}} {
		b.Run(fmt.Sprintf("%d-of-%d/%v", c.t, c.n, c.indices), func(b *testing.B) {
			g := newGroup(b, "bench", c.t, c.n)
			s, _ := wrap(b, g.pub, "bench", "label")
			all := g.partials(b, []tdh2.Item{item(b, s, "label")}, c.indices...)
			parts := make([]tdh2.Point, len(all))
			for i := range all {
				parts[i] = all[i][0]
			}
			for b.Loop() {
				d, err := tdh2.Combine(c.indices, parts)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := tdh2.Unwrap(s, d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkLibraryMult(b *testing.B) {
	k, _ := tdh2.RandomScalar(rand.Reader)
	for b.Loop() {
		tdh2.LibraryMult(k, tdh2.SecondGenerator())
	}
}

func BenchmarkField(b *testing.B) {
	b.Run("mul", tdh2.BenchField)
	b.Run("square", tdh2.BenchSquare)
	b.Run("add mixed", tdh2.BenchAdd)
}
