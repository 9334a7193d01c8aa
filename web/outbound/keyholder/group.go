package keyholder

import (
	"context"
	"errors"
	"sync"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// Group is all n keyholders, in order of index.
type Group struct {
	clients []*Client
	roster  custody.Roster
}

// NewGroup takes clients and certificates in order of index; it panics when they do not match.
func NewGroup(clients []*Client, roster custody.Roster) *Group {
	if len(clients) != len(roster) {
		panic("keyholder: clients and roster differ in number")
	}
	return &Group{clients, roster}
}

// Client is the keyholder at index 1 … n.
func (g *Group) Client(index int) *Client { return g.clients[index-1] }

// Size is n.
func (g *Group) Size() int { return len(g.clients) }

// Close ends idle connections.
func (g *Group) Close() {
	for _, c := range g.clients {
		c.Close()
	}
}

// Health asks everybody; answers and errors stand in order of index. Whoever is not ready is named by its error.
func (g *Group) Health(ctx context.Context) ([]custody.Health, []error) {
	answers, errs := make([]custody.Health, len(g.clients)), make([]error, len(g.clients))
	g.each(func(i int, c *Client) { answers[i], errs[i] = c.Health(ctx) })
	return answers, errs
}

// Generate drives one ceremony over all n keyholders and returns the key record with all n signatures. Any refusal or
// silence voids it: it is repeated under another name. The plan's name and key must never have been used.
func (g *Group) Generate(ctx context.Context, plan custody.Plan) (pki.Signed[custody.KeyRecord], error) {
	var none pki.Signed[custody.KeyRecord]
	replies, err := g.round(ctx, custody.GenerateRequest{Step: custody.StepStart, Plan: &plan})
	if err != nil {
		return none, err
	}
	next := custody.GenerateRequest{Step: custody.StepReveal, Ceremony: plan.Ceremony}
	if next.Commits, err = collect(replies, func(r custody.GenerateReply) *pki.Signed[custody.DKGCommit] { return r.Commit }); err != nil {
		return none, err
	}
	if replies, err = g.round(ctx, next); err != nil {
		return none, err
	}
	next = custody.GenerateRequest{Step: custody.StepCheck, Ceremony: plan.Ceremony}
	if next.Reveals, err = collect(replies, func(r custody.GenerateReply) *pki.Signed[custody.DKGReveal] { return r.Reveal }); err != nil {
		return none, err
	}
	if replies, err = g.round(ctx, next); err != nil {
		return none, err
	}
	next = custody.GenerateRequest{Step: custody.StepFinish, Ceremony: plan.Ceremony}
	if next.Checks, err = collect(replies, func(r custody.GenerateReply) *pki.Signed[custody.DKGCheck] { return r.Check }); err != nil {
		return none, err
	}
	if anyComplaint(next.Checks) {
		answers, err := g.round(ctx, custody.GenerateRequest{Step: custody.StepAnswer, Ceremony: plan.Ceremony, Checks: next.Checks})
		if err != nil {
			return none, err
		}
		for _, r := range answers {
			next.Answers = append(next.Answers, r.Answers...)
		}
	}
	if replies, err = g.round(ctx, next); err != nil {
		return none, err
	}
	records, err := collect(replies, func(r custody.GenerateReply) *pki.Signed[custody.KeyRecord] { return r.Record })
	if err != nil {
		return none, err
	}
	return g.join(records)
}

// join puts the n signatures over one record together and checks them all.
func (g *Group) join(records []pki.Signed[custody.KeyRecord]) (pki.Signed[custody.KeyRecord], error) {
	joined := pki.Signed[custody.KeyRecord]{Body: records[0].Body}
	for _, r := range records {
		for _, s := range r.Signatures {
			if err := joined.AddSignature(s); err != nil {
				return joined, err
			}
		}
	}
	_, err := custody.VerifyKeyRecord(joined, g.roster.Certificates())
	return joined, err
}

// round sends one step to everybody; the first error in order of index is returned.
func (g *Group) round(ctx context.Context, r custody.GenerateRequest) ([]custody.GenerateReply, error) {
	replies, errs := make([]custody.GenerateReply, len(g.clients)), make([]error, len(g.clients))
	g.each(func(i int, c *Client) { replies[i], errs[i] = c.generate(ctx, r) })
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return replies, nil
}

func collect[M any](replies []custody.GenerateReply, of func(custody.GenerateReply) *M) ([]M, error) {
	var list []M
	for _, r := range replies {
		m := of(r)
		if m == nil {
			return nil, errors.New("keyholder: a reply without the message of its step")
		}
		list = append(list, *m)
	}
	return list, nil
}

func anyComplaint(checks []pki.Signed[custody.DKGCheck]) bool {
	for _, c := range checks {
		if len(c.Body.Complaints) > 0 {
			return true
		}
	}
	return false
}

// Bind has a binding signed by all n keyholders and returns it complete. If one does not sign, the binding is not
// made; the same call may be repeated.
func (g *Group) Bind(ctx context.Context, r custody.BindRequest) (pki.Signed[custody.Binding], error) {
	signatures, errs := make([]pki.Signature, len(g.clients)), make([]error, len(g.clients))
	g.each(func(i int, c *Client) { signatures[i], errs[i] = c.Bind(ctx, r) })
	signed := pki.Signed[custody.Binding]{Body: r.Binding.Body}
	if err := errors.Join(errs...); err != nil {
		return signed, err
	}
	for _, s := range signatures {
		if err := signed.AddSignature(s); err != nil {
			return signed, err
		}
	}
	return signed, custody.VerifyBinding(signed, r.KeyRecord, g.roster.Certificates())
}

// Postpone asks everybody to sign a postponement and returns it with the signatures that came, each verified. Whether
// it is in force is custody.InForce's to say; errs, in order of index, tell who did not sign and why.
func (g *Group) Postpone(ctx context.Context, r custody.PostponeRequest) (signed pki.Signed[custody.Postponement], errs []error) {
	signatures := make([]pki.Signature, len(g.clients))
	errs = make([]error, len(g.clients))
	g.each(func(i int, c *Client) { signatures[i], errs[i] = c.Postpone(ctx, r) })
	signed = r.Postponement
	for i, s := range signatures {
		if errs[i] != nil || hasSigned(signed, s.Signer) {
			continue
		}
		with := signed
		if errs[i] = with.AddSignature(s); errs[i] == nil {
			if errs[i] = with.Verify(g.roster[i].Signing); errs[i] == nil {
				signed = with
			}
		}
	}
	return signed, errs
}

func hasSigned[T any](r pki.Signed[T], signer canon.Hash) bool {
	for _, s := range r.Signatures {
		if s.Signer == signer {
			return true
		}
	}
	return false
}

// Erase orders everybody to destroy its share; results and errors stand in order of index.
func (g *Group) Erase(ctx context.Context, r custody.EraseRequest) ([]pki.Signed[custody.Erased], []error) {
	results, errs := make([]pki.Signed[custody.Erased], len(g.clients)), make([]error, len(g.clients))
	g.each(func(i int, c *Client) { results[i], errs[i] = c.Erase(ctx, r) })
	return results, errs
}

// Release asks the keyholder at index for partial decryptions. The batch is not yet verified: custody.VerifyBatch.
func (g *Group) Release(ctx context.Context, index int, r custody.ReleaseRequest) (custody.Release, error) {
	return g.Client(index).Release(ctx, r)
}

func (g *Group) each(do func(i int, c *Client)) {
	var wait sync.WaitGroup
	for i, c := range g.clients {
		wait.Go(func() { do(i, c) })
	}
	wait.Wait()
}
