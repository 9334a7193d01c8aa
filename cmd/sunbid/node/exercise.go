package node

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
	"sunbid/web/api/wire"
	"sunbid/web/outbound/keyholder"
)

// drillLead is how far ahead a drill lot opens: keyholders bind only to what lies ahead by their own clocks.
const drillLead = 1500 * time.Millisecond

// drillSilence is how long a keyholder may take for one step of a drill.
const drillSilence = 10 * time.Second

// healthy asks everybody for health, class and clock. spread is how far the clocks stand ahead and behind at most.
func (k *keyholders) healthy(ctx context.Context) (list []wire.Standby, spread [2]time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, drillSilence)
	defer cancel()
	answers, errs := k.group.Health(ctx)
	now := k.clock.Now()
	for i, h := range answers {
		s := wire.Standby{Name: k.roster[i].Name}
		offset := h.Clock.Sub(now)
		switch {
		case errs[i] != nil:
			s.Why, s.Say = "silent", "没有应答"
		case h.Class != string(k.class):
			s.Why, s.Say = "class", "类别不符"
		case offset.Abs() > maxSkew:
			s.Why, s.Say = "clock", fmt.Sprintf("时钟相差 %.1f 秒", offset.Seconds())
		default:
			s.Ready = true
			spread[0], spread[1] = max(spread[0], offset), max(spread[1], -offset)
		}
		list = append(list, s)
	}
	return list, spread
}

// exercise walks the whole way that an opening goes, with every keyholder: a key made by all of them, bound to a lot that is
// none, a part sealed to it, its freeze logged, released, combined and opened; then the key is erased. The platform plays bidder
// and officer. Each is judged by itself: the drill fails for whom a step fails.
func (d *drills) exercise(ctx context.Context) []wire.Standby {
	list, spread := d.healthy(ctx)
	if missing(list) != "" {
		return list // a ceremony needs all
	}
	e := &exercise{drills: d, spread: spread, tender: bidding.NewTenderID(), lot: bidding.NewLotID(), faults: map[int]error{}}
	bound := false
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"generate", e.generate}, {"bind", e.bind}, {"seal", e.seal}, {"freeze", e.freeze}, {"release", e.release}, {"open", e.open}, {"erase", e.erase}} {
		err := step.do(ctx)
		bound = bound || step.name == "bind" && err == nil
		if err == nil && len(e.faults) == 0 {
			continue
		}
		d.log.ErrorContext(ctx, "drill failed", "step", step.name, "err", errors.Join(err, e.joined()))
		e.blame(list, step.name, err)
		if bound && step.name != "erase" {
			e.faults = map[int]error{}
			if err := errors.Join(e.erase(ctx), e.joined()); err != nil {
				d.log.ErrorContext(ctx, "drill: key not erased", "err", err)
			}
		}
		break
	}
	return list
}

// exercise is one drill under way.
type exercise struct {
	*drills
	spread  [2]time.Duration
	tender  bidding.TenderID
	lot     bidding.LotID
	opening time.Time

	record   pki.Signed[custody.KeyRecord]
	officers pki.Signed[custody.OfficerKey]
	binding  canon.Hash
	content  []byte
	front    seal.Front
	chunk    []byte
	item     custody.ReleaseItem
	evidence custody.FreezeEvidence
	parts    map[int]tdh2.Point

	mu     sync.Mutex    // guards parts and faults while keyholders answer
	faults map[int]error // by position
}

func (e *exercise) joined() (err error) {
	for i, fault := range e.faults {
		err = errors.Join(err, fmt.Errorf("keyholder %d: %w", i, fault))
	}
	return err
}

// blame marks who failed the step; a failure that is nobody's own (the log, the database) leaves nobody proven ready.
func (e *exercise) blame(list []wire.Standby, step string, err error) {
	for i := range list {
		fault := e.faults[i+1]
		if fault == nil && err != nil {
			fault = err
		}
		if fault != nil {
			list[i].Ready, list[i].Why, list[i].Say = false, step, "演练步骤“"+stepWord(step)+"”失败（"+codeOf(fault)+"）"
		}
	}
}

func stepWord(step string) string {
	return map[string]string{"generate": "生成密钥", "bind": "绑定标段", "seal": "加密", "freeze": "封标并写入日志", "release": "解锁", "open": "合并解密", "erase": "销毁密钥"}[step]
}

func codeOf(err error) string {
	var coded interface{ Code() string }
	var refusal *bidding.Refusal
	switch {
	case errors.As(err, &refusal):
		return refusal.Code
	case errors.As(err, &coded):
		return coded.Code()
	}
	return "failed"
}

// each lets all keyholders do one thing at a time, side by side.
func (e *exercise) each(ctx context.Context, do func(ctx context.Context, position int) error) {
	ctx, cancel := context.WithTimeout(ctx, drillSilence)
	defer cancel()
	var wait sync.WaitGroup
	for i := range e.roster {
		wait.Go(func() {
			if err := do(ctx, i+1); err != nil {
				e.mu.Lock()
				e.faults[i+1] = err
				e.mu.Unlock()
			}
		})
	}
	wait.Wait()
}

func (e *exercise) generate(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*drillSilence)
	defer cancel()
	e.record, err = e.group.Generate(ctx, custody.Plan{
		Ceremony: bidding.NewStreamID().String(), Class: string(e.class), Key: bidding.NewKeyID().String(), Threshold: e.threshold, MadeAt: canon.At(e.clock.Now()),
	})
	var silent *keyholder.Unreachable
	var refused *custody.Refusal
	switch {
	case errors.As(err, &silent) && silent.Index > 0:
		e.faults[silent.Index] = err
		return nil
	case errors.As(err, &refused) && refused.Holder() > 0:
		e.faults[refused.Holder()] = err
		return nil
	}
	return err
}

// bind has the officers' key dealt to the platform itself, and every keyholder bind its share to the drill lot.
func (e *exercise) bind(ctx context.Context) (err error) {
	own := e.own.platform.Certificate()
	now := e.clock.Now()
	e.opening = canon.At(now.Add(drillLead + e.spread[0])).Time
	e.officers, err = custody.DealOfficerKey(rand.Reader,
		custody.Dealing{Class: string(e.class), Tender: e.tender.String(), Lot: e.lot.String(), Threshold: 1, DealtAt: canon.At(now)},
		[]custody.Officer{{Name: "演练", Role: "drill", Signing: own, Encryption: e.own.strongbox.certificate}}, e.own.platform)
	if err != nil {
		return err
	}
	key, err := e.record.Hash()
	if err != nil {
		return err
	}
	officers, err := e.officers.Hash()
	if err != nil {
		return err
	}
	b := pki.Signed[custody.Binding]{Signatures: []pki.Signature{}, Body: custody.Binding{
		Type: custody.TypeBinding, Class: string(e.class), Tender: e.tender.String(), Lot: e.lot.String(), Key: e.record.Body.Key, KeyRecord: key, OfficerKey: officers,
		Mode: custody.ModeKeyholders, OpeningAt: canon.At(e.opening), Authorities: []custody.Authority{{Role: "drill", Certificate: own.Fingerprint()}},
	}}
	if e.binding, err = b.Hash(); err != nil {
		return err
	}
	request := custody.BindRequest{Binding: b, KeyRecord: e.record, OfficerKey: e.officers, Dealer: own.DER()}
	e.each(ctx, func(ctx context.Context, i int) error {
		_, err := e.group.Client(i).Bind(ctx, request)
		return err
	})
	return nil
}

// seal seals random content as a bidder would, and signs the statement that names it.
func (e *exercise) seal(context.Context) (err error) {
	own := e.own.platform
	e.content = make([]byte, 256)
	if _, err := rand.Read(e.content); err != nil {
		return err
	}
	s, err := seal.NewSealer(rand.Reader, seal.Keys{T: e.record.Body.PublicKey, C: e.officers.Body.PublicKey}, seal.Purpose{
		Class: string(e.class), Binding: e.binding, Lot: e.lot.String(), Bidder: own.Certificate().Fingerprint(),
		Kind: seal.KindReadout, Moment: seal.MomentOpening, NotBefore: e.opening,
	}, int64(len(e.content)))
	if err != nil {
		return err
	}
	if e.chunk, _, err = s.SealChunk(0, e.content); err != nil {
		return err
	}
	if e.front, err = s.Finish(own); err != nil {
		return err
	}
	statement, err := pki.Sign(seal.Statement{
		Type: seal.StatementType, Class: string(e.class), Tender: e.tender.String(), Lot: e.lot.String(), Binding: e.binding, Bid: bidding.NewBidID().String(),
		Version: 1, Action: seal.ActionSubmit, Parts: []seal.Part{e.front.Part(int64(len(e.content)))}, SignedAt: canon.At(e.clock.Now()),
	}, own)
	if err != nil {
		return err
	}
	raw, err := statement.Marshal()
	if err != nil {
		return err
	}
	hash, err := statement.Hash()
	e.item = custody.ReleaseItem{Statement: raw, Certificate: own.Certificate().DER(), Front: e.front.Bytes()}
	e.evidence.Statements = []canon.Hash{hash}
	return err
}

// freeze waits until it is time by every clock, and has the log hold the freeze.
func (e *exercise) freeze(ctx context.Context) (err error) {
	for wait := e.opening.Add(e.spread[1] + 50*time.Millisecond).Sub(e.clock.Now()); wait > 0; wait = e.opening.Add(e.spread[1] + 50*time.Millisecond).Sub(e.clock.Now()) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(wait, time.Second)):
		}
	}
	now := e.clock.Now()
	e.evidence.Freeze, err = pki.Sign(custody.Freeze{
		Type: custody.TypeFreeze, Class: string(e.class), Tender: e.tender.String(), Lot: e.lot.String(), Binding: e.binding,
		OpeningAt: canon.At(e.opening), FrozenAt: canon.At(now), Count: len(e.evidence.Statements), Root: custody.FreezeRoot(e.evidence.Statements),
	}, e.own.platform)
	if err != nil {
		return err
	}
	hash, err := e.evidence.Freeze.Hash()
	if err != nil {
		return err
	}
	logged, err := e.store.Freeze(ctx, e.tender, e.lot, hash, now)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, drillSilence)
	defer cancel()
	event, err := e.history.Disclose(ctx, logged.Events[0])
	e.evidence.Event = &event
	return err
}

// release asks every keyholder, not only as many as an opening needs.
func (e *exercise) release(ctx context.Context) error {
	key, err := e.record.Body.Points()
	if err != nil {
		return err
	}
	fronts := map[canon.Hash]seal.Front{e.front.Digest(): e.front}
	e.parts = map[int]tdh2.Point{}
	e.each(ctx, func(ctx context.Context, i int) error {
		answer, err := e.ask(ctx, i)
		switch {
		case err != nil:
			return err
		case len(answer.Refused) > 0:
			return custody.RefusalOf(answer.Refused[0].Code, answer.Refused[0].Detail, i)
		case answer.Batch == nil || answer.Batch.Body.Index != i:
			return custody.ErrPartialsMismatch
		}
		got, err := custody.VerifyBatch(*answer.Batch, e.roster[i-1].Signing, key, fronts)
		if err != nil {
			return err
		}
		e.mu.Lock()
		e.parts[i] = got[e.front.Digest()]
		e.mu.Unlock()
		return nil
	})
	return nil
}

// ask sends the request, again when the keyholder saw a newer checkpoint meanwhile.
func (e *exercise) ask(ctx context.Context, i int) (custody.Release, error) {
	for try := 0; ; try++ {
		health, err := e.group.Client(i).Health(ctx)
		if err != nil {
			return custody.Release{}, err
		}
		evidence := e.evidence
		if evidence.Consistency, err = e.link(ctx, health.Checkpoint); err != nil {
			return custody.Release{}, err
		}
		answer, err := e.group.Release(ctx, i, custody.ReleaseRequest{
			Class: string(e.class), Lot: e.lot.String(), Kind: string(seal.KindReadout), Moment: seal.MomentOpening, Freeze: evidence, Items: []custody.ReleaseItem{e.item},
		})
		if err == nil || try == 3 || codeOf(err) != custody.ErrCheckpointFrom.Code() {
			return answer, err
		}
	}
}

// link proves that the freeze's checkpoint and the last one a keyholder saw tell one history.
func (e *exercise) link(ctx context.Context, seen int64) (custody.Consistency, error) {
	c, size := custody.Consistency{From: seen, Path: []canon.Hash{}}, e.evidence.Event.Proof.Size
	if seen == 0 || seen == size {
		return c, nil
	}
	path, err := e.history.Consistency(ctx, min(seen, size), max(seen, size))
	c.Path = append(c.Path, path...)
	return c, err
}

// open combines and opens, and compares with what was sealed.
func (e *exercise) open(context.Context) error {
	keyholders, err := e.record.Body.Points()
	if err != nil {
		return err
	}
	officers, err := e.officers.Body.Points()
	if err != nil {
		return err
	}
	share, err := custody.OpenOfficerShare(e.officers.Body, e.own.platform.Certificate().Fingerprint(), e.own.strongbox.key)
	if err != nil {
		return err
	}
	defer share.Erase()
	item, err := e.front.Header.C.Item(e.front.Header.Label())
	if err != nil {
		return err
	}
	points, _, err := tdh2.Partials(rand.Reader, share, []tdh2.Item{item})
	if err != nil {
		return err
	}
	content, err := custody.Open(e.front, keyholders, officers, e.parts, map[int]tdh2.Point{1: points[0]}, nil)
	if err != nil {
		return err
	}
	defer clear(content[:])
	var out bytes.Buffer
	if err := seal.OpenChunks(content, e.front.Header, func(int) ([]byte, error) { return e.chunk, nil }, &out); err != nil {
		return err
	}
	if !bytes.Equal(out.Bytes(), e.content) {
		return errors.New("the content is not what was sealed")
	}
	return nil
}

// erase has every keyholder destroy its share and say so.
func (e *exercise) erase(ctx context.Context) error {
	order, err := pki.Sign(custody.ErasureOrder{
		Type: custody.TypeErasureOrder, Class: string(e.class), Tender: e.tender.String(), Lot: e.lot.String(), Binding: e.binding,
		Reason: custody.Terminated, Ground: e.binding,
	}, e.own.platform)
	if err != nil {
		return err
	}
	request := custody.EraseRequest{Order: order, Certificates: [][]byte{e.own.platform.Certificate().DER()}}
	e.each(ctx, func(ctx context.Context, i int) error {
		erased, err := e.group.Client(i).Erase(ctx, request)
		if err != nil {
			return err
		}
		return erased.VerifyAll(e.roster[i-1].Signing)
	})
	return nil
}
