package desk

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/gazette"
	"sunbid/bidding/opening"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/web/api/wire"
)

const maxRelease = 1 << 20

// Refusals of the release of a later moment (双信封).
var (
	ErrMomentUnknown    = bidding.Refuse("desk-moment-unknown", bidding.Invalid, "", "本标段没有这个环节，或它在开标时就已开启。", "the lot has no such later moment")
	ErrMomentEarly      = bidding.Refuse("desk-moment-early", bidding.Early, "", "开标结果尚未公布，不能开启后一环节。", "the opening is not published yet: no later moment may be released")
	ErrMomentFile       = bidding.Refuse("desk-moment-file", bidding.Invalid, "", "开启记录文件已损坏，或其中有无效的签名。", "the file of the release record is damaged, or a signature in it is false")
	ErrMomentOther      = bidding.Refuse("desk-moment-other", bidding.Conflict, "", "开启记录文件不是本标段、本环节的，或其依据与您指定的不同。", "the file is of another lot, binding or moment, or rests on another record")
	ErrMomentSignatures = bidding.Refuse("desk-moment-signatures", bidding.Conflict, "", "签名的解锁人还不够。请把开启记录文件交给其他解锁人，用同一命令签名。", "too few officers have signed: hand the file to the others, who sign it with the same command")
)

// Moments is what releasing a later moment needs of the platform.
type Moments interface {
	// OpeningRecord is the signed opening record; bidding.ErrMissing until it is published.
	OpeningRecord(ctx context.Context, lot bidding.LotID) (wire.Record, error)
	// OpeningStatus tells which later moments are released.
	OpeningStatus(ctx context.Context, lot bidding.LotID) (gazette.OpeningPage, error)
	// ReleaseMoment hands in the record with the officers' signatures; the very same again is harmless.
	ReleaseMoment(ctx context.Context, lot bidding.LotID, r pki.Signed[custody.MomentRelease]) error
}

// MomentFile is where the record of a moment is kept unless another place is named.
func (h Home) MomentFile(lot bidding.LotID, moment string) string {
	return filepath.Join(h.Lot(lot), "release-"+moment+".json")
}

// Release of a later moment as one officer sees it: its file, the lot, and who signs.
type Release struct {
	Platform Moments
	Who      *Identity
	Trust    *pki.Trust
	Lot      Lot
	Known    custody.Certificates // of the lot's file
	Clock    custody.Clock
}

// Signed is a release record after an officer's part in it.
type Signed struct {
	Record  pki.Signed[custody.MomentRelease]
	Missing int // signatures still needed
}

// Sign lets the officer take its part in the record at path: the first writes it, later ones add their signatures, each after checking
// place, moment and every signature that is there. after is the hash of the record that the release rests on, such as the technical result;
// zero: of the opening record, or of what the file says already. The file is written before Sign returns. Run again by the same officer it
// changes nothing; ErrMomentSignatures while others are missing. Nothing is sent: see Send.
func (r Release) Sign(ctx context.Context, path, moment string, after canon.Hash) (Signed, error) {
	if err := r.may(moment); err != nil {
		return Signed{}, err
	}
	opened, err := r.openingRecord(ctx)
	if err != nil {
		return Signed{}, err
	}
	if err := r.unreleased(ctx, moment); err != nil {
		return Signed{}, err
	}
	record, err := r.read(path, moment, after)
	switch {
	case errors.Is(err, ErrFileMissing):
		if after.IsZero() {
			after = opened
		}
		record = pki.Signed[custody.MomentRelease]{Body: r.body(moment, after), Signatures: []pki.Signature{}}
	case err != nil:
		return Signed{}, err
	}
	own := r.Who.Signing.Fingerprint()
	fresh := !slices.Contains(record.Signers(), own)
	if fresh {
		if err := record.Add(r.Who.Signer); err != nil {
			return Signed{}, fmt.Errorf("sign the release: %w", err)
		}
		if err := SaveJSON(path, record); err != nil {
			return Signed{}, err
		}
	}
	out := Signed{Record: record, Missing: max(0, r.Lot.Officers.Threshold-len(record.Signatures))}
	if !fresh && out.Missing > 0 {
		return out, ErrMomentSignatures.With(fmt.Sprintf("%d/%d", len(record.Signatures), r.Lot.Officers.Threshold))
	}
	return out, nil
}

// Send hands a record with enough signatures in.
func (r Release) Send(ctx context.Context, record pki.Signed[custody.MomentRelease]) error {
	return r.Platform.ReleaseMoment(ctx, r.Lot.ID, record)
}

// may: an officer of the lot, a later moment of the lot, after the opening time by the officer's own clock.
func (r Release) may(moment string) error {
	own := r.Who.Signing.Fingerprint()
	if !slices.ContainsFunc(r.Lot.Officers.Officers, func(o custody.OfficerRef) bool { return o.Certificate == own }) {
		return opening.ErrOfficer
	}
	if moment == seal.MomentOpening || len(r.Lot.KindsOf(moment)) == 0 {
		return ErrMomentUnknown.With(moment)
	}
	if now := r.Clock(); now.Before(r.Lot.OpeningAt) {
		return ErrMomentEarly.With("opens at " + r.Lot.OpeningAt.In(bidding.Shanghai()).Format(time.DateTime))
	}
	return nil
}

// openingRecord is the hash of the lot's opening record, signed by a platform of the trust list: before it is out no later moment comes.
func (r Release) openingRecord(ctx context.Context) (canon.Hash, error) {
	raw, err := r.Platform.OpeningRecord(ctx, r.Lot.ID)
	if errors.Is(err, bidding.ErrMissing) {
		return canon.Hash{}, ErrMomentEarly
	}
	if err != nil {
		return canon.Hash{}, err
	}
	record, err := pki.ParseSigned[custody.OpeningRecord](raw)
	if err != nil {
		return canon.Hash{}, fmt.Errorf("opening record: %w", err)
	}
	b := record.Body
	if b.Lot != r.Lot.ID.String() || b.Binding != r.Lot.Binding || b.Class != string(r.Lot.Class) {
		return canon.Hash{}, ErrMomentOther.With("opening record")
	}
	for _, f := range r.Trust.Platform {
		if c := r.Known(f); c != nil && record.Verify(c) == nil {
			return record.Hash()
		}
	}
	return canon.Hash{}, ErrMomentEarly.With("the opening record is not signed by the platform")
}

// unreleased refuses what others have released already: a second record would open nothing.
func (r Release) unreleased(ctx context.Context, moment string) error {
	status, err := r.Platform.OpeningStatus(ctx, r.Lot.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(status.Moments, func(m gazette.Moment) bool { return m.Moment == moment }) {
		return opening.ErrMomentReleased.With(moment)
	}
	return nil
}

func (r Release) body(moment string, after canon.Hash) custody.MomentRelease {
	return custody.MomentRelease{Type: custody.TypeRelease, Class: string(r.Lot.Class), Tender: r.Lot.Tender.String(), Lot: r.Lot.ID.String(),
		Binding: r.Lot.Binding, Moment: moment, After: after}
}

// read reads a record that others have begun: it must say what this officer means to sign, and every signature must be an officer's, and good.
func (r Release) read(path, moment string, after canon.Hash) (pki.Signed[custody.MomentRelease], error) {
	data, err := ReadFile(path, maxRelease)
	if err != nil {
		return pki.Signed[custody.MomentRelease]{}, err
	}
	record, err := pki.ParseSigned[custody.MomentRelease](data)
	if err != nil || record.Body.Check() != nil {
		return record, ErrMomentFile.With(path)
	}
	if after.IsZero() {
		after = record.Body.After
	}
	if record.Body != r.body(moment, after) {
		return record, ErrMomentOther.With(path)
	}
	for _, s := range record.Signers() {
		c := r.Known(s)
		if c == nil || !slices.ContainsFunc(r.Lot.Officers.Officers, func(o custody.OfficerRef) bool { return o.Certificate == s }) || record.Verify(c) != nil {
			return record, ErrMomentFile.With("signature of " + s.String())
		}
	}
	return record, nil
}
