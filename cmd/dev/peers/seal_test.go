package peers_test

import (
	"crypto/rand"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
	"sunbid/crypto/tdh2"
)

const fileSize = 256 << 20

// BenchmarkSeal seals one file of 256 MiB into another with each program in turn: ours on all cores; OpenSSL's chain as it would be
// scripted, SM4-CTR and then SM3 over the result; age (X25519, ChaCha20-Poly1305). Ratios are ours over theirs: above 1 we are faster.
func BenchmarkSeal(b *testing.B) {
	dir := inMemory(b)
	plain, out := filepath.Join(dir, "plain"), filepath.Join(dir, "sealed")
	fill(b, plain)
	ours := newSealing(b)
	recipient, err := age.GenerateX25519Identity()
	if err != nil {
		b.Fatal(err)
	}
	var sealed, openssl, aged series
	for b.Loop() {
		sealed = append(sealed, speed(b, func() error { return ours.seal(plain, out) }))
		openssl = append(openssl, speed(b, func() error { return chain(plain, out) }))
		aged = append(aged, speed(b, func() error { return encrypt(recipient.Recipient(), plain, out) }))
	}
	b.ReportMetric(sealed.median(), "sunbid-MB/s")
	b.ReportMetric(openssl.median(), "openssl-MB/s")
	b.ReportMetric(aged.median(), "age-MB/s")
	sealed.over(openssl).report(b, "to-openssl")
	sealed.over(aged).report(b, "to-age")
}

func speed(b *testing.B, work func() error) float64 {
	b.Helper()
	began := time.Now()
	if err := work(); err != nil {
		b.Fatal(err)
	}
	return fileSize / time.Since(began).Seconds() / 1e6
}

// inMemory is a folder on the system's memory disk where there is one: not the disk's mood is to be measured.
func inMemory(b *testing.B) string {
	b.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "sunbid-peers")
	if err != nil {
		return b.TempDir()
	}
	b.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			b.Error(err)
		}
	})
	return dir
}

func fill(b *testing.B, path string) {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if _, err := io.CopyN(f, rand.Reader, fileSize); err != nil {
		b.Fatal(err)
	}
}

// sealing is a lot's keys and a bidder.
type sealing struct {
	keys   seal.Keys
	signer pki.Signer
}

func newSealing(b *testing.B) sealing {
	b.Helper()
	point := func() tdh2.Point {
		p, err := tdh2.NewPolynomial(rand.Reader, 2)
		if err != nil {
			b.Fatal(err)
		}
		return p.Commitments()[0]
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	ca, err := pki.NewCA(rand.Reader, pki.Subject{Name: "演练根"}, pki.Rehearsal, at)
	if err != nil {
		b.Fatal(err)
	}
	key, err := sm.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	cert, err := ca.Issue(key.Public(), pki.Subject{Organisation: "投标人", Name: "投标人"}, pki.Signing, at, at.AddDate(1, 0, 0))
	if err != nil {
		b.Fatal(err)
	}
	signer, err := pki.NewSigner(key, cert)
	if err != nil {
		b.Fatal(err)
	}
	return sealing{seal.Keys{T: point(), C: point()}, signer}
}

func (s sealing) seal(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	_, err = seal.SealFile(rand.Reader, s.keys, seal.Purpose{
		Class: pki.Rehearsal, Binding: canon.Sum([]byte("binding")), Lot: "lt_00000000000000000000000000", Bidder: s.signer.Certificate().Fingerprint(),
		Kind: seal.KindBody, Moment: seal.MomentOpening, NotBefore: time.Date(2026, 3, 1, 1, 30, 0, 0, time.UTC),
	}, s.signer, in, fileSize, out, nil)
	return err
}

// chain is what a script with OpenSSL does: encrypt, then digest the ciphertext.
func chain(from, to string) error {
	const zeros = "00000000000000000000000000000000"
	if err := exec.Command("openssl", "enc", "-sm4-ctr", "-K", zeros, "-iv", zeros, "-in", from, "-out", to).Run(); err != nil {
		return err
	}
	return exec.Command("openssl", "dgst", "-sm3", to).Run()
}

func encrypt(to age.Recipient, from, into string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(into)
	if err != nil {
		return err
	}
	defer out.Close()
	w, err := age.Encrypt(out, to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, in); err != nil {
		return err
	}
	return w.Close()
}
