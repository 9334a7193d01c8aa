package desk

import (
	"encoding/json"
	"fmt"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
	"sunbid/crypto/tlog"
)

// TypeLotFile is the type of a saved lot file.
const TypeLotFile = "sunbid/lot-file/v1"

const maxLotFile = 8 << 20

// LotFile is what a bidder takes offline: all keys of one lot, the records and log proofs that make them believable.
// Nothing in it is believed before Check.
type LotFile struct {
	Type          string                             `json:"type"`
	FetchedAt     canon.Time                         `json:"fetched_at"`
	KeyRecord     pki.Signed[custody.KeyRecord]      `json:"key_record"`
	OfficerKey    pki.Signed[custody.OfficerKey]     `json:"officer_key"`
	Binding       pki.Signed[custody.Binding]        `json:"binding"`
	Postponements []pki.Signed[custody.Postponement] `json:"postponements"`
	Certificates  [][]byte                           `json:"certificates"` // DER
	Proofs        []tlog.Disclosed                   `json:"proofs"`       // logged events: lot.drafted.v1, lot.key-bound.v1
}

// Lot is a checked lot: what sealing needs.
type Lot struct {
	Class        bidding.Class
	Tender       bidding.TenderID
	ID           bidding.LotID
	Name         string
	Mode         string
	Binding      canon.Hash
	Kinds        []tender.PartRule // as drafted, from the log
	CeilingFen   bidding.Fen       // 最高投标限价, as drafted, from the log; 0: none
	OpeningAt    time.Time         // in force now, also the deadline
	OpeningTimes []time.Time
	T, C         tdh2.Point
	Keyholders   int
	Threshold    int
	Officers     custody.OfficerKey
}

// Refusals of a lot file. Each names what does not hold.
var (
	ErrLotFile     = bidding.Refuse("desk-lot-file", bidding.Invalid, "", "标段密钥文件格式不正确，请重新获取。", "the lot file is malformed: fetch it again")
	ErrLotClass    = bidding.Refuse("desk-lot-class", bidding.Forbidden, "", "标段与信任列表不属于同一类别（正式与演练不得混用）。", "the lot and the trust list are of different classes")
	ErrLotKeys     = bidding.Refuse("desk-lot-key-record", bidding.Invalid, "", "开标密钥记录未通过验证，请勿投标并立即报告。", "the keyholders' key record does not verify")
	ErrLotHolders  = bidding.Refuse("desk-lot-keyholders", bidding.Invalid, "", "开标密钥的保管方不在信任列表中，请勿投标并立即报告。", "a keyholder is not in the trust list")
	ErrLotOfficers = bidding.Refuse("desk-lot-officer-key", bidding.Invalid, "", "解锁人密钥记录未通过验证，请勿投标并立即报告。", "the officers' key record does not verify")
	ErrLotBinding  = bidding.Refuse("desk-lot-binding", bidding.Invalid, "", "密钥与标段的绑定记录未通过验证，请勿投标并立即报告。", "the binding record does not verify")
	ErrLotLog      = bidding.Refuse("desk-lot-log", bidding.Invalid, "", "密钥绑定未在公开日志中得到证明，请勿投标并立即报告。", "the log proof of the binding does not verify")
	ErrLotUnlogged = bidding.Refuse("desk-lot-log", bidding.Unready, "", "密钥绑定尚未写入公开日志，请稍候再试；长时间如此请报告。", "the log does not have the binding yet: try again, and report it if it stays so")
	ErrLotOther    = bidding.Refuse("desk-lot-other", bidding.Invalid, "", "这不是您指定的标段的密钥文件。", "the lot file is of another lot")
	ErrLotClosed   = bidding.Refuse("desk-lot-closed", bidding.Late, "E20-27", "投标截止时间已过。", "the deadline has passed by this computer's clock")
)

// ReadLotFile reads a saved lot file, strictly.
func ReadLotFile(path string) (LotFile, error) {
	var f LotFile
	data, err := ReadFile(path, maxLotFile)
	if err != nil {
		return f, err
	}
	if err := canon.Unmarshal(data, &f); err != nil || f.Type != TypeLotFile {
		return LotFile{}, ErrLotFile
	}
	return f, nil
}

// Check verifies every signature of the file back to the trust list: all n keyholders on key record and binding, the tenderer on the
// officers' key, n−t+1 keyholders on each postponement, the log on the binding. It does not look at the clock: see Open.
func (f LotFile) Check(trust *pki.Trust) (Lot, error) {
	certificates, err := f.certificates()
	if err != nil {
		return Lot{}, err
	}
	b := f.Binding.Body
	if b.Class != trust.Class {
		return Lot{}, ErrLotClass
	}
	key, err := custody.VerifyKeyRecord(f.KeyRecord, certificates)
	if err != nil {
		return Lot{}, ErrLotKeys.With(err.Error())
	}
	for _, h := range f.KeyRecord.Body.Keyholders {
		if !trust.IsKeyholder(certificates(h.Certificate)) {
			return Lot{}, ErrLotHolders.With(h.Name)
		}
	}
	if err := custody.VerifyBinding(f.Binding, f.KeyRecord, certificates); err != nil {
		return Lot{}, ErrLotBinding.With(err.Error())
	}
	officers, err := f.checkOfficers(trust, certificates)
	if err != nil {
		return Lot{}, err
	}
	at, err := custody.InForce(f.Binding, f.Postponements, f.KeyRecord.Body, certificates)
	if err != nil {
		return Lot{}, ErrLotBinding.With(err.Error())
	}
	hash, err := f.Binding.Hash()
	if err != nil {
		return Lot{}, ErrLotBinding
	}
	lot := Lot{
		Class: bidding.Class(b.Class), Mode: b.Mode, Binding: hash, OpeningAt: at.Time, OpeningTimes: []time.Time{b.OpeningAt.Time},
		T: key.Public, C: officers.Public, Keyholders: len(f.KeyRecord.Body.Keyholders), Threshold: key.Threshold, Officers: f.OfficerKey.Body,
	}
	for _, p := range f.Postponements {
		lot.OpeningTimes = append(lot.OpeningTimes, p.Body.OpeningTo.Time)
	}
	if lot.Tender, err = bidding.ParseTenderID(b.Tender); err != nil {
		return Lot{}, ErrLotBinding.With("tender")
	}
	if lot.ID, err = bidding.ParseLotID(b.Lot); err != nil {
		return Lot{}, ErrLotBinding.With("lot")
	}
	return lot, f.checkLog(trust, certificates, &lot)
}

// Open refuses a lot that is not the one asked for, or whose deadline has passed by this computer's clock.
func (l Lot) Open(id bidding.LotID, now time.Time) error {
	if !id.IsZero() && l.ID != id {
		return ErrLotOther.With(fmt.Sprintf("%v ≠ %v", l.ID, id))
	}
	if !now.Before(l.OpeningAt) {
		return ErrLotClosed.With(l.OpeningAt.In(bidding.Shanghai()).Format(time.DateTime))
	}
	return nil
}

// Rule finds what the lot says of a kind of part.
func (l Lot) Rule(kind seal.Kind) (tender.PartRule, bool) {
	for _, k := range l.Kinds {
		if k.Kind == kind {
			return k, true
		}
	}
	return tender.PartRule{}, false
}

// KindsOf are the kinds that open at a moment, in the lot's order.
func (l Lot) KindsOf(moment string) []seal.Kind {
	var kinds []seal.Kind
	for _, k := range l.Kinds {
		if k.Moment == moment {
			kinds = append(kinds, k.Kind)
		}
	}
	return kinds
}

// OpeningKinds are the kinds that open at the opening itself, the read-out first.
func (l Lot) OpeningKinds() []seal.Kind {
	var first, rest []seal.Kind
	for _, k := range l.Kinds {
		switch {
		case k.Moment != seal.MomentOpening:
		case k.Kind == seal.KindReadout:
			first = append(first, k.Kind)
		default:
			rest = append(rest, k.Kind)
		}
	}
	return append(first, rest...)
}

// Known finds the certificates of the file by their fingerprints. They are whose they say once Check has passed.
func (f LotFile) Known() (custody.Certificates, error) { return f.certificates() }

func (f LotFile) certificates() (custody.Certificates, error) {
	list := make([]*pki.Certificate, len(f.Certificates))
	for i, der := range f.Certificates {
		c, err := pki.ParseCertificate(der)
		if err != nil {
			return nil, ErrLotFile.With("certificate")
		}
		list[i] = c
	}
	return custody.CertificatesOf(list...), nil
}

// checkOfficers: the key of lock C was dealt by the tenderer of the binding, to officers whose certificates the trust list answers for.
func (f LotFile) checkOfficers(trust *pki.Trust, certificates custody.Certificates) (custody.Key, error) {
	r := f.OfficerKey
	hash, err := r.Hash()
	b := f.Binding.Body
	if err != nil || b.OfficerKey != hash || r.Body.Class != b.Class || r.Body.Lot != b.Lot || r.Body.Tender != b.Tender || len(r.Signatures) != 1 {
		return custody.Key{}, ErrLotOfficers.With("not the one of the binding")
	}
	dealer := certificates(r.Signatures[0].Signer)
	if dealer == nil || !dealerOf(b, r.Signatures[0].Signer) {
		return custody.Key{}, ErrLotOfficers.With("not dealt by the tenderer")
	}
	if err := trust.Judge(dealer, pki.Signing, r.Body.DealtAt.Time); err != nil {
		return custody.Key{}, ErrLotOfficers.With(err.Error())
	}
	key, err := custody.VerifyOfficerKey(r, dealer)
	if err != nil {
		return custody.Key{}, ErrLotOfficers.With(err.Error())
	}
	for _, o := range r.Body.Officers {
		c := certificates(o.Certificate)
		if c == nil {
			return custody.Key{}, ErrLotOfficers.With("certificate of " + o.Name)
		}
		if err := trust.Judge(c, pki.Signing, r.Body.DealtAt.Time); err != nil {
			return custody.Key{}, ErrLotOfficers.With(o.Name + ": " + err.Error())
		}
	}
	return key, nil
}

func dealerOf(b custody.Binding, signer canon.Hash) bool {
	for _, a := range b.Authorities {
		if a.Certificate == signer && a.Role == string(bidding.Tenderer) {
			return true
		}
	}
	return false
}

// checkLog wants the log's word for the binding, and takes the lot's name and kinds of parts from it.
func (f LotFile) checkLog(trust *pki.Trust, certificates custody.Certificates, lot *Lot) error {
	bound, drafted := false, false
	for _, p := range f.Proofs {
		if p.Envelope.Lot != lot.ID.String() || p.Envelope.Tender != lot.Tender.String() {
			continue
		}
		log := signerOf(p.Proof.Checkpoint, trust, certificates)
		if log == nil {
			return ErrLotLog.With("not signed by a log of the trust list")
		}
		if err := p.Verify(log, tlog.Origin(trust.Class, log)); err != nil {
			return ErrLotLog.With(err.Error())
		}
		switch p.Envelope.Event {
		case tender.KeyBound{}.EventType():
			var e struct {
				Binding canon.Hash `json:"binding"`
			}
			bound = bound || (json.Unmarshal(p.Envelope.Body, &e) == nil && e.Binding == lot.Binding)
		case tender.Drafted{}.EventType():
			var e struct {
				Lot struct {
					Name  string            `json:"name"`
					Kinds []tender.PartRule `json:"kinds"`
					Fen   bidding.Fen       `json:"ceiling_fen"`
				} `json:"lot"`
			}
			if json.Unmarshal(p.Envelope.Body, &e) == nil {
				drafted, lot.Name, lot.Kinds, lot.CeilingFen = true, e.Lot.Name, e.Lot.Kinds, e.Lot.Fen
			}
		}
	}
	if !bound {
		return ErrLotUnlogged.With(tender.KeyBound{}.EventType())
	}
	if !drafted || len(lot.Kinds) == 0 {
		return ErrLotUnlogged.With(tender.Drafted{}.EventType())
	}
	return nil
}

// signerOf is the log of the trust list that signed a checkpoint, nil when none did.
func signerOf(c tlog.SignedCheckpoint, trust *pki.Trust, certificates custody.Certificates) *pki.Certificate {
	for _, s := range c.Signatures {
		if x := certificates(s.Signer); x != nil && trust.IsLog(x) {
			return x
		}
	}
	return nil
}
