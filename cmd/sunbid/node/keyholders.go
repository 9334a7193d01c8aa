package node

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/opening"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/web/outbound/keyholder"
)

// keyPool is the stock of opening keys made ahead of need, as signed key records.
type keyPool interface {
	// Add stores a fresh key.
	Add(ctx context.Context, key string, record []byte) error
	// Take ties a free key to the lot, or returns the one that is tied to it already; bidding.ErrMissing when none is free.
	Take(ctx context.Context, lot bidding.LotID) ([]byte, error)
	// Free counts keys that no lot has.
	Free(ctx context.Context) (int, error)
}

// maxSkew is how far a keyholder's clock may stand from ours before an announcement.
const maxSkew = 2 * time.Second

var (
	errNotReady = bidding.Refuse("keyholder-not-ready", bidding.Unready, "", "密钥保管方尚未全部就绪。", "not every keyholder is ready")
	errNoKey    = bidding.Refuse("key-pool-empty", bidding.Unready, "", "暂时没有可用的开标密钥，请稍后重试。", "no opening key can be made now")
)

// keyholders is the group as the stages need it: with the pool, the stored records and the log behind it.
type keyholders struct {
	group     *keyholder.Group
	roster    custody.Roster
	threshold int
	class     bidding.Class
	pool      keyPool
	clock     bidding.Clock
}

// newGroup reads the keyholders of the configuration.
func newGroup(c Config) (*keyholder.Group, custody.Roster, error) {
	own, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, nil, fmt.Errorf("client certificate towards keyholders: %w", err)
	}
	var clients []*keyholder.Client
	var roster custody.Roster
	for i, k := range c.Keyholders {
		raw, err := hex.DecodeString(k.TLS)
		if err != nil || len(raw) != 32 {
			return nil, nil, fmt.Errorf("keyholder %d: tls is no SHA-256 in hexadecimal", i+1)
		}
		signing, err := pki.ParseCertificate(k.Signing)
		if err != nil {
			return nil, nil, fmt.Errorf("keyholder %d: %w", i+1, err)
		}
		encryption, err := pki.ParseCertificate(k.Encryption)
		if err != nil {
			return nil, nil, fmt.Errorf("keyholder %d: %w", i+1, err)
		}
		roster = append(roster, custody.Member{Name: k.Name, Signing: signing, Encryption: encryption})
		clients = append(clients, keyholder.NewClient(keyholder.Endpoint{Index: i + 1, Name: k.Name, Address: k.Address, Pin: [32]byte(raw)}, own))
	}
	if err := roster.Check(); err != nil {
		return nil, nil, fmt.Errorf("keyholders: %w", err)
	}
	return keyholder.NewGroup(clients, roster), roster, nil
}

// Ready implements tender.Keyholders.
func (k *keyholders) Ready(ctx context.Context) error {
	var missing []string
	health, errs := k.group.Health(ctx)
	now := k.clock.Now()
	for i, h := range health {
		name := k.roster[i].Name
		switch {
		case errs[i] != nil:
			missing = append(missing, name+"：没有应答")
		case h.Class != string(k.class):
			missing = append(missing, name+"：类别不符")
		case h.Clock.Sub(now).Abs() > maxSkew:
			missing = append(missing, fmt.Sprintf("%s：时钟相差 %.1f 秒", name, h.Clock.Sub(now).Seconds()))
		}
	}
	if len(missing) > 0 {
		return errNotReady.With(strings.Join(missing, "；"))
	}
	return nil
}

// Take implements tender.Keyholders: from the pool, or by a ceremony now when the pool is empty.
func (k *keyholders) Take(ctx context.Context, lot bidding.LotID) (pki.Signed[custody.KeyRecord], error) {
	for range 3 {
		raw, err := k.pool.Take(ctx, lot)
		if err == nil {
			return pki.ParseSigned[custody.KeyRecord](raw)
		}
		if !errors.Is(err, bidding.ErrMissing) {
			return pki.Signed[custody.KeyRecord]{}, err
		}
		if err := k.Generate(ctx); err != nil {
			return pki.Signed[custody.KeyRecord]{}, errNoKey.With(err.Error())
		}
	}
	return pki.Signed[custody.KeyRecord]{}, errNoKey
}

// Generate makes one key for the pool. A void ceremony is repeated under another name; who was at fault is in the error.
func (k *keyholders) Generate(ctx context.Context) error {
	var last error
	for range 3 {
		plan := custody.Plan{
			Ceremony: bidding.NewStreamID().String(), Class: string(k.class), Key: bidding.NewKeyID().String(),
			Threshold: k.threshold, MadeAt: canon.At(k.clock.Now()),
		}
		record, err := k.group.Generate(ctx, plan)
		if err == nil {
			raw, err := record.Marshal()
			if err != nil {
				return err
			}
			return k.pool.Add(ctx, plan.Key, raw)
		}
		last = err
	}
	return fmt.Errorf("make an opening key: %w", last)
}

// Refill keeps want keys free.
func (k *keyholders) Refill(ctx context.Context, want int) error {
	free, err := k.pool.Free(ctx)
	if err != nil {
		return err
	}
	for ; free < want; free++ {
		if err := k.Generate(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Bind implements tender.Keyholders.
func (k *keyholders) Bind(ctx context.Context, r custody.BindRequest) (pki.Signed[custody.Binding], error) {
	return k.group.Bind(ctx, r)
}

// Postpone implements tender.Keyholders.
func (k *keyholders) Postpone(ctx context.Context, r custody.PostponeRequest, need int) (pki.Signed[custody.Postponement], error) {
	signed, errs := k.group.Postpone(ctx, r)
	got := 0
	for _, err := range errs {
		if err == nil {
			got++
		}
	}
	if got < need {
		return signed, errors.Join(errs...)
	}
	return signed, nil
}

// Erase implements tender.Keyholders.
func (k *keyholders) Erase(ctx context.Context, r custody.EraseRequest) ([]pki.Signed[custody.Erased], error) {
	results, errs := k.group.Erase(ctx, r)
	var done []pki.Signed[custody.Erased]
	for i, err := range errs {
		if err == nil {
			done = append(done, results[i])
		}
	}
	return done, errors.Join(errs...)
}

// Of implements opening.Keyholders: today's group must be the one that signed the key.
func (k *keyholders) Of(_ context.Context, key custody.KeyRecord) ([]opening.Keyholder, error) {
	var list []opening.Keyholder
	for _, h := range key.Keyholders {
		i := slices.IndexFunc(k.roster, func(m custody.Member) bool { return m.Signing.Fingerprint() == h.Certificate })
		if i < 0 {
			return nil, errNotReady.With(h.Name + "：不在当前配置中")
		}
		list = append(list, holder{k, i + 1, int(h.Index)})
	}
	return list, nil
}

// holder is one keyholder of a key.
type holder struct {
	*keyholders
	position int // in the configuration
	index    int // in the key record
}

func (h holder) Index() int   { return h.index }
func (h holder) Name() string { return h.roster[h.position-1].Name }

func (h holder) LastSeen(ctx context.Context) (int64, error) {
	health, err := h.group.Client(h.position).Health(ctx)
	return health.Checkpoint, err
}

func (h holder) Postpone(ctx context.Context, r custody.PostponeRequest) error {
	_, err := h.group.Client(h.position).Postpone(ctx, r)
	return err
}

func (h holder) Release(ctx context.Context, r custody.ReleaseRequest) (custody.Release, error) {
	return h.group.Release(ctx, h.position, r)
}

func (h holder) Erase(ctx context.Context, r custody.EraseRequest) (pki.Signed[custody.Erased], error) {
	return h.group.Client(h.position).Erase(ctx, r)
}
