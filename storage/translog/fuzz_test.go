package translog_test

import (
	"os"
	"testing"

	"sunbid/crypto/canon"
	"sunbid/crypto/canon/canontest"
	"sunbid/storage/translog"
)

// FuzzJournal: what the object store gives for a piece of the log has one encoding, or is refused with a code.
func FuzzJournal(f *testing.F) {
	checkpoint, err := os.ReadFile("../../testdata/vectors/bundle/checkpoint.json")
	if err != nil {
		f.Fatal(err)
	}
	hash := canon.Hash{1}.String()
	f.Add([]byte(`{"checkpoint":` + string(checkpoint) + `,"round":"` + hash + `","size":1,"type":"sunbid/log-journal/v1"}`))
	f.Add([]byte(`{"round":"` + hash + `","size":1,"type":"sunbid/log-journal/v1"}`))
	f.Add([]byte(`{"rounds":["` + hash + `"],"tile":0,"type":"sunbid/log-journal-tile/v1"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		canontest.OneEncoding(t, data, func(b []byte) (e translog.Entry, err error) { return e, canon.Unmarshal(b, &e) }, func(e translog.Entry) ([]byte, error) { return canon.Marshal(e) })
		canontest.OneEncoding(t, data, func(b []byte) (e translog.Bundle, err error) { return e, canon.Unmarshal(b, &e) }, func(e translog.Bundle) ([]byte, error) { return canon.Marshal(e) })
	})
}
