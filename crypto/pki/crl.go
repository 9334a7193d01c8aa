package pki

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"maps"
	"math/big"
	"slices"
	"time"

	"sunbid/crypto/canon"
)

// maxCRL bounds a revocation list in bytes: about 200 000 entries.
const maxCRL = 8 << 20

// crl is a revocation list whose signature was checked.
type crl struct {
	thisUpdate, nextUpdate time.Time // nextUpdate may be zero
	revoked                map[string]time.Time
}

// tbsCRL is TBSCertList of RFC 5280 section 5.1. The issuer stays raw: names are compared byte for byte.
type tbsCRL struct {
	Version    int `asn1:"optional,default:0"`
	Algorithm  pkix.AlgorithmIdentifier
	Issuer     asn1.RawValue
	ThisUpdate time.Time
	NextUpdate time.Time                 `asn1:"optional"`
	Revoked    []pkix.RevokedCertificate `asn1:"optional"`
	Extensions []pkix.Extension          `asn1:"tag:0,optional,explicit"`
}

// WithCRL returns t knowing also this revocation list (DER). It must be signed by an issuer of t or by an intermediate
// that an issuer of t certified for it, else ErrCRL; one older than the list held of that issuer is ErrCRLOld. t itself
// does not change, so that judgements going on are not disturbed.
func (t *Trust) WithCRL(der []byte, intermediates ...*Certificate) (*Trust, error) {
	if len(der) > maxCRL {
		return nil, because(ErrCRL, "longer than 8 MiB")
	}
	tbs, signature, err := openSigned(der)
	if err != nil {
		return nil, because(ErrCRL, "malformed")
	}
	var list tbsCRL
	if rest, err := asn1.Unmarshal(tbs, &list); err != nil || len(rest) > 0 || !list.Algorithm.Algorithm.Equal(oidSM2WithSM3()) {
		return nil, because(ErrCRL, "malformed")
	}
	for _, e := range list.Extensions {
		if e.Critical { // a delta or a partial list: it would be read as more than it says
			return nil, because(ErrCRL, "unknown critical extension")
		}
	}
	issuer := t.crlIssuer(list, tbs, signature, intermediates)
	if issuer == nil {
		return nil, because(ErrCRL, "not signed by a trusted issuer")
	}
	id := issuer.fingerprint
	if held, ok := t.crls[id]; ok && list.ThisUpdate.Before(held.thisUpdate) {
		return nil, ErrCRLOld
	}
	read := &crl{thisUpdate: list.ThisUpdate.UTC(), nextUpdate: list.NextUpdate.UTC(), revoked: make(map[string]time.Time, len(list.Revoked))}
	for _, r := range list.Revoked {
		read.revoked[serialKey(r.SerialNumber)] = r.RevocationTime
	}
	u := *t
	u.crls = maps.Clone(t.crls)
	if u.crls == nil {
		u.crls = map[canon.Hash]*crl{}
	}
	u.crls[id] = read
	return &u, nil
}

func (t *Trust) crlIssuer(list tbsCRL, tbs, signature []byte, intermediates []*Certificate) *Certificate {
	for _, c := range slices.Concat(t.Issuers, intermediates) {
		if c.usage != Issuing || !c.crlSign || !bytes.Equal(c.rawSubject, list.Issuer.FullBytes) || !c.verifier.Verify(tbs, signature) {
			continue
		}
		if _, err := t.chain(c, intermediates); err == nil {
			return c
		}
	}
	return nil
}

// StaleCRLs lists the issuers of the trust list whose revocation list is missing or due for replacement at that
// instant. Judging goes on with what is held; the operator is to be told.
func (t *Trust) StaleCRLs(at time.Time) []*Certificate {
	var stale []*Certificate
	for _, c := range t.Issuers {
		held, ok := t.crls[c.fingerprint]
		if !ok || !held.nextUpdate.IsZero() && at.After(held.nextUpdate) {
			stale = append(stale, c)
		}
	}
	return stale
}

func serialKey(n *big.Int) string { return n.Text(16) }
