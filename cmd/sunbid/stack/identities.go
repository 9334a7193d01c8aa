package stack

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"sunbid/cmd/sunbid/node"
	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
)

// Files of a stack's own parties, below its folder.
const (
	caFile       = "ca/ca.json"
	caPassword   = "ca/password"
	caCert       = "ca/ca.der"
	caCRL        = "ca/ca.crl"
	trustFile    = "trust.json"
	platformDir  = "platform"
	passphrase   = "platform/passphrase"
	platformFile = "platform/config.json"
	tlsKeyFile   = "platform/tls.key"
	tlsCertFile  = "platform/tls.crt"
	doneMark     = "identities.done" // written last: without it a half-made set is made anew
)

// years certificates of a rehearsal are valid.
const years = 2

// makeIdentities makes the rehearsal's certificate authority, the platform's keys and its TLS client certificate, once.
func makeIdentities(dir string, at time.Time) error {
	if _, err := os.Stat(filepath.Join(dir, doneMark)); err == nil {
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, d := range []string{"ca", platformDir} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return err
		}
	}
	ca, err := pki.NewCA(rand.Reader, pki.Subject{Organisation: "阳光标演练证书中心", Name: "阳光标演练根证书"}, pki.Rehearsal, at.Add(-time.Hour))
	if err != nil {
		return err
	}
	secret := newSecret()
	sealed, err := ca.Marshal([]byte(secret))
	if err != nil {
		return err
	}
	pass := newSecret()
	for file, data := range map[string]string{caPassword: secret, caFile: string(sealed), passphrase: pass} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(data), 0o600); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, caCert), ca.Certificate().DER(), 0o644); err != nil {
		return err
	}
	crl, err := ca.CRL(at, at.AddDate(years, 0, 0))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, caCRL), crl, 0o644); err != nil {
		return err
	}
	for _, k := range []struct {
		name, cn string
		usage    pki.Usage
	}{{"platform", "阳光标平台", pki.Signing}, {"log", "阳光标日志", pki.Signing}, {"strongbox", "阳光标开标服务", pki.Encryption}} {
		if err := makeKey(dir, k.name, k.cn, k.usage, ca, []byte(pass), at); err != nil {
			return err
		}
	}
	if err := makeTLS(dir, at); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, doneMark), nil, 0o600)
}

func makeKey(dir, name, cn string, usage pki.Usage, ca *pki.CA, pass []byte, at time.Time) error {
	key, err := sm.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	cert, err := ca.Issue(key.Public(), pki.Subject{Organisation: "阳光标演练平台", Name: cn}, usage, at.Add(-time.Hour), at.AddDate(years, 0, 0))
	if err != nil {
		return err
	}
	text, err := key.MarshalEncryptedPEM(pass)
	if err != nil {
		return err
	}
	f := keyFile(dir, name)
	if err := os.WriteFile(f.Key, text, 0o600); err != nil {
		return err
	}
	return os.WriteFile(f.Certificate, cert.DER(), 0o644)
}

func keyFile(dir, name string) node.KeyFile {
	base := filepath.Join(dir, platformDir, name)
	return node.KeyFile{Key: base + ".key", Certificate: base + ".der"}
}

// makeTLS makes the platform's client certificate towards the keyholders. It is P-256, since crypto/tls has no SM2; the records
// it carries are signed with SM2 all the same.
func makeTLS(dir string, at time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "sunbid rehearsal platform"}, NotBefore: at.Add(-time.Hour), NotAfter: at.AddDate(years, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, tlsKeyFile), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, tlsCertFile), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
}

// pin is the SHA-256 of a PEM certificate, as keyholders know their callers.
func pin(certFile string) (string, error) {
	text, err := os.ReadFile(certFile)
	if err != nil {
		return "", err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return "", fmt.Errorf("%s holds no certificate", certFile)
	}
	sum := sha256.Sum256(block.Bytes)
	return hex.EncodeToString(sum[:]), nil
}

func newSecret() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // documented never to return an error
	return hex.EncodeToString(raw[:])
}
