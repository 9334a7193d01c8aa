//go:build !linux

package embedded

import (
	"errors"
	"os"
	"syscall"
)

// identity is whom the server runs as: ourselves. Becoming somebody else when we are root is done on Linux only.
type identity struct{}

func identityFor(string, Binaries) (identity, error) {
	if os.Geteuid() == 0 {
		return identity{}, errors.New("PostgreSQL does not run as root: run as an ordinary user")
	}
	return identity{}, nil
}

func (identity) attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
func (identity) mkdir(dir string) error           { return os.Mkdir(dir, 0o700) }
func (identity) own(string) error                 { return nil }
func (identity) explain(err error) error          { return err }
