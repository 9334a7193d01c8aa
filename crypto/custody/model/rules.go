package model

// Rule is a rule of the protocol that a mutation can take away.
type Rule uint32

// The rules, each with its place in SPEC.md section 7 and in the code.
const (
	OwnClock         Rule = 1 << iota // rule 2: the holder's clock ≥ the lot's current opening time — desk.open
	FirstFreeze                       // rule 2: the first freeze record it saw, no other — desk.admitFreeze
	LoggedFreeze                      // rule 2: the freeze record is proven in the log — desk.logged
	FrozenSet                         // rule 2: the part's statement is in the frozen set — gate.admitStatement
	NotBefore                         // rule 2: not-before is a published opening time, not after the current — gate.admitLabel
	LabelPlace                        // rule 2: the label's binding and lot are those of the request — gate.admitLabel
	LabelProof                        // section 3: the stanza's proof binds it to its label — tdh2.CheckBatch
	OneKey                            // rule 1: one binding per key — Keeper.Bind
	MomentRecord                      // rule 2: a later moment needs k officers' signatures — desk.admitMoment
	NoAdvance                         // rule 3: opening_to later than opening_from — Postponement.Check
	PostponeInTime                    // rule 3: clock before opening_from, unless in force already — Keeper.Postpone
	PostponeUnopened                  // rule 3: none after a freeze record was accepted — Keeper.Postpone
	CatchUp                           // rule 3: one in force is accepted late — Keeper.Postpone
	EarlierFreeze                     // rule 2: a freeze record of an earlier published opening time is accepted — desk.checkFreeze
	ErasedSilent                      // rule 4: nothing is released after — Keeper.openLot
	Persist                           // what was promised is on disk before it is answered — save before return, everywhere
	InForceQuorum                     // rule 3: in force with n−t+1 signatures — InForce
	lastRule
)

// Verdict is a holder's answer: empty when it accepts, else the code of package custody's refusal.
type Verdict string

// Refusals of the model.
const (
	Accepted     Verdict = ""
	Early        Verdict = "release-too-early"
	Gone         Verdict = "release-erased"
	Second       Verdict = "freeze-second"
	OtherTime    Verdict = "freeze-time"
	NoMoment     Verdict = "release-moment-closed"
	OtherLabel   Verdict = "release-label-mismatch"
	NotFrozen    Verdict = "release-not-in-freeze"
	FalseProof   Verdict = "stanza-proof"
	TooLate      Verdict = "postpone-too-late"
	OtherNumber  Verdict = "postpone-number"
	AdvanceNever Verdict = "postpone-advance"
)

// As is how the adversary presents a part.
type As uint8

// Presentations of a part.
const (
	AsItIs    As = iota
	Relabel      // under this lot's name but with the label's not-before, moment or bidder changed
	Elsewhere    // within another lot, whose opening has come, under its own label
	Disguised    // within another lot, relabelled to it
)

// Ask is a release request for one part.
type Ask struct {
	Part   Part
	As     As
	Freeze Freeze
	Record bool // a release record of the later moment with k good signatures is shown
}

// holder decides as one honest holder does, without the rules in without. reading is its clock's.
type holder struct{ without Rule }

func (d holder) keeps(r Rule) bool { return d.without&r == 0 }

// sign is Keeper.Postpone. inForce: n−t+1 keyholders' signatures are under the record already.
func (d holder) sign(h Holder, number, reading int, inForce bool) (Holder, Verdict) {
	switch {
	case number <= int(h.Post):
		return h, Accepted // signed again
	case number != int(h.Post)+1:
		return h, OtherNumber
	case h.Erased && d.keeps(ErasedSilent):
		return h, Gone
	case h.Freeze != 0 && d.keeps(PostponeUnopened):
		return h, TooLate
	case reading >= h.current() && d.keeps(PostponeInTime) && !(inForce && d.keeps(CatchUp)):
		return h, TooLate
	}
	h.Post++
	h.Signed = max(h.Signed, h.Post)
	return h, Accepted
}

// advance is a "postponement" to an earlier time.
func (d holder) advance(h Holder) (Holder, Verdict) {
	if d.keeps(NoAdvance) {
		return h, AdvanceNever
	}
	h.Advanced = true
	return h, Accepted
}

// release is Keeper.Release for one part: first what concerns the whole request and may be written down (clock, erasure,
// freeze, moment), then the part. The holder after the request may differ although the part is refused.
func (d holder) release(h Holder, a Ask, reading int) (Holder, Verdict) {
	if a.As == Elsewhere || a.As == Disguised {
		return d.elsewhere(h, a)
	}
	if h.Erased && d.keeps(ErasedSilent) {
		return h, Gone
	}
	if reading < h.current() && d.keeps(OwnClock) {
		return h, Early
	}
	if h, v := d.admit(h, a.Freeze); v != Accepted {
		return h, v
	} else if h, v = d.moment(h, a); v != Accepted {
		return h, v
	} else if v = d.item(h, a); v != Accepted {
		return h, v
	} else {
		h.Got |= Of(a.Part)
		return h, Accepted
	}
}

// admit is desk.admitFreeze.
func (d holder) admit(h Holder, f Freeze) (Holder, Verdict) {
	if h.Freeze != 0 && d.keeps(FirstFreeze) {
		if h.Freeze != f {
			return h, Second
		}
		return h, Accepted
	}
	if f.Opening() > int(h.Post) || f.Opening() < int(h.Post) && !d.keeps(EarlierFreeze) {
		return h, OtherTime
	}
	h.Freeze = f
	return h, Accepted
}

// moment is desk.admitMoment.
func (d holder) moment(h Holder, a Ask) (Holder, Verdict) {
	if a.Part != Price || a.As == Relabel || h.Moment {
		return h, Accepted
	}
	if !a.Record && d.keeps(MomentRecord) {
		return h, NoMoment
	}
	h.Moment = true
	return h, Accepted
}

// item is gate.admit and the stanza's proof.
func (d holder) item(h Holder, a Ask) Verdict {
	if a.As == AsItIs && a.Part.notBefore() > int(h.Post) && d.keeps(NotBefore) {
		return OtherLabel
	}
	if !h.Freeze.Names(a.Part) && d.keeps(FrozenSet) && a.As == AsItIs {
		return NotFrozen
	}
	if a.As == Relabel && d.keeps(LabelProof) {
		return FalseProof
	}
	return Accepted
}

// elsewhere is the oracle: the ciphertext is shown within another lot that may be opened. With a key of its own that lot's
// holders give partial decryptions that are worth nothing here.
func (d holder) elsewhere(h Holder, a Ask) (Holder, Verdict) {
	switch {
	case a.As == Elsewhere && d.keeps(LabelPlace):
		return h, OtherLabel
	case a.As == Disguised && d.keeps(LabelProof):
		return h, FalseProof
	case !d.keeps(OneKey):
		h.Got |= Of(a.Part)
	}
	return h, Accepted
}

// erase is Keeper.Erase by an authority's order.
func (d holder) erase(h Holder) (Holder, Verdict) {
	h.Erased, h.Declared = true, true
	return h, Accepted
}
