package api_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/opening"
	"sunbid/bidding/tender"
	"sunbid/crypto/seal"
	"sunbid/web/api"
)

// stageRefusals are what a stage refuses with, and nothing else does in these tests.
func stageRefusals() []error {
	return []error{tender.ErrStage, opening.ErrStage, opening.ErrNotFrozen, opening.ErrArchiveEarly, bid.ErrClosed, bid.ErrAfterDeadline}
}

func refusedByStage(err error) bool {
	return slices.ContainsFunc(stageRefusals(), func(r error) bool { return errors.Is(err, r) })
}

// TestStagesAgreeWithTheDomain asks the domain for every row × stage × role: at a stage the row is for it acts, or finds another fault;
// at every other it refuses as the table says; and who may not is told that, whatever the stage.
func TestStagesAgreeWithTheDomain(t *testing.T) {
	t.Parallel()
	allowed, denied := 0, 0
	for _, stage := range api.Stages() {
		w := newWho(t)
		w.lot.Stage, w.opening.Stage = stage.Lot, stage.Opening
		w.lot.Kinds = []tender.PartRule{{Kind: seal.KindReadout, Moment: tender.OpeningMoment, Required: true}}
		w.lot.Keyholders = &tender.Lock{}
		rules := w.rules(t)
		for _, row := range api.Access() {
			name := row.Method + " " + row.Path
			r, ok := rules[name]
			if row.During == nil || !ok || strings.HasSuffix(row.Path, "/uploads") || strings.HasSuffix(row.Path, "/bids") {
				continue // bids are asked on the running server (TestStagesOnTheServer)
			}
			want := row.During(stage)
			for _, role := range roles()[1:] {
				err := r.ask(w.actors[role])
				switch {
				case !slices.Contains(row.Roles, role): // the store may know first that nothing is frozen: no secret, and the guard stands before
					if !errors.Is(err, r.refusal) && !errors.Is(err, want) {
						t.Errorf("%s as %s at %s: %v, want %v", name, role, stage.Name, err, r.refusal)
					}
				case want != nil:
					denied++
					if !errors.Is(err, want) {
						t.Errorf("%s as %s at %s: %v, want %v", name, role, stage.Name, err, want)
					}
				default:
					allowed++
					if refusedByStage(err) || errors.Is(err, bidding.ErrForbidden) {
						t.Errorf("%s as %s at %s is for that stage: %v", name, role, stage.Name, err)
					}
				}
			}
		}
	}
	if allowed < 50 || denied < 150 {
		t.Errorf("%d cells were allowed and %d denied: not the whole table", allowed, denied)
	}
}

// TestStageColumns: every stage of a lot and of an opening is a column.
func TestStageColumns(t *testing.T) {
	t.Parallel()
	for _, s := range []tender.Stage{tender.Draft, tender.Announced, tender.Submitting, tender.Sealed, tender.Opening, tender.Opened, tender.Failed, tender.Terminated} {
		if !slices.ContainsFunc(api.Stages(), func(c api.Stage) bool { return c.Lot == s }) {
			t.Errorf("lots in %s have no column", s)
		}
	}
	for _, s := range []opening.Stage{"", opening.Frozen, opening.Releasing, opening.Published, opening.Recorded, opening.Failed} {
		if !slices.ContainsFunc(api.Stages(), func(c api.Stage) bool { return c.Opening == s }) {
			t.Errorf("openings in %q have no column", s)
		}
	}
}
