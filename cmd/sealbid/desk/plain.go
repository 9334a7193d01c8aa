package desk

import (
	"io"
	"maps"
	"slices"

	"sunbid/bidding/privacy"
	"sunbid/crypto/seal"
)

// public refuses a read-out with something of a person in its texts: what is read out at the opening goes into the public bundle for good,
// and only here, before the sealing, can anybody look. A content that is no read-out is the opening's to judge.
func public(content io.ReaderAt, size int64) error {
	if size > seal.MaxReadout {
		return nil
	}
	raw := make([]byte, size)
	if _, err := content.ReadAt(raw, 0); err != nil && err != io.EOF {
		return err
	}
	r, err := seal.ParseReadout(raw)
	if err != nil {
		return nil
	}
	texts := []privacy.Text{{Field: "bidder", Value: r.Bidder.Name}, {Field: "quality", Value: r.Quality}, {Field: "security", Value: r.Security}, {Field: "manager", Value: r.Manager}}
	for _, name := range slices.Sorted(maps.Keys(r.Extra)) {
		texts = append(texts, privacy.Text{Field: "extra", Value: name + "：" + r.Extra[name]})
	}
	return privacy.Check(texts...)
}
