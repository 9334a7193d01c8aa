package secrecy_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// answer is what somebody was told, with what is only time or chance taken out.
type answer struct {
	Status  int
	Headers string
	Body    string
	Length  int // of the body as it came, without its times: pages leave out what is zero
}

// asker sends requests with sessions that are already open.
type asker struct {
	url    string
	http   *http.Client
	tokens map[string]string // by role
}

// patience with one request: long for a busy machine, and short of the 10 s after which a page gives up on a lock.
const patience = 8 * time.Second

func (a asker) ask(t *testing.T, method, path, role, body, media string) answer {
	t.Helper()
	got, err := a.try(t.Context(), method, path, role, body, media)
	if err != nil {
		t.Fatalf("%s %s as %s: %v", method, path, role, err)
	}
	return got
}

func (a asker) try(ctx context.Context, method, path, role, body, media string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var payload io.Reader
	if media != "" {
		payload = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.url+path, payload)
	if err != nil {
		return answer{}, err
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	if token := a.tokens[role]; token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if method == http.MethodPost {
		req.Header.Set("Idempotency-Key", fmt.Sprintf("%d", time.Now().UnixNano()))
	}
	res, err := a.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, err
	}
	return answer{Status: res.StatusCode, Headers: headers(res), Body: masked(string(raw)), Length: timeless(string(raw))}, nil
}

// headers are names and values, without the two that are fresh in every answer. Content-Length is compared as the body's length.
func headers(res *http.Response) string {
	var list []string
	for name, values := range res.Header {
		value := masked(strings.Join(values, ", "))
		switch name {
		case "Date", "X-Request-Id":
			value = fmt.Sprintf("%d bytes", len(values[0]))
		case "Content-Length":
			value = "length"
		}
		list = append(list, name+": "+value)
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

// mask takes out what is an identity, a digest, a signature or a time. A number alone is never masked.
type mask struct {
	what  *regexp.Regexp
	with  string
	clock bool
}

var masks = []mask{
	{regexp.MustCompile(`\b(td|lt|bd|ky|og|ps|rc|nt|up|ev)_[0-9a-z]{26}\b`), "${1}_…", false},
	{regexp.MustCompile(`\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?`), "‹time›", true},
	{regexp.MustCompile(`\b(?:[0-9a-f]{2}){8,}\b`), "‹hex›", false},
	{regexp.MustCompile(`[A-Za-z0-9+/_-]{40,}={0,2}`), "‹octets›", false},
	{regexp.MustCompile(`\d{4}年\d{1,2}月\d{1,2}日`), "‹day›", true},
	{regexp.MustCompile(`(\d+\s*(天|小时|分钟|分|秒)\s*)+`), "‹span›", true},
	{regexp.MustCompile(`\b\d\d:\d\d(:\d\d)?\b`), "‹hour›", true},
	{regexp.MustCompile(`投标人\d{3}`), "‹bidder›", false},
	{regexp.MustCompile(`\b91[0-9A-Z]{16}\b`), "‹code›", false},
	{regexp.MustCompile(`\bS-[0-9]\b`), "‹number›", false}, // the tender's own number: S-0, S-1, S-2
}

func masked(text string) string {
	for _, m := range masks {
		text = m.what.ReplaceAllString(text, m.with)
	}
	return text
}

// figures of these addresses are the size and age of the log, which TestNothingTellsHowMany compares with the clock.
var timed = regexp.MustCompile(`^(/log|/metrics|/api/v1/log/checkpoint|/api/v1/time)$`)

var number = regexp.MustCompile(`[-+]?\d+(\.\d+)?(e[-+]?\d+)?`)

// settled drops the figures of an address that tells the time.
func settled(path string, a answer) answer {
	if timed.MatchString(path) {
		a.Body, a.Length = number.ReplaceAllString(a.Body, "#"), 0
	}
	return a
}

// timeless is the length of a text without its times.
func timeless(text string) int {
	length := len(text)
	for _, m := range masks {
		if m.clock {
			for _, found := range m.what.FindAllString(text, -1) {
				length -= len(found)
			}
			text = m.what.ReplaceAllString(text, "")
		}
	}
	return length
}

// apart shows where two answers part.
func apart(a, b answer) string {
	x, y := fmt.Sprintf("%d\n%s\n%s\n%d", a.Status, a.Headers, a.Body, a.Length), fmt.Sprintf("%d\n%s\n%s\n%d", b.Status, b.Headers, b.Body, b.Length)
	i := 0
	for i < min(len(x), len(y)) && x[i] == y[i] {
		i++
	}
	cut := func(s string) string { return strings.ToValidUTF8(s[max(0, i-120):min(len(s), i+200)], "") }
	return "  … " + cut(x) + "\n  … " + cut(y)
}
