package desk

import (
	"bytes"
	"context"
	"errors"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
	"sunbid/web/api/wire"
)

// Fetch asks the platform for a lot's keys, as a lot file. Nothing in it is believed yet: see LotFile.Check.
func Fetch(ctx context.Context, platform Lots, lot bidding.LotID, at time.Time) (LotFile, error) {
	keys, err := platform.Keys(ctx, lot)
	if err != nil {
		return LotFile{}, err
	}
	return NewLotFile(keys, at)
}

// NewLotFile reads what the platform says of a lot's keys, strictly; ErrLotFile.
func NewLotFile(k wire.Keys, at time.Time) (LotFile, error) {
	f := LotFile{Type: TypeLotFile, FetchedAt: canon.At(at), Postponements: []pki.Signed[custody.Postponement]{}, Certificates: k.Certificates, Proofs: []tlog.Disclosed{}}
	var errs [4]error
	f.KeyRecord, errs[0] = pki.ParseSigned[custody.KeyRecord](k.KeyRecord)
	f.OfficerKey, errs[1] = pki.ParseSigned[custody.OfficerKey](k.OfficerKey)
	f.Binding, errs[2] = pki.ParseSigned[custody.Binding](k.Binding)
	for _, raw := range k.Postponements {
		p, err := pki.ParseSigned[custody.Postponement](raw)
		errs[3] = errors.Join(errs[3], err)
		f.Postponements = append(f.Postponements, p)
	}
	for _, raw := range k.Proofs {
		p, err := tlog.ParseDisclosed(raw)
		errs[3] = errors.Join(errs[3], err)
		f.Proofs = append(f.Proofs, p)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return LotFile{}, ErrLotFile.With(err.Error())
	}
	return f, nil
}

// KeepTrust keeps the platform's trust list at the first contact, and refuses another one later: ErrTrustChanged.
// first tells whether it was kept just now, so that a person can compare its fingerprints.
func KeepTrust(ctx context.Context, platform Lots, home Home) (trust *pki.Trust, first bool, err error) {
	raw, err := platform.Trust(ctx)
	if err != nil {
		return nil, false, err
	}
	fresh, err := ParseTrust(raw)
	if err != nil {
		return nil, false, err
	}
	kept, err := ReadTrust(home.Trust())
	if errors.Is(err, ErrNoTrust) {
		return fresh, true, WriteFile(home.Trust(), raw)
	}
	if err != nil {
		return nil, false, err
	}
	a, errA := fresh.Marshal()
	b, errB := kept.Marshal()
	if err := errors.Join(errA, errB); err != nil {
		return nil, false, err
	}
	if !bytes.Equal(a, b) {
		return nil, false, ErrTrustChanged
	}
	return kept, false, nil
}
