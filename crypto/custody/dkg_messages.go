package custody

import (
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tdh2"
)

// Types of the ceremony's messages.
const (
	TypeDKGCommit = "sunbid/dkg-commit/v1"
	TypeDKGReveal = "sunbid/dkg-reveal/v1"
	TypeDKGCheck  = "sunbid/dkg-check/v1"
	TypeDKGAnswer = "sunbid/dkg-answer/v1"
)

// DKGCommit is round 1: the hash of the reveal that will follow.
type DKGCommit struct {
	Type     string     `json:"type"`
	Class    string     `json:"class"`
	Ceremony string     `json:"ceremony"`
	Index    int        `json:"index"`
	Hash     canon.Hash `json:"hash"`
}

// Knowledge is Schnorr's proof of knowledge of a_i0.
type Knowledge struct {
	C canon.Hex `json:"c"`
	Z canon.Hex `json:"z"`
}

// BoxedShare is the share for one receiver: SM2 (raw) to the receiver's encryption certificate.
type BoxedShare struct {
	To  int       `json:"to"`
	Box canon.Hex `json:"box"`
}

// DKGReveal is round 2: commitments, proof, and the shares for all others in order of index.
type DKGReveal struct {
	Type        string       `json:"type"`
	Class       string       `json:"class"`
	Ceremony    string       `json:"ceremony"`
	Index       int          `json:"index"`
	Commitments []tdh2.Point `json:"commitments"`
	Proof       Knowledge    `json:"proof"`
	Shares      []BoxedShare `json:"shares"`
}

// DKGCheck is round 3: what the holder saw, and about whose share it complains (in ascending order).
type DKGCheck struct {
	Type       string     `json:"type"`
	Class      string     `json:"class"`
	Ceremony   string     `json:"ceremony"`
	Index      int        `json:"index"`
	Transcript canon.Hash `json:"transcript"`
	Complaints []int      `json:"complaints"`
}

// DKGAnswer is round 4: the accused publishes the disputed share.
type DKGAnswer struct {
	Type     string    `json:"type"`
	Class    string    `json:"class"`
	Ceremony string    `json:"ceremony"`
	Index    int       `json:"index"`
	To       int       `json:"to"`
	Share    canon.Hex `json:"share"`
}

// Member is one keyholder of a group: its certificates, as every process of the group has them in its configuration.
type Member struct {
	Name       string
	Signing    *pki.Certificate
	Encryption *pki.Certificate
}

// Roster is the group in order of index 1 … n.
type Roster []Member

// Check refuses a group without members, with too many, or with a certificate twice or of the wrong use.
func (r Roster) Check() error {
	if len(r) == 0 || len(r) > MaxHolders {
		return ErrRoster.with("%d members", len(r))
	}
	seen := map[canon.Hash]bool{}
	for i, m := range r {
		if m.Name == "" || m.Signing == nil || m.Encryption == nil {
			return ErrRoster.with("a member without name or certificates").by(i + 1)
		}
		if m.Signing.Usage() != pki.Signing || m.Encryption.Usage() != pki.Encryption {
			return ErrRoster.with("a certificate of another use").by(i + 1)
		}
		for _, f := range []canon.Hash{m.Signing.Fingerprint(), m.Encryption.Fingerprint()} {
			if seen[f] {
				return ErrRoster.with("a certificate twice").by(i + 1)
			}
			seen[f] = true
		}
	}
	return nil
}

// IndexOf is the index of the member with this signing certificate; 0 when there is none.
func (r Roster) IndexOf(signing canon.Hash) int {
	for i, m := range r {
		if m.Signing != nil && m.Signing.Fingerprint() == signing {
			return i + 1
		}
	}
	return 0
}

// Certificates finds the members' signing certificates.
func (r Roster) Certificates() Certificates {
	list := make([]*pki.Certificate, len(r))
	for i, m := range r {
		list[i] = m.Signing
	}
	return CertificatesOf(list...)
}

// Plan is what all members must agree on before a ceremony.
type Plan struct {
	Ceremony  string     `json:"ceremony"` // a name never used before
	Class     string     `json:"class"`
	Key       string     `json:"key"`
	Threshold int        `json:"threshold"`
	MadeAt    canon.Time `json:"made_at"`
}

// Check tells whether the plan fits the group.
func (p Plan) Check(group Roster) error {
	if err := group.Check(); err != nil {
		return err
	}
	var s shapeOf
	s.must(p.Class == Production || p.Class == Rehearsal, "class")
	s.text(p.Ceremony, "ceremony")
	s.id(p.Key, "ky", "key")
	s.time(p.MadeAt, "made_at")
	if err := s.err(); err != nil {
		return err
	}
	if p.Threshold < 1 || p.Threshold > len(group) {
		return ErrRoster.with("threshold %d of %d", p.Threshold, len(group))
	}
	return nil
}

// envelopeOf is what every ceremony message says about itself.
type envelopeOf struct {
	typ, class, ceremony string
	index                int
}

func (m DKGCommit) envelope() envelopeOf { return envelopeOf{m.Type, m.Class, m.Ceremony, m.Index} }
func (m DKGReveal) envelope() envelopeOf { return envelopeOf{m.Type, m.Class, m.Ceremony, m.Index} }
func (m DKGCheck) envelope() envelopeOf  { return envelopeOf{m.Type, m.Class, m.Ceremony, m.Index} }
func (m DKGAnswer) envelope() envelopeOf { return envelopeOf{m.Type, m.Class, m.Ceremony, m.Index} }

type message interface {
	envelope() envelopeOf
	RecordType() string
}

// authentic: the message of this ceremony is by its sender, and signed by nobody else.
func authentic[M message](p Plan, group Roster, m pki.Signed[M]) (int, error) {
	e := m.Body.envelope()
	if e.index < 1 || e.index > len(group) {
		return 0, ErrMessage.with("index %d", e.index)
	}
	if e.class != p.Class {
		return 0, ErrClass.by(e.index)
	}
	if e.typ != m.Body.RecordType() || e.ceremony != p.Ceremony {
		return 0, ErrMessage.with("of another ceremony or type").by(e.index)
	}
	if err := m.VerifyAll(group[e.index-1].Signing); err != nil {
		return 0, ErrMessage.with("%v", err).by(e.index)
	}
	return e.index, nil
}

// oneOfEach: one authentic message of every member, in any order; returned in order of index. Whoever is missing is
// silent, and named.
func oneOfEach[M message](p Plan, group Roster, list []pki.Signed[M]) ([]pki.Signed[M], error) {
	ordered := make([]pki.Signed[M], len(group))
	have := make([]bool, len(group))
	for _, m := range list {
		i, err := authentic(p, group, m)
		if err != nil {
			return nil, err
		}
		if have[i-1] {
			return nil, ErrMessage.with("two messages of one holder").by(i)
		}
		ordered[i-1], have[i-1] = m, true
	}
	for i, ok := range have {
		if !ok {
			return nil, ErrSilent.by(i + 1)
		}
	}
	return ordered, nil
}
