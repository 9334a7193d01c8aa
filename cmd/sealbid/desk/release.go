package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/opening"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// Officer is an opening officer at the desk.
type Officer struct {
	Platform Officers
	Drills   Drills // readiness drills while it waits; nil: it answers none
	Who      *Identity
	Trust    *pki.Trust
	File     LotFile
	State    custody.Documents // first freeze record and last checkpoint seen
	Clock    custody.Clock
	Poll     time.Duration // between two questions while there is nothing to do
}

// Done tells what an officer has released.
type Done struct {
	Kind    seal.Kind
	Parts   int
	Refused []custody.ItemRefusal
	Late    bool // others had released already
}

// Release waits for the opening time by the officer's own clock, then releases the parts of each kind in order, page by page, until
// all are done or ctx ends. Everything is checked by custody.OfficerKeeper: the clock, the freeze record and its place in the log, each
// part's statement and label. tell, if not nil, hears of every posted batch. Running it again repeats nothing that hurts: the platform takes
// a batch once.
func (o Officer) Release(ctx context.Context, lot Lot, kinds []seal.Kind, tell func(Done)) error {
	keeper, err := o.keeper(lot)
	if err != nil {
		return err
	}
	defer keeper.Close()
	if err := o.wait(ctx, lot); err != nil {
		return err
	}
	for _, kind := range kinds {
		if err := o.releaseKind(ctx, keeper, lot, kind, tell); err != nil {
			return fmt.Errorf("release %s: %w", kind, err)
		}
	}
	return nil
}

// keeper opens the officer's share and holds it, with all that binds it, in memory.
func (o Officer) keeper(lot Lot) (*custody.OfficerKeeper, error) {
	certificates, err := o.File.certificates()
	if err != nil {
		return nil, err
	}
	share, err := custody.OpenOfficerShare(lot.Officers, o.Who.Signing.Fingerprint(), o.Who.Decryption)
	if err != nil {
		return nil, err
	}
	known := custody.Known{Class: string(lot.Class)}
	for _, h := range o.Trust.Log {
		if c := certificates(h); c != nil {
			known.Log = append(known.Log, c)
		}
	}
	for _, h := range o.Trust.Platform {
		if c := certificates(h); c != nil {
			known.Platform = append(known.Platform, c)
		}
	}
	return custody.NewOfficerKeeper(rand.Reader, known, custody.OfficerFile{
		KeyRecord: o.File.KeyRecord, OfficerKey: o.File.OfficerKey, Binding: o.File.Binding, Postponements: o.File.Postponements,
		Dealer: certificates(o.File.OfficerKey.Signatures[0].Signer), Certificates: certificates,
	}, o.Who.Signer, share, o.State, o.Clock)
}

func (o Officer) releaseKind(ctx context.Context, keeper *custody.OfficerKeeper, lot Lot, kind seal.Kind, tell func(Done)) error {
	cursor := ""
	for {
		seen, err := keeper.LastSeen()
		if err != nil {
			return err
		}
		task, err := o.Platform.Task(ctx, lot.ID, kind, cursor, seen)
		if notYet(err) {
			if err := pause(ctx, o.Poll); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if len(task.Request.Items) > 0 {
			done, err := o.releasePage(ctx, keeper, lot, kind, task.Request)
			if err != nil {
				return err
			}
			if tell != nil {
				tell(done)
			}
		}
		if cursor = task.Next; cursor == "" {
			return nil
		}
	}
}

// releasePage releases one page. A batch that comes too late to be needed is no failure of the officer's.
func (o Officer) releasePage(ctx context.Context, keeper *custody.OfficerKeeper, lot Lot, kind seal.Kind, r custody.ReleaseRequest) (Done, error) {
	answer, err := keeper.Release(r)
	if err != nil {
		return Done{}, err
	}
	done := Done{Kind: kind, Refused: answer.Refused}
	if answer.Batch == nil {
		return done, nil
	}
	err = o.post(ctx, lot.ID, *answer.Batch)
	if errors.Is(err, opening.ErrStage) {
		done.Late = true
		return done, nil
	}
	done.Parts = len(answer.Batch.Body.Items)
	return done, err
}

// post hands a batch in, again and again while the platform is away, restarts or is suspended.
func (o Officer) post(ctx context.Context, lot bidding.LotID, batch pki.Signed[custody.PartialsBatch]) error {
	for {
		err := o.Platform.PostPartials(ctx, lot, batch)
		if !notYet(err) {
			return err
		}
		if stopped := pause(ctx, o.Poll); stopped != nil {
			return errors.Join(err, stopped)
		}
	}
}

// notYet tells a refusal that waiting cures: the freeze is not logged yet, the moment has not come, the opening is suspended, the
// platform is away or restarts.
func notYet(err error) bool {
	var r *bidding.Refusal
	return errors.As(err, &r) && (r.Class == bidding.Early || r.Class == bidding.Unready || r.Class == bidding.Missing || errors.Is(err, opening.ErrSuspended))
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(max(d, 0))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Folder keeps an officer's documents in a folder, so that a killed client still refuses a second freeze record.
type Folder struct{ Dir string }

const maxDocument = 64 << 20

// Load is custody.Documents.Load.
func (f Folder) Load(name string) ([]byte, error) {
	data, err := ReadFile(f.path(name), maxDocument)
	if errors.Is(err, ErrFileMissing) {
		return nil, nil
	}
	return data, err
}

// Save is custody.Documents.Save.
func (f Folder) Save(name string, doc []byte) error { return WriteFile(f.path(name), doc) }

// List is custody.Documents.List.
func (f Folder) List(prefix string) ([]string, error) { return namesIn(f.Dir, prefix, ".json") }

func (f Folder) path(name string) string { return filepath.Join(f.Dir, name+".json") }
