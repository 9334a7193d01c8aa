package desk

import (
	"context"
	"fmt"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/web/api/wire"
)

// drillEvery is how often a waiting officer shows that its device still works.
const drillEvery = 10 * time.Minute

// Drills is what answering a readiness drill (演练检查) needs of the platform.
type Drills interface {
	DrillChallenge(ctx context.Context, lot bidding.LotID) (wire.DrillChallenge, error)
	AnswerDrill(ctx context.Context, lot bidding.LotID, a pki.Signed[custody.DrillAnswer]) error
}

// AnswerDrill opens the officer's own share of the lot's key and checks it against the commitments, then opens the platform's
// challenge with the same key and signs the answer: who answers can release. The answer holds a hash of what was opened, never the
// plaintext; the share stays here.
func AnswerDrill(ctx context.Context, p Drills, who *Identity, lot Lot, at time.Time) error {
	share, err := custody.OpenOfficerShare(lot.Officers, who.Signing.Fingerprint(), who.Decryption)
	if err != nil {
		return fmt.Errorf("drill: %w", bidding.FromCode(err))
	}
	share.Erase()
	challenge, err := p.DrillChallenge(ctx, lot.ID)
	if err != nil {
		return fmt.Errorf("drill: %w", err)
	}
	answer, err := custody.AnswerDrill(challenge.Sealed, string(lot.Class), lot.ID.String(), canon.At(at), who.Decryption, who.Signer)
	if err != nil {
		return fmt.Errorf("drill: %w", bidding.FromCode(err))
	}
	if err := p.AnswerDrill(ctx, lot.ID, answer); err != nil {
		return fmt.Errorf("drill: %w", err)
	}
	return nil
}

// wait waits for the opening time and answers drills meanwhile. A drill that cannot be answered delays nothing: the platform
// names who has not answered.
func (o Officer) wait(ctx context.Context, lot Lot) error {
	var answered time.Time
	for now := o.Clock(); now.Before(lot.OpeningAt); now = o.Clock() {
		if left := lot.OpeningAt.Sub(now); o.Drills != nil && left > drillTime && now.Sub(answered) > drillEvery {
			answered = now
			bounded, cancel := context.WithTimeout(ctx, drillTime)
			if err := AnswerDrill(bounded, o.Drills, o.Who, lot, now); err != nil {
				answered = now.Add(time.Minute - drillEvery) // again in a minute
			}
			cancel()
		}
		if err := pause(ctx, min(o.Poll, lot.OpeningAt.Sub(o.Clock()))); err != nil {
			return err
		}
	}
	return nil
}

// drillTime is how long an answer may take, and how near an opening none is given.
const drillTime = 5 * time.Second
