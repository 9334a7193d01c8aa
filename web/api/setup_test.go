package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
	"sunbid/bidding/party"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
	"sunbid/storage/postgres"
	"sunbid/storage/storetest/fixture"
	"sunbid/web/api"
	"sunbid/web/api/wire"
	"sunbid/web/auth"
	"sunbid/web/client"
	"sunbid/web/live"
	"sunbid/web/public"
)

// clock is real time, moved ahead by what a test lets pass.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead).UTC().Truncate(time.Millisecond)
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// bundle is a platform's HTTP face over the real services and a real database.
type bundle struct {
	url     string
	server  *api.Server
	clock   *clock
	ca      *pki.CA
	trust   judge
	parties *party.Service
	live    *live.Hub
	log     *lines
	db      *postgres.DB
}

// judge is the trust as the ports want it.
type judge struct{ *pki.Trust }

func (j judge) Judge(c *pki.Certificate, usage pki.Usage, at time.Time) error {
	return j.Trust.Judge(c, usage, at)
}
func (j judge) TrustList() []byte {
	b, err := j.Marshal()
	if err != nil {
		panic(err)
	}
	return b
}

// vitals are those of a healthy platform.
type vitals struct{}

func (vitals) Health(context.Context) api.Vitals {
	return api.Vitals{Database: true, Objects: true, LogSize: 42, LogLag: time.Second, ClockChecked: true,
		Keyholders: []api.KeyholderVitals{{Name: "甲保管方", Ready: true}, {Name: "乙保管方"}}}
}

type keyholderDown struct{}

func (keyholderDown) Readiness(context.Context) (wire.Readiness, error) {
	return wire.Readiness{Code: "keyholder-not-ready", Say: "有密钥保管方未就绪。", Detail: "乙保管方"}, nil
}
func (keyholderDown) Drill(context.Context, bidding.Actor, bidding.LotID) (wire.LotReadiness, error) {
	return wire.LotReadiness{}, bidding.ErrMissing
}
func (keyholderDown) OfLot(context.Context, bidding.LotID) (*wire.LotReadiness, error) {
	return nil, nil
}
func (keyholderDown) Challenge(context.Context, bidding.Actor, bidding.LotID) (wire.DrillChallenge, error) {
	return wire.DrillChallenge{}, bidding.ErrMissing
}
func (keyholderDown) Answer(context.Context, bidding.Actor, bidding.LotID, pki.Signed[custody.DrillAnswer]) error {
	return bidding.ErrMissing
}

// lines collects what is logged.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }
func (l *lines) String() string              { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// setup boots one; change may replace services and limits.
func setup(t *testing.T, change func(*api.Config, *api.Services)) *bundle {
	t.Helper()
	return setupWith(t, func(*bundle) func(*api.Config, *api.Services) { return change })
}

// setupWith is setup where the change needs what was made before it.
func setupWith(t *testing.T, changing func(*bundle) func(*api.Config, *api.Services)) *bundle {
	t.Helper()
	b := &bundle{clock: &clock{}, live: live.NewHub(), log: &lines{}, db: fixture.Open(t, fixture.Migrated(t))}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.url = "http://" + l.Addr().String()
	if b.ca, err = pki.NewCA(rand.Reader, pki.Subject{Organisation: "演练 CA", Name: "演练根"}, pki.Rehearsal, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	b.trust = judge{&pki.Trust{Class: pki.Rehearsal, Issuers: []*pki.Certificate{b.ca.Certificate()}}}
	organisations, certificates := postgres.NewOrganisations(b.db), postgres.NewCertificates(b.db, b.trust)
	b.parties = party.NewService(organisations, b.trust, b.clock, bidding.Rehearsal, true)
	gazette := postgres.NewGazette(b.db, func(context.Context, int64, int64) ([]canon.Hash, error) { return nil, bidding.ErrMissing })
	pages, err := public.New(gazette, b.clock, public.About{Class: bidding.Rehearsal, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	platform := fixture.Signer(t, "平台")
	config := api.Config{Class: bidding.Rehearsal, Version: "test", Log: slog.New(slog.NewTextHandler(b.log, nil)),
		Limits: api.Limits{Address: api.Rate{PerSecond: 10_000, Burst: 10_000}, Session: api.Rate{PerSecond: 10_000, Burst: 10_000}, Login: api.Rate{PerSecond: 1000, Burst: 1000}}}
	services := api.Services{
		Clock: b.clock, Commands: postgres.NewCommands(b.db), Gazette: gazette, Parties: b.parties, Live: b.live, Pages: pages,
		Auth:     auth.New(postgres.NewSecrets(b.db), b.parties, b.trust, b.clock, auth.Rules{Class: bidding.Rehearsal, Origins: []string{b.url}}),
		Notices:  notice.NewService(postgres.NewNotices(b.db), certificates, b.clock, bidding.Rehearsal),
		Tenders:  tender.NewService(tender.Ports{Tenders: postgres.NewTenders(b.db), Certificates: certificates, Parties: organisations}, b.clock, bidding.Rehearsal),
		Bids:     bid.NewService(bid.Ports{Uploads: postgres.NewUploads(b.db), Bids: postgres.NewBids(b.db), Certificates: certificates, Bidders: organisations}, platform, bid.NewInFlight(), b.clock, bid.Limits{MaxSize: 1 << 30, OpenUploads: 4, OpenBytes: 1 << 30, Life: time.Hour}),
		Refusals: postgres.NewRefusals(b.db),
		Openings: opening.NewService(opening.Ports{Store: postgres.NewOpenings(b.db), Certificates: certificates}, platform, b.clock, opening.DefaultSettings()),
		Drills:   keyholderDown{}, Health: vitals{}, Trust: b.trust,
	}
	if change := changing(b); change != nil {
		change(&config, &services)
	}
	if b.server, err = api.New(config, services); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- b.server.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := b.server.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		<-ended
	})
	return b
}

// creditCode makes a valid unified social credit code of a number (GB 32100-2015).
func creditCode(n int) string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	code := fmt.Sprintf("91440300MA%07d", n)
	sum, weight := 0, 1
	for i := range code {
		sum += strings.IndexByte(alphabet, code[i]) * weight
		weight = weight * 3 % 31
	}
	return code + string(alphabet[(31-sum%31)%31])
}

// person enrols somebody of an organisation of that number in one role, and returns the signing certificate's signer.
func (b *bundle) person(t *testing.T, n int, role bidding.Role) pki.Signer {
	t.Helper()
	now := time.Now()
	subject := pki.Subject{Organisation: fmt.Sprintf("第%d公司", n), Name: "经办人", Code: creditCode(n)}
	keys := [2]*sm.PrivateKey{}
	certs := [2]*pki.Certificate{}
	for i, usage := range []pki.Usage{pki.Signing, pki.Encryption} {
		var err error
		if keys[i], err = sm.GenerateKey(rand.Reader); err != nil {
			t.Fatal(err)
		}
		if certs[i], err = b.ca.Issue(keys[i].Public(), subject, usage, now.Add(-time.Hour), now.AddDate(1, 0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	signer, err := pki.NewSigner(keys[0], certs[0])
	if err != nil {
		t.Fatal(err)
	}
	signed, err := pki.Sign(party.Enrolment{
		Type: party.EnrolmentType, Class: bidding.Rehearsal, Organisation: party.Named{Name: subject.Organisation, Code: subject.Code},
		Person: subject.Name, Roles: []bidding.Role{role}, Signing: certs[0].DER(), Encryption: certs[1].DER(), At: canon.At(now),
	}, signer)
	if err != nil {
		t.Fatal(err)
	}
	enrolled, err := b.client(t).Enrol(t.Context(), signed)
	if err != nil {
		t.Fatal(err)
	}
	if role == bidding.Operator || role == bidding.Supervisor {
		if err := b.parties.Approve(t.Context(), bidding.SystemActor(), enrolled.Organisation, enrolled.Person, []bidding.Role{role}); err != nil {
			t.Fatal(err)
		}
	}
	return signer
}

func (b *bundle) client(t *testing.T) *client.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections) // a server that shuts down waits for connections that never sent a request
	c, err := client.New(b.url, &http.Client{Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// login enrols and logs in; token is the session's.
func (b *bundle) login(t *testing.T, n int, role bidding.Role) (c *client.Client, token string) {
	t.Helper()
	c = b.client(t)
	s, err := c.Login(t.Context(), b.person(t, n, role), bidding.Rehearsal, role)
	if err != nil {
		t.Fatal(err)
	}
	return c, s.Token
}
