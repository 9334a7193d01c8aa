package opening

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"sunbid/bidding"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// Settings of openings.
type Settings struct {
	Batch   int           // stanzas asked of a holder at once; 256
	Silence time.Duration // after which the next keyholder is asked; 3 s
	Poll    time.Duration // between looks for officers' batches and bidders' keys; 200 ms
	Drain   time.Duration // the freeze waits for submits under way at most this long; 2 s
	// Report is told of every failure that an opening goes on after; it may log.
	Report func(ctx context.Context, lot bidding.LotID, err error)
}

// DefaultSettings are the design's.
func DefaultSettings() Settings {
	return Settings{Batch: 256, Silence: 3 * time.Second, Poll: 200 * time.Millisecond, Drain: 2 * time.Second, Report: func(context.Context, bidding.LotID, error) {}}
}

// Service runs openings.
type Service struct {
	store        Store
	parts        Parts
	keyholders   Keyholders
	log          Log
	submissions  Submissions
	certificates Certificates
	strongbox    Strongbox
	platform     pki.Signer
	clock        bidding.Clock
	settings     Settings

	reading singleflight.Group // of books

	mu      sync.Mutex // guards the maps
	running map[bidding.LotID]*progress
	bells   map[bidding.LotID]chan struct{}
	books   map[bookKey]*book
	group   sync.WaitGroup // openings started by RunDue
}

// NewService makes one; platform signs freeze and opening record.
func NewService(p Ports, platform pki.Signer, clock bidding.Clock, settings Settings) *Service {
	return &Service{store: p.Store, parts: p.Parts, keyholders: p.Keyholders, log: p.Log, submissions: p.Submissions, certificates: p.Certificates,
		strongbox: p.Strongbox, platform: platform, clock: clock, settings: settings,
		running: map[bidding.LotID]*progress{}, bells: map[bidding.LotID]chan struct{}{}, books: map[bookKey]*book{}}
}

// RunDue starts the openings that are due and not running here; they run until done or until ctx ends. Wait waits for them.
func (s *Service) RunDue(ctx context.Context) error {
	lots, err := s.store.Due(ctx, s.clock.Now(), 100)
	if err != nil {
		return fmt.Errorf("due openings: %w", err)
	}
	for _, lot := range lots {
		if s.isRunning(lot) {
			continue
		}
		s.group.Go(func() {
			if err := s.Open(ctx, lot); err != nil && !errors.Is(err, ErrRunning) && ctx.Err() == nil {
				s.settings.Report(ctx, lot, err)
			}
		})
	}
	return nil
}

// Wait returns when the openings that RunDue started have ended.
func (s *Service) Wait() { s.group.Wait() }

// Open brings a lot from its opening time to the published record, or to its failure, and returns nil then. It goes on where a crash
// left it. While keyholders, officers or bidders are missing it waits, until ctx ends (ErrWaiting, with what is missing). A stored part
// that cannot be read as it was accepted suspends the opening for all (ErrPlatform).
func (s *Service) Open(ctx context.Context, lot bidding.LotID) error {
	p, err := s.begin(lot)
	if err != nil {
		return err
	}
	defer s.end(lot)
	_, state, err := s.store.Load(ctx, lot)
	if err != nil {
		return fmt.Errorf("open %v: %w", lot, err)
	}
	if state.Stage == "" {
		if err := s.freeze(ctx, lot); err != nil {
			return err
		}
		if _, state, err = s.store.Load(ctx, lot); err != nil {
			return fmt.Errorf("open %v: %w", lot, err)
		}
	}
	switch state.Stage {
	case Failed, Published, Recorded:
		return nil
	case Frozen:
		now := s.clock.Now()
		if _, err := s.store.Update(ctx, bidding.SystemActor(), now, lot, func(l *tender.Lot, o *Opening) (Outcome, error) {
			return Outcome{}, o.Start(l, now)
		}); err != nil {
			return fmt.Errorf("open %v: %w", lot, err)
		}
	}
	if state.Suspended {
		return ErrSuspended
	}
	err = s.run(ctx, lot, p)
	if errors.Is(err, ErrPlatform) {
		if stop := s.Suspend(context.WithoutCancel(ctx), bidding.SystemActor(), lot, "平台存储的投标文件读取异常"); stop != nil {
			err = errors.Join(err, stop)
		}
	}
	return err
}

func (s *Service) begin(lot bidding.LotID) (*progress, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.running[lot]; ok {
		return nil, ErrRunning
	}
	p := newProgress()
	s.running[lot] = p
	return p, nil
}

func (s *Service) end(lot bidding.LotID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, lot)
}

func (s *Service) isRunning(lot bidding.LotID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.running[lot]
	return ok
}

// bell is rung when something an opening waits for has come in this process; in others the poll finds it.
func (s *Service) bell(lot bidding.LotID) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bells[lot] == nil {
		s.bells[lot] = make(chan struct{}, 1)
	}
	return s.bells[lot]
}

func (s *Service) ring(lot bidding.LotID) {
	select {
	case s.bell(lot) <- struct{}{}:
	default:
	}
}

// Suspend stops an opening for all.
func (s *Service) Suspend(ctx context.Context, by bidding.Actor, lot bidding.LotID, why string) error {
	now := s.clock.Now()
	_, err := s.store.Update(ctx, by, now, lot, func(l *tender.Lot, o *Opening) (Outcome, error) {
		if err := o.s.mayStop(by, ToSuspend, l.Snapshot().Stage); err != nil {
			return Outcome{}, err
		}
		return Outcome{}, o.Suspend(by, why, now)
	})
	s.ring(lot)
	return wrap("suspend", lot, err)
}

// Resume lets it go on.
func (s *Service) Resume(ctx context.Context, by bidding.Actor, lot bidding.LotID, why string) error {
	now := s.clock.Now()
	_, err := s.store.Update(ctx, by, now, lot, func(l *tender.Lot, o *Opening) (Outcome, error) {
		if err := o.s.mayStop(by, ToResume, l.Snapshot().Stage); err != nil {
			return Outcome{}, err
		}
		return Outcome{}, o.Resume(by, why, now)
	})
	return wrap("resume", lot, err)
}

func wrap(what string, lot bidding.LotID, err error) error {
	if err != nil {
		return fmt.Errorf("%s %v: %w", what, lot, err)
	}
	return nil
}

// record reads a signed record by its hash.
func record[T any](ctx context.Context, from Store, hash canon.Hash) (pki.Signed[T], error) {
	d, err := from.Document(ctx, hash)
	if err != nil {
		return pki.Signed[T]{}, fmt.Errorf("record %v: %w", hash, err)
	}
	r, err := pki.ParseSigned[T](d.Signed)
	if err != nil {
		return pki.Signed[T]{}, fmt.Errorf("record %v: %w", hash, err)
	}
	return r, nil
}
