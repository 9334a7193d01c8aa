package seal

import (
	"crypto/subtle"
	"encoding/binary"

	"sunbid/crypto/canon"
	"sunbid/crypto/sm"
)

const (
	stateMagic = "GMTBS\x01"
	entrySize  = 4 + sm.Size
)

// State is everything ResumeSealer needs: the key, the header, and what identifies the plaintext of each sealed chunk.
// It is SECRET: whoever has it opens the part. Clients keep it in a file of mode 0600 and remove it after the submit.
// It grows by appending: State() || Entry(i) is a state in which chunk i is sealed too.
func (s *Sealer) State() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := append([]byte(nil), stateMagic...)
	b = binary.BigEndian.AppendUint64(b, uint64(s.length))
	b = append(b, s.cek[:]...)
	b = appendLong(b, s.header.Encode())
	for i, ok := range s.sealed {
		if ok {
			b = appendEntry(b, i, s.leaves[i])
		}
	}
	return b
}

// Entry is what chunk i adds to the state: u32(i) || leaf. nil while it is not sealed.
//
// The leaf stands for the plaintext: key and nonce of a chunk are fixed, so that a changed plaintext gives another
// sealed chunk and another leaf, and a second digest over all content is saved.
func (s *Sealer) Entry(i int) []byte {
	if !s.Sealed(i) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return appendEntry(nil, i, s.leaves[i])
}

func appendEntry(b []byte, i int, leaf canon.Hash) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(i)), leaf[:]...)
}

// ResumeSealer goes on from a saved state: chunks it lists are sealed again only from unchanged content. An entry cut
// off at the end, as a crash leaves it, is dropped: its chunk had not left. Anything else that is wrong is ErrState.
func ResumeSealer(state []byte) (*Sealer, error) {
	const fixed = len(stateMagic) + 8 + 32 + 4
	if len(state) < fixed || string(state[:len(stateMagic)]) != stateMagic {
		return nil, ErrState
	}
	length := binary.BigEndian.Uint64(state[len(stateMagic):])
	cek := CEK(state[len(stateMagic)+8 : fixed-4])
	n := binary.BigEndian.Uint32(state[fixed-4:])
	if n > MaxHeader || len(state) < fixed+int(n) || length > MaxContent {
		return nil, ErrState
	}
	h, err := ParseHeader(state[fixed : fixed+int(n)])
	if err != nil {
		return nil, because(ErrState, err.Error())
	}
	padded := PaddedLength(h.Kind, int64(length))
	commit := cek.commit()
	if padded < 0 || ChunkCount(padded) != int(h.Chunks) || subtle.ConstantTimeCompare(commit[:], h.Commit[:]) != 1 {
		return nil, ErrState
	}
	s, err := newSealer(h, cek, int64(length), padded)
	if err != nil {
		return nil, err
	}
	for rest := state[fixed+int(n):]; len(rest) >= entrySize; rest = rest[entrySize:] {
		i, leaf := int(binary.BigEndian.Uint32(rest)), canon.Hash(rest[4:entrySize])
		if i >= s.Chunks() || s.sealed[i] && s.leaves[i] != leaf {
			return nil, ErrState
		}
		s.leaves[i], s.sealed[i] = leaf, true
	}
	return s, nil
}
