package keyholder_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sunbid/cmd/keyholder/config"
	"sunbid/cmd/keyholder/identity"
	"sunbid/crypto/custody"
	"sunbid/crypto/custody/custodytest"
	"sunbid/crypto/pki"
	"sunbid/web/outbound/keyholder"
)

// program builds the real keyholder once for all tests.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "keyholder")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "keyholder")
	out, err := exec.Command("go", "build", "-o", path, "sunbid/cmd/keyholder").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := program(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// process is one keyholder: its directory, and its running process.
type process struct {
	dir, config, clock string
	public             identity.Public
	cmd                *exec.Cmd
	ended              chan struct{}
	address            string
	log                *logged
}

// logged keeps what the process wrote to its log.
type logged struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// hall is n keyholder processes with the platform's client to them.
type hall struct {
	ca        *pki.CA
	platform  custodytest.Party
	log       *custodytest.Log
	own       tls.Certificate
	processes []*process
	known     custody.Known
	*keyholder.Group
}

func newHall(t *testing.T, threshold, n int) *hall {
	t.Helper()
	path, err := program()
	ok(t, err)
	h := &hall{ca: custodytest.NewCA(t, custody.Rehearsal), own: clientCertificate(t)}
	h.platform, h.log = custodytest.NewParty(t, h.ca, "平台"), custodytest.NewLog(t, h.ca)
	pin := sha256.Sum256(h.own.Certificate[0])
	c := config.Config{Class: custody.Rehearsal, Threshold: threshold, Platform: [][]byte{h.platform.Signer.Certificate().DER()},
		Log: [][]byte{h.log.Party.Signer.Certificate().DER()}, Clients: []string{fmt.Sprintf("%x", pin)}, Monitors: []string{}}
	issuer, password := h.issuer(t)
	for i := range n {
		p := &process{dir: t.TempDir(), log: &logged{}}
		p.config, p.clock = filepath.Join(p.dir, "config.json"), filepath.Join(p.dir, "clock")
		out, err := exec.Command(path, "init", "--dir", p.dir, "--name", "保管方"+strconv.Itoa(i+1), "--class", "rehearsal", "--issuer", issuer, "--issuer-password-file", password).Output()
		ok(t, err)
		ok(t, json.Unmarshal(out, &p.public))
		c.Group = append(c.Group, config.Member{Name: p.public.Name, Signing: p.public.Signing, Encryption: p.public.Encryption})
		h.processes = append(h.processes, p)
	}
	h.known, err = c.Known()
	ok(t, err)
	var clients []*keyholder.Client
	for i, p := range h.processes {
		ok(t, c.Write(p.config))
		p.set(t, 0)
		p.start(t)
		clients = append(clients, keyholder.NewClient(keyholder.Endpoint{Index: i + 1, Name: p.public.Name, Address: p.address, Pin: sha256.Sum256(p.public.TLS)}, h.own))
	}
	h.Group = keyholder.NewGroup(clients, h.known.Group)
	t.Cleanup(h.Group.Close)
	return h
}

func (h *hall) issuer(t *testing.T) (file, password string) {
	t.Helper()
	dir := t.TempDir()
	file, password = filepath.Join(dir, "ca.json"), filepath.Join(dir, "password")
	raw, err := h.ca.Marshal([]byte("rehearsal"))
	ok(t, err)
	ok(t, os.WriteFile(file, raw, 0o600))
	ok(t, os.WriteFile(password, []byte("rehearsal\n"), 0o600))
	return file, password
}

// set moves the process's clock by an offset.
func (p *process) set(t *testing.T, offset time.Duration) {
	t.Helper()
	ok(t, os.WriteFile(p.clock+".new", []byte(strconv.FormatInt(offset.Milliseconds(), 10)), 0o644))
	ok(t, os.Rename(p.clock+".new", p.clock))
}

// start runs the process, on the address it had before if it had one, and waits until it says that it listens.
func (p *process) start(t *testing.T) {
	t.Helper()
	path, err := program()
	ok(t, err)
	listen := p.address
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	p.cmd = exec.Command(path, "serve", "--dir", p.dir, "--listen", listen, "--config", p.config, "--clock-file", p.clock)
	dieWithParent(p.cmd)
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	ok(t, err)
	started := make(chan error, 1)
	p.ended = make(chan struct{})
	go func() { // the kernel ties the death signal to the thread that forks: keep it until the child has ended
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.ended)
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait()
		}
	}()
	ok(t, <-started)
	t.Cleanup(p.kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("keyholder did not start: %v\n%s", err, p.log)
	}
	p.address = strings.TrimSpace(strings.TrimPrefix(line, "listening "))
}

// kill is kill -9.
func (p *process) kill() {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill()
		<-p.ended
		p.cmd = nil
	}
}

func clientCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ok(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "platform"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	ok(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
