package bundletest

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"sunbid/crypto/bundle"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
	"sunbid/crypto/tdh2"
)

// Wanted says what opening to make.
type Wanted struct {
	Mode       string // custody.ModeKeyholders by default
	Bids       int
	Unreleased int    // mode B: how many of the bidders never release their key
	Postponed  bool   // once, before any bid
	Garbled    bool   // one bidder seals something that is no read-out
	Later      bool   // the lot has price documents that open at a moment of their own (双信封)
	Released   bool   // and the officers have released it
	End        string // bundle.Failed or bundle.Terminated: it is never opened
}

// Opening is a lot that was opened, and everybody who took part.
type Opening struct {
	Class, Tender, Lot string
	CA                 *pki.CA // root of the trust list
	Bidders            *pki.CA // under CA: issues to bidders
	Clock              *Clock
	Platform, LogParty Party
	Tenderer, Agency   Party
	Officers           []Party
	Keepers            []*custody.Keeper
	KeeperParties      []Party
	Known              custody.Known
	Log                *Log
	Contents           bundle.Contents
	Bodies             []string // secrets that no bundle may hold

	bids    []*sealedBid
	disks   []*disk
	binding canon.Hash
	opening canon.Time
}

// LaterMoment is the moment of a lot made with Wanted.Later.
const LaterMoment = "price"

// threshold 2 of 3 on both locks.
const (
	holders   = 3
	threshold = 2
)

// New makes an opening, from the draft of the lot to the signed record.
func New(t testing.TB, want Wanted) *Opening {
	t.Helper()
	if want.Mode == "" {
		want.Mode = custody.ModeKeyholders
	}
	start := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	o := &Opening{Class: custody.Rehearsal, Tender: NewID("td"), Lot: NewID("lt"), Clock: &Clock{at: start}}
	var err error
	o.CA, err = pki.NewCA(rand.Reader, pki.Subject{Organisation: "演练认证机构", Name: "演练认证机构", Code: "ca"}, o.Class, start.Add(-time.Hour))
	must(t, err)
	o.Bidders, err = o.CA.Delegate(rand.Reader, pki.Subject{Organisation: "演练认证机构", Name: "演练投标人认证", Code: "ca-bidders"}, start.Add(-time.Hour))
	must(t, err)
	o.Platform = Enrol(t, o.CA, "交易平台", "platform", start)
	o.LogParty = Enrol(t, o.CA, "公开日志", "log", start)
	o.Tenderer = Enrol(t, o.CA, "招标人", CreditCode(9001), start)
	o.Agency = Enrol(t, o.CA, "代理机构", CreditCode(9002), start)
	o.Log = NewLog(t, o.Class, o.LogParty.Signer)
	o.group(t, holders, threshold)
	o.prepare(t, want)
	o.submit(t, want)
	if want.End != "" {
		o.close(t, want.End)
	} else {
		o.open(t, want)
	}
	return o
}

// Trust is the trust list of everybody in the opening.
func (o *Opening) Trust(t testing.TB) *pki.Trust {
	t.Helper()
	list := pki.TrustList{Type: pki.TrustType, Class: o.Class, Issuers: [][]byte{o.CA.Certificate().DER()},
		Platform: []canon.Hash{o.Platform.Signing.Fingerprint()}, Log: []canon.Hash{o.LogParty.Signing.Fingerprint()}}
	for _, p := range o.KeeperParties {
		list.Keyholders = append(list.Keyholders, p.Signing.Fingerprint())
	}
	trust, err := list.Open()
	must(t, err)
	return trust
}

type m = map[string]any

// prepare draws up the lot: officers' key, key, binding, notice, postponement.
func (o *Opening) prepare(t testing.TB, want Wanted) {
	t.Helper()
	at := o.Clock.Now()
	c := &o.Contents
	c.Tender = bundle.Tender{
		Type: bundle.TypeTender, Class: o.Class, Tender: o.Tender, Lot: o.Lot, Number: "YL-2026-001", Title: "某道路改造工程施工招标", Region: "440100",
		Regime: "engineering", RuleSet: "rehearsal-1", Tenderer: bundle.Party{Name: o.Tenderer.Name, Code: o.Tenderer.Code},
		Agency: &bundle.Party{Name: o.Agency.Name, Code: o.Agency.Code}, LotNumber: 1, LotName: "一标段", Mode: want.Mode, CeilingFen: 2_000_000_000,
	}
	x := c.Tender
	kinds := []m{{"kind": "body", "moment": "opening", "required": true}, {"kind": "readout", "moment": "opening", "required": true}}
	if want.Later || want.Released {
		kinds = append(kinds, m{"kind": "price", "moment": LaterMoment, "required": false})
	}
	o.Log.Append(o.Tender, "", o.Tender, "tender.created.v1", at, m{"tender": m{
		"id": o.Tender, "class": o.Class, "number": x.Number, "title": x.Title, "region": x.Region, "regime": x.Regime, "rule_set": x.RuleSet, "tenderer": x.Tenderer, "agency": x.Agency}})
	o.Log.Append(o.Tender, o.Lot, o.Lot, "lot.drafted.v1", at, m{"lot": m{
		"id": o.Lot, "class": o.Class, "number": x.LotNumber, "name": x.LotName, "rule_set": x.RuleSet, "ceiling_fen": x.CeilingFen,
		"kinds": kinds}})
	o.Log.Round()

	var officers []custody.Officer
	for i := range holders {
		p := Enrol(t, o.CA, fmt.Sprintf("解锁人%d", i+1), fmt.Sprintf("officer-%d", i+1), at)
		o.Officers = append(o.Officers, p)
		officers = append(officers, custody.Officer{Name: p.Name, Role: "officer", Signing: p.Signing, Encryption: p.Encryption})
	}
	var err error
	c.OfficerKey, err = custody.DealOfficerKey(rand.Reader, custody.Dealing{Class: o.Class, Tender: o.Tender, Lot: o.Lot, Threshold: threshold, DealtAt: canon.At(at)}, officers, o.Tenderer.Signer)
	must(t, err)
	c.KeyRecord = o.generate(t)
	o.opening = canon.At(at.Add(time.Hour))
	o.bind(t, want.Mode)
	o.Log.Append(o.Tender, o.Lot, o.Lot, "lot.key-bound.v1", at, m{"lot": o.Lot, "binding": o.binding})
	o.notice(t, "tender-notice", "招标公告", "lot.announced.v1")
	o.Log.Round()
	c.Tender.OpeningTimes = []canon.Time{o.opening}
	if want.Postponed {
		o.postpone(t)
	}
}

func (o *Opening) bind(t testing.TB, mode string) {
	t.Helper()
	c := &o.Contents
	record, err := c.KeyRecord.Hash()
	must(t, err)
	officers, err := c.OfficerKey.Hash()
	must(t, err)
	c.Binding.Body = custody.Binding{Type: custody.TypeBinding, Class: o.Class, Tender: o.Tender, Lot: o.Lot, Key: c.KeyRecord.Body.Key, KeyRecord: record, OfficerKey: officers,
		Mode: mode, OpeningAt: o.opening, Authorities: []custody.Authority{{Role: "tenderer", Certificate: o.Tenderer.Signing.Fingerprint()}, {Role: "agency", Certificate: o.Agency.Signing.Fingerprint()}}}
	c.Binding.Signatures = []pki.Signature{}
	for _, k := range o.Keepers {
		s, err := k.Bind(custody.BindRequest{Binding: c.Binding, KeyRecord: c.KeyRecord, OfficerKey: c.OfficerKey, Dealer: o.Tenderer.Signing.DER()})
		must(t, err)
		must(t, c.Binding.AddSignature(s))
	}
	o.binding, err = c.Binding.Hash()
	must(t, err)
}

type noticeRecord struct {
	Type   string `json:"type"`
	Class  string `json:"class"`
	Tender string `json:"tender"`
	Kind   string `json:"kind"`
	Number int    `json:"number"`
	Title  string `json:"title"`
}

func (o *Opening) notice(t testing.TB, kind, title, event string) canon.Hash {
	t.Helper()
	signed, err := pki.Sign(noticeRecord{"sunbid/notice/v1", o.Class, o.Tender, kind, len(o.Contents.Notices) + 1, title}, o.Tenderer.Signer)
	must(t, err)
	raw, err := signed.Marshal()
	must(t, err)
	hash, err := signed.Hash()
	must(t, err)
	o.Contents.Notices = append(o.Contents.Notices, raw)
	id := NewID("nt")
	o.Log.Append(o.Tender, o.Lot, id, "notice.published.v1", o.Clock.Now(), m{"notice": id, "hash": hash})
	if event != "" {
		o.Log.Append(o.Tender, o.Lot, o.Lot, event, o.Clock.Now(), m{"lot": o.Lot, "notice": hash})
	}
	return hash
}

func (o *Opening) postpone(t testing.TB) {
	t.Helper()
	notice := o.notice(t, "postponement", "延期公告", "")
	to := canon.At(o.opening.Add(30 * time.Minute))
	p, err := pki.Sign(custody.Postponement{Type: custody.TypePostponement, Class: o.Class, Tender: o.Tender, Lot: o.Lot, Binding: o.binding, Number: 1,
		OpeningFrom: o.opening, OpeningTo: to, Reason: "系统维护", Notice: notice}, o.Tenderer.Signer)
	must(t, err)
	for _, k := range o.Keepers[:holders-threshold+1] { // as few as put it in force
		s, err := k.Postpone(custody.PostponeRequest{Postponement: p, Certificates: [][]byte{o.Tenderer.Signing.DER()}})
		must(t, err)
		must(t, p.AddSignature(s))
	}
	hash, err := p.Hash()
	must(t, err)
	o.Log.Append(o.Tender, o.Lot, o.Lot, "lot.postponed.v1", o.Clock.Now(), m{"lot": o.Lot, "record": hash, "notice": notice})
	o.Log.Round()
	o.opening = to
	o.Contents.Postponements = append(o.Contents.Postponements, p)
	o.Contents.Tender.OpeningTimes = append(o.Contents.Tender.OpeningTimes, to)
}

// sealedBid is one bid as its bidder made it.
type sealedBid struct {
	id        string
	by        Party
	readout   seal.Readout
	file      []byte
	front     seal.Front
	statement seal.SignedStatement
	arrival   canon.Time
	batches   map[string]map[int]tdh2.Point
	garbled   bool
}

// submit seals and hands in every bid; the first is replaced once, so that a stream has two events.
func (o *Opening) submit(t testing.TB, want Wanted) {
	t.Helper()
	o.Clock.Set(o.Clock.Now().Add(10 * time.Minute))
	for i := range want.Bids {
		b := &sealedBid{id: NewID("bd"), by: Enrol(t, o.Bidders, fmt.Sprintf("投标人%d有限公司", i+1), CreditCode(i+1), o.Clock.Now())}
		price := int64(1_000_000_00 + i*12345)
		b.readout = seal.Readout{Type: seal.ReadoutType, Bidder: seal.Party{Name: b.by.Name, Code: b.by.Code}, PriceFen: &price, DurationDays: 365, Quality: "合格", Security: "电子保函", Extra: map[string]string{}}
		body := "投标文件正文，仅招标人可见 " + NewID("ev")
		o.Bodies = append(o.Bodies, body)
		b.garbled = want.Garbled && i == want.Bids-1
		o.sealReadout(t, b, want.Mode)
		o.handIn(t, b, seal.ActionSubmit, "bid.submitted.v1")
		if i == 0 {
			o.handIn(t, b, seal.ActionReplace, "bid.replaced.v1")
		}
		o.bids = append(o.bids, b)
	}
	slices.SortFunc(o.bids, func(a, b *sealedBid) int { return strings.Compare(a.id, b.id) })
	o.Log.Round()
}

func (o *Opening) sealReadout(t testing.TB, b *sealedBid, mode string) {
	t.Helper()
	content, err := b.readout.Encode()
	must(t, err)
	if b.garbled {
		content = []byte("报价见附件")
	}
	b.file, b.front = o.Seal(t, b.by, seal.KindReadout, content, mode)
}

// Seal seals content for the lot as a bidder does.
func (o *Opening) Seal(t testing.TB, by Party, kind seal.Kind, content []byte, mode string) ([]byte, seal.Front) {
	t.Helper()
	keys := seal.Keys{T: o.Contents.KeyRecord.Body.PublicKey, C: o.Contents.OfficerKey.Body.PublicKey}
	if mode == custody.ModeBidderKey {
		var own sm.PublicKey = by.Encryption.PublicKey()
		keys.B = &own
	}
	var file buffer
	front, err := seal.SealFile(rand.Reader, keys, seal.Purpose{Class: o.Class, Binding: o.binding, Lot: o.Lot, Bidder: by.Signing.Fingerprint(), Kind: kind,
		Moment: seal.MomentOpening, NotBefore: o.opening.Time}, by.Signer, bytes.NewReader(content), int64(len(content)), &file, nil)
	must(t, err)
	return file, front
}

func (o *Opening) handIn(t testing.TB, b *sealedBid, action seal.Action, event string) {
	t.Helper()
	s := seal.Statement{Type: seal.StatementType, Class: o.Class, Tender: o.Tender, Lot: o.Lot, Bid: b.id, Binding: o.binding, Version: b.statement.Body.Version + 1,
		Action: action, SignedAt: canon.At(o.Clock.Now()), Parts: []seal.Part{{Kind: seal.KindReadout, Moment: seal.MomentOpening, Digest: b.front.Digest(), Size: int64(len(b.file))}}}
	if s.Version > 1 {
		previous, err := b.statement.Hash()
		must(t, err)
		s.Previous = previous
	}
	var err error
	b.statement, err = pki.Sign(s, b.by.Signer)
	must(t, err)
	hash, err := b.statement.Hash()
	must(t, err)
	b.arrival = canon.At(o.Clock.Now())
	o.Log.Append(o.Tender, o.Lot, b.id, event, o.Clock.Now(), m{"bid": b.id, "lot": o.Lot, "tender": o.Tender, "bidder_name": b.by.Name, "code": b.by.Code,
		"certificate": b.by.Signing.Fingerprint(), "version": s.Version, "statement": hash, "arrival": b.arrival})
}

// Statement is the newest statement of the i-th bid in order of bid, with its bidder.
func (o *Opening) Statement(i int) (seal.SignedStatement, Party) {
	return o.bids[i].statement, o.bids[i].by
}

// buffer is an io.WriterAt in memory.
type buffer []byte

func (b *buffer) WriteAt(p []byte, at int64) (int, error) {
	if need := int(at) + len(p); need > len(*b) {
		*b = append(*b, make([]byte, need-len(*b))...)
	}
	return copy((*b)[at:], p), nil
}

func reader(b []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
}
