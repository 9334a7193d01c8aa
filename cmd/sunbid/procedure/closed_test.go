package procedure_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sunbid/cmd/sunbid/cast"
)

// closedBundle exports a lot that was never opened as soon as the last share is gone, has the offline program verify it, and looks for those who bid.
func (s *scene) closedBundle(bidders []*cast.Bidder, says string) {
	s.Helper()
	dir := filepath.Join(s.TempDir(), "bundle")
	s.eventually("export", func(context.Context) error {
		if code, out := try(s.T, s.p.Binaries.Sunbid, "export", "--config", s.p.ConfigFile(), "--lot", s.lot.Lot.String(), dir); code != 0 {
			return fmt.Errorf("exit %d: %s", code, out)
		}
		return nil
	})
	out := run(s.T, s.p.Binaries.Verify, "bundle", dir, "--trust", s.p.Stack.Trust)
	for _, words := range []string{says, "终结依据：通过 ok  1", "密钥销毁：通过 ok  3", "公告：通过 ok", "everything holds"} {
		if !strings.Contains(out, words) {
			s.Errorf("verify does not say %q:\n%s", words, out)
		}
	}
	if out := run(s.T, s.p.Binaries.Verify, "bundle", dir, "--json"); strings.Contains(out, `"bids"`) {
		s.Errorf("verify --json counts bids of a lot that was never opened:\n%s", out)
	}
	s.namesNobody(dir, bidders)
}

// namesNobody searches every file of a bundle, and their names, for the bidders and for a count.
func (s *scene) namesNobody(dir string, bidders []*cast.Bidder) {
	s.Helper()
	secrets := []string{`"count"`, "bd_", "bid.", "opening.frozen"}
	for _, b := range bidders {
		secrets = append(secrets, b.Name, b.Code, b.Who.Signing.Fingerprint().String())
	}
	files := 0
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(filepath.Join(dir, path))
		for _, secret := range secrets {
			if bytes.Contains(data, []byte(secret)) || strings.Contains(path, secret) {
				s.Errorf("%s tells %q", path, secret)
			}
		}
		return err
	})
	if err != nil || files < 12 {
		s.Errorf("%d files: %v", files, err)
	}
}
