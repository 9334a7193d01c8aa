package custody

import (
	"sunbid/crypto/pki"
)

// maxCeremonies bounds the ceremonies under way; the oldest gives way to a new one.
const maxCeremonies = 64

// GenerateStart begins a ceremony by the plan and returns this holder's commit. The threshold is the configured one. A
// name or key that was used before is ErrStep; the same plan again, while the ceremony is under way, answers the same.
func (k *Keeper) GenerateStart(plan Plan) (pki.Signed[DKGCommit], error) {
	var none pki.Signed[DKGCommit]
	if plan.Class != k.known.Class {
		return none, ErrClass
	}
	if plan.Threshold != k.known.Threshold {
		return none, ErrRoster.with("threshold %d, configured %d", plan.Threshold, k.known.Threshold)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if c, ok := k.ceremonies[plan.Ceremony]; ok {
		if c.plan != plan {
			return none, ErrStep.with("a ceremony of this name is under way")
		}
		return c.Commit()
	}
	if err := plan.Check(k.known.Group); err != nil {
		return none, err
	}
	raw, err := k.state.Load(keyName(plan.Key))
	if err != nil {
		return none, stateFault("read key", err)
	}
	if raw != nil {
		return none, ErrStep.with("the key exists")
	}
	c, err := NewCeremony(k.random, plan, k.known.Group, k.signer, k.opener)
	if err != nil {
		return none, err
	}
	if len(k.order) == maxCeremonies {
		k.drop(k.order[0])
	}
	k.ceremonies[plan.Ceremony] = c
	k.order = append(k.order, plan.Ceremony)
	return c.Commit()
}

// GenerateReveal is round 2; see Ceremony.Reveal.
func (k *Keeper) GenerateReveal(ceremony string, commits []pki.Signed[DKGCommit]) (pki.Signed[DKGReveal], error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, ok := k.ceremonies[ceremony]
	if !ok {
		return pki.Signed[DKGReveal]{}, ErrCeremony
	}
	return c.Reveal(commits)
}

// GenerateCheck is round 3; see Ceremony.Check.
func (k *Keeper) GenerateCheck(ceremony string, reveals []pki.Signed[DKGReveal]) (pki.Signed[DKGCheck], error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, ok := k.ceremonies[ceremony]
	if !ok {
		return pki.Signed[DKGCheck]{}, ErrCeremony
	}
	return c.Check(reveals)
}

// GenerateAnswer is round 4; see Ceremony.Answer.
func (k *Keeper) GenerateAnswer(ceremony string, checks []pki.Signed[DKGCheck]) ([]pki.Signed[DKGAnswer], error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, ok := k.ceremonies[ceremony]
	if !ok {
		return nil, ErrCeremony
	}
	return c.Answer(checks)
}

// GenerateFinish ends the ceremony: the share is on disk before the signed key record is returned. A ceremony that
// failed is forgotten, except when only the disk failed: then the step may be repeated.
func (k *Keeper) GenerateFinish(ceremony string, checks []pki.Signed[DKGCheck], answers []pki.Signed[DKGAnswer]) (pki.Signed[KeyRecord], error) {
	var none pki.Signed[KeyRecord]
	k.mu.Lock()
	defer k.mu.Unlock()
	c, ok := k.ceremonies[ceremony]
	if !ok {
		return none, ErrCeremony
	}
	record, share, err := c.Finish(checks, answers)
	if err != nil {
		if c.void != nil {
			k.drop(ceremony)
		}
		return none, err
	}
	plain := share.Bytes()
	defer clear(plain)
	if err := k.state.SaveShare(record.Body.Key, plain); err != nil {
		return none, stateFault("write share", err)
	}
	// The key exists once its document does; a share without one is overwritten by no one and bound by no one.
	return record, save(k.state, keyName(record.Body.Key), keyDoc{Record: record})
}

// drop forgets a ceremony and its secrets. A finished one stays until it is the oldest, so that a lost answer can be
// asked for again.
func (k *Keeper) drop(ceremony string) {
	if c, ok := k.ceremonies[ceremony]; ok {
		c.Erase()
		delete(k.ceremonies, ceremony)
	}
	for i, name := range k.order {
		if name == ceremony {
			k.order = append(k.order[:i:i], k.order[i+1:]...)
			return
		}
	}
}

// Generate is one step of a ceremony as it came over a wire.
func (k *Keeper) Generate(r GenerateRequest) (GenerateReply, error) {
	var reply GenerateReply
	switch r.Step {
	case StepStart:
		if r.Plan == nil {
			return reply, ErrRequest.with("no plan")
		}
		m, err := k.GenerateStart(*r.Plan)
		reply.Commit = &m
		return reply, err
	case StepReveal:
		m, err := k.GenerateReveal(r.Ceremony, r.Commits)
		reply.Reveal = &m
		return reply, err
	case StepCheck:
		m, err := k.GenerateCheck(r.Ceremony, r.Reveals)
		reply.Check = &m
		return reply, err
	case StepAnswer:
		list, err := k.GenerateAnswer(r.Ceremony, r.Checks)
		reply.Answers = list
		return reply, err
	case StepFinish:
		m, err := k.GenerateFinish(r.Ceremony, r.Checks, r.Answers)
		reply.Record = &m
		return reply, err
	}
	return reply, ErrRequest.with("step")
}
