package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// identity is whom the server runs as. PostgreSQL refuses to run as root, and rightly so; but containers and continuous
// integration are often root and nothing else. Then the server runs as another user if that one can reach every file, or
// else in a user namespace with one mapped uid: the same files, but no privilege left, and not root in its own eyes.
type identity struct {
	uid, gid  int // of the server's files
	switched  bool
	namespace bool
}

const namespaceUID = 1000 // any number but 0; it exists only inside the namespace

// identityFor decides. An existing cluster keeps its owner, so the choice is made once per folder.
func identityFor(data string, b Binaries) (identity, error) {
	if os.Geteuid() != 0 {
		return identity{uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	var st syscall.Stat_t
	switch err := syscall.Stat(data, &st); {
	case err == nil && st.Uid == 0:
		return identity{namespace: true}, nil
	case err == nil:
		return identity{uid: int(st.Uid), gid: int(st.Gid), switched: true}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return identity{}, fmt.Errorf("owner of %s: %w", data, err)
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil && uid != 0 && openToAll(filepath.Dir(data)) && openToAll(filepath.Dir(b.Postgres)) {
			return identity{uid: uid, gid: gid, switched: true}, nil
		}
	}
	return identity{namespace: true}, nil
}

// openToAll reports whether every folder on the way to dir, dir included, may be entered by anybody.
func openToAll(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode()&0o001 == 0 {
			return false
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return true
		}
		dir = parent
	}
}

func (i identity) attributes() *syscall.SysProcAttr {
	switch {
	case i.switched:
		return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(i.uid), Gid: uint32(i.gid)}}
	case i.namespace:
		return &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: namespaceUID, HostID: 0, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: namespaceUID, HostID: 0, Size: 1}},
		}
	default:
		return &syscall.SysProcAttr{}
	}
}

// mkdir makes a folder only the server may enter.
func (i identity) mkdir(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	return i.own(dir)
}

func (i identity) own(dir string) error {
	if !i.switched {
		return nil
	}
	return os.Chown(dir, i.uid, i.gid)
}

// explain adds what to do when the system forbids the namespace.
func (i identity) explain(err error) error {
	if i.namespace && (errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL)) {
		return fmt.Errorf("%w: PostgreSQL does not run as root and this system allows no user namespaces; "+
			"run as an ordinary user, or put the data in a folder that every user may enter", err)
	}
	return err
}
