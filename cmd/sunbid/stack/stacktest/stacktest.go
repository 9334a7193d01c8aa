// Package stacktest gives tests a whole Sunbid of real processes, and a cast to play in it.
package stacktest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack"
	"sunbid/crypto/pki"
	"sunbid/storage/embedded/scratch"
)

// Play is a running stack with its hosts.
type Play struct {
	*stack.Stack
	Dir   string
	Stage cast.Stage
	Trust *pki.Trust
	Hosts cast.Hosts

	mu sync.Mutex // guards Officers while lots go side by side
}

// Passphrase of the officers' keys in tests.
const Passphrase = "rehearsal only"

var programs = sync.OnceValues(build)

// New boots a stack in a folder of its own, with tenderer, agency and three officers enrolled. Everything ends with the test; when it
// failed, the ends of the processes' logs are printed.
func New(t *testing.T, objects string) *Play {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	bin, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s, err := stack.Up(ctx, stack.Options{Dir: dir, Objects: objects, Programs: bin.Binaries})
	if err != nil {
		t.Fatal(err)
	}
	p := &Play{Stack: s, Dir: dir}
	t.Cleanup(func() {
		if err := s.Down(); err != nil {
			t.Logf("stop the stack: %v", err)
		}
		if t.Failed() {
			p.printLogs(t)
		}
	})
	trust, err := desk.ReadTrust(s.Trust)
	if err != nil {
		t.Fatal(err)
	}
	p.Trust, p.Stage = trust, cast.NewStage(s.URL, time.Now)
	p.Stage.Appoint = p.appoint
	p.hosts(t)
	return p
}

func (p *Play) hosts(t *testing.T) {
	t.Helper()
	var err error
	if p.Hosts.Tenderer, err = p.Stage.Join(t.Context(), "演练建设投资有限公司", cast.Code(9_000_000), "招标人经办", bidding.Tenderer); err != nil {
		t.Fatal(err)
	}
	if p.Hosts.Agency, err = p.Stage.Join(t.Context(), "演练招标代理有限公司", cast.Code(9_000_001), "代理经办", bidding.Agency); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.PassphraseFile(), []byte(Passphrase), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"演练招标人监标", "演练代理监标", "演练交易中心"} {
		o, err := p.Stage.JoinFrom(t.Context(), p.OfficerHome(i), []byte(Passphrase), name, cast.Code(9_000_010+i), "解锁人", bidding.Officer)
		if err != nil {
			t.Fatal(err)
		}
		p.Hosts.Officers = append(p.Hosts.Officers, o)
	}
}

// OfficerHome is officer i's folder (from 0).
func (p *Play) OfficerHome(i int) desk.Home {
	return desk.Home{Dir: filepath.Join(p.Dir, "officer", string(rune('1'+i)))}
}

// PassphraseFile holds the officers' passphrase.
func (p *Play) PassphraseFile() string { return filepath.Join(p.Dir, "officer-passphrase") }

// StartOfficer starts officer i's own program for a lot; it waits for the opening time by itself.
func (p *Play) StartOfficer(t *testing.T, i int, lot bidding.LotID) *stack.Process {
	t.Helper()
	o := stack.NewProcess("officer-"+string(rune('1'+i)), filepath.Join(p.Dir, "log"), p.Binaries.Sealbid, "officer", "release",
		"--home", p.OfficerHome(i).Dir, "--server", p.URL, "--trust", p.Stack.Trust, "--passphrase-file", p.PassphraseFile(), lot.String())
	if err := o.Start(); err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Officers = append(p.Officers, o)
	return o
}

// Fsck fails the test unless every row and the whole log can be derived again.
func (p *Play) Fsck(t *testing.T) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), p.Binaries.Sunbid, "fsck", "--config", p.ConfigFile()).CombinedOutput()
	if err != nil {
		t.Errorf("fsck: %v\n%s", err, out)
	}
}

// appoint approves an operator or a supervisor on the platform's machine, as its administrator does.
func (p *Play) appoint(ctx context.Context, org bidding.OrgID, person bidding.PersonID, role bidding.Role) error {
	out, err := exec.CommandContext(ctx, p.Binaries.Sunbid, "appoint", "--config", p.ConfigFile(), "--role", string(role), org.String(), person.String()).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

func (p *Play) printLogs(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(p.Dir, "log", "*.log"))
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err == nil {
			t.Logf("%s:\n%s", filepath.Base(f), data[max(0, len(data)-3000):])
		}
	}
}

// built are the programs and the folder that holds them, which goes when this process has ended.
type built struct {
	stack.Binaries
	folder *scratch.Folder
}

// build makes the programs once for each test binary.
func build() (built, error) {
	folder, err := scratch.New("sunbid-programs")
	if err != nil {
		return built{}, err
	}
	bin, err := stack.Build(context.Background(), folder.Dir)
	return built{bin, folder}, err
}
