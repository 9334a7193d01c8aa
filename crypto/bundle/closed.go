package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
)

// Events of a lot that was never opened.
const (
	eventSealed     = "lot.sealed.v1"
	eventFailed     = "lot.failed.v1"
	eventTerminated = "lot.terminated.v1"
	eventErased     = "lot.keys-erased.v1"
	noticeEnds      = "termination" // kind of the notice that a termination rests on
	fileOrder       = "erasure-order.json"
)

// closedSteps are the checks of a lot that failed or was terminated: it is shown that it ended, on which ground, and that every share of
// its key is destroyed. Nothing of it tells who bid, or how many: neither the freeze record nor any event of the opening or of a bid is in it.
func (v *verifier) closedSteps() []step {
	return []step{
		{CheckFiles, []string{CheckManifest}, v.checkFiles},
		{CheckCertificates, []string{CheckManifest}, v.checkCertificates},
		{CheckCheckpoint, []string{CheckCertificates}, v.checkCheckpoint},
		{CheckEvents, []string{CheckCheckpoint}, v.checkEvents},
		{CheckKeyRecord, []string{CheckCertificates}, v.checkKeyRecord},
		{CheckOfficerKey, []string{CheckCertificates}, v.checkOfficerKey},
		{CheckBinding, []string{CheckKeyRecord, CheckOfficerKey, CheckEvents}, v.checkBinding},
		{CheckPostponements, []string{CheckBinding}, v.checkPostponements},
		{CheckNotices, []string{CheckEvents, CheckBinding}, v.checkNotices},
		{CheckEnding, []string{CheckNotices, CheckPostponements}, v.checkEnding},
		{CheckErasure, []string{CheckEnding}, v.checkErasure},
		{CheckTender, []string{CheckErasure}, v.checkTender},
		{CheckTrust, []string{CheckErasure}, v.checkTrust},
	}
}

// closedEvents: the streams of the tender, the lot and its notices, and no other; among them exactly one end, the one of the manifest.
func (v *verifier) closedEvents() error {
	for event, list := range v.log.byEvent {
		family, _, _ := strings.Cut(event, ".")
		stream := map[string]string{"tender": v.manifest.Tender, "lot": v.manifest.Lot}[family]
		for _, e := range list {
			if event != eventNotice && (stream == "" || e.stream != stream) {
				return broken(e.item, "event-not-public", errors.New("the law lets nothing of bids or of the opening out when a lot is not opened"))
			}
		}
	}
	if err := v.log.states(eventCreated, eventDrafted, eventBound); err != nil {
		return err
	}
	want := map[string]int{eventFailed: 0, eventTerminated: 0, eventOpened: 0, eventSealed: len(v.log.byEvent[eventSealed])}
	switch v.manifest.End {
	case Failed:
		want[eventFailed], want[eventSealed] = 1, 1
	case Terminated:
		want[eventTerminated], want[eventErased] = 1, 1
	}
	for _, event := range sorted(want) {
		if n := len(v.log.byEvent[event]); n != want[event] {
			return broken(fileEvents, "event-missing", fmt.Errorf("%d of %s, want %d", n, event, want[event]))
		}
	}
	return nil
}

// checkEnding: the order to erase is of this lot, for the reason of its end, on the ground that the log names, signed by who may order it.
// A failure rests on the freeze record, of which the log gives the hash: the record itself tells how many bid and is not in the bundle; what
// stands for it is that every keyholder, shown it, destroyed its share (section 7, rule 4).
func (v *verifier) checkEnding() (int, error) {
	signed, err := readSigned[custody.ErasureOrder](v, fileOrder)
	if err != nil {
		return 0, err
	}
	o := signed.Body
	if err := o.Check(); err != nil {
		return 0, broken(fileOrder, "record-malformed", err)
	}
	if err := v.stands(fileOrder, place{o.Class, o.Tender, o.Lot, o.Binding.String()}); err != nil {
		return 0, err
	}
	if v.order, err = signed.Hash(); err != nil {
		return 0, broken(fileOrder, "record-malformed", err)
	}
	var signers []canon.Hash
	for _, s := range signed.Signatures {
		signers = append(signers, s.Signer)
	}
	if v.manifest.End == Failed {
		return 1, v.failed(o, signers)
	}
	return 1, v.terminated(o, signers)
}

func (v *verifier) failed(o custody.ErasureOrder, signers []canon.Hash) error {
	e := v.log.byEvent[eventFailed][0]
	if e.text("ground") != v.log.byEvent[eventSealed][0].text("freeze") {
		return broken(e.item, "failure-ground", errors.New("it rests on another freeze record than the one the lot was sealed with"))
	}
	at, err := canon.ParseTime(e.text("at"))
	if err != nil || at.Before(v.openingAt.Time) {
		return broken(e.item, "failure-early", errors.New("before the opening time"))
	}
	if o.Reason != custody.FewerThanThree || o.Ground.String() != e.text("ground") {
		return broken(fileOrder, "erasure-ground", fmt.Errorf("%s on %s", o.Reason, o.Ground))
	}
	if len(signers) != 1 || v.authorities[signers[0]] != "" {
		return broken(fileOrder, "record-signature", errors.New("the platform's signature alone is wanted"))
	}
	v.platforms[signers[0]] = true
	return nil
}

func (v *verifier) terminated(o custody.ErasureOrder, signers []canon.Hash) error {
	e := v.log.byEvent[eventTerminated][0]
	if v.kinds[e.text("ground")] != noticeEnds {
		return broken(e.item, "termination-notice", errors.New("it names no notice of termination"))
	}
	if o.Reason != custody.Terminated || o.Ground.String() != e.text("ground") {
		return broken(fileOrder, "erasure-ground", fmt.Errorf("%s on %s", o.Reason, o.Ground))
	}
	if e.text("order") != v.order.String() {
		return broken(fileOrder, "erasure-not-logged", fmt.Errorf("%s names another order", e.item))
	}
	if slices.ContainsFunc(signers, func(s canon.Hash) bool { return v.authorities[s] == "" }) {
		return broken(fileOrder, "record-signature", errors.New("not signed by an authority of the binding"))
	}
	return nil
}

// checkErasure: every keyholder of the lot's key has signed that its share is gone.
func (v *verifier) checkErasure() (int, error) {
	holders := v.keyRecord.Body.Keyholders
	for i, h := range holders {
		if err := v.readErased(fmt.Sprintf("erased-%d.json", i+1), i+1, h.Certificate); err != nil {
			return i, err
		}
	}
	if paths := v.folder.under("erased-"); len(paths) != len(holders) {
		return len(holders), broken(paths[len(paths)-1], "erased-unknown", fmt.Errorf("%d records of %d keyholders", len(paths), len(holders)))
	}
	if v.manifest.End == Terminated {
		e := v.log.byEvent[eventErased][0]
		var n int
		if json.Unmarshal(e.body["holders"], &n) != nil || n != len(holders) || e.text("order") != v.order.String() {
			return len(holders), broken(e.item, "erasure-not-logged", errors.New("the event tells of another order or number of keyholders"))
		}
	}
	return len(holders), nil
}

func (v *verifier) readErased(item string, index int, holder canon.Hash) error {
	signed, err := readSigned[custody.Erased](v, item)
	if err != nil {
		return err
	}
	e := signed.Body
	if err := e.Check(); err != nil {
		return broken(item, "record-malformed", err)
	}
	if err := v.stands(item, place{class: e.Class, lot: e.Lot}); err != nil {
		return err
	}
	if e.Key != v.binding.Key || e.Index != index {
		return broken(item, "erased-key", errors.New("of another key or keyholder"))
	}
	if v.manifest.End == Failed && e.ErasedAt.Before(v.openingAt.Time) {
		return broken(item, "erased-early", errors.New("before the opening time"))
	}
	return signedBy(item, signed.Signatures, []canon.Hash{holder}, nil)
}
