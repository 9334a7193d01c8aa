package custody

import (
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// Documents keeps small records under names ([a-z0-9_-], at most 64 characters).
type Documents interface {
	// Load returns what is stored under name, or nil when nothing is. An error means that it is not known.
	Load(name string) ([]byte, error)
	// Save makes doc durable under name before it returns nil. After an error either the old or the new document
	// stands, whole; callers read again before they rely on one.
	Save(name string, doc []byte) error
	// List returns the stored names that begin with prefix.
	List(prefix string) ([]string, error)
}

// Shares keeps secret shares, encrypted at rest, under the name of their key.
type Shares interface {
	// LoadShare returns the 32 bytes, or nil when there are none. An error means that it is not known.
	LoadShare(key string) ([]byte, error)
	// SaveShare makes the share durable before it returns nil. After an error it may be stored or not.
	SaveShare(key string, share []byte) error
	// EraseShare overwrites and removes the share before it returns nil; also when there is none.
	EraseShare(key string) error
}

// State is what a keyholder needs of its disk.
type State interface {
	Documents
	Shares
}

// Clock tells the time by the holder's own source. It is asked at every decision, so that a step of the clock counts at once.
type Clock func() time.Time

// Known is whom a holder knows: its configuration, pinned certificate by certificate, and nothing that a request says.
type Known struct {
	Class     string
	Threshold int // of keys it helps to generate
	Group     Roster
	Platform  []*pki.Certificate // who may sign freeze records and the erasure of lots with fewer than three bids
	Log       []*pki.Certificate // who signs checkpoints
}

// certificatesFrom parses certificates that came with a request. They are found by fingerprint only, and the
// fingerprints come from records that all keyholders signed: a wrong certificate is never found, not believed.
func certificatesFrom(ders [][]byte) (Certificates, error) {
	if len(ders) > 2*MaxHolders {
		return nil, ErrRequest.with("too many certificates")
	}
	byPrint := map[canon.Hash]*pki.Certificate{}
	for _, der := range ders {
		c, err := pki.ParseCertificate(der)
		if err != nil {
			return nil, ErrRequest.with("%v", err)
		}
		byPrint[c.Fingerprint()] = c
	}
	return func(f canon.Hash) *pki.Certificate { return byPrint[f] }, nil
}
