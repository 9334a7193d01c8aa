package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
	"sunbid/bidding/party"
	"sunbid/bidding/tender"
	"sunbid/crypto/pki"
	"sunbid/storage/jobs"
	"sunbid/storage/objects"
	"sunbid/storage/postgres"
	"sunbid/storage/translog"
	"sunbid/web/api"
	"sunbid/web/auth"
	"sunbid/web/live"
	"sunbid/web/outbound/keyholder"
	"sunbid/web/public"
)

// roundEvery is the length of a log round; it is the same at every hour of every day.
const roundEvery = time.Second

// keysReady is how many opening keys stand ready.
const keysReady = 2

// Node is one platform process, wired.
type Node struct {
	config    Config
	log       *slog.Logger
	clock     bidding.Clock
	db        *postgres.DB
	group     *keyholder.Group
	history   *translog.Log
	sequencer *translog.Sequencer
	runner    *jobs.Runner
	watcher   *jobs.Watcher
	secrets   *postgres.Secrets
	bids      *bid.Service
	openings  *opening.Service
	holders   *keyholders
	hub       *live.Hub
	health    *health
	drills    *drills
	judge     judge
	bundles   string // folder of the public bundles that were asked for; it lasts as long as the process
	server    *api.Server
	listener  net.Listener
}

// keys are the platform's own, opened.
type keys struct {
	platform, log pki.Signer
	strongbox     strongbox
	judge         judge
	trustList     []byte
}

// stores is what the process reads and writes.
type stores struct {
	db      *postgres.DB
	objects objects.Store
	trusted *postgres.Certificates
}

// Open wires a process. now is the machine's clock. On error nothing is left open.
func Open(ctx context.Context, c Config, version string, log *slog.Logger, now func() time.Time) (_ *Node, err error) {
	n := &Node{config: c, log: log, hub: live.NewHub()}
	defer func() {
		if err != nil {
			n.close()
		}
	}()
	if n.clock, err = newClock(c.ClockFile, now); err != nil {
		return nil, err
	}
	own, err := c.keys()
	if err != nil {
		return nil, err
	}
	n.judge = own.judge
	st, err := n.open(ctx, own)
	if err != nil {
		return nil, err
	}
	if n.group, err = n.keyholders(c, st); err != nil {
		return nil, err
	}
	n.history = translog.NewLog(st.db.App(), own.log.Certificate(), c.Class)
	if n.sequencer, err = translog.NewSequencer(n.history, st.objects, own.log, n.clock); err != nil {
		return nil, err
	}
	if err := st.trusted.Add(ctx, n.known(own)...); err != nil {
		return nil, err
	}
	services, err := n.services(own, st, version)
	if err != nil {
		return nil, err
	}
	if n.server, err = api.New(api.Config{Class: c.Class, Version: version, Proxies: c.Proxies, Limits: c.limits(), Log: log}, services); err != nil {
		return nil, err
	}
	if n.listener, err = net.Listen("tcp", c.Listen); err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return n, nil
}

// open migrates and opens the database and the object store.
func (n *Node) open(ctx context.Context, own keys) (stores, error) {
	dsn, err := Secret(n.config.DSNFile)
	if err != nil {
		return stores{}, err
	}
	if err := postgres.Migrate(ctx, string(dsn)); err != nil {
		return stores{}, err
	}
	if n.db, err = postgres.Open(ctx, string(dsn), n.clock); err != nil {
		return stores{}, err
	}
	store, err := openStore(ctx, n.config.Objects, n.clock.Now)
	if err != nil {
		return stores{}, fmt.Errorf("open object store: %w", err)
	}
	return stores{db: n.db, objects: store, trusted: postgres.NewCertificates(n.db, own.judge)}, nil
}

// keyholders connects the group to the pool and the records.
func (n *Node) keyholders(c Config, st stores) (*keyholder.Group, error) {
	group, roster, err := newGroup(c)
	if err != nil {
		return nil, err
	}
	n.holders = &keyholders{
		group: group, roster: roster, threshold: c.Threshold, class: c.Class, pool: postgres.NewKeyPool(st.db),
		clock: n.clock,
	}
	return group, nil
}

// known are certificates that belong to no enrolled person and stand under published records.
func (n *Node) known(own keys) []*pki.Certificate {
	list := []*pki.Certificate{own.platform.Certificate(), own.log.Certificate()}
	for _, m := range n.holders.roster {
		list = append(list, m.Signing)
	}
	return list
}

// services makes the stages' services and what the web server needs beside them.
func (n *Node) services(own keys, st stores, version string) (api.Services, error) {
	class, clock := n.config.Class, n.clock
	organisations, uploads, inflight := postgres.NewOrganisations(st.db), postgres.NewUploads(st.db), bid.NewInFlight()
	box := vault{st.objects}
	// Whoever asks is approved at once in a rehearsal only; party.NewService refuses it elsewhere.
	parties := party.NewService(organisations, own.judge, clock, class, class == bidding.Rehearsal)
	tenders := tender.NewService(tender.Ports{Tenders: postgres.NewTenders(st.db), Keyholders: n.holders, Certificates: st.trusted, Parties: organisations}, clock, class)
	n.bids = bid.NewService(bid.Ports{Uploads: uploads, Bids: postgres.NewBids(st.db), Vault: box, Log: n.history, Certificates: st.trusted, Bidders: organisations}, own.platform, inflight, clock, uploadLimits())
	settings := opening.DefaultSettings()
	settings.Report = func(ctx context.Context, lot bidding.LotID, err error) {
		n.log.ErrorContext(ctx, "opening goes on after a failure", "lot", lot.String(), "err", err)
	}
	n.openings = opening.NewService(opening.Ports{
		Store: postgres.NewOpenings(st.db), Parts: parts{uploads, box}, Keyholders: n.holders, Log: n.history,
		Submissions: inflight, Certificates: st.trusted, Strongbox: own.strongbox,
	}, own.platform, clock, settings)
	n.secrets = postgres.NewSecrets(st.db)
	// What the public asks of the log is read in the public role too: its tiles and its head tell the time and nothing else.
	shown := translog.NewLog(st.db.Public(), own.log.Certificate(), class)
	gazette := postgres.NewGazette(st.db, shown.Consistency, own.platform.Certificate(), own.log.Certificate())
	pages, err := public.New(gazette, clock, public.About{Class: class, Version: version})
	if err != nil {
		return api.Services{}, err
	}
	n.drills = &drills{
		keyholders: n.holders, own: own, store: postgres.NewDrills(st.db), secrets: n.secrets, tenders: postgres.NewTenders(st.db),
		certificates: st.trusted, history: n.history, log: n.log, book: opening.NewDrillbook(),
	}
	if n.bundles, err = os.MkdirTemp("", "sunbid-bundles-"); err != nil {
		return api.Services{}, err
	}
	n.health = newHealth(st, n.history, n.holders, clock)
	services := api.Services{
		Clock: clock, Auth: auth.New(n.secrets, parties, own.judge, clock, auth.Rules{Class: class, Origins: []string{n.config.origin()}}),
		Commands: postgres.NewCommands(st.db), Gazette: gazette, Parties: parties, Notices: notice.NewService(postgres.NewNotices(st.db), st.trusted, clock, class),
		Tenders: tenders, Bids: n.bids, Refusals: postgres.NewRefusals(st.db), Openings: n.openings, Drills: n.drills, Health: n.health, Trust: own, Live: n.hub, Pages: pages,
		Bundles: &bundles{public: gazette, openings: postgres.NewOpenings(st.db), dir: n.bundles, export: func(ctx context.Context, lot bidding.LotID, dir string) error {
			return writeBundle(ctx, own, st, n.history, lot, dir, clock.Now())
		}},
	}
	if n.config.RehearsalCA != "" {
		if services.Rehearsal, err = newRehearsalCA(n.config, clock); err != nil {
			return api.Services{}, err
		}
	}
	n.watcher = jobs.NewWatcher(st.db.App(), clock, n.due(tenders), n.log)
	return services, n.jobs(st, tenders)
}

// jobs wires what happens after a command, by what the command's own transaction asked for.
func (n *Node) jobs(st stores, tenders *tender.Service) (err error) {
	n.runner, err = jobs.NewRunner(st.db.App(), jobs.Handlers{
		OpenBodies: func(ctx context.Context, j jobs.OpenBodies) error { return n.openings.OpenBodies(ctx, j.Lot, j.Part) },
		RefillKeys: func(ctx context.Context, j jobs.RefillKeys) error { return n.holders.Refill(ctx, j.Want) },
		EraseKeys: func(ctx context.Context, j jobs.EraseKeys) error {
			if j.Opening {
				return n.openings.Erase(ctx, j.Lot)
			}
			return tenders.EraseKeys(ctx, j.Lot)
		},
		ArchiveKeys: func(ctx context.Context, j jobs.ArchiveKeys) error { return n.openings.Rewrap(ctx, j.Lot) },
	}, n.log)
	return err
}

// due runs what a lot waits for: the start of submission, or its opening.
func (n *Node) due(tenders *tender.Service) func(context.Context, jobs.Due) error {
	return func(ctx context.Context, d jobs.Due) error {
		return errors.Join(tenders.RunDue(ctx), n.openings.RunDue(ctx))
	}
}

// Address is where the process answers.
func (n *Node) Address() string { return n.listener.Addr().String() }

// Run serves until ctx ends, then finishes what runs: no new requests, no new jobs, the log's lead given up.
func (n *Node) Run(ctx context.Context) error {
	defer n.close()
	if err := n.sequencer.Reconcile(ctx); err != nil && !errors.Is(err, translog.ErrStandby) {
		return fmt.Errorf("log: %w", err)
	}
	if err := n.runner.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return n.history.Run(ctx, n.log) })
	g.Go(func() error { return n.sequencer.Run(ctx, roundEvery, n.log) })
	g.Go(func() error { return n.watcher.Run(ctx) })
	g.Go(func() error { return n.sweep(ctx) })
	g.Go(func() error { return n.judge.run(ctx, n.log) })
	g.Go(func() error { return n.health.run(ctx) })
	g.Go(func() error { return n.drills.run(ctx) })
	g.Go(func() error { return n.news(ctx) })
	g.Go(func() error { return n.server.Serve(n.listener) })
	g.Go(func() error {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
		defer cancel()
		return errors.Join(n.server.Shutdown(end), n.runner.Stop(end))
	})
	return g.Wait()
}

func (n *Node) close() {
	if n.listener != nil {
		n.listener.Close()
	}
	if n.group != nil {
		n.group.Close()
	}
	if n.db != nil {
		n.db.Close()
	}
	if n.bundles != "" {
		_ = os.RemoveAll(n.bundles) // what stays is in the system's folder for such things
	}
}

// sweep removes what expired: sessions, challenges, uploads that were never handed in. It keeps the key pool full.
func (n *Node) sweep(ctx context.Context) error {
	for {
		if err := errors.Join(n.secrets.Sweep(ctx, n.clock.Now()), n.bids.Expire(ctx), n.holders.Refill(ctx, keysReady)); err != nil && ctx.Err() == nil {
			n.log.ErrorContext(ctx, "sweep", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Minute):
		}
	}
}

func (c Config) origin() string {
	if c.Origin != "" {
		return c.Origin
	}
	return "http://" + c.Listen
}

// limits of the web server; a rehearsal's bidders all call from one address, so its factor widens them.
func (c Config) limits() api.Limits {
	l := api.DefaultLimits()
	if f := c.RateFactor; f > 1 {
		for _, r := range []*api.Rate{&l.Address, &l.Session, &l.Login} {
			r.PerSecond, r.Burst = r.PerSecond*f, r.Burst*f
		}
	}
	return l
}

// keys opens the platform's own keys and its trust list.
func (c Config) keys() (own keys, err error) {
	pass, err := Secret(c.PassphraseFile)
	if err != nil {
		return own, err
	}
	if own.platform, err = c.Platform.signer(pass); err != nil {
		return own, err
	}
	if own.log, err = c.Log.signer(pass); err != nil {
		return own, err
	}
	if own.strongbox.key, own.strongbox.certificate, err = c.Strongbox.load(pass); err != nil {
		return own, err
	}
	if own.trustList, err = os.ReadFile(c.TrustFile); err != nil {
		return own, fmt.Errorf("trust list: %w", err)
	}
	trust, err := pki.ParseTrust(own.trustList)
	if err != nil {
		return own, fmt.Errorf("trust list %s: %w", c.TrustFile, err)
	}
	if trust.Class != string(c.Class) {
		return own, fmt.Errorf("trust list %s: %w", c.TrustFile, bidding.ErrClass)
	}
	if own.judge, err = newJudge(trust, c.CRLFiles); err != nil {
		return own, err
	}
	if !trust.IsPlatform(own.platform.Certificate()) || !trust.IsLog(own.log.Certificate()) {
		return own, fmt.Errorf("trust list %s does not name this platform's certificates", c.TrustFile)
	}
	return own, nil
}

// TrustList implements api.Trust.
func (k keys) TrustList() []byte { return k.trustList }

// uploadLimits: one sealed file up to 2 GiB, of which several versions may lie unused until they expire.
func uploadLimits() bid.Limits {
	return bid.Limits{MaxSize: 2 << 30, OpenUploads: 16, OpenBytes: 8 << 30, Life: 7 * 24 * time.Hour}
}
