package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// aptInstall installs a Debian package, as root or through a sudo that asks for no password. A first download can end in a
// passing error of the archive, so it is tried twice.
func aptInstall(ctx context.Context, out io.Writer, name string) error {
	as, err := administrator(ctx)
	if err != nil {
		return err
	}
	const attempts = 2
	for n := 1; ; n++ {
		if err := announce(ctx, out, command(append(as, "apt-get", "update", "-q")...)); err != nil {
			fmt.Fprintf(out, "prepare: %v\n", err) // the old lists may do
		}
		err := announce(ctx, out, command(append(as, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-q", name)...))
		if err == nil || n == attempts {
			return err
		}
		fmt.Fprintf(out, "prepare: %v; once more\n", err)
	}
}

// administrator returns what to put before a command to run it as root.
func administrator(ctx context.Context) ([]string, error) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return nil, errors.New("there is no apt-get here")
	}
	if os.Geteuid() == 0 {
		return nil, nil
	}
	if exec.CommandContext(ctx, "sudo", "-n", "true").Run() == nil {
		return []string{"sudo", "-n"}, nil
	}
	return nil, errors.New("installing packages takes root, and sudo asks for a password")
}
