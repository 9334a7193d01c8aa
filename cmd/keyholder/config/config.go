// Package config is the configuration of a keyholder process: whom it knows, pinned certificate by certificate. It is
// a JSON file that an operator can read; `sunbid demo` and `sunbid rehearse` write it for their own keyholders.
package config

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// Member is one keyholder of the group.
type Member struct {
	Name       string `json:"name"`
	Signing    []byte `json:"signing"`    // SM2 certificate, DER (base64 in the file)
	Encryption []byte `json:"encryption"` // SM2 certificate, DER
}

// Config is the file.
type Config struct {
	Class     string   `json:"class"`
	Threshold int      `json:"threshold"` // of keys this group generates
	Group     []Member `json:"group"`     // in order of index 1 … n
	Platform  [][]byte `json:"platform"`  // signing certificates of the platform, DER
	Log       [][]byte `json:"log"`       // certificates of the log, DER
	Clients   []string `json:"clients"`   // SHA-256 of the DER of TLS client certificates that may call everything
	Monitors  []string `json:"monitors"`  // the same, for those that may only read health and metrics
}

// Load reads a configuration, strictly: unknown fields and trailing bytes are errors.
func Load(path string) (Config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	var c Config
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Config{}, fmt.Errorf("read configuration %s: %w", path, err)
	}
	if d.More() {
		return Config{}, fmt.Errorf("read configuration %s: bytes after the end", path)
	}
	return c, nil
}

// Write stores a configuration; it holds no secret.
func (c Config) Write(path string) error {
	raw, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o644)
}

// Known parses the certificates.
func (c Config) Known() (custody.Known, error) {
	k := custody.Known{Class: c.Class, Threshold: c.Threshold}
	if c.Class != custody.Production && c.Class != custody.Rehearsal {
		return k, fmt.Errorf("configuration: class %q is neither production nor rehearsal", c.Class)
	}
	for i, m := range c.Group {
		signing, err := pki.ParseCertificate(m.Signing)
		if err != nil {
			return k, fmt.Errorf("configuration: group %d: signing: %w", i+1, err)
		}
		encryption, err := pki.ParseCertificate(m.Encryption)
		if err != nil {
			return k, fmt.Errorf("configuration: group %d: encryption: %w", i+1, err)
		}
		k.Group = append(k.Group, custody.Member{Name: m.Name, Signing: signing, Encryption: encryption})
	}
	if err := k.Group.Check(); err != nil {
		return k, fmt.Errorf("configuration: %w", err)
	}
	if c.Threshold < 1 || c.Threshold > len(c.Group) {
		return k, fmt.Errorf("configuration: threshold %d of %d", c.Threshold, len(c.Group))
	}
	var err error
	if k.Platform, err = certificates("platform", c.Platform); err != nil {
		return k, err
	}
	k.Log, err = certificates("log", c.Log)
	return k, err
}

func certificates(what string, ders [][]byte) ([]*pki.Certificate, error) {
	if len(ders) == 0 {
		return nil, fmt.Errorf("configuration: no certificate of the %s", what)
	}
	var list []*pki.Certificate
	for i, der := range ders {
		c, err := pki.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("configuration: %s %d: %w", what, i+1, err)
		}
		list = append(list, c)
	}
	return list, nil
}

// Pins are the two lists of TLS client certificates.
func (c Config) Pins() (clients, monitors map[[32]byte]bool, err error) {
	if clients, err = pins(c.Clients); err != nil {
		return nil, nil, err
	}
	if len(clients) == 0 {
		return nil, nil, errors.New("configuration: no client may call")
	}
	monitors, err = pins(c.Monitors)
	return clients, monitors, err
}

func pins(list []string) (map[[32]byte]bool, error) {
	out := map[[32]byte]bool{}
	for _, s := range list {
		b, err := hex.DecodeString(s)
		if err != nil || len(b) != 32 {
			return nil, fmt.Errorf("configuration: %q is no SHA-256 in hexadecimal", s)
		}
		out[[32]byte(b)] = true
	}
	return out, nil
}
