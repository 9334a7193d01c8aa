package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
	"sunbid/crypto/tlog"
)

// factOf is what a stored event says of a bid; false for another event, and for none.
func factOf(envelope []byte) (fact bid.Fact, action seal.Action, ok bool) {
	x, err := tlog.ParseEnvelope(envelope)
	if err != nil {
		return fact, "", false
	}
	e, err := bid.DecodeEvent(x.Event, x.Body)
	if err != nil {
		return fact, "", false
	}
	switch e := e.(type) {
	case bid.BidSubmitted:
		return e.Fact, seal.ActionSubmit, true
	case bid.BidReplaced:
		return e.Fact, seal.ActionReplace, true
	case bid.BidWithdrawn:
		return e.Fact, seal.ActionWithdraw, true
	}
	return fact, "", false
}

// statements holds every signed statement against its columns and against the event that took it.
func (c *fsck) statements(ctx context.Context) error {
	type stored struct {
		Hash     []byte
		Bid, Lot string
		Signed   []byte
		At       time.Time
		Envelope []byte
	}
	const list = `SELECT s.statement, s.bid, s.lot, s.signed, s.at, e.envelope FROM statement s
		LEFT JOIN receipt r ON r.statement = s.statement AND r.accepted LEFT JOIN event e ON e.stream = r.stream AND e.seq = r.seq`
	return each(ctx, c, list, func(x stored) {
		id := canon.Hex(x.Hash)
		fact, action, ok := factOf(x.Envelope)
		if !ok {
			c.r.fault("statement.statement of %s: no receipt, or no event", id)
			return
		}
		c.same("statement", id, "at", canon.At(x.At).Equal(fact.Arrival.Time), "bid", x.Bid == fact.Bid.String(), "lot", x.Lot == fact.Lot.String(),
			"statement", digest(x.Hash) == fact.Statement)
		s := signed[seal.Statement](c, "statement.signed", id, x.Signed)
		if s == nil {
			return
		}
		hashed(c, s, "statement.signed or statement.statement", id, digest(x.Hash))
		b := s.Body
		parts := make([]bid.Part, len(b.Parts))
		for i, p := range b.Parts {
			parts[i] = bid.Part{Kind: p.Kind, Moment: p.Moment, Digest: p.Digest, Size: p.Size}
		}
		if b.Action != action || b.Bid != x.Bid || b.Lot != x.Lot || b.Tender != fact.Tender.String() || b.Version != int64(fact.Version) ||
			len(s.Signatures) != 1 || s.Signatures[0].Signer != fact.Certificate || !slices.Equal(parts, fact.Parts) {
			c.r.fault("statement.signed of %s says something else than its event", id)
		}
	})
}

type storedReceipt struct {
	ID        string
	Org       string
	Statement []byte
	Accepted  bool
	Signed    []byte
	Stream    string
	Seq       int
	Envelope  []byte
	Salt      []byte
	Owner     *string
	Attempt   []byte
}

const selectReceipts = `SELECT r.receipt, r.org, r.statement, r.accepted, r.signed, r.stream, r.seq, e.envelope, e.salt, coalesce(b.org, a.org), a.signed
	FROM receipt r LEFT JOIN event e ON e.stream = r.stream AND e.seq = r.seq LEFT JOIN bid b ON b.bid = r.stream LEFT JOIN attempt a ON a.stream = r.stream
	WHERE r.receipt > $1 ORDER BY r.receipt LIMIT $2`

// receipts holds every receipt against its columns, its event, and the objects that it names.
func (c *fsck) receipts(ctx context.Context) error {
	return pages(ctx, c, selectReceipts, func(x storedReceipt) string { return x.ID }, func(list []storedReceipt) error {
		var named []receivedPart
		for _, x := range list {
			named = append(named, c.receipt(x)...)
		}
		return c.received(ctx, named)
	})
}

// receivedPart is a part that a receipt names.
type receivedPart struct {
	receipt, lot, org string
	seal.ReceivedPart
}

func (c *fsck) receipt(x storedReceipt) []receivedPart {
	if x.Envelope == nil {
		c.r.fault("receipt.stream or receipt.seq of %s: no such event", x.ID)
		return nil
	}
	c.same("receipt", x.ID, "org", x.Owner != nil && *x.Owner == x.Org)
	s := signed[seal.Receipt](c, "receipt.signed", x.ID, x.Signed)
	if s == nil {
		return nil
	}
	b := s.Body
	c.same("receipt", x.ID, "receipt", b.Receipt == x.ID, "statement", b.Statement == digest(x.Statement), "stream", b.Envelope.Stream == x.Stream,
		"seq", b.Envelope.Seq == int64(x.Seq), "accepted", x.Accepted == (b.Outcome == seal.OutcomeAccepted))
	if envelope, err := b.Envelope.Canonical(); err != nil || !bytes.Equal(envelope, x.Envelope) || !bytes.Equal(b.Salt, x.Salt) {
		c.r.fault("receipt.signed of %s is of another event", x.ID)
	}
	var list []receivedPart
	for _, p := range b.Parts {
		list = append(list, receivedPart{x.ID, b.Lot, x.Org, p})
	}
	if b.Outcome != seal.OutcomeAccepted {
		if attempted, err := bidding.Decode[bid.AttemptRefused](b.Envelope.Body); err != nil || attempted.(bid.AttemptRefused).Statement == nil ||
			*attempted.(bid.AttemptRefused).Statement != b.Statement || x.Attempt == nil {
			c.r.fault("receipt.signed of %s refuses another statement", x.ID)
		}
		return nil
	}
	fact, action, ok := factOf(x.Envelope)
	parts := make([]bid.Part, len(b.Parts))
	for i, p := range b.Parts {
		parts[i] = bid.Part{Kind: p.Kind, Digest: p.Digest, Size: p.Size}
		if i < len(fact.Parts) {
			parts[i].Moment = fact.Parts[i].Moment
		}
	}
	if !ok || b.Action != action || b.Bid != fact.Bid.String() || b.Version != int64(fact.Version) || b.Statement != fact.Statement ||
		!b.Arrival.Equal(fact.Arrival.Time) || !slices.Equal(parts, fact.Parts) {
		c.r.fault("receipt.signed of %s says something else than its event", x.ID)
	}
	return list
}

// received wants the parts that receipts name to lie in as many objects as they name. A restore gives objects other versions; those that the
// rows name are looked for with the parts.
func (c *fsck) received(ctx context.Context, named []receivedPart) error {
	type stored struct {
		Lot, Org        string
		Digest, Objects []byte
	}
	digests := make([][]byte, len(named))
	for i, p := range named {
		digests[i] = p.Digest[:]
	}
	type key struct {
		lot, org string
		digest   canon.Hash
	}
	versions := map[key][][]string{} // the same file may have come twice
	const list = `SELECT p.lot, p.org, p.digest, p.objects FROM sealed_part p JOIN upload USING (upload) WHERE p.digest = ANY($1) AND used`
	err := each(ctx, c, list, func(x stored) {
		var objects []bid.Object
		if json.Unmarshal(x.Objects, &objects) != nil {
			return // found with the parts
		}
		of := make([]string, len(objects))
		for i, o := range objects {
			of[i] = o.Version
		}
		k := key{x.Lot, x.Org, digest(x.Digest)}
		versions[k] = append(versions[k], of)
	}, digests)
	for _, p := range named {
		there := versions[key{p.lot, p.org, p.Digest}]
		switch {
		case slices.ContainsFunc(there, func(of []string) bool { return slices.Equal(of, p.Objects) }):
		case slices.ContainsFunc(there, func(of []string) bool { return len(of) == len(p.Objects) }):
			c.r.Moved++
		default:
			c.r.fault("sealed_part.objects of %s are not those of receipt %s", p.Digest, p.receipt)
		}
	}
	return err
}

// attempts holds the statements that were refused against their events.
func (c *fsck) attempts(ctx context.Context) error {
	type stored struct {
		Stream string
		Signed []byte
		Body   []byte
	}
	const list = `SELECT a.stream, a.signed, (e.envelope->'body')::text FROM attempt a LEFT JOIN event e ON e.stream = a.stream AND e.seq = 1`
	return each(ctx, c, list, func(x stored) {
		e, err := bidding.Decode[bid.AttemptRefused](x.Body)
		if err != nil {
			c.r.fault("attempt %s: its event: %v", x.Stream, err)
			return
		}
		want := e.(bid.AttemptRefused).Statement
		if want == nil {
			c.same("attempt", x.Stream, "signed", x.Signed == nil)
			return
		}
		// Its signature may be what it was refused for.
		var s seal.SignedStatement
		if err := canon.Unmarshal(x.Signed, &s); err != nil {
			c.r.fault("attempt.signed of %s is wrong: %v", x.Stream, err)
			return
		}
		hashed(c, &s, "attempt.signed", x.Stream, *want)
	})
}
