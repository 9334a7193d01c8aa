package auth_test

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
	"sunbid/storage/embedded/pgtest"
	"sunbid/storage/postgres"
	"sunbid/web/auth"
	"sunbid/web/problem"
)

const origin = "https://bid.example.cn"

// clock is a test's own time.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time       { c.mu.Lock(); defer c.mu.Unlock(); return c.at }
func (c *clock) pass(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }

// register is who stands behind which certificate.
type register struct {
	mu     sync.Mutex
	actors map[canon.Hash]bidding.Actor
}

func (r *register) Actor(_ context.Context, fingerprint canon.Hash, role bidding.Role, _ time.Time) (bidding.Actor, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok := r.actors[fingerprint]
	if !ok || a.Role != role {
		return bidding.Actor{}, bidding.ErrForbidden
	}
	return a, nil
}

func (r *register) forget(fingerprint canon.Hash) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.actors, fingerprint)
}

type trust struct{ pki.Trust }

func (t *trust) Judge(c *pki.Certificate, usage pki.Usage, at time.Time) error {
	return t.Trust.Judge(c, usage, at)
}

type bundle struct {
	*auth.Service
	clock    *clock
	register *register
	ca       *pki.CA
	signer   pki.Signer
}

func setup(t *testing.T) bundle {
	t.Helper()
	dsn := pgtest.NewFrom(t, "migrated", func(dsn string) error { return postgres.Migrate(context.Background(), dsn) })
	b := bundle{clock: &clock{at: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)}, register: &register{actors: map[canon.Hash]bidding.Actor{}}}
	db, err := postgres.Open(t.Context(), dsn, b.clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if b.ca, err = pki.NewCA(rand.Reader, pki.Subject{Organisation: "演练 CA", Name: "演练根"}, pki.Rehearsal, b.clock.at); err != nil {
		t.Fatal(err)
	}
	b.signer = issue(t, b.ca, pki.Signing, b.clock.at)
	b.register.actors[b.signer.Certificate().Fingerprint()] = bidding.Actor{
		Person: bidding.NewPersonID(), Org: bidding.NewOrgID(), Role: bidding.Bidder, Certificate: b.signer.Certificate().Fingerprint(),
	}
	tr := &trust{pki.Trust{Class: pki.Rehearsal, Issuers: []*pki.Certificate{b.ca.Certificate()}}}
	b.Service = auth.New(postgres.NewSecrets(db), b.register, tr, b.clock, auth.Rules{Class: bidding.Rehearsal, Origins: []string{origin}})
	return b
}

func issue(t *testing.T, ca *pki.CA, usage pki.Usage, at time.Time) pki.Signer {
	t.Helper()
	key, err := sm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ca.Issue(key.Public(), pki.Subject{Organisation: "甲公司", Name: "张三", Code: "91110000MA00000000"}, usage, at, at.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	s, err := pki.NewSigner(key, cert)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// answer signs a challenge as a login in the given terms.
func answer(t *testing.T, s pki.Signer, c auth.Challenge, class bidding.Class, at string, role bidding.Role) auth.Answer {
	t.Helper()
	msg, err := auth.Login{Type: auth.LoginType, Class: class, Origin: at, Role: role, Challenge: c.Challenge, Nonce: c.Nonce}.Message()
	if err != nil {
		t.Fatal(err)
	}
	sig, err := s.Sign(msg)
	if err != nil {
		t.Fatal(err)
	}
	return auth.Answer{Challenge: c.Challenge, Signature: sig, Role: role}
}

func (b bundle) challenge(t *testing.T) auth.Challenge {
	t.Helper()
	c, err := b.Challenge(t.Context(), b.signer.Certificate().DER())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (b bundle) login(t *testing.T) string {
	t.Helper()
	token, _, err := b.Open(t.Context(), answer(t, b.signer, b.challenge(t), bidding.Rehearsal, origin, bidding.Bidder))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestLogin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.login(t)
	s, err := b.Session(t.Context(), token)
	if err != nil || s.Actor.Role != bidding.Bidder || s.Actor.Certificate != b.signer.Certificate().Fingerprint() {
		t.Fatalf("%+v %v", s, err)
	}
	if err := b.Close(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Session(t.Context(), token); !errors.Is(err, problem.ErrSessionExpired) {
		t.Fatalf("after logging out: %v", err)
	}
}

func TestChallengeIsGoodOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := answer(t, b.signer, b.challenge(t), bidding.Rehearsal, origin, bidding.Bidder)
	if _, _, err := b.Open(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Open(t.Context(), a); !errors.Is(err, problem.ErrLoginRefused) {
		t.Fatalf("the second time: %v", err)
	}
}

func TestAnswersThatAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := issue(t, b.ca, pki.Signing, b.clock.Now())
	for _, c := range []struct {
		name  string
		given func(auth.Challenge) auth.Answer
		want  error
	}{
		{"signed by another key", func(c auth.Challenge) auth.Answer {
			return answer(t, other, c, bidding.Rehearsal, origin, bidding.Bidder)
		}, problem.ErrLoginRefused},
		{"signed for another origin", func(c auth.Challenge) auth.Answer {
			return answer(t, b.signer, c, bidding.Rehearsal, "https://bid.example.com", bidding.Bidder)
		}, problem.ErrLoginRefused},
		{"signed for production", func(c auth.Challenge) auth.Answer {
			return answer(t, b.signer, c, bidding.Production, origin, bidding.Bidder)
		}, problem.ErrLoginRefused},
		{"signed for another role", func(c auth.Challenge) auth.Answer {
			a := answer(t, b.signer, c, bidding.Rehearsal, origin, bidding.Bidder)
			a.Role = bidding.Tenderer
			return a
		}, problem.ErrLoginRefused},
		{"a role it does not have", func(c auth.Challenge) auth.Answer {
			return answer(t, b.signer, c, bidding.Rehearsal, origin, bidding.Operator)
		}, bidding.ErrForbidden},
		{"no signature", func(c auth.Challenge) auth.Answer { return auth.Answer{Challenge: c.Challenge, Role: bidding.Bidder} }, problem.ErrLoginRefused},
		{"an invented challenge", func(c auth.Challenge) auth.Answer {
			c.Challenge[0] ^= 1
			return answer(t, b.signer, c, bidding.Rehearsal, origin, bidding.Bidder)
		}, problem.ErrLoginRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			challenge := b.challenge(t)
			if _, _, err := b.Open(t.Context(), c.given(challenge)); !errors.Is(err, c.want) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestAWrongAnswerSpendsTheChallenge(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.challenge(t)
	if _, _, err := b.Open(t.Context(), auth.Answer{Challenge: c.Challenge, Signature: make([]byte, 64), Role: bidding.Bidder}); !errors.Is(err, problem.ErrLoginRefused) {
		t.Fatal(err)
	}
	if _, _, err := b.Open(t.Context(), answer(t, b.signer, c, bidding.Rehearsal, origin, bidding.Bidder)); !errors.Is(err, problem.ErrLoginRefused) {
		t.Fatal(err)
	}
}

func TestTimesEnd(t *testing.T) {
	t.Parallel()
	t.Run("challenge", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		a := answer(t, b.signer, b.challenge(t), bidding.Rehearsal, origin, bidding.Bidder)
		b.clock.pass(auth.ChallengeLife)
		if _, _, err := b.Open(t.Context(), a); !errors.Is(err, problem.ErrLoginRefused) {
			t.Fatal(err)
		}
	})
	t.Run("idle session", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		token := b.login(t)
		b.clock.pass(auth.SessionIdle)
		if _, err := b.Session(t.Context(), token); !errors.Is(err, problem.ErrSessionExpired) {
			t.Fatal(err)
		}
	})
	t.Run("used session", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		token := b.login(t)
		for used := time.Duration(0); used < auth.SessionAbsolute-20*time.Minute; used += 20 * time.Minute {
			b.clock.pass(20 * time.Minute)
			if _, err := b.Session(t.Context(), token); err != nil {
				t.Fatalf("after %v: %v", used, err)
			}
		}
		b.clock.pass(20 * time.Minute)
		if _, err := b.Session(t.Context(), token); !errors.Is(err, problem.ErrSessionExpired) {
			t.Fatal(err)
		}
	})
}

func TestSuspensionEndsTheSession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.login(t)
	b.register.forget(b.signer.Certificate().Fingerprint())
	b.clock.pass(auth.SessionRecheck)
	if _, err := b.Session(t.Context(), token); !errors.Is(err, problem.ErrSessionExpired) {
		t.Fatal(err)
	}
}

func TestCertificatesThatGetNoChallenge(t *testing.T) {
	t.Parallel()
	b := setup(t)
	foreign, err := pki.NewCA(rand.Reader, pki.Subject{Organisation: "别家", Name: "别家根"}, pki.Rehearsal, b.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	key, err := sm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	encryption, err := b.ca.Issue(key.Public(), pki.Subject{Name: "张三"}, pki.Encryption, b.clock.Now(), b.clock.Now().AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, code string
		der        []byte
	}{
		{"foreign", "certificate-foreign", issue(t, foreign, pki.Signing, b.clock.Now()).Certificate().DER()},
		{"for encryption", "certificate-usage", encryption.DER()},
		{"not yet valid", "certificate-not-yet-valid", issue(t, b.ca, pki.Signing, b.clock.Now().Add(time.Hour)).Certificate().DER()},
		{"no certificate", "certificate-malformed", []byte("hello")},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := b.Challenge(t.Context(), c.der)
			if p, _ := problem.Of(err); p.Code != c.code {
				t.Fatalf("got %v (%s)", err, p.Code)
			}
		})
	}
}

func TestTokensThatAreNone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for token, want := range map[string]error{"": problem.ErrUnauthenticated, "x": problem.ErrSessionExpired, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA": problem.ErrSessionExpired} {
		if _, err := b.Session(t.Context(), token); !errors.Is(err, want) {
			t.Errorf("%q: %v", token, err)
		}
	}
}
