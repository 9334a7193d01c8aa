package custody

import (
	"slices"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tdh2"
)

// JudgeCeremony is what anyone who holds the messages can decide: nil and the key record when the ceremony stands,
// else a refusal that names who is at fault. Messages may come in any order; who is missing is silent.
func JudgeCeremony(plan Plan, group Roster, commits []pki.Signed[DKGCommit], reveals []pki.Signed[DKGReveal], checks []pki.Signed[DKGCheck], answers []pki.Signed[DKGAnswer]) (KeyRecord, error) {
	if err := plan.Check(group); err != nil {
		return KeyRecord{}, err
	}
	ordered, err := oneOfEach(plan, group, commits)
	if err != nil {
		return KeyRecord{}, err
	}
	seen, transcript, err := checkReveals(plan, group, ordered, reveals)
	if err != nil {
		return KeyRecord{}, err
	}
	said, err := oneOfEach(plan, group, checks)
	if err != nil {
		return KeyRecord{}, err
	}
	if err := checkTranscripts(said, transcript); err != nil {
		return KeyRecord{}, err
	}
	if err := judgeComplaints(plan, group, seen, said, answers); err != nil {
		return KeyRecord{}, err
	}
	return recordOf(plan, group, seen)
}

// checkReveals: one reveal of each, each as committed to, well formed and with knowledge proven.
func checkReveals(plan Plan, group Roster, commits []pki.Signed[DKGCommit], reveals []pki.Signed[DKGReveal]) ([]pki.Signed[DKGReveal], canon.Hash, error) {
	ordered, err := oneOfEach(plan, group, reveals)
	if err != nil {
		return nil, canon.Hash{}, err
	}
	hashes := make([]canon.Hash, len(ordered))
	for i, r := range ordered {
		if hashes[i], err = r.Hash(); err != nil {
			return nil, canon.Hash{}, ErrMessage.with("%v", err).by(i + 1)
		}
		if hashes[i] != commits[i].Body.Hash {
			return nil, canon.Hash{}, ErrCommit.by(i + 1)
		}
		if err := checkReveal(plan, group, r.Body); err != nil {
			return nil, canon.Hash{}, err
		}
	}
	return ordered, transcriptOf(hashes), nil
}

func checkReveal(plan Plan, group Roster, r DKGReveal) error {
	if len(r.Commitments) != plan.Threshold || slices.ContainsFunc(r.Commitments, tdh2.Point.IsZero) {
		return ErrMessage.with("commitments").by(r.Index)
	}
	if len(r.Shares) != len(group)-1 {
		return ErrMessage.with("shares").by(r.Index)
	}
	to := 1
	for _, s := range r.Shares {
		if to == r.Index {
			to++
		}
		if s.To != to || len(s.Box) > 256 {
			return ErrMessage.with("shares").by(r.Index)
		}
		to++
	}
	if len(r.Proof.C) != 32 || len(r.Proof.Z) != 32 {
		return ErrKnowledge.by(r.Index)
	}
	proof := tdh2.Proof(slices.Concat(r.Proof.C, r.Proof.Z))
	if err := tdh2.VerifyKnowledge(r.Commitments[0], plan.Ceremony, r.Index, proof); err != nil {
		return ErrKnowledge.by(r.Index)
	}
	return nil
}

// checkTranscripts: everybody saw the same reveals.
func checkTranscripts(checks []pki.Signed[DKGCheck], transcript canon.Hash) error {
	for i, c := range checks {
		if c.Body.Transcript != transcript {
			return ErrTranscript.by(i + 1)
		}
		for j, about := range c.Body.Complaints {
			if about < 1 || about > len(checks) || about == i+1 || j > 0 && about <= c.Body.Complaints[j-1] {
				return ErrMessage.with("complaints").by(i + 1)
			}
		}
	}
	return nil
}

// judgeComplaints finds who is at fault in the first complaint: a bad or missing published share is the accused's
// fault, a good one the accuser's. reveals and checks are in order of index and checked.
func judgeComplaints(plan Plan, group Roster, reveals []pki.Signed[DKGReveal], checks []pki.Signed[DKGCheck], answers []pki.Signed[DKGAnswer]) error {
	type dispute struct{ accused, accuser int }
	published := map[dispute]canon.Hex{}
	for _, a := range answers {
		i, err := authentic(plan, group, a)
		if err != nil {
			return err
		}
		published[dispute{i, a.Body.To}] = a.Body.Share
	}
	for _, check := range checks {
		if len(check.Body.Complaints) == 0 {
			continue
		}
		accused := check.Body.Complaints[0]
		encoded, answered := published[dispute{accused, check.Body.Index}]
		if !answered {
			return ErrFalseShare.with("holder %d complained, no answer", check.Body.Index).by(accused)
		}
		share, err := tdh2.NewShare(check.Body.Index, encoded)
		if err != nil || !tdh2.CheckShare(reveals[accused-1].Body.Commitments, share) {
			return ErrFalseShare.with("holder %d complained, the published share is bad", check.Body.Index).by(accused)
		}
		return ErrFalseComplaint.with("about holder %d", accused).by(check.Body.Index)
	}
	return nil
}

// recordOf is the key record that follows from the reveals.
func recordOf(plan Plan, group Roster, reveals []pki.Signed[DKGReveal]) (KeyRecord, error) {
	r := KeyRecord{Type: TypeKeyRecord, Class: plan.Class, Key: plan.Key, Threshold: plan.Threshold, Ceremony: plan.Ceremony, MadeAt: plan.MadeAt}
	for j := range plan.Threshold {
		column := make([]tdh2.Point, len(reveals))
		for i, x := range reveals {
			column[i] = x.Body.Commitments[j]
		}
		sum, err := tdh2.SumPoints(column...)
		if err != nil {
			return KeyRecord{}, ErrKeyRecord.with("%v", err)
		}
		r.Commitments = append(r.Commitments, sum)
	}
	r.PublicKey = r.Commitments[0]
	for i, m := range group {
		r.Keyholders = append(r.Keyholders, KeyholderRef{i + 1, m.Name, m.Signing.Fingerprint()})
		v, err := tdh2.VerificationShare(r.Commitments, i+1)
		if err != nil {
			return KeyRecord{}, ErrKeyRecord.with("%v", err)
		}
		r.Verification = append(r.Verification, v)
	}
	return r, nil
}
