package tender

import (
	"strings"
	"time"
	"unicode/utf8"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/privacy"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
)

// Owned is nil for a person of the tenderer, or of its agency, acting as such: who decides about a lot. Nobody else does.
func (s LotState) Owned(by bidding.Actor) error {
	if by.Is(bidding.Tenderer) && by.Org == s.Tenderer || by.Is(bidding.Agency) && !s.Agency.IsZero() && by.Org == s.Agency {
		return nil
	}
	return bidding.ErrForbidden
}

// Timetable is what the law's rules judge, if the lot were announced at that moment: documents are not out before the notice.
func (s LotState) Timetable(issued time.Time) law.Timetable {
	later := func(t canon.Time) canon.Time {
		if t.Before(issued) {
			return canon.At(issued)
		}
		return t
	}
	return law.Timetable{IssuedAt: canon.At(issued), DocumentsFrom: later(s.DocumentsFrom), DocumentsUntil: s.DocumentsUntil,
		SubmitFrom: later(s.SubmitFrom), Deadline: s.OpeningAt, OpeningAt: s.OpeningAt}
}

// DealOfficers takes lock C, which the tenderer alone deals. Until the lot is bound it may be dealt anew. Officers and dealer were checked
// by the caller.
func (l *Lot) DealOfficers(by bidding.Actor, key custody.OfficerKey, record canon.Hash) error {
	if err := l.s.Owned(by); err != nil || !by.Is(bidding.Tenderer) {
		return bidding.ErrForbidden
	}
	if err := ToDealOfficers.In(l.s.Stage); err != nil {
		return err
	}
	switch {
	case l.s.Keyholders != nil:
		return ErrBound
	case key.Class != string(l.s.Class):
		return bidding.ErrClass
	case key.Tender != l.s.Tender.String() || key.Lot != l.s.ID.String():
		return ErrOfficers.With("lot")
	case key.Threshold < 2 || len(key.Officers) < key.Threshold:
		return ErrOfficers.With("at least two officers must act together")
	}
	lock := Lock{Record: record, Threshold: key.Threshold, Point: key.PublicKey.Bytes()}
	for _, o := range key.Officers {
		if err := privacy.Check(privacy.Text{Field: "officer", Value: o.Name}, privacy.Text{Field: "role", Value: o.Role}); err != nil {
			return err
		}
		lock.Holders = append(lock.Holders, Seat{o.Index, o.Name, o.Role, o.Certificate})
	}
	l.record(OfficersDealt{Lot: l.s.ID, Officers: lock})
	return nil
}

// Binding is the body that the keyholders are asked to sign for this lot as it stands.
func (l *Lot) Binding(key custody.KeyRecord, keyRecord canon.Hash, authorities []Authority) custody.Binding {
	b := custody.Binding{Type: custody.TypeBinding, Class: string(l.s.Class), Tender: l.s.Tender.String(), Lot: l.s.ID.String(), Key: key.Key,
		KeyRecord: keyRecord, Mode: string(l.s.Mode), OpeningAt: l.s.OpeningAt}
	if l.s.Officers != nil {
		b.OfficerKey = l.s.Officers.Record
	}
	for _, a := range authorities {
		b.Authorities = append(b.Authorities, custody.Authority{Role: string(a.Role), Certificate: a.Certificate})
	}
	return b
}

// MayBind tells whether the lot can be bound now.
func (l *Lot) MayBind(by bidding.Actor, at time.Time) error {
	if err := l.s.Owned(by); err != nil {
		return err
	}
	if err := ToBind.In(l.s.Stage); err != nil {
		return err
	}
	switch {
	case l.s.Keyholders != nil:
		return ErrBound
	case l.s.Officers == nil:
		return ErrNotDealt
	case !at.Before(l.s.OpeningAt.Time):
		return ErrPast
	}
	return nil
}

// BindKey takes the binding that all keyholders signed. Signatures were checked by the caller.
func (l *Lot) BindKey(by bidding.Actor, key custody.KeyRecord, keyRecord canon.Hash, b custody.Binding, record canon.Hash, at time.Time) error {
	if err := l.MayBind(by, at); err != nil {
		return err
	}
	authorities := make([]Authority, len(b.Authorities))
	for i, a := range b.Authorities {
		authorities[i] = Authority{bidding.Role(a.Role), a.Certificate}
	}
	want, err := canon.HashOf(l.Binding(key, keyRecord, authorities))
	if err != nil || want != record {
		return ErrLot.With("binding")
	}
	lock := Lock{Record: keyRecord, Threshold: key.Threshold, Point: key.PublicKey.Bytes()}
	for _, h := range key.Keyholders {
		lock.Holders = append(lock.Holders, Seat{Index: h.Index, Name: h.Name, Certificate: h.Certificate})
	}
	l.record(KeyBound{Lot: l.s.ID, Key: key.Key, Keyholders: lock, Binding: record, Authorities: authorities})
	return nil
}

// Announce puts the lot before the public: irrevocable, so every rule of the law runs once more.
func (l *Lot) Announce(by bidding.Actor, promised law.Timetable, noticeHash canon.Hash, at time.Time) error {
	if err := l.s.Owned(by); err != nil {
		return err
	}
	if err := ToAnnounce.In(l.s.Stage); err != nil {
		return err
	}
	switch {
	case l.s.Officers == nil:
		return ErrNotDealt
	case l.s.Keyholders == nil:
		return ErrNotBound
	case !at.Before(l.s.OpeningAt.Time):
		return ErrPast
	}
	if !promised.DocumentsFrom.Equal(l.s.DocumentsFrom.Time) || !promised.DocumentsUntil.Equal(l.s.DocumentsUntil.Time) ||
		!promised.SubmitFrom.Equal(l.s.SubmitFrom.Time) || !promised.OpeningAt.Equal(l.s.OpeningAt.Time) || !promised.Deadline.Equal(l.s.OpeningAt.Time) {
		return ErrLot.With("the notice's timetable is not the lot's")
	}
	rs, err := law.Find(l.s.RuleSet, l.s.Class)
	if err != nil {
		return err
	}
	findings := law.Announce(rs, l.s.Timetable(at))
	if err := law.FirstRefusal(findings); err != nil {
		return err
	}
	l.record(LotAnnounced{Lot: l.s.ID, Notice: noticeHash, At: canon.At(at), Findings: findings})
	return nil
}

// OpenSubmission lets bids come.
func (l *Lot) OpenSubmission(at time.Time) error {
	if err := ToOpenSubmission.In(l.s.Stage); err != nil {
		return err
	}
	if at.Before(l.s.SubmitFrom.Time) {
		return ErrTooSoon
	}
	l.record(SubmissionOpened{Lot: l.s.ID, At: canon.At(at)})
	return nil
}

// PostponeMargin before the opening time no postponement is taken: keyholders sign while the platform would already freeze.
const PostponeMargin = 3 * time.Second

// MayPostpone tells whether a postponement fits the lot now.
func (l *Lot) MayPostpone(by bidding.Actor, p custody.Postponement, at time.Time) error {
	if err := l.s.Owned(by); err != nil {
		return err
	}
	if err := ToPostpone.In(l.s.Stage); err != nil {
		return err
	}
	switch {
	case p.Class != string(l.s.Class):
		return bidding.ErrClass
	case p.Tender != l.s.Tender.String() || p.Lot != l.s.ID.String() || p.Binding != l.s.Binding:
		return ErrPostpone.With("lot or binding")
	case p.Number != len(l.s.Postponements)+1:
		return ErrPostpone.With("number")
	case !p.OpeningFrom.Equal(l.s.OpeningAt.Time):
		return ErrPostpone.With("opening_from")
	case !p.OpeningTo.After(p.OpeningFrom.Time):
		return ErrPostpone.With("opening_to")
	case !at.Add(PostponeMargin).Before(l.s.OpeningAt.Time):
		return ErrPostponeDue
	}
	return reason(p.Reason)
}

// Postpone takes a postponement that is in force at the keyholders. Bids stand and may be replaced until the new time.
// asked is when it was asked for: from then the keyholders may have signed, so that it must not fail for the minutes since.
func (l *Lot) Postpone(by bidding.Actor, p custody.Postponement, record canon.Hash, asked time.Time) error {
	if err := l.MayPostpone(by, p, asked); err != nil {
		return err
	}
	l.record(Postponed{Lot: l.s.ID, Number: p.Number, From: p.OpeningFrom, To: p.OpeningTo, Reason: p.Reason, Record: record, Notice: p.Notice})
	return nil
}

// Seal (封标) at the opening time or after, never before; not while suspended.
func (l *Lot) Seal(freeze canon.Hash, at time.Time) error {
	if err := l.MaySeal(at); err != nil {
		return err
	}
	l.record(LotSealed{Lot: l.s.ID, At: canon.At(at), Freeze: freeze})
	return nil
}

// MaySeal tells whether the set of bids may be frozen now.
func (l *Lot) MaySeal(at time.Time) error {
	if err := ToSeal.In(l.s.Stage); err != nil {
		return err
	}
	if l.s.Suspended {
		return ErrSuspended
	}
	if at.Before(l.s.OpeningAt.Time) {
		return ErrTooSoon
	}
	return nil
}

// BeginOpening: keys are being released.
func (l *Lot) BeginOpening(at time.Time) error {
	if err := ToBeginOpening.In(l.s.Stage); err != nil {
		return err
	}
	if l.s.Suspended {
		return ErrSuspended
	}
	l.record(OpeningBegun{Lot: l.s.ID, At: canon.At(at)})
	return nil
}

// Opened: the record is out.
func (l *Lot) Opened(record canon.Hash, at time.Time) error {
	if err := ToPublish.In(l.s.Stage); err != nil {
		return err
	}
	l.record(LotOpened{Lot: l.s.ID, At: canon.At(at), Record: record})
	return nil
}

// Fail (流标): too few bids at the opening time (招标投标法 art. 28, 实施条例 art. 44).
func (l *Lot) Fail(ground canon.Hash, at time.Time) error {
	if err := ToFail.In(l.s.Stage); err != nil {
		return err
	}
	l.record(LotFailed{Lot: l.s.ID, At: canon.At(at), Ground: ground})
	return nil
}

// Terminate (终止招标, 实施条例 art. 31). ground is the signed notice; order the erasure order, needed once a key is bound.
func (l *Lot) Terminate(by bidding.Actor, why string, ground canon.Hash, order *custody.ErasureOrder, orderHash canon.Hash, at time.Time) error {
	if err := l.s.Owned(by); err != nil {
		return err
	}
	if err := ToTerminate.In(l.s.Stage); err != nil {
		return err
	}
	if err := reason(why); err != nil {
		return err
	}
	switch {
	case l.s.Keyholders != nil && order == nil:
		return ErrOrder.With("missing")
	case l.s.Keyholders == nil && order != nil:
		return ErrOrder.With("no key is bound")
	}
	if order != nil && (order.Class != string(l.s.Class) || order.Tender != l.s.Tender.String() || order.Lot != l.s.ID.String() ||
		order.Binding != l.s.Binding || order.Reason != custody.Terminated || order.Ground != ground) {
		return ErrOrder
	}
	l.record(LotTerminated{Lot: l.s.ID, At: canon.At(at), Reason: why, Ground: ground, Order: orderHash})
	return nil
}

// Erased: all keyholders of a terminated lot have erased.
func (l *Lot) Erased(holders int) error {
	if err := ToErase.In(l.s.Stage); err != nil {
		return err
	}
	if l.s.Keyholders == nil || l.s.KeysErased || holders != len(l.s.Keyholders.Holders) {
		return ErrOrder.With("holders")
	}
	l.record(KeysErased{Lot: l.s.ID, Order: l.s.EraseOrder, Holders: holders})
	return nil
}

// Suspend (暂停): tenderer or agency answering an objection (实施条例 art. 22), or the supervisor's instruction.
func (l *Lot) Suspend(by bidding.Actor, why string, at time.Time) error {
	if l.s.Owned(by) != nil && !by.Is(bidding.Supervisor) {
		return bidding.ErrForbidden
	}
	if err := ToSuspend.In(l.s.Stage); err != nil {
		return err
	}
	if l.s.Suspended {
		return ErrSuspended
	}
	if err := reason(why); err != nil {
		return err
	}
	l.record(LotSuspended{Lot: l.s.ID, At: canon.At(at), Reason: why})
	return nil
}

// Resume undoes it.
func (l *Lot) Resume(by bidding.Actor, why string, at time.Time) error {
	if l.s.Owned(by) != nil && !by.Is(bidding.Supervisor) {
		return bidding.ErrForbidden
	}
	if err := ToResume.In(l.s.Stage); err != nil {
		return err
	}
	if !l.s.Suspended {
		return ErrNotSuspend
	}
	if err := reason(why); err != nil {
		return err
	}
	l.record(LotResumed{Lot: l.s.ID, At: canon.At(at), Reason: why})
	return nil
}

// reason is nil for a text that may stand in an event for good.
func reason(s string) error {
	if !within(s, 2, 500) {
		return ErrReason
	}
	return privacy.Check(privacy.Text{Field: "reason", Value: s})
}

// within: text of that many characters, no control characters, no space around it.
func within(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && n >= least && n <= most && strings.TrimSpace(s) == s && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}
