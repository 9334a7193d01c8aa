package desk

import (
	"context"
	"errors"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/web/api/wire"
)

// AwaitMargin is how long after the opening time an officer still waits for a lot's keys, and how long for a platform that never
// answered: an officer who is there before the platform must not have to start again.
const AwaitMargin = 10 * time.Minute

// AwaitLot fetches a lot's keys and checks them, as Fetch and LotFile.Check do. While the platform cannot be reached, the keys are not
// bound yet or the log does not have the binding yet it asks again every poll, until AwaitMargin after the opening time (after the
// call, while no opening time is known) or until ctx ends. It then gives the last refusal. Whatever waiting does not cure is given at once:
// a record or a proof that does not verify. waiting, if not nil, hears once of each new reason.
func AwaitLot(ctx context.Context, platform Lots, id bidding.LotID, trust *pki.Trust, clock custody.Clock, poll time.Duration, waiting func(error)) (LotFile, Lot, error) {
	until := clock().Add(AwaitMargin)
	told := ""
	for {
		file, err := Fetch(ctx, platform, id, clock())
		if err == nil {
			var lot Lot
			if lot, err = file.Check(trust); err == nil {
				return file, lot, nil
			}
			if !lot.OpeningAt.IsZero() { // every signature holds, only the log's word is missing
				until = lot.OpeningAt.Add(AwaitMargin)
			}
		}
		if !curable(err) || !clock().Before(until) {
			return LotFile{}, Lot{}, err
		}
		if waiting != nil && err.Error() != told {
			told = err.Error()
			waiting(err)
		}
		if pause(ctx, poll) != nil {
			return LotFile{}, Lot{}, err
		}
	}
}

// curable: what waiting cures before the keys are known.
func curable(err error) bool {
	var r *bidding.Refusal
	return errors.As(err, &r) && (r.Class == bidding.Unready || r.Class == bidding.Missing)
}

// Logins is what logging in needs of the platform.
type Logins interface {
	Login(ctx context.Context, signer pki.Signer, class bidding.Class, role bidding.Role) (wire.Session, error)
}

// LoginPatiently logs in; while the platform is away it tries again every poll, for AwaitMargin or until ctx ends.
func LoginPatiently(ctx context.Context, platform Logins, who *Identity, class bidding.Class, role bidding.Role, clock custody.Clock, poll time.Duration) error {
	until := clock().Add(AwaitMargin)
	for {
		_, err := platform.Login(ctx, who.Signer, class, role)
		var r *bidding.Refusal
		if err == nil || !errors.As(err, &r) || r.Class != bidding.Unready || !clock().Before(until) || pause(ctx, poll) != nil {
			return err
		}
	}
}
