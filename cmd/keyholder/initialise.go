package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"sunbid/cmd/keyholder/identity"
	"sunbid/cmd/keyholder/vault"
	"sunbid/crypto/pki"
)

// place is the flags every subcommand has.
type place struct{ dir, credential string }

func (p *place) flags(f *flag.FlagSet) {
	f.StringVar(&p.dir, "dir", "", "data directory (数据目录)")
	f.StringVar(&p.credential, "credential", "", "credential file, mode 0600 (凭据文件); default DIR/credential")
}

func (p *place) check() error {
	if p.dir == "" {
		return errors.New("--dir is required")
	}
	if p.credential == "" {
		p.credential = filepath.Join(p.dir, "credential")
	}
	return nil
}

func newFlags(name string, stderr io.Writer) *flag.FlagSet {
	f := flag.NewFlagSet("keyholder "+name, flag.ContinueOnError)
	f.SetOutput(stderr)
	return f
}

func initialise(args []string, stdout, stderr io.Writer, now func() time.Time) error {
	f := newFlags("init", stderr)
	var p place
	p.flags(f)
	name := f.String("name", "", "name of the keyholder (名称)")
	class := f.String("class", "", "rehearsal (演练) or production (正式)")
	issuer := f.String("issuer", "", "CA file that issues the certificates; without it, certificate requests are printed")
	password := f.String("issuer-password-file", "", "file with the CA's password")
	if err := f.Parse(args); err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return err
	}
	if *name == "" {
		return errors.New("--name is required")
	}
	ca, err := readIssuer(*issuer, *password)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return err
	}
	if _, err := os.Stat(p.credential); errors.Is(err, fs.ErrNotExist) {
		if err := vault.NewCredential(p.credential); err != nil {
			return err
		}
	}
	v, err := vault.Open(p.credential)
	if err != nil {
		return err
	}
	public, err := identity.Create(p.dir, v, *name, *class, ca, now())
	if err != nil {
		return err
	}
	out := json.NewEncoder(stdout)
	out.SetIndent("", "  ")
	return out.Encode(public)
}

func readIssuer(file, passwordFile string) (*pki.CA, error) {
	if file == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read issuer: %w", err)
	}
	password, err := os.ReadFile(passwordFile)
	if err != nil {
		return nil, fmt.Errorf("read issuer's password: %w", err)
	}
	return pki.ParseCA(raw, bytes.TrimSpace(password))
}

func accept(args []string, stderr io.Writer) error {
	f := newFlags("accept", stderr)
	var p place
	p.flags(f)
	signing := f.String("signing", "", "signing certificate, DER")
	encryption := f.String("encryption", "", "encryption certificate, DER")
	if err := f.Parse(args); err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return err
	}
	v, err := vault.Open(p.credential)
	if err != nil {
		return err
	}
	s, err := os.ReadFile(*signing)
	if err != nil {
		return fmt.Errorf("read certificate: %w", err)
	}
	e, err := os.ReadFile(*encryption)
	if err != nil {
		return fmt.Errorf("read certificate: %w", err)
	}
	return identity.Accept(p.dir, v, s, e)
}
