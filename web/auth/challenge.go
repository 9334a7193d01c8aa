package auth

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
	"sunbid/web/problem"
)

// ChallengeLife is how long a challenge waits for its answer.
const ChallengeLife = 2 * time.Minute

const challengeKind = "challenge"

// Login is what the holder signs, in canonical JSON: the type keeps the signature from meaning anything else,
// the origin keeps a false site from passing it on.
type Login struct {
	Type      string        `json:"type"`
	Class     bidding.Class `json:"class"`
	Origin    string        `json:"origin"`
	Role      bidding.Role  `json:"role"`
	Challenge canon.Hash    `json:"challenge"`
	Nonce     canon.Hash    `json:"nonce"`
}

// LoginType is the type of the signed login text.
const LoginType = "sunbid/login/v1"

// Message is the bytes to sign.
func (l Login) Message() ([]byte, error) {
	b, err := canon.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("encode login: %w", err)
	}
	return b, nil
}

// Challenge is handed to whoever says they hold a certificate.
type Challenge struct {
	Challenge canon.Hash
	Nonce     canon.Hash
	ExpiresAt time.Time
}

// keptChallenge is what is stored: whose answer is awaited. Not the challenge.
type keptChallenge struct {
	Certificate canon.Hex `json:"certificate"`
}

// Challenge makes a challenge for a certificate (DER). It refuses what would not be let in anyway: certificate-expired and so on.
func (s *Service) Challenge(ctx context.Context, der []byte) (Challenge, error) {
	now := s.clock.Now()
	cert, err := s.judged(der, now)
	if err != nil {
		return Challenge{}, err
	}
	var secret canon.Hash
	_, _ = rand.Read(secret[:]) // documented never to return an error
	body, err := json.Marshal(keptChallenge{Certificate: cert.DER()})
	if err != nil {
		return Challenge{}, fmt.Errorf("encode challenge: %w", err)
	}
	expires := now.Add(ChallengeLife)
	if err := s.secrets.Keep(ctx, challengeKind, digestOf(challengeKind, secret[:]), body, expires); err != nil {
		return Challenge{}, fmt.Errorf("keep challenge: %w", err)
	}
	return Challenge{Challenge: secret, Nonce: nonceOf(secret), ExpiresAt: expires}, nil
}

// Answer is a signed challenge.
type Answer struct {
	Challenge canon.Hash
	Signature []byte
	Role      bidding.Role
}

// answered takes the challenge out of the world, then checks the signature: a wrong answer spends the challenge too.
func (s *Service) answered(ctx context.Context, a Answer, now time.Time) (*pki.Certificate, error) {
	body, err := s.secrets.Take(ctx, challengeKind, digestOf(challengeKind, a.Challenge[:]), now)
	if errors.Is(err, bidding.ErrMissing) {
		return nil, problem.ErrLoginRefused
	}
	if err != nil {
		return nil, fmt.Errorf("take challenge: %w", err)
	}
	var kept keptChallenge
	if err := json.Unmarshal(body, &kept); err != nil {
		return nil, fmt.Errorf("decode challenge: %w", err)
	}
	cert, err := s.judged(kept.Certificate, now)
	if err != nil {
		return nil, err
	}
	for _, origin := range s.rules.Origins {
		msg, err := Login{Type: LoginType, Class: s.rules.Class, Origin: origin, Role: a.Role, Challenge: a.Challenge, Nonce: nonceOf(a.Challenge)}.Message()
		if err != nil {
			return nil, err
		}
		if cert.Verify(msg, a.Signature) {
			return cert, nil
		}
	}
	return nil, refused(cert, problem.ErrLoginRefused)
}

func (s *Service) judged(der []byte, at time.Time) (*pki.Certificate, error) {
	cert, err := pki.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("log in: %w", err)
	}
	if err := s.certificates.Judge(cert, pki.Signing, at); err != nil {
		return nil, refused(cert, fmt.Errorf("log in: %w", err))
	}
	return cert, nil
}

// nonceOf derives the nonce, so that only the challenge's digest need be stored.
func nonceOf(challenge canon.Hash) canon.Hash {
	return sm.Sum([]byte("sunbid login nonce"), challenge[:])
}

func digestOf(kind string, secret []byte) canon.Hash {
	return sm.Sum([]byte("sunbid secret "+kind+"\x00"), secret)
}
