package embedded_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"sunbid/storage/embedded"
)

const ownedFolder = "SUNBID_TEST_OWNED_FOLDER"

// TestMain lets the test binary play the program that owns a server, so that a test can kill it.
func TestMain(m *testing.M) {
	if dir := os.Getenv(ownedFolder); dir != "" {
		if err := own(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func own(dir string) error {
	ctx := context.Background()
	s, err := embedded.Start(ctx, embedded.Options{Dir: dir})
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, s.DSN("postgres"))
	if err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS receipt (n serial PRIMARY KEY)"); err != nil {
		return err
	}
	for {
		if _, err := conn.Exec(ctx, "INSERT INTO receipt DEFAULT VALUES"); err != nil {
			return err
		}
		fmt.Println("acknowledged")
	}
}

// The owner dies of kill -9 with its server at work; the next start finds every acknowledged row and no leftover in the way.
func TestKilledOwner(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	acknowledged := 0
	for range 2 {
		owner := exec.Command(os.Args[0])
		owner.Env = append(os.Environ(), ownedFolder+"="+dir)
		var complaint strings.Builder
		owner.Stderr = &complaint
		out, err := owner.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := owner.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 100 && lines.Scan(); n++ {
			acknowledged++
		}
		if err := owner.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			acknowledged++
		}
		owner.Wait()
		if acknowledged < 100 {
			t.Fatalf("the owner did not get to work: %s", complaint.String())
		}
	}
	if got := count(t, start(t, dir)); got < acknowledged {
		t.Errorf("%d rows after the owner was killed, %d were acknowledged", got, acknowledged)
	}
}
