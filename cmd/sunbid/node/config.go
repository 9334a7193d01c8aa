package node

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"sunbid/bidding"
)

// Config is the platform's configuration file (JSON). It names files that hold secrets and holds none itself.
type Config struct {
	Class  bidding.Class `json:"class"`
	Listen string        `json:"listen"` // host:port; port 0 takes a free one
	Origin string        `json:"origin"` // public address, such as https://ebid.example.cn; empty: http://LISTEN

	DSNFile string  `json:"dsn_file"` // file (0600) with the PostgreSQL connection string
	Objects Objects `json:"objects"`

	PassphraseFile string   `json:"passphrase_file"` // file (0600) with the passphrase of the keys below
	Platform       KeyFile  `json:"platform"`        // signs receipts, freezes, opening records
	Log            KeyFile  `json:"log"`             // signs checkpoints
	Strongbox      KeyFile  `json:"strongbox"`       // the opening service's encryption key: content keys of opened bodies
	TrustFile      string   `json:"trust_file"`
	CRLFiles       []string `json:"crl_files,omitempty"` // revocation lists (DER); read again when they change

	Threshold  int         `json:"threshold"` // of opening keys
	Keyholders []Keyholder `json:"keyholders"`
	TLSKey     string      `json:"tls_key"` // client key and certificate (P-256, PEM) towards keyholders
	TLSCert    string      `json:"tls_cert"`

	Proxies             []string `json:"proxies,omitempty"`               // reverse proxies whose X-Forwarded-For is believed
	RehearsalCAPassword string   `json:"rehearsal_ca_password,omitempty"` // file (0600)
	RehearsalCA         string   `json:"rehearsal_ca,omitempty"`          // class rehearsal only: the authority that certifies anyone who asks
	ClockFile           string   `json:"clock_file,omitempty"`            // class rehearsal only: milliseconds to add to the clock
	RateFactor          int      `json:"rate_factor,omitempty"`           // class rehearsal only: multiplies the rate limits, since all bidders call from one address
}

// Objects says where sealed files lie: exactly one of Disk and Minio.
type Objects struct {
	Disk  string `json:"disk,omitempty"` // folder
	Minio *Minio `json:"minio,omitempty"`
}

// Minio is an S3 server with object lock.
type Minio struct {
	Endpoint   string `json:"endpoint"`
	Bucket     string `json:"bucket"`
	Secure     bool   `json:"secure"`
	SecretFile string `json:"secret_file"` // file (0600): access key and secret key on two lines
}

// KeyFile is an SM2 key (encrypted PEM) and its certificate (DER).
type KeyFile struct {
	Key         string `json:"key"`
	Certificate string `json:"certificate"`
}

// Keyholder is one of the n, in order of index.
type Keyholder struct {
	Name       string `json:"name"`
	Address    string `json:"address"`    // host:port
	TLS        string `json:"tls"`        // SHA-256 of its TLS certificate, hexadecimal
	Signing    []byte `json:"signing"`    // SM2 certificate, DER
	Encryption []byte `json:"encryption"` // SM2 certificate, DER
}

// Load reads a configuration strictly and checks what belongs together.
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
	if err := c.check(); err != nil {
		return Config{}, fmt.Errorf("configuration %s: %w", path, err)
	}
	return c, nil
}

// Write stores a configuration for serve.
func (c Config) Write(path string) error {
	raw, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	if err := os.WriteFile(path, append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return nil
}

func (c Config) check() error {
	switch {
	case !c.Class.Valid():
		return fmt.Errorf("class %q is neither production nor rehearsal", c.Class)
	case (c.Objects.Disk == "") == (c.Objects.Minio == nil):
		return fmt.Errorf("objects: exactly one of disk and minio")
	case c.Threshold < 1 || c.Threshold > len(c.Keyholders):
		return fmt.Errorf("threshold %d of %d keyholders", c.Threshold, len(c.Keyholders))
	case c.Class == bidding.Production && (c.RehearsalCA != "" || c.ClockFile != "" || c.RateFactor != 0):
		// A production process that certified anyone, or moved its clock, would make every proof worthless.
		return fmt.Errorf("rehearsal_ca, clock_file and rate_factor belong to rehearsals only (仅限演练)")
	}
	return nil
}
