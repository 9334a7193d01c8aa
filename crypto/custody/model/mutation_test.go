package model_test

import (
	"testing"

	"sunbid/crypto/custody/model"
)

// Each rule taken away lets the checker find what the rule is there for, and with the rule it finds nothing: the checker
// can fail, and no rule stands there for nothing.
func TestEveryRuleIsNeeded(t *testing.T) {
	t.Parallel()
	one := model.Group{Threshold: 2, Holders: 3, Dishonest: 1}
	none := model.Group{Threshold: 2, Holders: 3}
	for name, c := range map[string]struct {
		without model.Rule
		world   model.Config
		found   model.Invariant
	}{
		"the holder's own clock":              {model.OwnClock, alone(model.T, one, model.Kept), model.BeforeLabel},
		"the officer's own clock":             {model.OwnClock, alone(model.C, one, model.Kept), model.BeforeLabel},
		"the first freeze record only":        {model.FirstFreeze, alone(model.T, none, model.Kept, model.Left), model.TwoSets},
		"the officer's first freeze record":   {model.FirstFreeze, alone(model.C, none, model.Kept, model.Left), model.TwoSets},
		"the freeze record is in the log":     {model.LoggedFreeze, alone(model.T, one, model.Kept), model.Unfrozen},
		"the statement is in the frozen set":  {model.FrozenSet, alone(model.T, one, model.Left), model.Unfrozen},
		"not-before is a published time":      {model.NotBefore, alone(model.T, one, model.Later), model.BeforeLabel},
		"the proof binds the label's time":    {model.LabelProof, alone(model.T, one, model.Later), model.BeforeLabel},
		"the proof binds the label's moment":  {model.LabelProof, alone(model.C, one, model.Price), model.BeforeMoment},
		"the proof binds the label's bidder":  {model.LabelProof, alone(model.T, one, model.Left), model.Unfrozen},
		"a later moment needs its record":     {model.MomentRecord, both(one, one, model.Price), model.BeforeMoment},
		"never to an earlier time":            {model.NoAdvance, alone(model.T, one, model.Kept), model.BeforeLabel},
		"no postponement after the old time":  {model.PostponeInTime, alone(model.T, one, model.Kept), model.LatePostponed},
		"no postponement once it has opened":  {model.PostponeUnopened, alone(model.T, none, model.Kept), model.BeforePostponed},
		"n−t+1 signatures":                    {model.InForceQuorum, alone(model.T, one, model.Kept), model.BeforePostponed},
		"an erased share is silent":           {model.ErasedSilent, erasing(none), model.AfterErasure},
		"on disk before answered: freeze":     {model.Persist, alone(model.T, none, model.Kept, model.Left), model.TwoSets},
		"on disk before answered: postponing": {model.Persist, alone(model.T, none, model.Kept), model.BeforePostponed},
		"on disk before answered: erasure":    {model.Persist, erasing(none), model.AfterErasure},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept := c.world
			kept.Watch = c.found
			holds(t, kept)
			broken := c.world
			broken.Without = c.without
			breaks(t, broken, c.found)
		})
	}
}

func erasing(g model.Group) model.Config {
	c := alone(model.T, g, model.Kept)
	c.Erasure = true
	return c
}

// The oracle — the same ciphertext shown within another lot that opens earlier — is stopped twice: by the label and its proof,
// and by a key of its own for each lot. Either alone is enough.
func TestOracleIsStoppedTwice(t *testing.T) {
	t.Parallel()
	c := alone(model.T, model.Group{Threshold: 2, Holders: 3, Dishonest: 1}, model.Kept)
	for _, either := range []model.Rule{model.LabelPlace, model.LabelProof, model.OneKey, model.LabelPlace | model.LabelProof} {
		c.Without, c.Watch = either, model.BeforeLabel
		holds(t, c)
	}
	for _, pair := range []model.Rule{model.LabelPlace | model.OneKey, model.LabelProof | model.OneKey} {
		c.Without = pair
		breaks(t, c, model.BeforeLabel)
	}
}
