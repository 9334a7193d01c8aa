package custody

import (
	"io"
	"sync"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tdh2"
)

// Keeper is one keyholder (密钥保管方): its decisions, over its disk and its clock. Everything it has promised is on
// disk before it says so, and is read from there at each decision; only ceremonies under way are in memory. It may be
// used by several goroutines at once: what changes state goes one at a time, releases go side by side.
type Keeper struct {
	desk
	state  State
	signer pki.Signer
	opener Opener
	random io.Reader
	index  int

	mu         sync.RWMutex // held for writing while state changes, for reading while partial decryptions are made
	ceremonies map[string]*Ceremony
	order      []string // ceremonies by age
}

// keyDoc is a generated key. Lot and Binding are set once, when it is bound.
type keyDoc struct {
	Record  pki.Signed[KeyRecord] `json:"record"` // with this holder's signature only
	Lot     string                `json:"lot,omitempty"`
	Binding canon.Hash            `json:"binding,omitzero"`
}

// lotDoc is everything about a lot but its freeze record.
type lotDoc struct {
	Binding       pki.Signed[Binding]         `json:"binding"`
	KeyRecord     KeyRecord                   `json:"key_record"`
	OfficerKey    OfficerKey                  `json:"officer_key"`
	Postponements []pki.Signed[Postponement]  `json:"postponements"`
	Released      []pki.Signed[MomentRelease] `json:"released"` // moments other than opening
	Erased        *pki.Signed[Erased]         `json:"erased,omitempty"`
}

func keyName(key string) string { return "key-" + key }
func lotName(lot string) string { return "lot-" + lot }

// NewKeeper makes a keyholder of known.Group, found by the signer's certificate. It finishes erasures that a crash
// interrupted before it answers anything; if the state cannot be read it is an error, and nothing is served.
func NewKeeper(random io.Reader, known Known, signer pki.Signer, opener Opener, state State, clock Clock) (*Keeper, error) {
	if known.Class != Production && known.Class != Rehearsal {
		return nil, ErrClass
	}
	if err := known.Group.Check(); err != nil {
		return nil, err
	}
	index := known.Group.IndexOf(signer.Certificate().Fingerprint())
	if index == 0 {
		return nil, ErrRoster.with("this holder is not a member")
	}
	k := &Keeper{desk: desk{known, state, clock}, state: state, signer: signer, opener: opener, random: random, index: index, ceremonies: map[string]*Ceremony{}}
	return k, k.finishErasures()
}

// lot loads a lot that is bound here.
func (k *Keeper) lot(lot string) (lotDoc, error) {
	var doc lotDoc
	if !IsID(lot, "lt") {
		return doc, ErrNotBound
	}
	found, err := load(k.state, lotName(lot), &doc)
	if err == nil && !found {
		err = ErrNotBound
	}
	return doc, err
}

// standing is the lot as of now, with lock T's key.
func (k *Keeper) standing(doc lotDoc) (standing, error) {
	hash, err := doc.Binding.Hash()
	if err != nil {
		return standing{}, stateFault("read binding", err)
	}
	r := doc.KeyRecord // checked when it was bound; its points are decoded by the type
	s := standing{
		binding: doc.Binding.Body, hash: hash, officers: doc.OfficerKey, index: k.index,
		key:         Key{r.Threshold, r.PublicKey, r.Commitments, r.Verification},
		openings:    []canon.Time{doc.Binding.Body.OpeningAt},
		momentsOpen: map[string]bool{MomentOpening: true},
	}
	for _, p := range doc.Postponements {
		s.openings = append(s.openings, p.Body.OpeningTo)
	}
	for _, m := range doc.Released {
		s.momentsOpen[m.Body.Moment] = true
	}
	return s, nil
}

// Health tells how the holder is, and nothing about lots or bids. version is the program's.
func (k *Keeper) Health(version string) (Health, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	h := Health{Class: k.known.Class, Version: version, Index: k.index, Clock: canon.At(k.clock())}
	var last checkpointDoc
	found, err := load(k.state, checkpointName, &last)
	if err != nil {
		return Health{}, err
	}
	if found {
		h.Origin, h.Checkpoint = last.Checkpoint.Body.Origin, last.Checkpoint.Body.Size
	}
	names, err := k.state.List("key-")
	if err != nil {
		return Health{}, stateFault("list keys", err)
	}
	for _, name := range names {
		var doc keyDoc
		if found, err := load(k.state, name, &doc); err != nil {
			return Health{}, err
		} else if found && doc.Lot == "" {
			h.Pool++
		}
	}
	return h, nil
}

// share loads the holder's share of a key.
func (k *Keeper) share(key string) (*tdh2.Share, error) {
	raw, err := k.state.LoadShare(key)
	if err != nil {
		return nil, stateFault("read share", err)
	}
	if raw == nil {
		return nil, ErrKey
	}
	defer clear(raw)
	share, err := tdh2.NewShare(k.index, raw)
	if err != nil {
		return nil, stateFault("read share", err)
	}
	return share, nil
}
