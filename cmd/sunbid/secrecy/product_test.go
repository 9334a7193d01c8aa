package secrecy_test

import (
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"sunbid/storage/objects/miniotest"
)

// TestNoMail: nothing that the platform is built of can send mail, and what it sends elsewhere goes to keyholders. Whoever adds
// messages to people adds them to the comparison in this package first.
func TestNoMail(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "sunbid/cmd/sunbid").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(out))
	if slices.Contains(packages, "net/smtp") {
		t.Error("the platform can send mail")
	}
	for _, p := range packages {
		if rest, ok := strings.CutPrefix(p, "sunbid/web/outbound/"); ok && rest != "keyholder" {
			t.Errorf("the platform calls out through %s", p)
		}
		for _, word := range []string{"mail", "sms", "dysms", "webhook"} {
			if strings.Contains(p, word) && p != "net/mail" {
				t.Errorf("the platform sends messages through %s", p)
			}
		}
	}
}

// TestBucketIsClosed: who has no key of the object store can neither list nor count.
func TestBucketIsClosed(t *testing.T) {
	t.Parallel()
	c := miniotest.Config(t)
	for _, query := range []url.Values{{}, {"list-type": {"2"}}, {"versions": {""}}, {"uploads": {""}}} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+c.Endpoint+"/"+c.Bucket+"?"+query.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%v without a key: %s", query, res.Status)
		}
	}
}
