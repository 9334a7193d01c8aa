package bundletest

import (
	"crypto/rand"
	"testing"
	"time"

	"sunbid/crypto/bundle"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
	"sunbid/crypto/tlog"
)

// open freezes, releases under both locks with as few holders as the thresholds ask, and signs the record and the causes.
func (o *Opening) open(t testing.TB, want Wanted) {
	t.Helper()
	c := &o.Contents
	o.Clock.Set(o.opening.Add(time.Second))
	now := canon.At(o.Clock.Now())
	statements := make([]canon.Hash, len(o.bids))
	for i, b := range o.bids {
		h, err := b.statement.Hash()
		must(t, err)
		statements[i] = h
	}
	var err error
	c.Freeze, err = pki.Sign(custody.Freeze{Type: custody.TypeFreeze, Class: o.Class, Tender: o.Tender, Lot: o.Lot, Binding: o.binding, OpeningAt: o.opening, FrozenAt: now,
		Count: len(statements), Root: custody.FreezeRoot(statements)}, o.Platform.Signer)
	must(t, err)
	freeze, err := c.Freeze.Hash()
	must(t, err)
	stream := "ev" + o.Lot[2:]
	o.Log.Append(o.Tender, o.Lot, stream, custody.EventFrozen, now.Time, m{"lot": o.Lot, "freeze": freeze})
	o.Log.Round()
	request := o.request(t, statements, o.Log.Checkpoint(now.Time))
	for _, k := range o.Keepers[:threshold] {
		r, err := k.Release(request)
		must(t, err)
		o.take(t, r)
	}
	o.releaseC(t, request)
	o.record(t, want, stream, freeze, now)
}

func (o *Opening) request(t testing.TB, statements []canon.Hash, under tlog.SignedCheckpoint) custody.ReleaseRequest {
	t.Helper()
	event := o.Log.Disclose(custody.EventFrozen, under)[0]
	r := custody.ReleaseRequest{Class: o.Class, Lot: o.Lot, Kind: string(seal.KindReadout), Moment: seal.MomentOpening,
		Freeze: custody.FreezeEvidence{Freeze: o.Contents.Freeze, Event: &event, Statements: statements, Consistency: custody.Consistency{Path: []canon.Hash{}}}}
	for _, b := range o.bids {
		raw, err := b.statement.Marshal()
		must(t, err)
		r.Items = append(r.Items, custody.ReleaseItem{Statement: raw, Certificate: b.by.Signing.DER(), Front: b.front.Bytes()})
	}
	return r
}

func (o *Opening) releaseC(t testing.TB, request custody.ReleaseRequest) {
	t.Helper()
	c := o.Contents
	certificates := custody.CertificatesOf(o.everybody()...)
	for _, p := range o.Officers[:threshold] {
		share, err := custody.OpenOfficerShare(c.OfficerKey.Body, p.Signing.Fingerprint(), p.Decryption)
		must(t, err)
		k, err := custody.NewOfficerKeeper(rand.Reader, o.Known, custody.OfficerFile{KeyRecord: c.KeyRecord, OfficerKey: c.OfficerKey, Binding: c.Binding,
			Postponements: c.Postponements, Dealer: o.Tenderer.Signing, Certificates: certificates}, p.Signer, share, custody.NewMemory(), o.Clock.Now)
		must(t, err)
		r, err := k.Release(request)
		must(t, err)
		o.take(t, r)
		k.Close()
	}
}

func (o *Opening) take(t testing.TB, r custody.Release) {
	t.Helper()
	if r.Batch == nil || len(r.Refused) > 0 {
		t.Fatalf("release refused: %+v", r.Refused)
	}
	o.Contents.Batches = append(o.Contents.Batches, *r.Batch)
	for _, it := range r.Batch.Body.Items {
		for _, b := range o.bids {
			if b.id != it.Bid {
				continue
			}
			if b.batches == nil {
				b.batches = map[string]map[int]tdh2.Point{custody.LockT: {}, custody.LockC: {}}
			}
			b.batches[r.Batch.Body.Lock][r.Batch.Body.Index] = it.Partial
		}
	}
}

// record publishes: rows, record, signatures of tenderer and agency, causes, and the log with its checkpoint.
func (o *Opening) record(t testing.TB, want Wanted, stream string, freeze canon.Hash, now canon.Time) {
	t.Helper()
	c := &o.Contents
	body := custody.OpeningRecord{Type: custody.TypeOpeningRecord, Class: o.Class, Tender: o.Tender, Lot: o.Lot, Mode: want.Mode, Binding: o.binding, Freeze: freeze,
		OpeningAt: o.opening, PublishedAt: canon.At(now.Add(time.Second)), Rows: []custody.Row{}}
	for i, b := range o.bids {
		hash, err := b.statement.Hash()
		must(t, err)
		row := custody.Row{Bid: b.id, Bidder: custody.NamedBidder{Name: b.by.Name, Code: b.by.Code}, Statement: hash, Arrival: b.arrival, Status: custody.Opened}
		entry := bundle.Bid{ID: b.id, Statement: b.statement, Readout: reader(b.file)}
		if want.Mode == custody.ModeBidderKey && i >= want.Unreleased {
			release := o.keyRelease(t, b)
			entry.KeyRelease = &release
			o.Log.Append(o.Tender, o.Lot, NewID("ev"), "opening.key-received.v1", now.Time, m{"lot": o.Lot, "bid": b.id, "digest": b.front.Digest()})
		}
		switch {
		case want.Mode == custody.ModeBidderKey && entry.KeyRelease == nil:
			row.Status, row.Reason = custody.NotDecrypted, bundle.NoKeyRelease
			c.Causes = append(c.Causes, o.cause(t, b))
		case b.garbled:
			row.Status, row.Reason = custody.NotDecrypted, "canon-not-canonical"
			c.Causes = append(c.Causes, o.cause(t, b))
		default:
			readout := b.readout
			row.Readout = &readout
		}
		body.Rows = append(body.Rows, row)
		c.Bids = append(c.Bids, entry)
	}
	record, err := pki.Sign(body, o.Platform.Signer, o.Tenderer.Signer, o.Agency.Signer)
	must(t, err)
	c.Record = record
	hash, err := record.Hash()
	must(t, err)
	o.Log.Append(o.Tender, o.Lot, stream, "opening.published.v1", now.Time, m{"lot": o.Lot, "record": hash})
	for _, p := range []Party{o.Tenderer, o.Agency} {
		o.Log.Append(o.Tender, o.Lot, stream, "opening.record-signed.v1", now.Time, m{"lot": o.Lot, "record": hash, "signer": p.Signing.Fingerprint()})
	}
	for _, cause := range c.Causes {
		h, err := cause.Hash()
		must(t, err)
		o.Log.Append(o.Tender, o.Lot, stream, "opening.cause-determined.v1", now.Time, m{"lot": o.Lot, "bid": cause.Body.Bid, "record": h})
	}
	o.Log.Append(o.Tender, o.Lot, o.Lot, "lot.opened.v1", now.Time, m{"lot": o.Lot, "record": hash})
	if want.Released {
		release := o.Release(t, o.Officers[:threshold]...)
		h, err := release.Hash()
		must(t, err)
		o.Log.Append(o.Tender, o.Lot, stream, custody.EventMomentReleased, now.Time, m{"lot": o.Lot, "moment": LaterMoment, "release": h})
		c.Releases = append(c.Releases, release)
	}
	o.Log.Round()
	c.Checkpoint = o.Log.Checkpoint(now.Time)
	c.Events = o.Log.Disclose("", c.Checkpoint)
	c.MadeAt = now
	c.Certificates = o.everybody()
}

// Release is the record that releases the later moment after the opening record, signed by these.
func (o *Opening) Release(t testing.TB, by ...Party) pki.Signed[custody.MomentRelease] {
	t.Helper()
	after, err := o.Contents.Record.Hash()
	must(t, err)
	signers := make([]pki.Signer, len(by))
	for i, p := range by {
		signers[i] = p.Signer
	}
	signed, err := pki.Sign(custody.MomentRelease{Type: custody.TypeRelease, Class: o.Class, Tender: o.Tender, Lot: o.Lot, Binding: o.binding,
		Moment: LaterMoment, After: after}, signers...)
	must(t, err)
	return signed
}

func (o *Opening) keyRelease(t testing.TB, b *sealedBid) pki.Signed[custody.KeyRelease] {
	t.Helper()
	kb, err := seal.OpenStanzaB(b.front.Header, b.by.Decryption)
	must(t, err)
	signed, err := pki.Sign(custody.KeyRelease{Type: custody.TypeKeyRelease, Class: o.Class, Lot: o.Lot, Bid: b.id, Digest: b.front.Digest(), KB: kb[:]}, b.by.Signer)
	must(t, err)
	return signed
}

func (o *Opening) cause(t testing.TB, b *sealedBid) pki.Signed[custody.Cause] {
	t.Helper()
	signed, err := pki.Sign(custody.Cause{Type: custody.TypeCause, Lot: o.Lot, Bid: b.id, Cause: custody.CauseBidder, TreatedAs: custody.TreatedRevoked, Evidence: "未在规定时间内解密"}, o.Tenderer.Signer)
	must(t, err)
	return signed
}

// everybody are all certificates of the opening.
func (o *Opening) everybody() []*pki.Certificate {
	list := []*pki.Certificate{o.Bidders.Certificate()}
	parties := append([]Party{o.Platform, o.LogParty, o.Tenderer, o.Agency}, o.Officers...)
	parties = append(parties, o.KeeperParties...)
	for _, b := range o.bids {
		parties = append(parties, b.by)
	}
	for _, p := range parties {
		list = append(list, p.Signing, p.Encryption)
	}
	return list
}
