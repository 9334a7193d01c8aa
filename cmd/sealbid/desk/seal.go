package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
)

// ErrKind: the lot has no such part.
var ErrKind = bidding.Refuse("desk-kind", bidding.Invalid, "", "本标段不接收这一类文件。", "the lot takes no part of this kind")

// Progress is told octets done of all; it may be nil.
type Progress func(done, total int64)

// SealedPart is a sealed file on this machine.
type SealedPart struct {
	Kind   seal.Kind  `json:"kind"`
	Moment string     `json:"moment"`
	Digest canon.Hash `json:"digest"`
	Size   int64      `json:"size"`
	File   string     `json:"file"`             // path
	Upload string     `json:"upload,omitempty"` // the upload under way, so that it goes on after a crash
	Stored bool       `json:"stored"`           // the platform has it whole
}

// SealTo seals size octets of content for a lot into a new file KIND-DIGEST.gmtb of the folder, which appears only when it is whole.
// It needs no network and no clock. Earlier files stay: a part that was handed in may be needed for decryption.
func SealTo(ctx context.Context, lot Lot, who *Identity, kind seal.Kind, content io.ReaderAt, size int64, dir string, progress Progress) (SealedPart, error) {
	rule, ok := lot.Rule(kind)
	if !ok {
		return SealedPart{}, ErrKind.With(string(kind))
	}
	if seal.PaddedLength(kind, size) < 0 {
		return SealedPart{}, ErrFileTooLarge.With(string(kind))
	}
	if kind == seal.KindReadout {
		if err := public(content, size); err != nil {
			return SealedPart{}, err
		}
	}
	if err := os.MkdirAll(dir, modeFolder); err != nil {
		return SealedPart{}, err
	}
	out, err := os.CreateTemp(dir, ".sealing-*")
	if err != nil {
		return SealedPart{}, err
	}
	defer os.Remove(out.Name())
	front, err := seal.SealFile(rand.Reader, lot.keys(who), seal.Purpose{
		Class: string(lot.Class), Binding: lot.Binding, Lot: lot.ID.String(), Bidder: who.Signing.Fingerprint(),
		Kind: kind, Moment: rule.Moment, NotBefore: lot.OpeningAt,
	}, who.Signer, &stopping{ctx, content}, size, out, progress)
	if err = errors.Join(err, out.Sync()); err != nil {
		return SealedPart{}, errors.Join(err, out.Close())
	}
	info, err := out.Stat()
	if err = errors.Join(err, out.Close()); err != nil {
		return SealedPart{}, err
	}
	path := filepath.Join(dir, string(kind)+"-"+front.Digest().String()[:16]+".gmtb")
	if err := os.Rename(out.Name(), path); err != nil {
		return SealedPart{}, err
	}
	return SealedPart{Kind: kind, Moment: rule.Moment, Digest: front.Digest(), Size: info.Size(), File: path}, nil
}

// keys are what parts of the lot are sealed to: both locks, and in mode B the bidder's own certificate.
func (l Lot) keys(who *Identity) seal.Keys {
	k := seal.Keys{T: l.T, C: l.C}
	if l.Mode == custody.ModeBidderKey {
		var own sm.PublicKey = who.Encryption.PublicKey()
		k.B = &own
	}
	return k
}

// stopping ends reading when the context does.
type stopping struct {
	ctx context.Context
	io.ReaderAt
}

func (s *stopping) ReadAt(p []byte, at int64) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.ReaderAt.ReadAt(p, at)
}

func readFront(path string) (seal.Front, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return seal.Front{}, ErrFileMissing.With(path)
	}
	if err != nil {
		return seal.Front{}, err
	}
	defer f.Close()
	return seal.ReadFront(f)
}
