package desk

import (
	"crypto/rand"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"

	"sunbid/bidding"
	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
)

// Refusals about a person's own keys.
var (
	ErrNoKeys        = bidding.Refuse("desk-no-keys", bidding.Missing, "", "这台电脑上还没有密钥，请先运行 sealbid keygen。", "there are no keys here yet: run sealbid keygen")
	ErrNoCertificate = bidding.Refuse("desk-no-certificate", bidding.Missing, "", "还没有证书，请先运行 sealbid enrol 或导入证书。", "there is no certificate yet: run sealbid enrol or import one")
	ErrPassphrase    = bidding.Refuse("desk-passphrase", bidding.Forbidden, "", "口令不正确，或密钥文件已损坏。", "the passphrase is wrong or the key file is damaged")
	ErrOtherKey      = bidding.Refuse("desk-other-key", bidding.Invalid, "", "证书与本机的密钥不匹配。", "the certificate is not of the key kept here")
)

// Names of the files in an identity's folder.
const (
	signingKey      = "signing.key.pem"
	encryptionKey   = "encryption.key.pem"
	signingCSR      = "signing.csr.pem"
	encryptionCSR   = "encryption.csr.pem"
	signingCert     = "signing.cer.pem"
	encryptionCert  = "encryption.cer.pem"
	maxIdentityFile = 64 << 10
)

// Identity is a person's two keys with their certificates (GB/T 20518: one for signing, one for encryption).
type Identity struct {
	Signer     pki.Signer
	Decryption *sm.PrivateKey
	Signing    *pki.Certificate
	Encryption *pki.Certificate
}

// Requests are what a CA certifies.
type Requests struct{ Signing, Encryption []byte }

// NewIdentity makes an identity of keys held in memory. A certificate of another key is ErrOtherKey.
func NewIdentity(signing, encryption *sm.PrivateKey, signingCert, encryptionCert *pki.Certificate) (*Identity, error) {
	signer, err := pki.NewSigner(signing, signingCert)
	if err != nil || encryptionCert.PublicKey() != encryption.Public() || encryptionCert.Usage() != pki.Encryption {
		return nil, ErrOtherKey
	}
	return &Identity{Signer: signer, Decryption: encryption, Signing: signingCert, Encryption: encryptionCert}, nil
}

// Generate makes both keys in a folder, each encrypted with the passphrase, and the requests for their certificates.
// Keys that are there already are never overwritten: ErrFileExists.
func Generate(dir string, subject pki.Subject, passphrase []byte) (Requests, error) {
	if err := subject.Check(); err != nil {
		return Requests{}, err
	}
	for _, name := range []string{signingKey, encryptionKey} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return Requests{}, ErrFileExists.With(filepath.Join(dir, name))
		}
	}
	var out Requests
	for _, k := range []struct {
		key, csr string
		der      *[]byte
	}{{signingKey, signingCSR, &out.Signing}, {encryptionKey, encryptionCSR, &out.Encryption}} {
		key, err := sm.GenerateKey(rand.Reader)
		if err != nil {
			return Requests{}, err
		}
		text, err := key.MarshalEncryptedPEM(passphrase)
		if err != nil {
			return Requests{}, err
		}
		if *k.der, err = pki.NewCSR(key, subject); err != nil {
			return Requests{}, err
		}
		err = errors.Join(WriteNew(filepath.Join(dir, k.key), text), WriteFile(filepath.Join(dir, k.csr), pemOf("CERTIFICATE REQUEST", *k.der)))
		if err != nil {
			return Requests{}, err
		}
	}
	return out, nil
}

// LoadRequests reads the requests that Generate wrote.
func LoadRequests(dir string) (Requests, error) {
	s, err := readPEM(filepath.Join(dir, signingCSR), "CERTIFICATE REQUEST")
	if err != nil {
		return Requests{}, orElse(err, ErrNoKeys)
	}
	e, err := readPEM(filepath.Join(dir, encryptionCSR), "CERTIFICATE REQUEST")
	return Requests{s, e}, orElse(err, ErrNoKeys)
}

// SaveCertificates keeps the certificates a CA issued for the keys of the folder. They must be of these keys: ErrOtherKey.
func SaveCertificates(dir string, signing, encryption *pki.Certificate) error {
	requests, err := LoadRequests(dir)
	if err != nil {
		return err
	}
	for _, c := range []struct {
		csr  []byte
		cert *pki.Certificate
	}{{requests.Signing, signing}, {requests.Encryption, encryption}} {
		request, err := pki.ParseCSR(c.csr)
		if err != nil {
			return err
		}
		if request.PublicKey != c.cert.PublicKey() {
			return ErrOtherKey
		}
	}
	return errors.Join(
		WriteFile(filepath.Join(dir, signingCert), pemOf("CERTIFICATE", signing.DER())),
		WriteFile(filepath.Join(dir, encryptionCert), pemOf("CERTIFICATE", encryption.DER())))
}

// LoadCertificates reads the certificates of a folder without its keys.
func LoadCertificates(dir string) (signing, encryption *pki.Certificate, err error) {
	if signing, err = loadCertificate(filepath.Join(dir, signingCert)); err == nil {
		encryption, err = loadCertificate(filepath.Join(dir, encryptionCert))
	}
	return signing, encryption, err
}

// LoadIdentity opens the keys of a folder. A wrong passphrase is ErrPassphrase.
func LoadIdentity(dir string, passphrase []byte) (*Identity, error) {
	s, err := LoadKey(filepath.Join(dir, signingKey), passphrase)
	if err != nil {
		return nil, err
	}
	e, err := LoadKey(filepath.Join(dir, encryptionKey), passphrase)
	if err != nil {
		return nil, err
	}
	sc, ec, err := LoadCertificates(dir)
	if err != nil {
		return nil, err
	}
	return NewIdentity(s, e, sc, ec)
}

// LoadKey reads one encrypted key file; ErrNoKeys, ErrPassphrase.
func LoadKey(path string, passphrase []byte) (*sm.PrivateKey, error) {
	text, err := ReadFile(path, maxIdentityFile)
	if err != nil {
		return nil, orElse(err, ErrNoKeys)
	}
	key, err := sm.ParseEncryptedPEM(text, passphrase)
	if err != nil {
		return nil, ErrPassphrase
	}
	return key, nil
}

// ReadCertificate reads a certificate file, PEM or DER.
func ReadCertificate(path string) (*pki.Certificate, error) {
	data, err := ReadFile(path, maxIdentityFile)
	if err != nil {
		return nil, err
	}
	if block, _ := pem.Decode(data); block != nil && block.Type == "CERTIFICATE" {
		data = block.Bytes
	}
	return pki.ParseCertificate(data)
}

func loadCertificate(path string) (*pki.Certificate, error) {
	der, err := readPEM(path, "CERTIFICATE")
	if err != nil {
		return nil, orElse(err, ErrNoCertificate)
	}
	return pki.ParseCertificate(der)
}

func readPEM(path, kind string) ([]byte, error) {
	text, err := ReadFile(path, maxIdentityFile)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != kind {
		return nil, ErrFileMissing.With(path)
	}
	return block.Bytes, nil
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// orElse turns a missing file into what it means here.
func orElse(err error, missing *bidding.Refusal) error {
	if errors.Is(err, ErrFileMissing) {
		return missing
	}
	return err
}
