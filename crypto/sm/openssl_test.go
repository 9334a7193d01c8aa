package sm_test

import (
	"bytes"
	"crypto/rand"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sunbid/crypto/sm"
)

// openssl runs the tool, which is part of the test: every Debian and its like has it.
func openssl(t *testing.T, dir string, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Fatal("these tests need the openssl command (version 3, package openssl) on PATH / 需要 openssl 命令")
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %v: %v\n%s", args, err, out)
	}
	return out
}

func put(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// keyFiles writes key.pem (in the clear) and pub.pem.
func keyFiles(t *testing.T, key *sm.PrivateKey) string {
	t.Helper()
	dir := t.TempDir()
	der, err := key.MarshalPKCS8()
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	openssl(t, dir, "pkey", "-in", "key.pem", "-pubout", "-out", "pub.pem")
	return dir
}

func TestOpenSSLSignatures(t *testing.T) {
	t.Parallel()
	key, _ := other(t)
	dir := keyFiles(t, key)
	msg := random(t, 100)
	put(t, dir, "msg", msg)
	sig, err := key.Sign(msg)
	if err != nil {
		t.Fatal(err)
	}
	der, err := sm.SignatureToDER(sig)
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "ours", der)
	id := []string{"-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678", "-in", "msg"}
	openssl(t, dir, append([]string{"pkeyutl", "-verify", "-pubin", "-inkey", "pub.pem", "-sigfile", "ours"}, id...)...)
	openssl(t, dir, append([]string{"pkeyutl", "-sign", "-inkey", "key.pem", "-out", "theirs"}, id...)...)
	if sig, err = sm.SignatureFromDER(get(t, dir, "theirs")); err != nil || !key.Public().Verify(msg, sig) {
		t.Fatalf("we refuse OpenSSL's signature: %v", err)
	}
}

func TestOpenSSLEncryption(t *testing.T) {
	t.Parallel()
	key, _ := other(t)
	dir := keyFiles(t, key)
	msg := random(t, 48)
	der, err := key.Public().EncryptDER(rand.Reader, msg)
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "sealed", der)
	openssl(t, dir, "pkeyutl", "-decrypt", "-inkey", "key.pem", "-in", "sealed", "-out", "opened")
	if !bytes.Equal(get(t, dir, "opened"), msg) {
		t.Fatal("OpenSSL does not open ours")
	}
	put(t, dir, "msg", msg)
	openssl(t, dir, "pkeyutl", "-encrypt", "-pubin", "-inkey", "pub.pem", "-in", "msg", "-out", "theirs")
	if got, err := key.DecryptDER(get(t, dir, "theirs")); err != nil || !bytes.Equal(got, msg) {
		t.Fatalf("we do not open OpenSSL's: %v", err)
	}
}

func TestOpenSSLKeyFiles(t *testing.T) {
	t.Parallel()
	key, _ := other(t)
	dir := t.TempDir()
	sealed, err := key.MarshalEncryptedPEM([]byte("口令 pass"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "key.pem", sealed)
	openssl(t, dir, "pkcs8", "-in", "key.pem", "-passin", "pass:口令 pass", "-out", "clear.pem")
	block, _ := pem.Decode(get(t, dir, "clear.pem"))
	read, err := sm.ParsePKCS8(block.Bytes)
	if err != nil || read.Public() != key.Public() {
		t.Fatalf("OpenSSL reads another key: %v", err)
	}
	openssl(t, dir, "pkcs8", "-topk8", "-in", "clear.pem", "-passout", "pass:other", "-iter", "10000", "-out", "again.pem")
	if read, err = sm.ParseEncryptedPEM(get(t, dir, "again.pem"), []byte("other")); err != nil || read.Public() != key.Public() {
		t.Fatalf("we do not read OpenSSL's file: %v", err)
	}
	if params := openssl(t, dir, "asn1parse", "-in", "key.pem"); !bytes.Contains(params, []byte("hmacWithSHA256")) ||
		!bytes.Contains(params, []byte("aes-256-cbc")) || !bytes.Contains(params, []byte(":0927C0")) { // 600 000
		t.Fatalf("weak key file:\n%s", params)
	}
}
