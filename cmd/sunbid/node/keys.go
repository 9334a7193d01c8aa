package node

import (
	"bytes"
	"fmt"
	"os"

	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
)

// Secret reads a file that holds a secret: it must belong to its owner alone (0600). Trailing line ends are not part of it.
func Secret(path string) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("secret file: %w", err)
	}
	if st.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("secret file %s can be read by others: chmod 600 %s", path, path)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("secret file: %w", err)
	}
	return bytes.TrimRight(raw, "\r\n"), nil
}

// load opens a key file under the passphrase and checks that certificate and key belong together.
func (f KeyFile) load(passphrase []byte) (*sm.PrivateKey, *pki.Certificate, error) {
	text, err := Secret(f.Key)
	if err != nil {
		return nil, nil, err
	}
	key, err := sm.ParseEncryptedPEM(text, passphrase)
	if err != nil {
		return nil, nil, fmt.Errorf("key %s: %w", f.Key, err)
	}
	der, err := os.ReadFile(f.Certificate)
	if err != nil {
		return nil, nil, fmt.Errorf("certificate: %w", err)
	}
	certificate, err := pki.ParseCertificate(der)
	if err != nil {
		return nil, nil, fmt.Errorf("certificate %s: %w", f.Certificate, err)
	}
	if certificate.PublicKey() != key.Public() {
		return nil, nil, fmt.Errorf("certificate %s is not of key %s", f.Certificate, f.Key)
	}
	return key, certificate, nil
}

// signer opens a key file as a Signer.
func (f KeyFile) signer(passphrase []byte) (pki.Signer, error) {
	key, certificate, err := f.load(passphrase)
	if err != nil {
		return nil, err
	}
	signer, err := pki.NewSigner(key, certificate)
	if err != nil {
		return nil, fmt.Errorf("certificate %s: %w", f.Certificate, err)
	}
	return signer, nil
}
