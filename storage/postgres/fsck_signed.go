package postgres

import (
	"context"
	"encoding/json"
	"slices"

	"sunbid/bidding/opening"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
)

// holder is a row of certificate; parsed when somebody signed with it.
type holder struct {
	der    []byte
	parsed *pki.Certificate
	broken bool
}

// readCertificates keeps every certificate at hand and wants it to have its fingerprint.
func (c *fsck) readCertificates(ctx context.Context) error {
	type stored struct{ Fingerprint, DER []byte }
	return each(ctx, c, `SELECT fingerprint, der FROM certificate`, func(x stored) {
		if canon.Sum(x.DER) != digest(x.Fingerprint) {
			c.r.fault("certificate.der or certificate.fingerprint of %s is wrong", canon.Hex(x.Fingerprint))
		}
		c.certificates[digest(x.Fingerprint)] = &holder{der: x.DER}
	})
}

// certificate is the one of a fingerprint; nil, and a fault, when it is not known or not readable.
func (c *fsck) certificate(fingerprint canon.Hash) *pki.Certificate {
	h := c.certificates[fingerprint]
	if h == nil {
		h = &holder{broken: true}
		c.certificates[fingerprint] = h
		c.r.fault("certificate %s is missing", fingerprint)
	}
	if h.parsed == nil && !h.broken {
		var err error
		if h.parsed, err = pki.ParseCertificate(h.der); err != nil {
			h.broken = true
			c.r.fault("certificate.der of %s: %v", fingerprint, err)
		}
	}
	return h.parsed
}

// signed reads a signed text strictly, and wants every signature on it to be good: nil where it cannot be read, which is a fault.
func signed[T any](c *fsck, what string, id any, raw []byte) *pki.Signed[T] {
	c.r.Signed++
	s, err := pki.ParseSigned[T](raw)
	if err == nil {
		if checked, ok := any(s.Body).(interface{ Check() error }); ok {
			err = checked.Check()
		}
	}
	if err != nil {
		c.r.fault("%s of %v is wrong: %v", what, id, err)
		return nil
	}
	for _, signature := range s.Signatures {
		signer := c.certificate(signature.Signer)
		if signer == nil {
			c.r.fault("%s of %v: its signer is not known", what, id)
		} else if err := s.Verify(signer); err != nil {
			c.r.fault("%s of %v is wrong: %v", what, id, err)
		}
	}
	return &s
}

// hashed wants a signed text to have the hash it stands under.
func hashed[T any](c *fsck, s *pki.Signed[T], what string, id any, want canon.Hash) {
	if hash, err := s.Hash(); err != nil || hash != want {
		c.r.fault("%s of %v is wrong", what, id)
	}
}

// documents wants every record to have its hash and good signatures.
func (c *fsck) documents(ctx context.Context) error {
	type stored struct{ Hash, Signed []byte }
	return each(ctx, c, `SELECT hash, signed FROM document`, func(x stored) {
		if s := signed[json.RawMessage](c, "document.signed", canon.Hex(x.Hash), x.Signed); s != nil {
			hashed(c, s, "document.signed or document.hash", canon.Hex(x.Hash), digest(x.Hash))
		}
	})
}

// batches holds partial decryptions against their columns. Their proofs were checked when they came, and are again in the public bundle.
func (c *fsck) batches(ctx context.Context) error {
	type stored struct {
		ID           int64
		Lot          string
		Hash         []byte
		Lock         string
		Holder       int
		Kind, Moment string
		Signed       []byte
	}
	return each(ctx, c, `SELECT id, lot, hash, lock, holder, kind, moment, signed FROM opening_batch`, func(x stored) {
		s := signed[custody.PartialsBatch](c, "opening_batch.signed", x.ID, x.Signed)
		if s == nil {
			return
		}
		hashed(c, s, "opening_batch.signed or opening_batch.hash", x.ID, digest(x.Hash))
		c.same("opening_batch", x.ID, "lot", x.Lot == s.Body.Lot, "lock", x.Lock == s.Body.Lock, "holder", x.Holder == s.Body.Index,
			"kind", x.Kind == s.Body.Kind, "moment", x.Moment == s.Body.Moment)
	})
}

// same takes names of columns, each with whether it is right.
func (c *fsck) same(table string, id any, columns ...any) {
	for pair := range slices.Chunk(columns, 2) {
		if !pair[1].(bool) {
			c.differs(table, pair[0].(string), id)
		}
	}
}

// keyReleases holds released keys against their events; the columns are compared with the event too.
func (c *fsck) keyReleases(ctx context.Context) error {
	type stored struct {
		ID       int64
		Lot, Bid string
		Digest   []byte
		Signed   []byte
		Body     []byte
	}
	const list = `SELECT k.id, k.lot, k.bid, k.digest, k.signed, (e.envelope->'body')::text FROM key_release k LEFT JOIN event e ON e.stream = k.stream AND e.seq = 1 ORDER BY k.id`
	return each(ctx, c, list, func(x stored) {
		s := signed[custody.KeyRelease](c, "key_release.signed", x.ID, x.Signed)
		if s == nil {
			return
		}
		var e opening.KeyReceived
		if err := canon.Unmarshal(x.Body, &e); err != nil {
			c.r.fault("key_release %d: its event: %v", x.ID, err)
			return
		}
		hashed(c, s, "key_release.signed", x.ID, e.Record)
		c.same("key_release", x.ID, "lot", x.Lot == s.Body.Lot, "bid", x.Bid == s.Body.Bid, "digest", digest(x.Digest) == s.Body.Digest)
	})
}

// keyPool wants every key in the pool to be the one of its record.
func (c *fsck) keyPool(ctx context.Context) error {
	type stored struct {
		Key    string
		Record []byte
	}
	return each(ctx, c, `SELECT key, record FROM key_pool`, func(x stored) {
		s := signed[custody.KeyRecord](c, "key_pool.record", x.Key, x.Record)
		if s == nil {
			return
		}
		c.same("key_pool", x.Key, "key", x.Key == s.Body.Key)
	})
}

// payloads wants payloads to have the digest they stand under.
func (c *fsck) payloads(ctx context.Context) error {
	type stored struct{ Digest, Salt, Bytes []byte }
	return each(ctx, c, `SELECT digest, salt, bytes FROM payload`, func(x stored) {
		if canon.Hash(sm.Sum(x.Salt, x.Bytes)) != digest(x.Digest) {
			c.r.fault("payload.bytes, payload.salt or payload.digest of %s is wrong", canon.Hex(x.Digest))
		}
	})
}
