package embedded_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sunbid/storage/embedded"
)

// $PGBIN comes first, and the tool cache is looked into.
func TestFindInGivenFolders(t *testing.T) {
	home := t.TempDir()
	t.Setenv("SUNBID_TOOLS", filepath.Join(home, "tools"))
	bin := filepath.Join(home, "bin")
	t.Setenv("PGBIN", bin)
	if b, err := embedded.Find(); err == nil && filepath.Dir(b.Postgres) == bin {
		t.Error("found in an empty folder")
	} else if err != nil && (!errors.Is(err, embedded.ErrNotInstalled) || !strings.Contains(err.Error(), "apt-get install -y postgresql")) {
		t.Errorf("%v; want ErrNotInstalled with the command", err)
	}
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"initdb", "postgres"} {
		if err := os.WriteFile(filepath.Join(bin, program), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := embedded.Find(); err != nil || b.Postgres != filepath.Join(bin, "postgres") || b.InitDB != filepath.Join(bin, "initdb") {
		t.Errorf("found %+v, %v; want the programs in PGBIN", b, err)
	}
}
