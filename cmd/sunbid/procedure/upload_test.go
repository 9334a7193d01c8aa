package procedure_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/cmd/sealbid/desk"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/crypto/seal"
)

const mib = 1 << 20

// bodySize is eight parts of an upload and a bit.
const bodySize = 64*mib + 12345

// sealbid runs the bidder's own program in a home of its own.
type sealbid struct {
	*testing.T
	p    *stacktest.Play
	home string
	pass string
}

func (b sealbid) args(args ...string) []string {
	return append(args, "--home", b.home, "--server", b.p.URL, "--trust", b.p.Stack.Trust, "--passphrase-file", b.pass)
}

func (b sealbid) run(args ...string) string {
	b.Helper()
	return run(b.T, b.p.Binaries.Sealbid, b.args(args...)...)
}

// refuses runs it where it must fail with that exit code, and say that.
func (b sealbid) refuses(exit int, say string, args ...string) {
	b.Helper()
	code, out := try(b.T, b.p.Binaries.Sealbid, args...)
	if code != exit || !strings.Contains(out, say) {
		b.Errorf("sealbid %v: exit %d, want %d and %q\n%s", args[0], code, exit, say, out)
	}
}

// A bidder's program is killed in the middle of a body of 64 MiB; run again, it sends what is owed and no more. Then the price sheet
// alone is replaced beside that body. On the way: a wrong passphrase, another lot's file, a platform that does not answer.
func upload(t *testing.T, p *stacktest.Play) {
	s := announce(t, p, cast.Plan{}, 45*time.Second)
	other := announce(t, p, cast.Plan{}, 60*time.Second)
	dir := t.TempDir()
	b := sealbid{t, p, filepath.Join(dir, "home"), filepath.Join(dir, "passphrase")}
	wrong, body, lotFile := filepath.Join(dir, "wrong"), filepath.Join(dir, "投标文件.bin"), filepath.Join(dir, "lot.json")
	content := make([]byte, bodySize)
	_, _ = rand.Read(content)
	for file, data := range map[string][]byte{b.pass: []byte("correct horse\n"), wrong: []byte("battery staple\n"), body: content} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b.run("keygen", "--org", "大文件公司", "--code", cast.Code(int(people.Add(1))))
	b.run("enrol", "--person", "经办")
	lot := s.lot.Lot.String()
	b.run("fetch", lot, "--out", lotFile)

	b.refuses(1, "口令", "seal", "--home", b.home, "--trust", p.Stack.Trust, "--passphrase-file", wrong, "--lot-file", lotFile, "--price", "1.00")
	b.refuses(1, "[desk-lot-other]", b.args("seal", "--lot-file", lotFile, "--lot", other.lot.Lot.String(), "--price", "1.00")...)
	b.refuses(3, "暂时连不上平台", "fetch", lot, "--home", filepath.Join(dir, "nobody"), "--server", "http://127.0.0.1:1", "--trust", p.Stack.Trust)

	began := time.Now()
	b.run("seal", "--lot-file", lotFile, "--price", "123456.78", "--days", "90", "--security", "保函", "--body", body)
	t.Logf("seal 64 MiB: %.2f s", time.Since(began).Seconds())

	killed := b.killInside(s, 2)
	before := pieces(t, p, b.upload(s))
	if len(before) == 9 {
		t.Log("the whole body was up before the kill")
	}
	sent, took := b.measured("submit", lot)
	owed := int64(9-len(before))*8*mib + mib
	t.Logf("killed after %.2f s with %d of 9 parts on the platform; run again it wrote %.1f MiB in %.2f s", killed.Seconds(), len(before), float64(sent)/mib, took.Seconds())
	if sent > owed {
		t.Errorf("%d octets were written, %d are owed", sent, owed)
	}
	after := pieces(t, p, b.upload(s))
	for n, stored := range before {
		if after[n] != stored {
			t.Errorf("part %d was stored again: %s, then %s", n, stored, after[n])
		}
	}

	b.run("seal", "--lot-file", lotFile, "--price", "120000.00", "--days", "90", "--security", "保函")
	sent, took = b.measured("replace", lot)
	t.Logf("replace of the price sheet alone wrote %d octets in %.2f s beside the body", sent, took.Seconds())
	if sent > mib {
		t.Errorf("replacing the price sheet wrote %d octets", sent)
	}
	status := b.run("status", lot)
	if !strings.Contains(status, "version 2 submitted") {
		t.Errorf("status: %s", status)
	}
}

// killInside starts submit and kills it (kill -9) when some parts are on the platform, and tells after how long.
func (b sealbid) killInside(s *scene, parts int) time.Duration {
	b.Helper()
	cmd := exec.Command(b.p.Binaries.Sealbid, b.args("submit", s.lot.Lot.String())...)
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	for up := 0; up < parts && time.Since(began) < time.Minute; time.Sleep(5 * time.Millisecond) {
		if id := b.upload(s); id != "" {
			up = len(pieces(b.T, b.p, id))
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		b.Fatal(err)
	}
	_ = cmd.Wait()
	return time.Since(began)
}

// upload is the platform's number of the body's upload, as the bidder's folder has it; empty before.
func (b sealbid) upload(s *scene) string {
	bid, err := desk.ReadBid(desk.Home{Dir: b.home}, s.lot.Lot)
	if err != nil {
		return ""
	}
	for _, p := range bid.Parts {
		if p.Kind == seal.KindBody {
			return p.Upload
		}
	}
	return ""
}

// pieces are the stored parts of an upload: which object they are and when they came.
func pieces(t *testing.T, p *stacktest.Play, upload string) map[int]string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), p.Database.DSN(stack.Database))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	rows, err := conn.Query(t.Context(), "SELECT n, object || ' ' || version || ' ' || at FROM upload_piece WHERE upload::text = $1", upload)
	if err != nil {
		t.Fatal(err)
	}
	list := map[int]string{}
	var n int
	var stored string
	if _, err := pgx.ForEachRow(rows, []any{&n, &stored}, func() error { list[n] = stored; return nil }); err != nil {
		t.Fatal(err)
	}
	return list
}

// measured runs it to its end and tells how many octets it wrote, network and files together, and how long it took.
func (b sealbid) measured(args ...string) (int64, time.Duration) {
	b.Helper()
	cmd := exec.Command(b.p.Binaries.Sealbid, b.args(args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	var sent int64
	go func() { // its counters stay readable until it is waited for
		for {
			state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid))
			sent = max(sent, written(cmd.Process.Pid))
			if err != nil || bytes.Contains(state, []byte(") Z ")) {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		ended <- cmd.Wait()
	}()
	if err := <-ended; err != nil {
		b.Fatalf("sealbid %v: %v\n%s", args, err, out.String())
	}
	return sent, time.Since(began)
}

func written(pid int) int64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "wchar: "); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
			return n
		}
	}
	return 0
}
