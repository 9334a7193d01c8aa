// Package identity is who a keyholder is: its name and class, its SM2 signing and encryption keys with their
// certificates, and the key of its TLS connections. Private keys are encrypted at rest (package vault).
//
// The records that matter are signed with SM2. The TLS connection uses ECDSA on P-256 because Go's crypto/tls speaks
// TLS 1.3 and not TLCP (GB/T 38636); it protects a channel on which nothing secret travels in the clear anyway (shares
// are boxed to SM2 certificates, partial decryptions come after the opening time), and both ends pin each other's
// certificate. A gateway that speaks TLCP can stand before it where an assessment (GB/T 39786) asks for that.
package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"sunbid/cmd/keyholder/vault"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
)

// Identity is a keyholder's keys and certificates, opened.
type Identity struct {
	Name, Class string
	Signer      pki.Signer
	Encryption  *pki.Certificate
	Opener      *sm.PrivateKey
	TLS         tls.Certificate
}

// Public is what init prints: what others need of this keyholder.
type Public struct {
	Name       string `json:"name"`
	Class      string `json:"class"`
	Signing    []byte `json:"signing,omitempty"`    // certificate, DER
	Encryption []byte `json:"encryption,omitempty"` // certificate, DER
	TLS        []byte `json:"tls"`                  // certificate, DER
	TLSPin     string `json:"tls_sha256"`
	SigningCSR []byte `json:"signing_request,omitempty"` // when no issuer was given: for the certification authority
	SealingCSR []byte `json:"encryption_request,omitempty"`
}

// files of the identity below the data directory
const (
	metaFile       = "keyholder.json"
	signingKey     = "signing.key"
	encryptionKey  = "encryption.key"
	tlsKey         = "tls.key"
	signingCert    = "signing.der"
	encryptionCert = "encryption.der"
	tlsCert        = "tls.der"
)

type meta struct {
	Name  string `json:"name"`
	Class string `json:"class"`
}

// ErrExists: the directory has an identity already; keys are never made over.
var ErrExists = errors.New("the directory holds a keyholder already")

// Create makes keys in dir. With an issuer (of the same class) it issues both certificates, valid from an hour before
// now for two years; without one, Public has the requests and Accept takes the certificates later.
func Create(dir string, v *vault.Vault, name, class string, issuer *pki.CA, now time.Time) (Public, error) {
	if class != custody.Production && class != custody.Rehearsal {
		return Public{}, fmt.Errorf("class %q is neither production nor rehearsal", class)
	}
	if issuer != nil && issuer.Class() != class {
		return Public{}, custody.ErrClass
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Public{}, err
	}
	if _, err := os.Stat(filepath.Join(dir, metaFile)); err == nil {
		return Public{}, ErrExists
	}
	public := Public{Name: name, Class: class}
	for _, usage := range []pki.Usage{pki.Signing, pki.Encryption} {
		if err := createSM2(dir, v, &public, usage, issuer, now); err != nil {
			return Public{}, err
		}
	}
	if err := createTLS(dir, v, &public, now); err != nil {
		return Public{}, err
	}
	raw, err := json.Marshal(meta{name, class})
	if err != nil {
		return Public{}, err
	}
	return public, os.WriteFile(filepath.Join(dir, metaFile), raw, 0o644) // last: from here the identity exists
}

func createSM2(dir string, v *vault.Vault, public *Public, usage pki.Usage, issuer *pki.CA, now time.Time) error {
	key, err := sm.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	keyFile, certFile := signingKey, signingCert
	if usage == pki.Encryption {
		keyFile, certFile = encryptionKey, encryptionCert
	}
	der, err := key.MarshalPKCS8()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, keyFile), v.Seal(keyFile, der), 0o600); err != nil {
		return err
	}
	subject := pki.Subject{Organisation: public.Name, Name: public.Name}
	if issuer == nil {
		csr, err := pki.NewCSR(key, subject)
		if usage == pki.Signing {
			public.SigningCSR = csr
		} else {
			public.SealingCSR = csr
		}
		return err
	}
	cert, err := issuer.Issue(key.Public(), subject, usage, now.Add(-time.Hour), now.AddDate(2, 0, 0))
	if err != nil {
		return err
	}
	if usage == pki.Signing {
		public.Signing = cert.DER()
	} else {
		public.Encryption = cert.DER()
	}
	return os.WriteFile(filepath.Join(dir, certFile), cert.DER(), 0o644)
}

func createTLS(dir string, v *vault.Vault, public *Public, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: public.Name}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if public.TLS, err = x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key); err != nil {
		return err
	}
	pin := sha256.Sum256(public.TLS)
	public.TLSPin = fmt.Sprintf("%x", pin)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, tlsKey), v.Seal(tlsKey, der), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, tlsCert), public.TLS, 0o644)
}

// Accept stores certificates that an authority issued for the requests of Create, each checked against its key.
func Accept(dir string, v *vault.Vault, signing, encryption []byte) error {
	for _, c := range []struct {
		der               []byte
		keyFile, certFile string
		usage             pki.Usage
	}{{signing, signingKey, signingCert, pki.Signing}, {encryption, encryptionKey, encryptionCert, pki.Encryption}} {
		key, err := loadSM2(dir, v, c.keyFile)
		if err != nil {
			return err
		}
		cert, err := pki.ParseCertificate(c.der)
		if err != nil {
			return err
		}
		if cert.PublicKey() != key.Public() || cert.Usage() != c.usage {
			return fmt.Errorf("the certificate for %s is of another key or use", c.certFile)
		}
		if err := os.WriteFile(filepath.Join(dir, c.certFile), cert.DER(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Open reads the identity.
func Open(dir string, v *vault.Vault) (Identity, error) {
	raw, err := os.ReadFile(filepath.Join(dir, metaFile))
	if err != nil {
		return Identity{}, fmt.Errorf("open identity: %w", err)
	}
	var m meta
	if err := json.Unmarshal(raw, &m); err != nil {
		return Identity{}, fmt.Errorf("open identity: %w", err)
	}
	id := Identity{Name: m.Name, Class: m.Class}
	signing, err := loadCertificate(dir, signingCert)
	if err != nil {
		return Identity{}, err
	}
	if id.Encryption, err = loadCertificate(dir, encryptionCert); err != nil {
		return Identity{}, err
	}
	key, err := loadSM2(dir, v, signingKey)
	if err != nil {
		return Identity{}, err
	}
	if id.Signer, err = pki.NewSigner(key, signing); err != nil {
		return Identity{}, err
	}
	if id.Opener, err = loadSM2(dir, v, encryptionKey); err != nil {
		return Identity{}, err
	}
	if id.Opener.Public() != id.Encryption.PublicKey() {
		return Identity{}, pki.ErrKeyMismatch
	}
	id.TLS, err = loadTLS(dir, v)
	return id, err
}

func loadCertificate(dir, file string) (*pki.Certificate, error) {
	der, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return nil, fmt.Errorf("open identity: %w", err)
	}
	return pki.ParseCertificate(der)
}

func loadSM2(dir string, v *vault.Vault, file string) (*sm.PrivateKey, error) {
	der, err := unseal(dir, v, file)
	if err != nil {
		return nil, err
	}
	defer clear(der)
	return sm.ParsePKCS8(der)
}

func loadTLS(dir string, v *vault.Vault) (tls.Certificate, error) {
	cert, err := os.ReadFile(filepath.Join(dir, tlsCert))
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("open identity: %w", err)
	}
	der, err := unseal(dir, v, tlsKey)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return tls.Certificate{}, errors.New("open identity: TLS key")
	}
	return tls.Certificate{Certificate: [][]byte{cert}, PrivateKey: key}, nil
}

func unseal(dir string, v *vault.Vault, file string) ([]byte, error) {
	sealed, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return nil, fmt.Errorf("open identity: %w", err)
	}
	plain, err := v.Unseal(file, sealed)
	if err != nil {
		return nil, fmt.Errorf("open identity: %s: %w", file, err)
	}
	return plain, nil
}
