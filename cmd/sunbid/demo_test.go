package main_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The demonstration, as `make run` starts it: a page with a tender, stopped by Ctrl-C without leaving a process behind, and the same
// tender there again after the next start, seeded once.
func TestDemoTwice(t *testing.T) {
	t.Parallel()
	bin, data := t.TempDir(), t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "./cmd/sunbid", "./cmd/keyholder", "./cmd/sealbid", "./cmd/verify")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	const first = "东莞市松湖大道"
	var seeded []byte
	for round := range 2 {
		url, stop := demo(t, filepath.Join(bin, "sunbid"), data)
		for page := get(t, url+"/"); !strings.Contains(page, first); page = get(t, url+"/") {
			select {
			case <-t.Context().Done():
				t.Fatal("no tender on the page")
			case <-time.After(200 * time.Millisecond):
			}
		}
		if round == 1 { // a second start beside the first says where that one is, and leaves it alone
			out, err := exec.CommandContext(t.Context(), filepath.Join(bin, "sunbid"), "demo", "--dir", data, "--listen", "").CombinedOutput()
			if err != nil || !strings.Contains(string(out), "already running at\n"+url) {
				t.Errorf("a start beside it: %v\n%s", err, out)
			}
		}
		if n := strings.Count(get(t, url+"/"), first); n != 1 {
			t.Errorf("round %d: the tender stands there %d times", round, n)
		}
		stop()
		state, err := os.ReadFile(filepath.Join(data, "demo", "state.json"))
		if err != nil || len(state) < len(seeded) {
			t.Errorf("round %d: state %s, %v", round, state, err)
		}
		seeded = state
		if left := running(t, data); len(left) > 0 {
			t.Errorf("round %d: left behind: %q", round, left)
		}
	}
}

// demo starts the program and returns its address and what stops it as Ctrl-C does.
func demo(t *testing.T, program, data string) (url string, stop func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "demo", "--dir", data, "--listen", "")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 30 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url = lines.Text(); strings.HasPrefix(url, "http://") {
			break
		}
	}
	if !strings.HasPrefix(url, "http://") {
		t.Fatalf("no address: %v\n%s", cmd.Wait(), stderr.String())
	}
	return url, func() {
		t.Helper()
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, out)
		if err := cmd.Wait(); err != nil {
			t.Errorf("stop: %v\n%s", err, stderr.String())
		}
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, res.Status, err)
	}
	return string(page)
}

// running are the processes whose arguments name the folder.
func running(t *testing.T, folder string) (list []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if line, err := os.ReadFile(f); err == nil && bytes.Contains(line, []byte(folder)) {
			list = append(list, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return list
}
