package node

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
	"sunbid/bidding/tender"
	"sunbid/crypto/bundle"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/storage/postgres"
	"sunbid/storage/translog"
)

// Refusals of an export: before the publication, or before the last share of a lot that is never opened is gone, nothing is let out.
var (
	errNotErased    = bidding.Refuse("bundle-not-erased", bidding.Early, "IR-31", "密钥保管方尚未全部销毁开标密钥，请稍后再导出公开数据包。", "not every keyholder has erased its share yet")
	errNeverBound   = bidding.Refuse("bundle-never-bound", bidding.Missing, "", "本标段在绑定开标密钥之前已终止，没有可供核对的公开数据。", "the lot ended before a key was bound: there is nothing to verify")
	errNotPublished = bidding.Refuse("bundle-not-published", bidding.Early, "E20-32", "开标结果尚未公布，不能导出公开数据包。", "the opening is not published yet")
)

// exporter gathers what the public bundle of a lot holds.
type exporter struct {
	ctx      context.Context
	lot      bidding.LotID
	tenders  *postgres.Tenders
	openings *postgres.Openings
	gazette  *postgres.Gazette
	uploads  *postgres.Uploads
	trusted  *postgres.Certificates
	log      *translog.Log
	vault    vault
	state    opening.State
	drafted  tender.State
	drawn    tender.LotState
	frozen   []opening.Admitted
}

// Export writes the public bundle of a lot whose opening is published into dir, which must not exist. It may run beside a serving
// process.
func Export(ctx context.Context, c Config, lot bidding.LotID, dir string, clock bidding.Clock) error {
	own, err := c.keys()
	if err != nil {
		return err
	}
	n := &Node{config: c, clock: clock}
	st, err := n.open(ctx, own)
	if err != nil {
		return err
	}
	defer n.close()
	log := translog.NewLog(st.db.App(), own.log.Certificate(), c.Class)
	listening, stop := context.WithCancel(ctx)
	defer stop()
	go log.Run(listening, slog.New(slog.DiscardHandler))
	return writeBundle(ctx, own, st, log, lot, dir, clock.Now())
}

// writeBundle gathers and writes it.
func writeBundle(ctx context.Context, own keys, st stores, log *translog.Log, lot bidding.LotID, dir string, at time.Time) error {
	e := &exporter{
		ctx: ctx, lot: lot, tenders: postgres.NewTenders(st.db), openings: postgres.NewOpenings(st.db), gazette: postgres.NewGazette(st.db, log.Consistency),
		uploads: postgres.NewUploads(st.db), trusted: st.trusted, log: log, vault: vault{st.objects},
	}
	contents, err := e.contents(canon.At(at))
	if err != nil {
		return fmt.Errorf("export %s: %w", lot, err)
	}
	contents.Certificates = append(contents.Certificates, own.platform.Certificate(), own.log.Certificate())
	if err := bundle.Write(dir, contents, own.platform); err != nil {
		return fmt.Errorf("export %s: %w", lot, err)
	}
	return nil
}

func (e *exporter) contents(at canon.Time) (c bundle.Contents, err error) {
	if e.drawn, e.state, err = e.openings.Load(e.ctx, e.lot); err != nil {
		return c, err
	}
	steps := []func(*bundle.Contents) error{e.keys, e.records, e.notices, e.causes, e.releases, e.bids, e.batches, e.events, e.certificates}
	switch {
	case e.drawn.Stage == tender.Failed:
		c.End, steps = bundle.Failed, e.closed()
	case e.drawn.Stage == tender.Terminated:
		c.End, steps = bundle.Terminated, e.closed()
	case e.state.Published.IsZero():
		return c, errNotPublished
	}
	if e.drawn.Keyholders == nil {
		return c, errNeverBound
	}
	if e.drafted, _, err = e.tenders.Lot(e.ctx, e.lot); err != nil {
		return c, err
	}
	if c.End == "" {
		if e.frozen, err = e.openings.Admitted(e.ctx, e.lot); err != nil {
			return c, err
		}
	}
	c.MadeAt, c.Tender = at, e.tender()
	if c.Checkpoint, err = e.log.Settled(e.ctx, e.drafted.ID.String(), e.lot.String()); err != nil {
		return c, err
	}
	for _, step := range steps {
		if err := step(&c); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (e *exporter) tender() bundle.Tender {
	t, l := e.drafted, e.drawn
	b := bundle.Tender{
		Type: bundle.TypeTender, Class: string(t.Class), Tender: t.ID.String(), Lot: l.ID.String(), Number: t.Number, Title: t.Title, Region: t.Region,
		Regime: string(t.Regime), RuleSet: t.RuleSet, Tenderer: bundle.Party{Name: t.Tenderer.Name, Code: t.Tenderer.Code},
		LotNumber: int64(l.Number), LotName: l.Name, Mode: string(l.Mode), CeilingFen: int64(l.CeilingFen), OpeningTimes: l.OpeningTimes,
	}
	if t.Agency != nil {
		b.Agency = &bundle.Party{Name: t.Agency.Name, Code: t.Agency.Code}
	}
	return b
}

// keys are the lot's keys, their binding and its postponements.
func (e *exporter) keys(c *bundle.Contents) error {
	l := e.drawn
	if err := fetch(e, l.Keyholders.Record, &c.KeyRecord); err != nil {
		return err
	}
	if err := fetch(e, l.Officers.Record, &c.OfficerKey); err != nil {
		return err
	}
	if err := fetch(e, l.Binding, &c.Binding); err != nil {
		return err
	}
	for _, hash := range l.Postponements {
		var p pki.Signed[custody.Postponement]
		if err := fetch(e, hash, &p); err != nil {
			return err
		}
		c.Postponements = append(c.Postponements, p)
	}
	return nil
}

// records are the lot's freeze and its opening record.
func (e *exporter) records(c *bundle.Contents) error {
	if err := fetch(e, e.state.Freeze, &c.Freeze); err != nil {
		return err
	}
	return fetch(e, e.state.Record, &c.Record)
}

func (e *exporter) notices(c *bundle.Contents) error {
	list, err := e.gazette.Notices(e.ctx, e.lot)
	if err != nil {
		return err
	}
	for _, n := range list {
		d, err := e.tenders.Document(e.ctx, n.Hash)
		if err != nil {
			return err
		}
		c.Notices = append(c.Notices, d.Signed)
	}
	return nil
}

func (e *exporter) causes(c *bundle.Contents) error {
	for _, found := range e.state.Causes {
		var cause pki.Signed[custody.Cause]
		if err := fetch(e, found.Record, &cause); err != nil {
			return err
		}
		c.Causes = append(c.Causes, cause)
	}
	return nil
}

// releases are the officers' records of later moments.
func (e *exporter) releases(c *bundle.Contents) error {
	for _, m := range e.state.Moments {
		var r pki.Signed[custody.MomentRelease]
		if err := fetch(e, m.Release, &r); err != nil {
			return err
		}
		c.Releases = append(c.Releases, r)
	}
	return nil
}

// bids are the frozen set: statements, sealed read-outs and, in mode B, the keys that bidders released for those that opened.
func (e *exporter) bids(c *bundle.Contents) error {
	var digests []canon.Hash
	for _, a := range e.frozen {
		digests = append(digests, readoutOf(a))
	}
	parts, err := e.uploads.Fronts(e.ctx, e.lot, digests)
	if err != nil {
		return err
	}
	released, err := e.released()
	if err != nil {
		return err
	}
	for _, a := range e.frozen {
		statement, err := pki.ParseSigned[seal.Statement](a.Signed)
		if err != nil {
			return err
		}
		part := parts[readoutOf(a)]
		b := bundle.Bid{ID: a.Bid.String(), Statement: statement, Readout: func() (io.ReadCloser, error) {
			chunks, err := e.vault.Chunks(e.ctx, part)
			if err != nil {
				return nil, err
			}
			return whole{io.MultiReader(bytes.NewReader(part.Front), chunks), chunks}, nil
		}}
		if r, ok := released[part.Digest]; ok {
			b.KeyRelease = &r
		}
		c.Bids = append(c.Bids, b)
	}
	return nil
}

// released are the newest released keys by part.
func (e *exporter) released() (map[canon.Hash]pki.Signed[custody.KeyRelease], error) {
	list := map[canon.Hash]pki.Signed[custody.KeyRelease]{}
	all, err := e.openings.KeyReleases(e.ctx, e.lot, nil)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if list[r.Digest], err = pki.ParseSigned[custody.KeyRelease](r.Signed); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// batches over read-outs: their partial decryptions are public with the read-outs; those of other parts never are.
func (e *exporter) batches(c *bundle.Contents) error {
	list, _, err := e.openings.Batches(e.ctx, e.lot, seal.KindReadout, 0)
	if err != nil {
		return err
	}
	for _, b := range list {
		signed, err := pki.ParseSigned[custody.PartialsBatch](b.Signed)
		if err != nil {
			return err
		}
		c.Batches = append(c.Batches, signed)
	}
	return nil
}

// closed are the steps for a lot that was never opened: nothing of a bid, and no event of the opening, is looked at.
func (e *exporter) closed() []func(*bundle.Contents) error {
	return []func(*bundle.Contents) error{e.keys, e.erasure, e.notices, e.events, e.certificates}
}

// erasure is the order to destroy the shares, and every keyholder's word that it has.
func (e *exporter) erasure(c *bundle.Contents) error {
	order, done := e.drawn.EraseOrder, e.drawn.KeysErased
	if c.End == bundle.Failed {
		order, done = e.state.EraseOrder, e.state.Erased
	}
	if !done {
		return errNotErased
	}
	if err := fetch(e, order, &c.Order); err != nil {
		return err
	}
	list, err := e.tenders.Erased(e.ctx, e.lot)
	if err != nil {
		return err
	}
	for _, raw := range list {
		signed, err := pki.ParseSigned[custody.Erased](raw)
		if err != nil {
			return err
		}
		c.Erased = append(c.Erased, signed)
	}
	return nil
}

// events of the lot, its opening and its frozen bids. Attempts, withdrawn bids and superseded lots stay closed, and of a lot that was never opened everything but its own stream
// and its notices.
func (e *exporter) events(c *bundle.Contents) (err error) {
	frozen := map[string]bool{}
	for _, a := range e.frozen {
		frozen[a.Bid.String()] = true
	}
	c.Events, err = e.log.OfLot(e.ctx, e.drafted.ID.String(), e.lot.String(), c.Checkpoint, func(kind, stream string) bool {
		family, _, _ := strings.Cut(kind, ".")
		public := family == "tender" || family == "lot" || family == "notice"
		return public || c.End == "" && (family == "opening" || family == "bid" && frozen[stream])
	})
	return err
}

// certificates of everybody whose signature is in the bundle.
func (e *exporter) certificates(c *bundle.Contents) error {
	wanted := map[canon.Hash]bool{}
	for _, list := range [][]canon.Hash{
		c.KeyRecord.Signers(), c.OfficerKey.Signers(), c.Binding.Signers(), c.Freeze.Signers(), c.Record.Signers(), c.Order.Signers(), c.Checkpoint.Signers(), c.KeyRecord.Body.Fingerprints(),
	} {
		for _, f := range list {
			wanted[f] = true
		}
	}
	for _, o := range c.OfficerKey.Body.Officers {
		wanted[o.Certificate] = true
	}
	for _, a := range e.frozen {
		wanted[a.Certificate] = true
	}
	for _, a := range c.Binding.Body.Authorities {
		wanted[a.Certificate] = true
	}
	for _, raw := range c.Notices {
		n, err := pki.ParseSigned[notice.Record](raw)
		if err != nil {
			return err
		}
		for _, f := range n.Signers() {
			wanted[f] = true
		}
	}
	for _, p := range c.Postponements {
		for _, f := range p.Signers() {
			wanted[f] = true
		}
	}
	for _, cause := range c.Causes {
		for _, f := range cause.Signers() {
			wanted[f] = true
		}
	}
	for f := range wanted {
		x, err := e.trusted.Find(e.ctx, f)
		if err != nil {
			return err
		}
		c.Certificates = append(c.Certificates, x)
	}
	return nil
}

func readoutOf(a opening.Admitted) canon.Hash {
	for _, p := range a.Parts {
		if p.Kind == seal.KindReadout {
			return p.Digest
		}
	}
	return canon.Hash{}
}

// fetch reads a signed record by its hash.
func fetch[T any](e *exporter, hash canon.Hash, into *pki.Signed[T]) error {
	d, err := e.tenders.Document(e.ctx, hash)
	if err != nil {
		return err
	}
	*into, err = pki.ParseSigned[T](d.Signed)
	return err
}

// whole is a sealed file: its front, then its chunks.
type whole struct {
	io.Reader
	io.Closer
}
