package pki

import (
	"slices"
	"time"
)

// MaxChain is how many certificates may stand from the one judged to the trusted issuer, both counted.
const MaxChain = 4

// Judge decides whether c was good for usage at an instant: usage, a chain over intermediates to an issuer of the trust
// list, the validity of every certificate of the chain, and no revocation at or before that instant. It returns nil
// or an error with one of the codes certificate-malformed, -usage, -foreign, -not-yet-valid, -expired, -revoked; the
// first that applies in this order. An issuer without a revocation list has revoked nothing (see StaleCRLs).
func (t *Trust) Judge(c *Certificate, usage Usage, at time.Time, intermediates ...*Certificate) error {
	if c == nil {
		return ErrMalformed
	}
	if c.usage != usage || usage == NoUsage {
		return because(ErrUsage, c.usage.String())
	}
	chain, err := t.chain(c, intermediates)
	if err != nil {
		return err
	}
	for i, link := range chain {
		if at.Before(link.notBefore) {
			return ErrNotYetValid
		}
		if at.After(link.notAfter) {
			return ErrExpired
		}
		if i+1 == len(chain) {
			break
		}
		if held, ok := t.crls[chain[i+1].fingerprint]; ok {
			if since, revoked := held.revoked[serialKey(link.serial)]; revoked && !at.Before(since) {
				return ErrRevoked
			}
		}
	}
	return nil
}

// chain leads from c up to and including a trusted issuer, or is ErrForeign. Two issuers of one name are told apart
// by their keys.
func (t *Trust) chain(c *Certificate, intermediates []*Certificate) ([]*Certificate, error) {
	if len(intermediates) > MaxChain {
		return nil, because(ErrForeign, "too many intermediates")
	}
	chain := []*Certificate{c}
	if c.usage == Issuing && t.isIssuer(c) {
		return chain, nil
	}
	for len(chain) < MaxChain {
		last := chain[len(chain)-1]
		if i := slices.IndexFunc(t.Issuers, func(x *Certificate) bool { return mayIssue(x, chain) && last.issuedBy(x) }); i >= 0 {
			return append(chain, t.Issuers[i]), nil
		}
		i := slices.IndexFunc(intermediates, func(x *Certificate) bool { return x != last && mayIssue(x, chain) && last.issuedBy(x) })
		if i < 0 {
			return nil, ErrForeign
		}
		chain = append(chain, intermediates[i])
	}
	return nil, because(ErrForeign, "chain too long")
}

func (t *Trust) isIssuer(c *Certificate) bool {
	return slices.ContainsFunc(t.Issuers, func(x *Certificate) bool { return x.fingerprint == c.fingerprint })
}

// mayIssue holds x to its path length: how many intermediates may stand between it and the end certificate.
func mayIssue(x *Certificate, below []*Certificate) bool {
	between := len(below)
	if below[0].usage != Issuing {
		between--
	}
	return x.maxPath < 0 || between <= x.maxPath
}
