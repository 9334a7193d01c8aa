package pki

import (
	"fmt"
	"slices"

	"sunbid/crypto/canon"
)

// TrustList is the record `sunbid/trust/v1` (SPEC.md section 9), signed or bare.
type TrustList struct {
	Type       string       `json:"type"`
	Class      string       `json:"class"`
	Issuers    [][]byte     `json:"issuers"`
	Platform   []canon.Hash `json:"platform"`
	Log        []canon.Hash `json:"log"`
	Keyholders []canon.Hash `json:"keyholders"`
}

// TrustType is the type of a trust list.
const TrustType = "sunbid/trust/v1"

// RecordType is the type a signed trust list must have.
func (TrustList) RecordType() string { return TrustType }

const (
	maxTrust   = 1 << 20
	maxIssuers = 256
)

// Trust is a trust list made ready: whose certificates count, and which parties act as platform, log and keyholders.
// It is not changed once in use.
type Trust struct {
	Class      string
	Issuers    []*Certificate
	Platform   []canon.Hash // fingerprints of the platform's signing certificates
	Log        []canon.Hash
	Keyholders []canon.Hash

	crls map[canon.Hash]*crl // by fingerprint of the issuer
}

// ParseTrust reads a bare trust list; see Open for a signed one. Anything malformed is ErrTrust or an error of canon.
func ParseTrust(data []byte) (*Trust, error) {
	if len(data) > maxTrust {
		return nil, because(ErrTrust, "longer than 1 MiB")
	}
	var l TrustList
	if err := canon.Unmarshal(data, &l); err != nil {
		return nil, err
	}
	return l.Open()
}

// Open makes the list ready. An issuer that is no CA's certificate is ErrTrust.
func (l TrustList) Open() (*Trust, error) {
	if l.Type != TrustType || l.Class != Production && l.Class != Rehearsal || len(l.Issuers) > maxIssuers {
		return nil, ErrTrust
	}
	t := &Trust{Class: l.Class, Platform: l.Platform, Log: l.Log, Keyholders: l.Keyholders}
	for i, der := range l.Issuers {
		c, err := ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("issuer %d: %w", i, err)
		}
		if c.usage != Issuing {
			return nil, because(ErrTrust, "issuer is no CA")
		}
		t.Issuers = append(t.Issuers, c)
	}
	return t, nil
}

// List is the record of t. Revocation lists are not part of it.
func (t *Trust) List() TrustList {
	l := TrustList{Type: TrustType, Class: t.Class, Platform: t.Platform, Log: t.Log, Keyholders: t.Keyholders}
	for _, c := range t.Issuers {
		l.Issuers = append(l.Issuers, c.DER())
	}
	return l
}

// Marshal is the bare trust list.
func (t *Trust) Marshal() ([]byte, error) { return canon.Marshal(t.List()) }

// IsPlatform tells whether the platform signs with this certificate.
func (t *Trust) IsPlatform(c *Certificate) bool { return slices.Contains(t.Platform, c.fingerprint) }

// IsLog tells whether the log signs with this certificate.
func (t *Trust) IsLog(c *Certificate) bool { return slices.Contains(t.Log, c.fingerprint) }

// IsKeyholder tells whether a keyholder signs with this certificate.
func (t *Trust) IsKeyholder(c *Certificate) bool { return slices.Contains(t.Keyholders, c.fingerprint) }
