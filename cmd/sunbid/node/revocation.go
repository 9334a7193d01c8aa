package node

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"sunbid/crypto/pki"
)

// crlEvery is how often the revocation lists are looked at.
const crlEvery = time.Second

// judge is the trust list as the stages see it: certificates come without intermediates, issued by a listed authority.
// The revocation lists behind it are read again while the process runs: a certificate revoked today must not sign tomorrow.
type judge struct {
	files []string
	trust *atomic.Pointer[pki.Trust] // with the lists read last
}

// newJudge reads the revocation lists (DER) for the first time; each must be of an issuer of the trust list.
func newJudge(list *pki.Trust, files []string) (judge, error) {
	j := judge{files: files, trust: new(atomic.Pointer[pki.Trust])}
	j.trust.Store(list)
	return j, j.read()
}

// Judge implements party.Trust and the other stages' ports.
func (j judge) Judge(c *pki.Certificate, usage pki.Usage, at time.Time) error {
	return j.trust.Load().Judge(c, usage, at)
}

// read takes all lists or none: what is half there, foreign, or older than what was read before (it would raise the dead), leaves
// those of before in force.
func (j judge) read() error {
	trust := j.trust.Load()
	for _, f := range j.files {
		der, err := os.ReadFile(f)
		if err != nil {
			return fmt.Errorf("revocation list: %w", err)
		}
		if trust, err = trust.WithCRL(der); err != nil {
			return fmt.Errorf("revocation list %s: %w", f, err)
		}
	}
	j.trust.Store(trust)
	return nil
}

// run reads the lists again whenever a file changed, until ctx ends.
func (j judge) run(ctx context.Context, log *slog.Logger) error {
	seen := j.stamps()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(crlEvery):
		}
		now := j.stamps()
		if slices.Equal(now, seen) {
			continue
		}
		seen = now
		if err := j.read(); err != nil {
			log.ErrorContext(ctx, "the revocation lists of before stay in force", "err", err)
		}
	}
}

// stamps tells versions of the files apart; a file that is missing has the zero stamp.
func (j judge) stamps() []stamp {
	list := make([]stamp, len(j.files))
	for i, f := range j.files {
		if st, err := os.Stat(f); err == nil {
			list[i] = stamp{st.Size(), st.ModTime().UnixNano()}
		}
	}
	return list
}

type stamp struct{ size, changed int64 }
