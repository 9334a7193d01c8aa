package custodytest

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// Lot is a lot with its parties and, once made, its records.
type Lot struct {
	CA         *pki.CA
	Class      string
	Tender     string
	Lot        string
	Mode       string
	OpeningAt  time.Time
	Dealer     Party // the tenderer
	Officers   []Party
	Platform   Party
	Log        *Log
	KeyRecord  pki.Signed[custody.KeyRecord]
	OfficerKey pki.Signed[custody.OfficerKey]
	Binding    pki.Signed[custody.Binding]
	Hash       canon.Hash // of the binding
}

// NewLot has a tenderer and m officers; record is the key to bind.
func NewLot(t testing.TB, ca *pki.CA, platform Party, log *Log, record pki.Signed[custody.KeyRecord], openingAt time.Time, officers, threshold int) *Lot {
	t.Helper()
	l := &Lot{CA: ca, Class: ca.Class(), Tender: ID("td"), Lot: ID("lt"), Mode: custody.ModeKeyholders, OpeningAt: openingAt,
		Dealer: NewParty(t, ca, "招标人"), Officers: NewParties(t, ca, "解锁人", officers), Platform: platform, Log: log, KeyRecord: record}
	var list []custody.Officer
	for _, o := range l.Officers {
		list = append(list, o.Officer("agency"))
	}
	l.OfficerKey = must(custody.DealOfficerKey(rand.Reader, custody.Dealing{Class: l.Class, Tender: l.Tender, Lot: l.Lot, Threshold: threshold, DealtAt: canon.At(time.Now())}, list, l.Dealer.Signer))(t)
	l.Binding = pki.Signed[custody.Binding]{Body: l.Bind(t)}
	l.Hash = must(l.Binding.Hash())(t)
	return l
}

// Bind is the binding's body.
func (l *Lot) Bind(t testing.TB) custody.Binding {
	t.Helper()
	return custody.Binding{Type: custody.TypeBinding, Class: l.Class, Tender: l.Tender, Lot: l.Lot, Key: l.KeyRecord.Body.Key,
		KeyRecord: must(l.KeyRecord.Hash())(t), OfficerKey: must(l.OfficerKey.Hash())(t), Mode: l.Mode, OpeningAt: canon.At(l.OpeningAt),
		Authorities: []custody.Authority{{Role: "tenderer", Certificate: l.Dealer.Print()}}}
}

// BindRequest asks to sign the lot's binding.
func (l *Lot) BindRequest() custody.BindRequest {
	return custody.BindRequest{Binding: l.Binding, KeyRecord: l.KeyRecord, OfficerKey: l.OfficerKey, Dealer: l.Dealer.Signer.Certificate().DER()}
}

// Postpone is the tenderer's signed postponement.
func (l *Lot) Postpone(t testing.TB, number int, from, to time.Time, signers ...Party) custody.PostponeRequest {
	t.Helper()
	if len(signers) == 0 {
		signers = []Party{l.Dealer}
	}
	body := custody.Postponement{Type: custody.TypePostponement, Class: l.Class, Tender: l.Tender, Lot: l.Lot, Binding: l.Hash, Number: number,
		OpeningFrom: canon.At(from), OpeningTo: canon.At(to), Reason: "系统故障", Notice: canon.Sum([]byte("notice"))}
	r := custody.PostponeRequest{Postponement: pki.Signed[custody.Postponement]{Body: body}}
	for _, s := range signers {
		if err := r.Postponement.Add(s.Signer); err != nil {
			t.Fatal(err)
		}
		r.Certificates = append(r.Certificates, s.Signer.Certificate().DER())
	}
	return r
}

// Bid is one bidder's sealed part with the statement that names it.
type Bid struct {
	Bidder    Party
	Front     seal.Front
	Chunk     []byte
	Content   []byte
	Statement seal.SignedStatement
	Item      custody.ReleaseItem
}

// Purpose is what a read-out of the lot is sealed for.
func (l *Lot) Purpose(bidder Party) seal.Purpose {
	return seal.Purpose{Class: l.Class, Binding: l.Hash, Lot: l.Lot, Bidder: bidder.Print(), Kind: seal.KindReadout, Moment: seal.MomentOpening, NotBefore: canon.At(l.OpeningAt).Time}
}

// Seal seals one part for the purpose and signs a statement that names it.
func (l *Lot) Seal(t testing.TB, bidder Party, want seal.Purpose) Bid {
	t.Helper()
	b := Bid{Bidder: bidder, Content: fmt.Appendf(nil, "%s 的开标一览表", bidder.Name)}
	keys := seal.Keys{T: l.KeyRecord.Body.PublicKey, C: l.OfficerKey.Body.PublicKey}
	if l.Mode == custody.ModeBidderKey {
		pub := bidder.Encryption.PublicKey()
		keys.B = &pub
	}
	s := must(seal.NewSealer(rand.Reader, keys, want, int64(len(b.Content))))(t)
	chunk, _, err := s.SealChunk(0, b.Content)
	if err != nil {
		t.Fatal(err)
	}
	b.Chunk = chunk
	b.Front = must(s.Finish(bidder.Signer))(t)
	return l.State(t, b, seal.Statement{})
}

// State signs a statement over the bid's part (more fields may be set in st) and fills the release item.
func (l *Lot) State(t testing.TB, b Bid, st seal.Statement) Bid {
	t.Helper()
	st.Type, st.Class, st.Tender, st.Lot, st.Binding = seal.StatementType, l.Class, l.Tender, l.Lot, l.Hash
	if st.Bid == "" {
		st.Bid = ID("bd")
	}
	if st.Version == 0 {
		st.Version, st.Action = 1, seal.ActionSubmit
	}
	if st.Parts == nil {
		st.Parts = []seal.Part{b.Front.Part(int64(len(b.Content)))}
	}
	st.SignedAt = canon.At(time.Now())
	b.Statement = must(pki.Sign(st, b.Bidder.Signer))(t)
	b.Item = custody.ReleaseItem{Statement: must(b.Statement.Marshal())(t), Certificate: b.Bidder.Signer.Certificate().DER(), Front: b.Front.Bytes()}
	return b
}

// Freeze is the platform's signed freeze record over these bids' statements, logged, as evidence for a holder whose
// last checkpoint had the size seen.
func (l *Lot) Freeze(t testing.TB, openingAt time.Time, seen int64, bids ...Bid) custody.FreezeEvidence {
	t.Helper()
	statements := []canon.Hash{}
	for _, b := range bids {
		statements = append(statements, must(b.Statement.Hash())(t))
	}
	f := custody.Freeze{Type: custody.TypeFreeze, Class: l.Class, Tender: l.Tender, Lot: l.Lot, Binding: l.Hash, OpeningAt: canon.At(openingAt),
		FrozenAt: canon.At(openingAt.Add(time.Second)), Count: len(statements), Root: custody.FreezeRoot(statements)}
	e := custody.FreezeEvidence{Freeze: must(pki.Sign(f, l.Platform.Signer))(t), Statements: statements}
	return l.Prove(t, l.Log, e, seen)
}

// Prove logs a freeze record in log and puts the proof into the evidence.
func (l *Lot) Prove(t testing.TB, log *Log, e custody.FreezeEvidence, seen int64) custody.FreezeEvidence {
	t.Helper()
	event := log.Publish(t, l.Tender, l.Lot, custody.EventFrozen, map[string]any{"freeze": must(e.Freeze.Hash())(t)})
	e.Event = &event
	if seen > 0 {
		e.Consistency = log.Since(t, seen, event)
	}
	return e
}

// Release asks for these bids' parts.
func (l *Lot) Release(e custody.FreezeEvidence, bids ...Bid) custody.ReleaseRequest {
	r := custody.ReleaseRequest{Class: l.Class, Lot: l.Lot, Kind: string(seal.KindReadout), Moment: seal.MomentOpening, Freeze: e}
	for _, b := range bids {
		r.Items = append(r.Items, b.Item)
	}
	return r
}

// OfficerFile is what officers must see.
func (l *Lot) OfficerFile(group custody.Roster, postponements ...pki.Signed[custody.Postponement]) custody.OfficerFile {
	keyholders, dealer := group.Certificates(), l.Dealer.Signer.Certificate()
	return custody.OfficerFile{KeyRecord: l.KeyRecord, OfficerKey: l.OfficerKey, Binding: l.Binding, Postponements: postponements, Dealer: dealer,
		Certificates: func(f canon.Hash) *pki.Certificate {
			if f == dealer.Fingerprint() {
				return dealer
			}
			return keyholders(f)
		}}
}
