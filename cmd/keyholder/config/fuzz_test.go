package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"sunbid/cmd/keyholder/config"
	"sunbid/crypto/canon/canontest"
)

// FuzzLoad: a configuration is refused, or means the same when it is written again; its certificates are parsed without a panic.
func FuzzLoad(f *testing.F) {
	der, err := os.ReadFile("../../../testdata/vectors/bundle/certificates/0a90a76808f5f788fb8de2da3a31db66aba030072693f1117cc97aa64591a606.der")
	if err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(f.TempDir(), "config.json")
	good := config.Config{Class: "rehearsal", Threshold: 1, Group: []config.Member{{Name: "甲", Signing: der, Encryption: der}}, Platform: [][]byte{der}, Log: [][]byte{der}, Clients: []string{"00"}, Monitors: []string{}}
	if err := good.Write(path); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"class":"production"} {}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		var c config.Config
		var err error
		canontest.Bounded(t, text, func() { c, err = config.Load(path) })
		if err != nil {
			return
		}
		_, _ = c.Known() // refuses most of them
		if err := c.Write(path); err != nil {
			t.Fatal(err)
		}
		again, err := config.Load(path)
		if err != nil || !reflect.DeepEqual(c, again) {
			t.Fatalf("%q is read as %+v, then as %+v: %v", text, c, again, err)
		}
	})
}
