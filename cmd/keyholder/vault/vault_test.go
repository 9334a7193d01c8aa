package vault_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sunbid/cmd/keyholder/vault"
)

func TestCredential(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "credential")
	if err := vault.NewCredential(path); err != nil {
		t.Fatal(err)
	}
	if err := vault.NewCredential(path); err == nil {
		t.Fatal("a credential is written over")
	}
	v, err := vault.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	sealed := v.Seal("a", []byte("secret"))
	if plain, err := v.Unseal("a", sealed); err != nil || string(plain) != "secret" {
		t.Fatalf("%q %v", plain, err)
	}
	sealed[len(sealed)-1] ^= 1
	for name, b := range map[string][]byte{"a": sealed, "b": v.Seal("a", nil), "c": nil} {
		if _, err := v.Unseal(name, b); !errors.Is(err, vault.ErrSealed) {
			t.Fatalf("%s: %v", name, err)
		}
	}
	for _, mode := range []os.FileMode{0o644, 0o640, 0o660, 0o700} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.Open(path); err == nil || !strings.Contains(err.Error(), "0600") {
			t.Fatalf("mode %#o: %v", mode, err)
		}
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open(path); err != nil {
		t.Fatal(err)
	}
}
