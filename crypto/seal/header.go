package seal

import (
	"encoding/binary"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/sm"
	"sunbid/crypto/tdh2"
)

const (
	// Suite is the only suite of this version.
	Suite = 1
	// ChunkSize is the plaintext of every chunk but the last, in bytes.
	ChunkSize = 1 << 20
	// MaxChunks is the greatest number of chunks of a file.
	MaxChunks = 16_384
	// MaxHeader is the greatest length of a header.
	MaxHeader = 4096
	// Stanza B is DER around 48 bytes of plaintext: never shorter or longer than this.
	minBidderStanza, maxBidderStanza = 90, 157
)

// The tags of the header.
const (
	tagSuite = iota + 1
	tagClass
	tagBinding
	tagLot
	tagBidder
	tagKind
	tagMoment
	tagNotBefore
	tagChunkSize
	tagChunks
	tagCommit
	tagStanzaT
	tagStanzaC
	tagStanzaB
)

// Header is the part of a sealed file that says what it is for and holds its key.
type Header struct {
	Purpose
	Chunks uint32
	Commit [32]byte
	T, C   tdh2.Stanza // under the keyholders' and the officers' key
	B      []byte      // mode B: SM2 (DER) to the bidder's encryption certificate; empty in mode A
}

// ParseHeader reads a header: every tag once, in order, each value well formed, so that Encode gives back the same
// bytes. Anything else is ErrHeader. The stanzas are not checked here.
func ParseHeader(b []byte) (Header, error) {
	if len(b) > MaxHeader {
		return Header{}, because(ErrHeader, "longer than 4096 bytes")
	}
	var h Header
	for want := byte(tagSuite); len(b) > 0; want++ {
		if len(b) < 3 || b[0] != want || want > tagStanzaB {
			return Header{}, because(ErrHeader, "field missing, repeated or unknown")
		}
		n := int(binary.BigEndian.Uint16(b[1:]))
		if len(b) < 3+n {
			return Header{}, because(ErrHeader, "field is cut off")
		}
		if err := h.set(want, b[3:3+n]); err != nil {
			return Header{}, err
		}
		b = b[3+n:]
		if want >= tagStanzaC && len(b) == 0 {
			return h, h.check()
		}
	}
	return Header{}, because(ErrHeader, "field missing")
}

// set takes one value; values of a fixed length are held to it here, the rest in check.
func (h *Header) set(tag byte, v []byte) error {
	fixed := map[byte]int{tagSuite: 2, tagBinding: 32, tagBidder: 32, tagNotBefore: 8, tagChunkSize: 4, tagChunks: 4,
		tagCommit: 32, tagStanzaT: tdh2.StanzaSize, tagStanzaC: tdh2.StanzaSize}
	if n, ok := fixed[tag]; ok && n != len(v) {
		return because(ErrHeader, "length of a field")
	}
	switch tag {
	case tagSuite:
		if binary.BigEndian.Uint16(v) != Suite {
			return because(ErrHeader, "unknown suite")
		}
	case tagClass:
		h.Class = string(v)
	case tagBinding:
		h.Binding = canon.Hash(v)
	case tagLot:
		h.Lot = string(v)
	case tagBidder:
		h.Bidder = canon.Hash(v)
	case tagKind:
		h.Kind = Kind(v)
	case tagMoment:
		h.Moment = string(v)
	case tagNotBefore:
		ms := binary.BigEndian.Uint64(v)
		if ms > maxMilliseconds {
			return because(ErrHeader, "not-before")
		}
		h.NotBefore = time.UnixMilli(int64(ms)).UTC()
	case tagChunkSize:
		if binary.BigEndian.Uint32(v) != ChunkSize {
			return because(ErrHeader, "chunk size")
		}
	case tagChunks:
		h.Chunks = binary.BigEndian.Uint32(v)
	case tagCommit:
		h.Commit = [32]byte(v)
	case tagStanzaT:
		h.T = tdh2.Stanza(v)
	case tagStanzaC:
		h.C = tdh2.Stanza(v)
	case tagStanzaB:
		if len(v) < minBidderStanza || len(v) > maxBidderStanza {
			return because(ErrHeader, "stanza B")
		}
		h.B = append([]byte(nil), v...)
	}
	return nil
}

func (h *Header) check() error {
	if err := h.Purpose.Check(); err != nil {
		return err
	}
	if h.Chunks < 1 || h.Chunks > MaxChunks || (h.Kind == KindReadout && h.Chunks != 1) {
		return because(ErrHeader, "number of chunks")
	}
	return nil
}

// ModeB tells whether the bidder's own key is needed to open.
func (h Header) ModeB() bool { return len(h.B) > 0 }

// Encode is the header's one encoding.
func (h Header) Encode() []byte {
	b := h.prefix()
	b = appendField(b, tagCommit, h.Commit[:])
	b = appendField(b, tagStanzaT, h.T[:])
	b = appendField(b, tagStanzaC, h.C[:])
	if h.ModeB() {
		b = appendField(b, tagStanzaB, h.B)
	}
	return b
}

// prefix is the fields 01 … 0a as encoded.
func (h Header) prefix() []byte {
	b := make([]byte, 0, 1024)
	b = appendField(b, tagSuite, binary.BigEndian.AppendUint16(nil, Suite))
	b = appendField(b, tagClass, []byte(h.Class))
	b = appendField(b, tagBinding, h.Binding[:])
	b = appendField(b, tagLot, []byte(h.Lot))
	b = appendField(b, tagBidder, h.Bidder[:])
	b = appendField(b, tagKind, []byte(h.Kind))
	b = appendField(b, tagMoment, []byte(h.Moment))
	b = appendField(b, tagNotBefore, binary.BigEndian.AppendUint64(nil, uint64(h.NotBefore.UnixMilli())))
	b = appendField(b, tagChunkSize, binary.BigEndian.AppendUint32(nil, ChunkSize))
	return appendField(b, tagChunks, binary.BigEndian.AppendUint32(nil, h.Chunks))
}

// Label binds the stanzas to everything before them: lp("GMTB v1") || lp(prefix) || lp(commit).
func (h Header) Label() []byte {
	b := appendLong(nil, []byte("GMTB v1"))
	b = appendLong(b, h.prefix())
	return appendLong(b, h.Commit[:])
}

// LabelHash is SM3 of the label.
func (h Header) LabelHash() [32]byte { return sm.Sum(h.Label()) }

// ID is SM3 of the encoded header.
func (h Header) ID() canon.Hash { return sm.Sum(h.Encode()) }

func appendField(b []byte, tag byte, v []byte) []byte {
	return append(binary.BigEndian.AppendUint16(append(b, tag), uint16(len(v))), v...)
}

// appendLong appends lp(x) = u32(len x) || x.
func appendLong(to, x []byte) []byte {
	return append(binary.BigEndian.AppendUint32(to, uint32(len(x))), x...)
}
