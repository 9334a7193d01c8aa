package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"

	"sunbid/cmd/keyholder/config"
	"sunbid/cmd/keyholder/identity"
	"sunbid/cmd/sunbid/node"
)

// keyholderNames of the embedded default; real ones are organisations of their own, such as a CA, a notary and the guest centre.
var keyholderNames = [...]string{"演练密钥保管方一", "演练密钥保管方二", "演练密钥保管方三"}

// initKeyholder makes a keyholder's keys in its own folder, by its own program, once.
func initKeyholder(ctx context.Context, bin, dir string, i int) (identity.Public, error) {
	var public identity.Public
	own := keyholderDir(dir, i)
	file := filepath.Join(own, "public.json")
	raw, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.RemoveAll(own); err != nil { // an initialisation that was cut short
			return public, err
		}
		cmd := exec.CommandContext(ctx, bin, "init", "--dir", own, "--name", keyholderNames[i], "--class", "rehearsal",
			"--issuer", filepath.Join(dir, caFile), "--issuer-password-file", filepath.Join(dir, caPassword))
		cmd.Stderr = os.Stderr
		if raw, err = cmd.Output(); err != nil {
			return public, fmt.Errorf("keyholder init: %w", err)
		}
		err = os.WriteFile(file, raw, 0o600)
	}
	if err != nil {
		return public, err
	}
	if err := json.Unmarshal(raw, &public); err != nil {
		return public, fmt.Errorf("keyholder's certificates: %w", err)
	}
	return public, nil
}

func keyholderDir(dir string, i int) string {
	return filepath.Join(dir, fmt.Sprintf("keyholder-%d", i+1))
}

// keyholderConfig tells every keyholder the whole group, the platform and the log.
func (s *Stack) keyholderConfig(publics []identity.Public) (config.Config, error) {
	c := config.Config{Class: "rehearsal", Threshold: s.options.Threshold}
	for _, p := range publics {
		c.Group = append(c.Group, config.Member{Name: p.Name, Signing: p.Signing, Encryption: p.Encryption})
	}
	platform, err := os.ReadFile(keyFile(s.dir, "platform").Certificate)
	if err != nil {
		return c, err
	}
	log, err := os.ReadFile(keyFile(s.dir, "log").Certificate)
	if err != nil {
		return c, err
	}
	client, err := pin(filepath.Join(s.dir, tlsCertFile))
	if err != nil {
		return c, err
	}
	c.Platform, c.Log, c.Clients = [][]byte{platform}, [][]byte{log}, []string{client}
	return c, nil
}

// startKeyholders starts one process for each and returns how the platform finds them.
func (s *Stack) startKeyholders(publics []identity.Public) ([]node.Keyholder, error) {
	group, err := s.keyholderConfig(publics)
	if err != nil {
		return nil, err
	}
	var list []node.Keyholder
	for i, p := range publics {
		own := keyholderDir(s.dir, i)
		file := filepath.Join(own, "config.json")
		if err := group.Write(file); err != nil {
			return nil, err
		}
		if err := writeOffset(s.KeyholderClock(i), 0); err != nil {
			return nil, err
		}
		address, err := freeAddress()
		if err != nil {
			return nil, err
		}
		process := NewProcess(filepath.Base(own), s.logs, s.bin.Keyholder, "serve", "--dir", own, "--listen", address, "--config", file, "--clock-file", s.KeyholderClock(i))
		if err := process.Start(); err != nil {
			return nil, err
		}
		s.Keyholders = append(s.Keyholders, process)
		list = append(list, node.Keyholder{Name: p.Name, Address: address, TLS: p.TLSPin, Signing: p.Signing, Encryption: p.Encryption})
	}
	return list, nil
}

func listening(ctx context.Context, address string) error {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return c.Close()
}

// freeAddress finds a loopback port that nothing listens on now. A child gets it as a fixed address, so that it can be killed
// and started again at the same place.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// writeOffset sets a rehearsal clock: milliseconds to add to the machine's.
func writeOffset(file string, milliseconds int64) error {
	temporary := file + ".new"
	if err := os.WriteFile(temporary, fmt.Appendf(nil, "%d\n", milliseconds), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, file)
}

// Free returns the address if nothing listens on it now, else a free loopback address.
func Free(address string) string {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return ""
	}
	defer l.Close()
	return address
}
