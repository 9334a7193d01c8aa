package custody

import (
	"encoding/binary"
	"io"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
)

// MaxArchived bounds the parts of one archive record.
const MaxArchived = 65_536

// ArchivedPart is one opened part with its content key, closed to the archive key.
type ArchivedPart struct {
	Bid    string     `json:"bid"`
	Kind   string     `json:"kind"`
	Digest canon.Hash `json:"digest"` // of the part: header and chunks
	Commit canon.Hash `json:"commit"` // of its header, to the content key
	Stanza canon.Hex  `json:"stanza"` // 274 octets, of the content key under Label
}

// Archive is a lot's archive record: every opened part but the read-outs, whose partial decryptions are published. The
// platform signs it. What it holds tells nothing without k archivists.
type Archive struct {
	Type       string         `json:"type"`
	Class      string         `json:"class"`
	Tender     string         `json:"tender"`
	Lot        string         `json:"lot"`
	Binding    canon.Hash     `json:"binding"`
	Freeze     canon.Hash     `json:"freeze"`
	ArchiveKey canon.Hash     `json:"archive_key"`
	ArchivedAt canon.Time     `json:"archived_at"`
	Parts      []ArchivedPart `json:"parts"` // ascending by bid, then kind
}

// Check tells whether the record is well formed. It looks at no signature and at no stanza.
func (a Archive) Check() error {
	var s shapeOf
	s.head(a.Type, TypeArchive, a.Class)
	s.id(a.Tender, "td", "tender")
	s.id(a.Lot, "lt", "lot")
	s.hash(a.Binding, "binding")
	s.hash(a.Freeze, "freeze")
	s.hash(a.ArchiveKey, "archive_key")
	s.time(a.ArchivedAt, "archived_at")
	s.must(a.Parts != nil && len(a.Parts) <= MaxArchived, "parts")
	seen := make(map[canon.Hash]bool, len(a.Parts))
	for i, p := range a.Parts {
		s.id(p.Bid, "bd", "parts: bid")
		s.must(kindShape.MatchString(p.Kind) && p.Kind != string(seal.KindReadout), "parts: kind")
		s.hash(p.Digest, "parts: digest")
		s.hash(p.Commit, "parts: commit")
		s.must(len(p.Stanza) == tdh2.StanzaSize, "parts: stanza")
		s.must(!seen[p.Digest], "parts: one part twice")
		seen[p.Digest] = true
		if i > 0 {
			last := a.Parts[i-1]
			s.must(last.Bid < p.Bid || last.Bid == p.Bid && last.Kind < p.Kind, "parts: order")
		}
	}
	return s.err()
}

// Label binds a wrapped content key to its archive key, lot and part (SPEC.md section 8.1).
func (a Archive) Label(p ArchivedPart) []byte {
	var b []byte
	for _, f := range [][]byte{[]byte("Sunbid v1 archive"), []byte(a.Class), []byte(a.Tender), []byte(a.Lot), a.ArchiveKey[:], []byte(p.Bid), []byte(p.Kind), p.Digest[:], p.Commit[:]} {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(f))), f...)
	}
	return b
}

// Keep wraps a part's content key and appends it; key is the archive key's point. A key that the part's header does not
// commit to is refused, ErrArchive: it would open nothing in fifteen years.
func (a *Archive) Keep(random io.Reader, key tdh2.Point, p ArchivedPart, cek seal.CEK) error {
	if !cek.Committed(p.Commit) {
		return ErrArchive.with("%s of %s: not its content key", p.Kind, p.Bid)
	}
	st, err := seal.WrapKey(random, key, cek, a.Label(p))
	if err != nil {
		return err
	}
	p.Stanza = st[:]
	a.Parts = append(a.Parts, p)
	return nil
}

// VerifyArchive checks that the record names this archive key and that every wrapped content key was made for it and for
// its own part; ErrArchive names the first that was not. Who signed is for the caller to check.
func VerifyArchive(a Archive, key pki.Signed[ArchiveKey]) error {
	if err := a.Check(); err != nil {
		return err
	}
	hash, err := key.Hash()
	if err != nil || hash != a.ArchiveKey {
		return ErrArchive.with("of another archive key")
	}
	if k := key.Body; k.Class != a.Class || k.Tender != a.Tender || k.Lot != a.Lot {
		return ErrArchiveKey.with("dealt for another lot or class")
	}
	items := make([]tdh2.CheckItem, len(a.Parts))
	for i, p := range a.Parts {
		items[i] = tdh2.CheckItem{Pub: key.Body.PublicKey, Stanza: tdh2.Stanza(p.Stanza), Label: a.Label(p)}
	}
	for i, err := range tdh2.CheckBatch(items) {
		if err != nil {
			return ErrArchive.with("%s of %s: %v", a.Parts[i].Kind, a.Parts[i].Bid, err)
		}
	}
	return nil
}

// Part finds a part by its digest; ErrNotArchived.
func (a Archive) Part(digest canon.Hash) (ArchivedPart, error) {
	for _, p := range a.Parts {
		if p.Digest == digest {
			return p, nil
		}
	}
	return ArchivedPart{}, ErrNotArchived.with("%v", digest)
}
