// Package vault encrypts a keyholder's secrets at rest: SM4-GCM under a key derived from a credential file. The
// credential is mounted by the operator (a secret of the service manager, a removable device), apart from the data
// directory, so that a copy of the directory alone gives nothing.
package vault

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"sunbid/crypto/sm"
)

const (
	credentialSize = 32
	nonceSize      = 12
)

// ErrSealed: these bytes were not sealed under this credential and name, or are damaged.
var ErrSealed = errors.New("vault: does not open under this credential")

// Vault seals and opens.
type Vault struct{ aead cipher.AEAD }

// NewCredential writes a fresh random credential to path, 0600. An existing file is an error.
func NewCredential(path string) error {
	var secret [credentialSize]byte
	_, _ = rand.Read(secret[:]) // documented never to return an error
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write credential: %w", err)
	}
	_, err = fmt.Fprintf(f, "%x\n", secret)
	return errors.Join(err, f.Sync(), f.Close())
}

// Open reads the credential: a regular file that only its owner can read (mode 0600 or 0400), else it is refused.
func Open(path string) (*Vault, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read credential: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read credential: %w", err)
	}
	if !info.Mode().IsRegular() || runtime.GOOS != "windows" && info.Mode().Perm()&^fs.FileMode(0o600) != 0 {
		return nil, fmt.Errorf("credential %s has mode %#o: it must be 0600 (凭据文件的权限必须是 0600)", path, info.Mode().Perm())
	}
	raw := make([]byte, 256)
	n, err := f.Read(raw)
	if err != nil {
		return nil, fmt.Errorf("read credential: %w", err)
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(raw[:n])))
	clear(raw)
	if err != nil || len(secret) != credentialSize {
		return nil, fmt.Errorf("credential %s is not %d bytes in hexadecimal", path, credentialSize)
	}
	key := sm.HKDF(nil, secret, "sunbid keyholder vault v1", sm.KeySize)
	clear(secret)
	aead, err := sm.NewGCM(key)
	clear(key)
	if err != nil {
		return nil, err
	}
	return &Vault{aead}, nil
}

// Seal encrypts plain for the place called name.
func (v *Vault) Seal(name string, plain []byte) []byte {
	out := make([]byte, nonceSize, nonceSize+len(plain)+16)
	_, _ = rand.Read(out)
	return v.aead.Seal(out, out, plain, []byte(name))
}

// Unseal opens what Seal made for the same name; everything else is ErrSealed.
func (v *Vault) Unseal(name string, sealed []byte) ([]byte, error) {
	if len(sealed) < nonceSize+16 {
		return nil, ErrSealed
	}
	plain, err := v.aead.Open(nil, sealed[:nonceSize], sealed[nonceSize:], []byte(name))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}
