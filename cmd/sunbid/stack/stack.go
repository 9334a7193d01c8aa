package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/keyholder/identity"
	"sunbid/cmd/sunbid/node"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/storage/embedded"
	"sunbid/storage/objects/minioserver"
)

// Database is the name of the platform's database.
const Database = "sunbid"

// Options of a stack.
type Options struct {
	Dir       string   // everything is kept here; made when missing
	Listen    string   // address of the platform; empty: a free loopback port
	Objects   string   // "disk" or "minio" (a real server over four drive folders)
	Threshold int      // keyholders that must release; 0 means 2 of 3
	Programs  Binaries // empty: located, see Locate
}

// Stack is a running Sunbid.
type Stack struct {
	URL        string
	Trust      string // file of the trust list
	Binaries   Binaries
	Platform   *Process
	Keyholders []*Process
	Officers   []*Process // whoever runs the stack starts them, when there is a lot
	Database   *embedded.Server
	Minio      *minioserver.Server // nil with objects on disk

	options   Options
	dir, logs string
	bin       Binaries
	dbLog     *os.File
}

// Up boots the stack: database, object store, keyholders, platform, in that order, and returns when the platform answers.
// Data of an earlier run in the same folder are there again. On error what was started is stopped.
func Up(ctx context.Context, options Options) (_ *Stack, err error) {
	if options.Threshold == 0 {
		options.Threshold = 2
	}
	dir, err := filepath.Abs(options.Dir)
	if err != nil {
		return nil, err
	}
	s := &Stack{options: options, dir: dir, logs: filepath.Join(dir, "log"), Trust: filepath.Join(dir, trustFile)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Down())
		}
	}()
	if err := os.MkdirAll(s.logs, 0o700); err != nil {
		return nil, err
	}
	if s.bin = options.Programs; s.bin == (Binaries{}) {
		if s.bin, err = Locate(ctx, filepath.Join(dir, "bin")); err != nil {
			return nil, err
		}
	}
	s.Binaries = s.bin
	if err := makeIdentities(dir, time.Now()); err != nil {
		return nil, fmt.Errorf("make identities: %w", err)
	}
	if err := s.StartDatabase(ctx); err != nil {
		return nil, err
	}
	var publics []identity.Public
	for i := range keyholderNames {
		p, err := initKeyholder(ctx, s.bin.Keyholder, dir, i)
		if err != nil {
			return nil, err
		}
		publics = append(publics, p)
	}
	if err := s.writeTrust(publics); err != nil {
		return nil, fmt.Errorf("write trust list: %w", err)
	}
	keyholders, err := s.startKeyholders(publics)
	if err != nil {
		return nil, err
	}
	store, err := s.objects(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.configure(keyholders, store); err != nil {
		return nil, fmt.Errorf("configure platform: %w", err)
	}
	for i, k := range s.Keyholders {
		if err := k.Ready(ctx, func(ctx context.Context) error { return listening(ctx, keyholders[i].Address) }); err != nil {
			return nil, err
		}
	}
	s.Platform = NewProcess("platform", s.logs, s.bin.Sunbid, "serve", "--config", filepath.Join(dir, platformFile))
	return s, s.StartPlatform(ctx)
}

// Running tells where the platform of a folder that another process has started answers.
func Running(ctx context.Context, dir string) (url string, up bool) {
	c, err := node.Load(filepath.Join(dir, platformFile))
	if err != nil {
		return "", false
	}
	s := &Stack{URL: c.Origin}
	return s.URL, s.healthy(ctx) == nil
}

// StartPlatform starts the platform's process and returns when it answers.
func (s *Stack) StartPlatform(ctx context.Context) error {
	if err := s.Platform.Start(); err != nil {
		return err
	}
	return s.Platform.Ready(ctx, s.healthy)
}

// StartDatabase starts PostgreSQL, also after it was killed.
func (s *Stack) StartDatabase(ctx context.Context) (err error) {
	if s.dbLog == nil {
		if s.dbLog, err = os.OpenFile(filepath.Join(s.logs, "postgres.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
			return err
		}
	}
	if s.Database, err = embedded.Start(ctx, embedded.Options{Dir: filepath.Join(s.dir, "postgres"), Log: s.dbLog}); err != nil {
		return err
	}
	return createDatabase(ctx, s.Database)
}

// healthy asks the platform whether it serves.
func (s *Stack) healthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/healthz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("health: %s", res.Status)
	}
	return nil
}

// KeyholderClock is the file that moves keyholder i's clock (from 0).
func (s *Stack) KeyholderClock(i int) string {
	return filepath.Join(keyholderDir(s.dir, i), "clock")
}

// PlatformClock is the file that moves the platform's clock.
func (s *Stack) PlatformClock() string { return filepath.Join(s.dir, platformDir, "clock") }

// RevocationList is the file with the rehearsal authority's revocation list; the platform reads it again when it changes.
func (s *Stack) RevocationList() string { return filepath.Join(s.dir, caCRL) }

// revocationLists are those there are: a folder made by an earlier version has none.
func (s *Stack) revocationLists() []string {
	if _, err := os.Stat(s.RevocationList()); err != nil {
		return nil
	}
	return []string{s.RevocationList()}
}

// Authority opens the rehearsal's certificate authority, for tests that issue and revoke certificates of their own.
func (s *Stack) Authority() (*pki.CA, error) {
	password, err := os.ReadFile(filepath.Join(s.dir, caPassword))
	if err != nil {
		return nil, err
	}
	sealed, err := os.ReadFile(filepath.Join(s.dir, caFile))
	if err != nil {
		return nil, err
	}
	return pki.ParseCA(sealed, password)
}

// SetClock moves one of the clocks by an offset from the machine's.
func SetClock(file string, by time.Duration) error { return writeOffset(file, by.Milliseconds()) }

// ConfigFile is the platform's configuration, for fsck, export and backup.
func (s *Stack) ConfigFile() string { return filepath.Join(s.dir, platformFile) }

// Down stops everything in the reverse order; nothing that was acknowledged is lost.
func (s *Stack) Down() error {
	var errs []error
	for _, o := range s.Officers {
		errs = append(errs, o.Stop(5*time.Second))
	}
	if s.Platform != nil {
		errs = append(errs, s.Platform.Stop(20*time.Second))
	}
	for _, k := range s.Keyholders {
		errs = append(errs, k.Stop(5*time.Second))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if s.Minio != nil {
		errs = append(errs, s.Minio.Stop(ctx))
	}
	if s.Database != nil {
		errs = append(errs, s.Database.Stop(ctx))
	}
	if s.dbLog != nil {
		errs = append(errs, s.dbLog.Close())
	}
	return errors.Join(errs...)
}

// PIDs are all processes of the stack, for measuring.
func (s *Stack) PIDs() []int {
	pids := []int{s.Platform.PID(), s.Database.PID()}
	for _, p := range append(s.Keyholders[:len(s.Keyholders):len(s.Keyholders)], s.Officers...) {
		pids = append(pids, p.PID())
	}
	if s.Minio != nil {
		pids = append(pids, s.Minio.PID())
	}
	return pids
}

// objects prepares the object store and says where it is.
func (s *Stack) objects(ctx context.Context) (node.Objects, error) {
	if s.options.Objects != "minio" {
		return node.Objects{Disk: filepath.Join(s.dir, "objects")}, nil
	}
	bin, err := minioserver.Find()
	if err != nil {
		return node.Objects{}, err
	}
	var drives []string
	for i := range 4 {
		drives = append(drives, filepath.Join(s.dir, "minio", fmt.Sprintf("drive-%d", i+1)))
	}
	out, err := os.OpenFile(filepath.Join(s.logs, "minio.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return node.Objects{}, err
	}
	if s.Minio, err = minioserver.Start(ctx, bin, out, drives...); err != nil {
		return node.Objects{}, err
	}
	c := s.Minio.Config("sunbid")
	secret := filepath.Join(s.dir, platformDir, "minio")
	if err := os.WriteFile(secret, []byte(c.AccessKey+"\n"+c.SecretKey+"\n"), 0o600); err != nil {
		return node.Objects{}, err
	}
	return node.Objects{Minio: &node.Minio{Endpoint: c.Endpoint, Bucket: c.Bucket, Secure: c.Secure, SecretFile: secret}}, nil
}

func (s *Stack) configure(keyholders []node.Keyholder, store node.Objects) error {
	listen := s.options.Listen
	if listen == "" {
		free, err := freeAddress()
		if err != nil {
			return err
		}
		listen = free
	}
	s.URL = "http://" + listen
	dsn := filepath.Join(s.dir, platformDir, "dsn")
	if err := os.WriteFile(dsn, []byte(s.Database.DSN(Database)), 0o600); err != nil {
		return err
	}
	if err := writeOffset(s.PlatformClock(), 0); err != nil {
		return err
	}
	return node.Config{
		Class: bidding.Rehearsal, Listen: listen, Origin: s.URL, DSNFile: dsn, Objects: store,
		PassphraseFile: filepath.Join(s.dir, passphrase), Platform: keyFile(s.dir, "platform"), Log: keyFile(s.dir, "log"), Strongbox: keyFile(s.dir, "strongbox"),
		TrustFile: s.Trust, CRLFiles: s.revocationLists(), Threshold: s.options.Threshold, Keyholders: keyholders,
		TLSKey: filepath.Join(s.dir, tlsKeyFile), TLSCert: filepath.Join(s.dir, tlsCertFile),
		RehearsalCA: filepath.Join(s.dir, caFile), RehearsalCAPassword: filepath.Join(s.dir, caPassword), ClockFile: s.PlatformClock(), RateFactor: 1000,
	}.Write(s.ConfigFile())
}

// writeTrust writes whom a verifier trusts in this rehearsal; it is what `verify --trust` takes.
func (s *Stack) writeTrust(publics []identity.Public) error {
	ca, err := os.ReadFile(filepath.Join(s.dir, caCert))
	if err != nil {
		return err
	}
	list := pki.TrustList{Type: pki.TrustType, Class: pki.Rehearsal, Issuers: [][]byte{ca}}
	for file, into := range map[string]*[]canon.Hash{keyFile(s.dir, "platform").Certificate: &list.Platform, keyFile(s.dir, "log").Certificate: &list.Log} {
		der, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := addFingerprint(into, der); err != nil {
			return err
		}
	}
	for _, p := range publics {
		if err := addFingerprint(&list.Keyholders, p.Signing); err != nil {
			return err
		}
	}
	raw, err := canon.Marshal(list)
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(s.Trust); err == nil && bytes.Equal(old, raw) {
		return nil
	}
	return os.WriteFile(s.Trust, raw, 0o644)
}

func addFingerprint(list *[]canon.Hash, der []byte) error {
	c, err := pki.ParseCertificate(der)
	if err != nil {
		return err
	}
	*list = append(*list, c.Fingerprint())
	return nil
}

// Wait returns when ctx ends, or with an error when one of the processes ends by itself.
func (s *Stack) Wait(ctx context.Context) error {
	ended := make(chan string, 1+len(s.Keyholders))
	for _, p := range append([]*Process{s.Platform}, s.Keyholders...) {
		go func() {
			<-p.run.Done()
			ended <- p.Name + ", see " + p.Log
		}()
	}
	select {
	case <-ctx.Done():
		return nil
	case name := <-ended:
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("a process ended: %s", name)
	case <-s.Database.Done():
		return errors.New("the database ended")
	}
}
