package attacks_test

import (
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sunbid/cmd/sealbid/desk"
	"sunbid/cmd/sunbid/cast"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// certificates: foreign, expired, not yet valid, revoked, for another use; at the door and under a statement.
func (s *scene) certificates(t *testing.T, short, revoked *bidder, expires time.Time) {
	subject := pki.Subject{Organisation: "某公司", Name: "某公司", Code: cast.Code(900)}
	foreign, err := pki.NewCA(rand.Reader, pki.Subject{Organisation: "别处的机构", Name: "别处的根"}, pki.Rehearsal, time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	issue := func(ca *pki.CA, from, until time.Time, usage pki.Usage) *pki.Certificate {
		who := s.identity(t, ca, subject, until)
		c, err := ca.Issue(who.Signing.PublicKey(), subject, usage, from, until)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	now := time.Now()
	hour := time.Hour
	for name, c := range map[string]struct {
		certificate *pki.Certificate
		want        refusal
	}{
		"foreign":        {issue(foreign, now.Add(-hour), now.Add(hour), pki.Signing), refusal{403, "certificate-foreign", ""}},
		"expired":        {issue(s.certificate, now.Add(-2*hour), now.Add(-hour), pki.Signing), refusal{403, "certificate-expired", ""}},
		"not yet valid":  {issue(s.certificate, now.Add(hour), now.Add(2*hour), pki.Signing), refusal{403, "certificate-not-yet-valid", ""}},
		"of another use": {issue(s.certificate, now.Add(-hour), now.Add(hour), pki.Encryption), refusal{422, "certificate-usage", ""}},
	} {
		s.attack(t, "log in with a certificate "+name, short, false, c.want, func() answer { return s.challenge(t, c.certificate) })
	}

	st := s.next(t, short)
	outsider, err := pki.NewSigner(newKey(t, foreign, subject))
	if err != nil {
		t.Fatal(err)
	}
	s.attack(t, "statement under a foreign certificate", short, true, refusal{403, "bid-not-own", ""}, func() answer {
		return s.post(t, short, s.far.Lot, raw(t, signed(t, st, outsider)))
	})

	// Revoked while the platform runs: it reads the authority's list again.
	s.revoke(t, revoked.Who.Signing)
	good := s.part(t, revoked, s.farKeys, seal.KindReadout, 100)
	id := s.uploaded(t, revoked, s.far.Lot, good, good.front.Size())
	s.attack(t, "statement under a revoked certificate", revoked, true, refusal{403, "certificate-revoked", ""}, func() answer {
		return s.post(t, revoked, s.far.Lot, raw(t, signed(t, s.next(t, revoked), revoked.Who.Signer)))
	})
	s.attack(t, "part under a revoked certificate", revoked, true, refusal{403, "certificate-revoked", ""}, func() answer {
		return s.front(t, revoked, id, good.front.Bytes())
	})
	s.attack(t, "log in with a revoked certificate", revoked, false, refusal{403, "certificate-revoked", ""}, func() answer { return s.challenge(t, revoked.Who.Signing) })
	s.loginCounted(t, revoked.Who.Signing, "certificate-revoked")

	time.Sleep(time.Until(expires.Add(1100 * time.Millisecond)))
	s.attack(t, "statement under a certificate that expired since", short, true, refusal{403, "certificate-expired", ""}, func() answer {
		return s.post(t, short, s.far.Lot, raw(t, signed(t, st, short.Who.Signer)))
	})
	s.attack(t, "log in with a certificate that expired since", short, false, refusal{403, "certificate-expired", ""}, func() answer { return s.challenge(t, short.Who.Signing) })
	s.loginCounted(t, short.Who.Signing, "certificate-expired")
}

// loginCounted wants refused logins with an enrolled certificate counted, and none with those that nobody enrolled.
func (s *scene) loginCounted(t *testing.T, c *pki.Certificate, code string) {
	t.Helper()
	if got := s.text(t, `SELECT (sum(count) FILTER (WHERE certificate = decode($1, 'hex') AND code = $2) > 0) || '/' || count(*) FILTER (WHERE code = 'certificate-foreign') FROM login_refused`,
		c.Fingerprint().String(), code); got != "true/0" {
		t.Errorf("refused logins with %s: %s", code, got)
	}
}

// revoke publishes a list with the certificate on it, and waits until the platform knows. A broken list in between changes nothing.
func (s *scene) revoke(t *testing.T, c *pki.Certificate) {
	t.Helper()
	now := time.Now()
	s.certificate.Revoke(c.Serial(), now.Add(-time.Second))
	list, err := s.certificate.CRL(now, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(fresh, list, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := desk.WriteFile(s.RevocationList(), list); err != nil {
		t.Fatal(err)
	}
	for end := now.Add(10 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if a := s.challenge(t, c); a.problem != nil && a.problem.Code == "certificate-revoked" {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the platform does not read its revocation list again")
		}
	}
	if err := desk.WriteFile(s.RevocationList(), list[:len(list)/2]); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1500 * time.Millisecond)
	if a := s.challenge(t, c); a.problem == nil || a.problem.Code != "certificate-revoked" {
		t.Errorf("half a revocation list raised the dead: %s", a.body)
	}
	if err := desk.WriteFile(s.RevocationList(), list); err != nil {
		t.Fatal(err)
	}
	var open struct {
		Challenge string `json:"challenge"`
	}
	if a := s.challenge(t, s.Hosts.Tenderer.Who.Signing); json.Unmarshal(a.body, &open) != nil || open.Challenge == "" {
		t.Errorf("somebody else is refused too: %s", a.body)
	}
}
