package opening

import (
	"context"
	"errors"
	"fmt"

	"sunbid/bidding"
	"sunbid/crypto/custody"
)

// catchUp brings a keyholder the postponements in force, in order. One that was away when they were signed still opens at the old
// time and refuses the freeze record of the new one; it takes them late, because n−t+1 others have signed (crypto/SPEC.md
// section 7, rule 3). One that has them signs again, which changes nothing.
func (s *Service) catchUp(ctx context.Context, b *book, h Keyholder) error {
	for _, hash := range b.lot.Postponements {
		p, err := record[custody.Postponement](ctx, s.store, hash)
		if err != nil {
			return err
		}
		r := custody.PostponeRequest{Postponement: p}
		for _, signature := range p.Signatures {
			c, err := s.certificates.Find(ctx, signature.Signer)
			if errors.Is(err, bidding.ErrMissing) {
				continue // the keyholder knows its group by itself
			}
			if err != nil {
				return fmt.Errorf("certificate %v: %w", signature.Signer, err)
			}
			r.Certificates = append(r.Certificates, c.DER())
		}
		if err := h.Postpone(ctx, r); err != nil {
			return fmt.Errorf("postponement %d: %w", p.Body.Number, err)
		}
	}
	return nil
}
