package custody

import (
	"io"
	"sync"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tdh2"
)

// OfficerFile is what an officer's client must see before it acts for a lot: the records that bind it, all of them
// signed by others, and the certificates for their signatures.
type OfficerFile struct {
	KeyRecord     pki.Signed[KeyRecord]
	OfficerKey    pki.Signed[OfficerKey]
	Binding       pki.Signed[Binding]
	Postponements []pki.Signed[Postponement] // in order of number
	Dealer        *pki.Certificate
	Certificates  Certificates // keyholders' and authorities'
}

// OfficerKeeper is an opening officer's client: rules 1 and 2 of SPEC.md section 7 for lock C, with the officer's own
// share and clock. The share lives in memory and is erased by Close.
type OfficerKeeper struct {
	desk
	standing standing
	signer   pki.Signer
	random   io.Reader
	share    *tdh2.Share
	mu       sync.Mutex
}

// NewOfficerKeeper checks the whole file: all n keyholders signed key record and binding, the binding names this
// officers' key, which an authority of the binding dealt, the share fits it, and every postponement is in force.
// documents keeps the first freeze record and the last checkpoint; with NewMemory they last as long as the process.
func NewOfficerKeeper(random io.Reader, known Known, file OfficerFile, signer pki.Signer, share *tdh2.Share, documents Documents, clock Clock) (*OfficerKeeper, error) {
	if _, err := VerifyKeyRecord(file.KeyRecord, file.Certificates); err != nil {
		return nil, err
	}
	if err := VerifyBinding(file.Binding, file.KeyRecord, file.Certificates); err != nil {
		return nil, err
	}
	b := file.Binding.Body
	if b.Class != known.Class {
		return nil, ErrClass
	}
	key, err := VerifyOfficerKey(file.OfficerKey, file.Dealer)
	if err != nil {
		return nil, err
	}
	if h, err := file.OfficerKey.Hash(); err != nil || h != b.OfficerKey || !b.Authority(file.Dealer.Fingerprint()) {
		return nil, ErrBindOfficers
	}
	if v, ok := key.VerificationOf(share.Index); !ok || v != share.Public() {
		return nil, ErrOfficerShare.by(share.Index)
	}
	if file.OfficerKey.Body.Officers[share.Index-1].Certificate != signer.Certificate().Fingerprint() {
		return nil, ErrNotOfficer
	}
	if _, err := InForce(file.Binding, file.Postponements, file.KeyRecord.Body, file.Certificates); err != nil {
		return nil, err
	}
	hash, err := file.Binding.Hash()
	if err != nil {
		return nil, err
	}
	s := standing{binding: b, hash: hash, officers: file.OfficerKey.Body, key: key, index: share.Index, openings: []canon.Time{b.OpeningAt}, momentsOpen: map[string]bool{MomentOpening: true}}
	for _, p := range file.Postponements {
		s.openings = append(s.openings, p.Body.OpeningTo)
	}
	return &OfficerKeeper{desk: desk{known, documents, clock}, standing: s, signer: signer, random: random, share: share}, nil
}

// Release is Keeper.Release for lock C.
func (k *OfficerKeeper) Release(r ReleaseRequest) (Release, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.share == nil {
		return Release{}, ErrErased
	}
	if err := checkRelease(r, k.known.Class); err != nil {
		return Release{}, err
	}
	if r.Lot != k.standing.binding.Lot {
		return Release{}, ErrNotBound
	}
	if err := k.open(k.standing); err != nil {
		return Release{}, err
	}
	frozen, err := k.admitFreeze(k.standing, r.Freeze)
	if err != nil {
		return Release{}, err
	}
	if !k.standing.momentsOpen[r.Moment] {
		if err := k.admitMoment(k.standing, r.Moment, r.Later); err != nil {
			return Release{}, err
		}
		k.standing.momentsOpen[r.Moment] = true
	}
	g := gate{standing: k.standing, lock: LockC, kind: r.Kind, moment: r.Moment, frozen: frozen}
	return answer(g, r.Items, k.signer, func(items []tdh2.Item) ([]tdh2.Point, tdh2.Proof, error) {
		return tdh2.Partials(k.random, k.share, items)
	})
}

// LastSeen is the size of the last checkpoint seen, from which a consistency proof must start; 0 when none was.
func (k *OfficerKeeper) LastSeen() (int64, error) {
	var last checkpointDoc
	_, err := load(k.documents, checkpointName, &last)
	return last.Checkpoint.Body.Size, err
}

// Close erases the share.
func (k *OfficerKeeper) Close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.share != nil {
		k.share.Erase()
		k.share = nil
	}
}

// Memory is Documents for an officer's client that runs for one opening. A keyholder needs a disk.
type Memory struct {
	mu   sync.Mutex
	docs map[string][]byte
}

// NewMemory is an empty Memory.
func NewMemory() *Memory { return &Memory{docs: map[string][]byte{}} }

// Load is Documents.Load.
func (m *Memory) Load(name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.docs[name], nil
}

// Save is Documents.Save.
func (m *Memory) Save(name string, doc []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.docs[name] = append([]byte(nil), doc...)
	return nil
}

// List is Documents.List.
func (m *Memory) List(prefix string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var names []string
	for name := range m.docs {
		if len(name) >= len(prefix) && name[:len(prefix)] == prefix {
			names = append(names, name)
		}
	}
	return names, nil
}
