package cast

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/party"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
	"sunbid/web/client"
)

// Person acts for an organisation in one role.
type Person struct {
	Client *client.Client
	Who    *desk.Identity
	Name   string // of the organisation
	Code   string // its unified social credit code
	Org    bidding.OrgID
}

// Stage is where a cast plays: one platform, and the transport all of it shares.
type Stage struct {
	URL  string
	HTTP *http.Client
	Now  func() time.Time
	// Appoint approves who is not approved at once, an operator or a supervisor, on the platform's machine; nil: nobody does.
	Appoint func(context.Context, bidding.OrgID, bidding.PersonID, bidding.Role) error
}

// NewStage prepares a transport for many people on one machine.
func NewStage(url string, now func() time.Time) Stage {
	return Stage{URL: url, Now: now, HTTP: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: time.Minute}}}
}

// Join makes keys in memory, has the rehearsal's authority certify them, enrols the person and logs in.
func (s Stage) Join(ctx context.Context, name, code, person string, role bidding.Role) (*Person, error) {
	c, err := client.New(s.URL, s.HTTP)
	if err != nil {
		return nil, err
	}
	subject := pki.Subject{Organisation: name, Name: name, Code: code}
	signing, signingCSR, err := newKey(subject)
	if err != nil {
		return nil, err
	}
	encryption, encryptionCSR, err := newKey(subject)
	if err != nil {
		return nil, err
	}
	issued, err := c.RehearsalCertificates(ctx, signingCSR, encryptionCSR)
	if err != nil {
		return nil, fmt.Errorf("certify %s: %w", name, err)
	}
	signingCert, err := pki.ParseCertificate(issued.Signing)
	if err != nil {
		return nil, err
	}
	encryptionCert, err := pki.ParseCertificate(issued.Encryption)
	if err != nil {
		return nil, err
	}
	who, err := desk.NewIdentity(signing, encryption, signingCert, encryptionCert)
	if err != nil {
		return nil, err
	}
	return s.enrol(ctx, c, who, name, code, person, role)
}

// JoinFrom enrols somebody whose keys lie in a folder, made there under the passphrase when they are not there yet: a person
// whose own program will use them.
func (s Stage) JoinFrom(ctx context.Context, home desk.Home, passphrase []byte, name, code, person string, role bidding.Role) (*Person, error) {
	c, err := client.New(s.URL, s.HTTP)
	if err != nil {
		return nil, err
	}
	if _, err := desk.Generate(home.Identity(), pki.Subject{Organisation: name, Name: name, Code: code}, passphrase); err != nil {
		return nil, err
	}
	if err := desk.Certify(ctx, c, home.Identity()); err != nil {
		return nil, fmt.Errorf("certify %s: %w", name, err)
	}
	who, err := desk.LoadIdentity(home.Identity(), passphrase)
	if err != nil {
		return nil, err
	}
	return s.enrol(ctx, c, who, name, code, person, role)
}

// Return logs in somebody who joined before and whose keys lie in a folder.
func (s Stage) Return(ctx context.Context, home desk.Home, passphrase []byte, name, code string, org bidding.OrgID, role bidding.Role) (*Person, error) {
	c, err := client.New(s.URL, s.HTTP)
	if err != nil {
		return nil, err
	}
	who, err := desk.LoadIdentity(home.Identity(), passphrase)
	if err != nil {
		return nil, err
	}
	if _, err := c.Login(ctx, who.Signer, bidding.Rehearsal, role); err != nil {
		return nil, fmt.Errorf("log in %s: %w", name, err)
	}
	return &Person{Client: c, Who: who, Name: name, Code: code, Org: org}, nil
}

func (s Stage) enrol(ctx context.Context, c *client.Client, who *desk.Identity, name, code, person string, role bidding.Role) (*Person, error) {
	enrolled, err := desk.Enrol(ctx, c, bidding.Rehearsal, who, party.Named{Name: name, Code: code}, person, []bidding.Role{role}, s.Now())
	if err != nil {
		return nil, fmt.Errorf("enrol %s: %w", name, err)
	}
	if enrolled.Standing == party.Pending && s.Appoint != nil {
		if err := s.Appoint(ctx, enrolled.Organisation, enrolled.Person, role); err != nil {
			return nil, fmt.Errorf("appoint %s: %w", name, err)
		}
	}
	if _, err := c.Login(ctx, who.Signer, bidding.Rehearsal, role); err != nil {
		return nil, fmt.Errorf("log in %s: %w", name, err)
	}
	return &Person{Client: c, Who: who, Name: name, Code: code, Org: enrolled.Organisation}, nil
}

func newKey(subject pki.Subject) (*sm.PrivateKey, []byte, error) {
	key, err := sm.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	csr, err := pki.NewCSR(key, subject)
	return key, csr, err
}
