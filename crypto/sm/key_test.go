package sm_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/pkcs"
	"github.com/emmansun/gmsm/pkcs8"

	"sunbid/crypto/canon/canontest"
	"sunbid/crypto/sm"
)

func TestPrivateKeyDoesNotPrint(t *testing.T) {
	t.Parallel()
	scalar := bytes.Repeat([]byte{0xab}, 32)
	key, err := sm.NewPrivateKey(scalar)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{"key": key})
	if err != nil {
		t.Fatal(err)
	}
	all := fmt.Sprintf("%v %+v %#v %s %q %x %d", key, key, key, key, key, key, key) + string(text) +
		fmt.Sprintf("%v", struct{ K *sm.PrivateKey }{key}) + fmt.Sprintf("%x", *key)
	for _, leak := range []string{"abababab", "171 171", "2a2a", fmt.Sprint(scalar)} {
		if strings.Contains(strings.ToLower(all), leak) {
			t.Fatalf("prints %q", leak)
		}
	}
}

func TestPrivateKeyRange(t *testing.T) {
	t.Parallel()
	order := []byte("\xff\xff\xff\xfe\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x72\x03\xdf\x6b\x21\xc6\x05\x2b\x53\xbb\xf4\x09\x39\xd5\x41\x23")
	minus := func(k byte) []byte { b := bytes.Clone(order); b[31] -= k; return b }
	tests := []struct {
		name   string
		scalar []byte
		want   error
	}{
		{"zero", make([]byte, 32), sm.ErrKey},
		{"n", order, sm.ErrKey},
		{"n−1, whose signatures divide by zero", minus(1), sm.ErrKey},
		{"n−2", minus(2), nil},
		{"one", append(make([]byte, 31), 1), nil},
		{"short", make([]byte, 31), sm.ErrKey},
		{"all ones", bytes.Repeat([]byte{0xff}, 32), sm.ErrKey},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := sm.NewPrivateKey(c.scalar); !errors.Is(err, c.want) {
				t.Fatal(err)
			}
		})
	}
}

func TestKeyFileRefusals(t *testing.T) {
	t.Parallel()
	key, _ := other(t)
	sealed, err := key.MarshalEncryptedPEM([]byte("right"))
	if err != nil {
		t.Fatal(err)
	}
	der, err := key.MarshalPKCS8()
	if err != nil {
		t.Fatal(err)
	}
	read, err := sm.ParseEncryptedPEM(sealed, []byte("right"))
	if err != nil || read.Public() != key.Public() {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text, password string
		want           error
	}{
		"wrong password": {string(sealed), "wrong", sm.ErrPassword},
		"no password":    {string(sealed), "", sm.ErrPassword},
		"not PEM":        {"hello", "right", sm.ErrKey},
		"in the clear":   {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "right", sm.ErrKey},
		"far too long":   {strings.Repeat("x", 1<<20), "right", sm.ErrKey},
		"scrypt":         {string(encrypted(t, key, pkcs.NewScryptOpts(16, 2, 8, 1))), "right", sm.ErrKey},
		"no rounds":      {string(encrypted(t, key, pkcs.NewPBKDF2Opts(pkcs.SHA256, 16, 0))), "right", sm.ErrKey},
	} {
		if _, err := sm.ParseEncryptedPEM([]byte(c.text), []byte(c.password)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := key.MarshalEncryptedPEM(nil); !errors.Is(err, sm.ErrPassword) {
		t.Errorf("empty password: %v", err)
	}
	for name, bad := range map[string][]byte{"cut": der[:len(der)-1], "empty": nil, "noise": []byte("noise")} {
		if _, err := sm.ParsePKCS8(bad); !errors.Is(err, sm.ErrKey) {
			t.Errorf("PKCS #8 %s: %v", name, err)
		}
	}
}

// Not one changed byte of a ciphertext gives a plaintext, and every failure is the same value.
func TestTamperedCiphertext(t *testing.T) {
	t.Parallel()
	key, _ := other(t)
	raw, err := key.Public().Encrypt(rand.Reader, random(t, 48))
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		bad := bytes.Clone(raw)
		bad[i] ^= 1 << (i % 8)
		if msg, err := key.Decrypt(bad); err != error(sm.ErrDecrypt) || msg != nil {
			t.Fatalf("byte %d: %x %v", i, msg, err)
		}
		if msg, err := key.Decrypt(raw[:i]); err != error(sm.ErrDecrypt) || msg != nil {
			t.Fatalf("cut at %d: %x %v", i, msg, err)
		}
	}
}

func TestRefusedPlaintextsAndKeys(t *testing.T) {
	t.Parallel()
	key, _ := other(t)
	for _, n := range []int{0, 1, 31} {
		if _, err := key.Public().Encrypt(rand.Reader, make([]byte, n)); !errors.Is(err, sm.ErrShort) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	var none sm.PublicKey
	if _, err := none.EncryptDER(rand.Reader, make([]byte, 32)); !errors.Is(err, sm.ErrPoint) {
		t.Errorf("zero key encrypts: %v", err)
	}
	if sig, err := key.Sign(nil); err != nil || !key.Public().Verify(nil, sig) || none.Verify(nil, sig) {
		t.Errorf("signature over nothing: %v", err)
	}
	if _, err := sm.NewGCM(make([]byte, 32)); !errors.Is(err, sm.ErrKey) {
		t.Errorf("SM4 key of 32 bytes: %v", err)
	}
}

// The hash keeps hash.Hash's promises, which the second library breaks.
func TestHashIsAHash(t *testing.T) {
	t.Parallel()
	h := sm.NewHash()
	h.Write([]byte("ab"))
	first := h.Sum([]byte("prefix"))
	second := h.Sum([]byte("prefix"))
	want := sm.Sum([]byte("ab"))
	if !bytes.Equal(first, second) || !bytes.Equal(first, append([]byte("prefix"), want[:]...)) {
		t.Fatal("Sum changes the state")
	}
	h.Write([]byte("c"))
	if got := sm.Sum([]byte("abc")); !bytes.Equal(h.Sum(nil), got[:]) {
		t.Fatal("does not continue")
	}
}

func FuzzDecrypt(f *testing.F) {
	key, err := sm.NewPrivateKey(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		f.Fatal(err)
	}
	raw, err := key.Public().Encrypt(rand.Reader, make([]byte, 32))
	if err != nil {
		f.Fatal(err)
	}
	der, err := key.Public().EncryptDER(rand.Reader, make([]byte, 32))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(der)
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, open := range []func([]byte) ([]byte, error){key.Decrypt, key.DecryptDER} {
			if msg, err := open(b); err != nil && (err != error(sm.ErrDecrypt) || msg != nil) {
				t.Fatalf("%x %v", msg, err)
			}
		}
		if sig, err := sm.SignatureFromDER(b); err == nil {
			if again, err := sm.SignatureToDER(sig); err == nil && !bytes.Equal(again, b) {
				t.Fatalf("two encodings of one signature: %x", b)
			}
		}
	})
}

// FuzzKeys: a public key has one encoding; a private key and a signature in DER are read in the order of their own memory, whatever
// their algorithms and lengths say.
func FuzzKeys(f *testing.F) {
	key, err := sm.NewPrivateKey(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		f.Fatal(err)
	}
	pkcs8, err := key.MarshalPKCS8()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(pkcs8)
	f.Add(key.Public().Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		var public sm.PublicKey
		var private *sm.PrivateKey
		var noPublic, noPrivate error
		canontest.Bounded(t, b, func() {
			public, noPublic = sm.ParsePublicKey(b)
			private, noPrivate = sm.ParsePKCS8(b)
		})
		switch {
		case noPublic != nil:
			canontest.Refused(t, b, noPublic)
		case !bytes.Equal(public.Bytes(), b):
			t.Fatalf("%x is read, and written as %x", b, public.Bytes())
		}
		if noPrivate != nil {
			canontest.Refused(t, b, noPrivate)
		} else if _, err := private.MarshalPKCS8(); err != nil {
			t.Fatal(err)
		}
	})
}

// encrypted is key in PEM under the password "right", its encryption key derived as told.
func encrypted(tb testing.TB, key *sm.PrivateKey, how pkcs.KDFOpts) []byte {
	tb.Helper()
	der, err := key.MarshalPKCS8()
	if err != nil {
		tb.Fatal(err)
	}
	parsed, err := pkcs8.ParsePKCS8PrivateKeySM2(der)
	if err != nil {
		tb.Fatal(err)
	}
	der, err = pkcs8.MarshalPrivateKey(parsed, []byte("right"), pkcs.NewPBESEncrypter(pkcs.AES256CBC, how))
	if err != nil {
		tb.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: der})
}

// FuzzKeyFile changes an encrypted key file in one place, inside its PEM: it is refused with a code or read, and what its parameters ask
// for stays affordable. That it may be read as another key is CBC's nature: whoever loads a key holds it against its certificate.
func FuzzKeyFile(f *testing.F) {
	key, err := sm.NewPrivateKey(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		f.Fatal(err)
	}
	block, _ := pem.Decode(encrypted(f, key, pkcs.NewPBKDF2Opts(pkcs.SHA256, 16, 10)))
	for at := range block.Bytes {
		f.Add(uint32(at), uint32(1), []byte{1})
	}
	f.Add(uint32(0), uint32(0), []byte{})
	f.Fuzz(func(t *testing.T, at, cut uint32, put []byte) {
		text := pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: canontest.Splice(block.Bytes, at, cut, put)})
		var err error
		canontest.Bounded(t, text, func() { _, err = sm.ParseEncryptedPEM(text, []byte("right")) })
		if err != nil {
			canontest.Refused(t, put, err)
		}
	})
}
