package sm_test

import (
	"crypto/rand"
	"testing"

	"sunbid/crypto/sm"
)

func BenchmarkSM2(b *testing.B) {
	key, err := sm.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	msg := make([]byte, 500)
	sig, err := key.Sign(msg)
	if err != nil {
		b.Fatal(err)
	}
	verifier, err := key.Public().Verifier()
	if err != nil {
		b.Fatal(err)
	}
	raw, err := key.Public().Encrypt(rand.Reader, msg[:48])
	if err != nil {
		b.Fatal(err)
	}
	for name, do := range map[string]func() bool{
		"sign":         func() bool { _, err := key.Sign(msg); return err == nil },
		"verify":       func() bool { return verifier.Verify(msg, sig) },
		"verify-parse": func() bool { return key.Public().Verify(msg, sig) },
		"encrypt":      func() bool { _, err := key.Public().Encrypt(rand.Reader, msg[:48]); return err == nil },
		"decrypt":      func() bool { _, err := key.Decrypt(raw); return err == nil },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if !do() {
					b.Fatal("failed")
				}
			}
		})
	}
}

func BenchmarkGCM(b *testing.B) {
	aead, err := sm.NewGCM(make([]byte, sm.KeySize))
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 1<<20, 1<<20+16)
	nonce := make([]byte, 12)
	b.SetBytes(1 << 20)
	for b.Loop() {
		aead.Seal(buf[:0], nonce, buf, nil)
	}
}

func BenchmarkSM3(b *testing.B) {
	buf := make([]byte, 1<<20)
	b.SetBytes(1 << 20)
	for b.Loop() {
		sm.Sum(buf)
	}
}
