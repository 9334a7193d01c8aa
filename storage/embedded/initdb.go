package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"sunbid/storage/embedded/child"
)

// initialise makes the cluster once. It works in data.new and renames at the end, so a crash in the middle leaves no folder
// that looks like a database.
func initialise(ctx context.Context, b Binaries, who identity, data string) error {
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); err == nil {
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	fresh := data + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := who.mkdir(fresh); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, b.InitDB, "-D", fresh, "-U", User,
		"--auth-local=trust", "--auth-host=reject", "-E", "UTF8", "--no-locale")
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", environment(), who.attributes()
	if out, err := cmd.CombinedOutput(); err != nil {
		said := &child.Tail{}
		said.Write(out)
		return fmt.Errorf("initdb: %w: %s", who.explain(err), said)
	}
	// Here the cluster is complete and synced by initdb; the rename makes it count.
	if err := os.Rename(fresh, data); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(data))
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
