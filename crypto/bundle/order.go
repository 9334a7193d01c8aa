package bundle

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sunbid/crypto/canon"
)

// sorted are the keys of a map in order of their text.
func sorted[K comparable, V any](m map[K]V) []K {
	return slices.SortedFunc(maps.Keys(m), func(a, b K) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
}

func texts(list []canon.Hash) []string {
	out := make([]string, len(list))
	for i, h := range list {
		out[i] = h.String()
	}
	return out
}
