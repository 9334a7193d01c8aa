package sm_test

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"math/big"
	"testing"

	tjsm2 "github.com/tjfoc/gmsm/sm2"
	tjsm3 "github.com/tjfoc/gmsm/sm3"
	tjsm4 "github.com/tjfoc/gmsm/sm4"
	tjx509 "github.com/tjfoc/gmsm/x509"

	"sunbid/crypto/sm"
)

// other is a key in our library and in the second one.
func other(t *testing.T) (*sm.PrivateKey, *tjsm2.PrivateKey) {
	t.Helper()
	key, err := sm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := key.MarshalPKCS8()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := tjx509.ParsePKCS8UnecryptedPrivateKey(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, theirs
}

func random(t *testing.T, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSecondLibrarySignatures(t *testing.T) {
	t.Parallel()
	key, theirs := other(t)
	for i := range 40 {
		msg := random(t, i)
		sig, err := key.Sign(msg)
		if err != nil {
			t.Fatal(err)
		}
		if !tjsm2.Sm2Verify(&theirs.PublicKey, msg, nil, new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
			t.Fatalf("they refuse our signature %x over %x", sig, msg)
		}
		r, s, err := tjsm2.Sm2Sign(theirs, msg, nil, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if !key.Public().Verify(msg, append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)) {
			t.Fatalf("we refuse their signature over %x", msg)
		}
	}
}

func TestSecondLibraryEncryption(t *testing.T) {
	t.Parallel()
	key, theirs := other(t)
	for i := range 20 {
		msg := random(t, sm.MinPlaintext+i*7)
		raw, err := key.Public().Encrypt(rand.Reader, msg)
		if err != nil || len(raw) != len(msg)+97 {
			t.Fatalf("%d bytes: %v", len(raw), err)
		}
		if got, err := tjsm2.Decrypt(theirs, raw, tjsm2.C1C3C2); err != nil || !bytes.Equal(got, msg) {
			t.Fatalf("they do not open ours: %v", err)
		}
		if raw, err = tjsm2.Encrypt(&theirs.PublicKey, msg, rand.Reader, tjsm2.C1C3C2); err != nil {
			t.Fatal(err)
		}
		if got, err := key.Decrypt(raw); err != nil || !bytes.Equal(got, msg) {
			t.Fatalf("we do not open theirs: %v", err)
		}
		der, err := key.Public().EncryptDER(rand.Reader, msg)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tjsm2.DecryptAsn1(theirs, der); err != nil || !bytes.Equal(got, msg) {
			t.Fatalf("they do not open our DER: %v", err)
		}
		if der, err = tjsm2.EncryptAsn1(&theirs.PublicKey, msg, rand.Reader); err != nil {
			t.Fatal(err)
		}
		if got, err := key.DecryptDER(der); err != nil || !bytes.Equal(got, msg) {
			t.Fatalf("we do not open their DER: %v", err)
		}
	}
}

func TestSecondLibrarySymmetric(t *testing.T) {
	t.Parallel()
	for n := range 200 {
		msg := random(t, n)
		h := tjsm3.New()
		h.Write(msg)
		if d := sm.Sum(msg[:n/2], msg[n/2:]); !bytes.Equal(d[:], h.Sum(nil)) {
			t.Fatalf("SM3 of %x", msg)
		}
		key, nonce, aad := random(t, 16), random(t, 12), random(t, n%40)
		block, err := tjsm4.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := cipher.NewGCM(block) // their own GCM computes a wrong tag
		if err != nil {
			t.Fatal(err)
		}
		ours, err := sm.NewGCM(key)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(ours.Seal(nil, nonce, msg, aad), theirs.Seal(nil, nonce, msg, aad)) {
			t.Fatalf("SM4-GCM of %d bytes under %x", n, key)
		}
	}
}
