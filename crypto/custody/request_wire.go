package custody

import (
	"encoding/binary"
	"slices"

	"sunbid/crypto/canon"
)

// A release request travels as
//
//	"SRLQ" 01 || u32(len head) || head || u32(number of items) || for each item: three times u32(len) || bytes
//
// with head the canonical JSON of everything but the items. Decoding reads the head and cuts slices; the items
// themselves are read on all cores by Release.
const releaseMagic = "SRLQ\x01"

const maxItemField = 64 << 10

type releaseHead struct {
	Class  string          `json:"class"`
	Lot    string          `json:"lot"`
	Kind   string          `json:"kind"`
	Moment string          `json:"moment"`
	Freeze FreezeEvidence  `json:"freeze"`
	Later  *MomentEvidence `json:"later,omitempty"`
}

// Encode is the request as it travels.
func (r ReleaseRequest) Encode() ([]byte, error) {
	head, err := canon.Marshal(releaseHead{r.Class, r.Lot, r.Kind, r.Moment, r.Freeze, r.Later})
	if err != nil {
		return nil, err
	}
	size := len(releaseMagic) + 8 + len(head)
	for _, it := range r.Items {
		size += 12 + len(it.Statement) + len(it.Certificate) + len(it.Front)
	}
	b := append(slices.Grow([]byte(nil), size), releaseMagic...)
	b = append(binary.BigEndian.AppendUint32(b, uint32(len(head))), head...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.Items)))
	for _, it := range r.Items {
		for _, f := range [...][]byte{it.Statement, it.Certificate, it.Front} {
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(f))), f...)
		}
	}
	return b, nil
}

// ParseReleaseRequest reads what Encode wrote; anything else is ErrRequest. The items point into data.
func ParseReleaseRequest(data []byte) (ReleaseRequest, error) {
	rest, ok := cutMagic(data)
	if !ok {
		return ReleaseRequest{}, ErrRequest.with("not a release request")
	}
	raw, rest, ok := cutField(rest, len(rest))
	if !ok || len(rest) < 4 {
		return ReleaseRequest{}, ErrRequest.with("head")
	}
	var head releaseHead
	if err := canon.Unmarshal(raw, &head); err != nil {
		return ReleaseRequest{}, ErrRequest.with("head: %v", err)
	}
	n := int(binary.BigEndian.Uint32(rest))
	rest = rest[4:]
	if n < 1 || n > MaxBatch || n > len(rest)/12 {
		return ReleaseRequest{}, ErrRequest.with("number of items")
	}
	r := ReleaseRequest{Class: head.Class, Lot: head.Lot, Kind: head.Kind, Moment: head.Moment, Freeze: head.Freeze, Later: head.Later, Items: make([]ReleaseItem, n)}
	for i := range r.Items {
		for _, f := range [...]*[]byte{&r.Items[i].Statement, &r.Items[i].Certificate, &r.Items[i].Front} {
			if *f, rest, ok = cutField(rest, maxItemField); !ok {
				return ReleaseRequest{}, ErrRequest.with("item %d", i)
			}
		}
	}
	if len(rest) != 0 {
		return ReleaseRequest{}, ErrRequest.with("bytes after the last item")
	}
	return r, nil
}

func cutMagic(b []byte) ([]byte, bool) {
	if len(b) < len(releaseMagic) || string(b[:len(releaseMagic)]) != releaseMagic {
		return nil, false
	}
	return b[len(releaseMagic):], true
}

func cutField(b []byte, most int) (field, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := int(binary.BigEndian.Uint32(b))
	if n > most || n > len(b)-4 {
		return nil, nil, false
	}
	return b[4 : 4+n : 4+n], b[4+n:], true
}
