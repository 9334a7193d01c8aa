package postgres

import (
	"encoding/json"
	"fmt"

	"sunbid/crypto/canon"
)

// snapshot is the stored form of an aggregate's state: canonical when written, read leniently, so that a field that a newer program
// knows is not required of an older row.
func snapshot(state any) ([]byte, error) {
	raw, err := canon.Marshal(state)
	if err != nil {
		return nil, fmt.Errorf("state %T: %w", state, err)
	}
	return raw, nil
}

func thaw[S any](raw []byte) (s S, err error) {
	if err := json.Unmarshal(raw, &s); err != nil {
		return s, fmt.Errorf("state %T: %w", s, err)
	}
	return s, nil
}

// revive makes an aggregate of its row.
func revive[A, S any](restore func(S, int) A, raw []byte, version int) (a A, err error) {
	s, err := thaw[S](raw)
	if err != nil {
		return a, err
	}
	return restore(s, version), nil
}

// digest reads 32 bytes of a column; another length gives the zero hash, which no rule takes for anything.
func digest(b []byte) (h canon.Hash) {
	if len(b) == len(h) {
		copy(h[:], b)
	}
	return h
}

// digests is a list of hashes as a bytea[] parameter.
func digests(hashes []canon.Hash) [][]byte {
	list := make([][]byte, len(hashes))
	for i := range hashes {
		list[i] = hashes[i][:]
	}
	return list
}
