package custody

import (
	"io"
	"slices"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
	"sunbid/crypto/tdh2"
)

// Opener opens what was encrypted (SM2, raw) to a holder's encryption certificate; a device or another process may be
// behind it. A failure returns no plaintext. *sm.PrivateKey is one.
type Opener interface {
	Decrypt(raw []byte) ([]byte, error)
}

// Ceremony is one keyholder's part in generating an opening key (SPEC.md section 7). It is a state machine without
// clock, network or disk: each step takes the others' messages and returns this holder's own. A step repeated with the
// same messages answers the same; a step out of order, or repeated with other messages, is ErrStep. Any other refusal
// voids the ceremony for good, and names who is at fault. It holds secrets and lives in memory only: a holder that
// restarts in the middle is silent, and the ceremony is repeated under another name.
type Ceremony struct {
	plan   Plan
	group  Roster
	self   int
	signer pki.Signer
	opener Opener

	poly   *tdh2.Polynomial
	reveal pki.Signed[DKGReveal]
	hash   canon.Hash // of reveal

	commits    []pki.Signed[DKGCommit]
	reveals    []pki.Signed[DKGReveal]
	transcript canon.Hash
	shares     []*tdh2.Share // received, at sender's index − 1
	complaints []int
	record     *KeyRecord
	share      *tdh2.Share
	void       error
}

// NewCeremony draws the holder's polynomial and prepares its reveal. signer must be a member's.
func NewCeremony(random io.Reader, plan Plan, group Roster, signer pki.Signer, opener Opener) (*Ceremony, error) {
	if err := plan.Check(group); err != nil {
		return nil, err
	}
	self := group.IndexOf(signer.Certificate().Fingerprint())
	if self == 0 {
		return nil, ErrRoster.with("this holder is not a member")
	}
	c := &Ceremony{plan: plan, group: group, self: self, signer: signer, opener: opener}
	poly, err := tdh2.NewPolynomial(random, plan.Threshold)
	if err != nil {
		return nil, err
	}
	c.poly = poly
	body := DKGReveal{Type: TypeDKGReveal, Class: plan.Class, Ceremony: plan.Ceremony, Index: self, Commitments: poly.Commitments(), Shares: []BoxedShare{}}
	proof, err := tdh2.ProveKnowledge(random, poly, plan.Ceremony, self)
	if err != nil {
		return nil, err
	}
	body.Proof = Knowledge{proof[:32], proof[32:]}
	for i, m := range group {
		if i+1 == self {
			continue
		}
		share, err := poly.Share(i + 1)
		if err != nil {
			return nil, err
		}
		box, err := m.Encryption.PublicKey().Encrypt(random, share.Bytes())
		if err != nil {
			return nil, err
		}
		body.Shares = append(body.Shares, BoxedShare{i + 1, box})
	}
	if c.reveal, err = pki.Sign(body, signer); err != nil {
		return nil, err
	}
	c.hash, err = c.reveal.Hash()
	return c, err
}

// Commit is round 1.
func (c *Ceremony) Commit() (pki.Signed[DKGCommit], error) {
	return pki.Sign(DKGCommit{Type: TypeDKGCommit, Class: c.plan.Class, Ceremony: c.plan.Ceremony, Index: c.self, Hash: c.hash}, c.signer)
}

// Reveal is round 2. It wants all n commits: who reveals before could be answered with a contribution chosen to suit.
func (c *Ceremony) Reveal(commits []pki.Signed[DKGCommit]) (pki.Signed[DKGReveal], error) {
	var none pki.Signed[DKGReveal]
	if c.void != nil {
		return none, c.void
	}
	ordered, err := oneOfEach(c.plan, c.group, commits)
	if err != nil {
		return none, err // nothing is revealed yet, so that this costs nothing
	}
	if ordered[c.self-1].Body.Hash != c.hash {
		return none, ErrMessage.with("not the commit this holder made").by(c.self)
	}
	if c.commits != nil {
		if !slices.EqualFunc(c.commits, ordered, func(a, b pki.Signed[DKGCommit]) bool { return a.Body == b.Body }) {
			return none, ErrStep.with("other commits than before")
		}
		return c.reveal, nil
	}
	c.commits = ordered
	return c.reveal, nil
}

// Check is round 3: it checks every reveal against its commit, its proof and, with this holder's key, its share.
func (c *Ceremony) Check(reveals []pki.Signed[DKGReveal]) (pki.Signed[DKGCheck], error) {
	var none pki.Signed[DKGCheck]
	switch {
	case c.void != nil:
		return none, c.void
	case c.commits == nil:
		return none, ErrStep.with("check before reveal")
	}
	ordered, transcript, err := checkReveals(c.plan, c.group, c.commits, reveals)
	if err != nil {
		return none, c.fail(err)
	}
	if c.reveals != nil && transcript != c.transcript {
		return none, ErrStep.with("other reveals than before")
	}
	if c.reveals == nil {
		if err := c.receive(ordered); err != nil {
			return none, c.fail(err)
		}
		c.reveals, c.transcript = ordered, transcript
	}
	return pki.Sign(DKGCheck{Type: TypeDKGCheck, Class: c.plan.Class, Ceremony: c.plan.Ceremony, Index: c.self, Transcript: c.transcript, Complaints: c.complaints}, c.signer)
}

// receive opens this holder's shares; about each that does not open or does not fit it will complain.
func (c *Ceremony) receive(reveals []pki.Signed[DKGReveal]) (err error) {
	c.shares = make([]*tdh2.Share, len(reveals))
	c.complaints = []int{}
	for i, r := range reveals {
		if i+1 == c.self {
			if c.shares[i], err = c.poly.Share(c.self); err != nil {
				return err
			}
			continue
		}
		share, ok := c.open(r.Body)
		if !ok {
			c.complaints = append(c.complaints, i+1)
			continue
		}
		c.shares[i] = share
	}
	return nil
}

func (c *Ceremony) open(r DKGReveal) (*tdh2.Share, bool) {
	for _, s := range r.Shares {
		if s.To != c.self {
			continue
		}
		plain, err := c.opener.Decrypt(s.Box)
		if err != nil {
			return nil, false
		}
		defer clear(plain)
		share, err := tdh2.NewShare(c.self, plain)
		return share, err == nil && tdh2.CheckShare(r.Commitments, share)
	}
	return nil, false
}

// Answer is round 4: the shares this holder must publish because of complaints; none when nobody complains about it.
// Publishing costs nothing: the ceremony is void whenever there is a complaint.
func (c *Ceremony) Answer(checks []pki.Signed[DKGCheck]) ([]pki.Signed[DKGAnswer], error) {
	switch {
	case c.void != nil:
		return nil, c.void
	case c.reveals == nil:
		return nil, ErrStep.with("answer before check")
	}
	ordered, err := c.sameTranscript(checks)
	if err != nil {
		return nil, err
	}
	answers := []pki.Signed[DKGAnswer]{}
	for _, check := range ordered {
		if check.Body.Index == c.self || !slices.Contains(check.Body.Complaints, c.self) {
			continue
		}
		share, err := c.poly.Share(check.Body.Index)
		if err != nil {
			return nil, err
		}
		a, err := pki.Sign(DKGAnswer{Type: TypeDKGAnswer, Class: c.plan.Class, Ceremony: c.plan.Ceremony, Index: c.self, To: check.Body.Index, Share: share.Bytes()}, c.signer)
		if err != nil {
			return nil, err
		}
		answers = append(answers, a)
	}
	return answers, nil
}

// Finish ends the ceremony. Without a complaint it returns this holder's share and the key record with this holder's
// signature; with one, the ceremony is void and the refusal names who is at fault, found from answers.
func (c *Ceremony) Finish(checks []pki.Signed[DKGCheck], answers []pki.Signed[DKGAnswer]) (pki.Signed[KeyRecord], *tdh2.Share, error) {
	var none pki.Signed[KeyRecord]
	switch {
	case c.void != nil:
		return none, nil, c.void
	case c.reveals == nil:
		return none, nil, ErrStep.with("finish before check")
	}
	if c.record == nil {
		ordered, err := c.sameTranscript(checks)
		if err != nil {
			return none, nil, err
		}
		if err := judgeComplaints(c.plan, c.group, c.reveals, ordered, answers); err != nil {
			return none, nil, c.fail(err)
		}
		record, err := recordOf(c.plan, c.group, c.reveals)
		if err != nil {
			return none, nil, c.fail(err)
		}
		share, err := tdh2.SumShares(c.shares...)
		if err != nil {
			return none, nil, c.fail(err)
		}
		if !tdh2.CheckShare(record.Commitments, share) { // follows from the single checks; an error here would lose the key
			return none, nil, c.fail(ErrKeyRecord.by(c.self))
		}
		c.record, c.share = &record, share
	}
	signed, err := pki.Sign(*c.record, c.signer)
	return signed, c.share, err
}

func (c *Ceremony) fail(err error) error {
	c.void = err
	c.Erase()
	return err
}

// Erase forgets the secrets, also a share that Finish returned. The ceremony is of no use after.
func (c *Ceremony) Erase() {
	c.poly.Erase()
	for _, s := range append(c.shares, c.share) {
		if s != nil {
			s.Erase()
		}
	}
	if c.void == nil {
		c.void = ErrCeremony
	}
}

func (c *Ceremony) sameTranscript(checks []pki.Signed[DKGCheck]) ([]pki.Signed[DKGCheck], error) {
	ordered, err := oneOfEach(c.plan, c.group, checks)
	if err != nil {
		return nil, err
	}
	return ordered, checkTranscripts(ordered, c.transcript)
}

// transcriptOf is SM3 over all reveals' hashes in order.
func transcriptOf(hashes []canon.Hash) canon.Hash {
	h := sm.NewHash()
	for _, x := range hashes {
		h.Write(x[:])
	}
	return canon.Hash(h.Sum(nil))
}
