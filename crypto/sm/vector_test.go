package sm_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/emmansun/gmsm/sm4"
	tjsm4 "github.com/tjfoc/gmsm/sm4"

	"sunbid/crypto/sm"
)

type hexBytes []byte

func (h *hexBytes) UnmarshalText(b []byte) (err error) {
	*h, err = hex.DecodeString(string(b))
	return err
}

// vectors is testdata/vectors/sm.json.
type vectors struct {
	Source string
	Hash   []struct {
		Name            string
		Message, Digest hexBytes
	}
	HMAC []struct {
		Name              string
		Key, Message, MAC hexBytes
	}
	HKDF []struct {
		Name           string
		Salt, IKM, Out hexBytes
		Info, Expect   string
	}
	Block []struct {
		Name                       string
		Key, Plaintext, Ciphertext hexBytes
		Times                      int
	}
	GCM []struct {
		Name                               string
		Key, Nonce, AAD, Plaintext, Sealed hexBytes
		Expect                             string
	}
	Sign []struct {
		Name                       string
		Public, Message, Signature hexBytes
		Expect                     string
	}
	Decrypt []struct {
		Name                         string
		Private, Ciphertext, Message hexBytes
		Encoding, Expect             string
	}
	Point []struct {
		Name   string
		Point  hexBytes
		Expect string
	}
}

func load(t *testing.T) vectors {
	t.Helper()
	data, err := os.ReadFile("../../testdata/vectors/sm.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func code(err error) string {
	if err == nil {
		return ""
	}
	c, ok := err.(interface{ Code() string })
	if !ok {
		return "no code: " + err.Error()
	}
	return c.Code()
}

func TestVectorsSymmetric(t *testing.T) {
	t.Parallel()
	v := load(t)
	for _, c := range v.Hash {
		d := sm.Sum(c.Message)
		if !bytes.Equal(d[:], c.Digest) {
			t.Errorf("SM3 %s: %x", c.Name, d)
		}
	}
	for _, c := range v.HMAC {
		d := sm.HMAC(c.Key, c.Message)
		if !bytes.Equal(d[:], c.MAC) {
			t.Errorf("HMAC %s: %x", c.Name, d)
		}
	}
	for _, c := range v.HKDF {
		if out := sm.HKDF(c.Salt, c.IKM, c.Info, len(c.Out)); !bytes.Equal(out, c.Out) {
			t.Errorf("HKDF %s: %x", c.Name, out)
		}
	}
	for _, c := range v.GCM {
		aead, err := sm.NewGCM(c.Key)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := aead.Open(nil, c.Nonce, c.Sealed, c.AAD)
		if c.Expect == "gcm-open" {
			if err == nil {
				t.Errorf("GCM %s: opened", c.Name)
			}
			continue
		}
		if err != nil || !bytes.Equal(opened, c.Plaintext) {
			t.Errorf("GCM %s: %v", c.Name, err)
		}
		if sealed := aead.Seal(nil, c.Nonce, c.Plaintext, c.AAD); !bytes.Equal(sealed, c.Sealed) {
			t.Errorf("GCM %s: %x", c.Name, sealed)
		}
	}
}

// The block cipher has no door in our API; both libraries are held to GB/T 32907.
func TestVectorsBlock(t *testing.T) {
	t.Parallel()
	for _, c := range load(t).Block {
		ours, err := sm4.NewCipher(c.Key)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := tjsm4.NewCipher(c.Key)
		if err != nil {
			t.Fatal(err)
		}
		b := bytes.Clone(c.Plaintext)
		for range c.Times {
			ours.Encrypt(b, b)
		}
		if !bytes.Equal(b, c.Ciphertext) {
			t.Errorf("%s: %x", c.Name, b)
		}
		b = bytes.Clone(c.Plaintext)
		for range min(c.Times, 1000) {
			theirs.Encrypt(b, b)
		}
		if c.Times <= 1000 && !bytes.Equal(b, c.Ciphertext) {
			t.Errorf("%s, second library: %x", c.Name, b)
		}
	}
}

func TestVectorsSM2(t *testing.T) {
	t.Parallel()
	v := load(t)
	for _, c := range v.Sign {
		key, err := sm.ParsePublicKey(c.Public)
		if err != nil {
			t.Fatal(err)
		}
		if got := key.Verify(c.Message, c.Signature); got != (c.Expect == "") {
			t.Errorf("%s: %v", c.Name, got)
		}
	}
	for _, c := range v.Decrypt {
		key, err := sm.NewPrivateKey(c.Private)
		if err != nil {
			t.Fatal(err)
		}
		open := key.Decrypt
		if c.Encoding == "DER" {
			open = key.DecryptDER
		}
		msg, err := open(c.Ciphertext)
		if code(err) != c.Expect || !bytes.Equal(msg, c.Message) {
			t.Errorf("%s: %x %v", c.Name, msg, err)
		}
	}
	for _, c := range v.Point {
		if _, err := sm.ParsePublicKey(c.Point); code(err) != c.Expect {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}
