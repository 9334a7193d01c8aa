package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/valyala/fasthttp/fasthttputil"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/canon/canontest"
	"sunbid/crypto/pki"
	"sunbid/web/api"
	"sunbid/web/auth"
	"sunbid/web/live"
	"sunbid/web/problem"
)

// face is the HTTP face alone, in this process, with services that have nothing: every request gets as far as its decoder and its rules.
type face struct {
	server *api.Server
	client *http.Client
	empty  *empty
}

func newFace(tb testing.TB) *face {
	tb.Helper()
	x := &face{empty: &empty{}}
	time := &clock{}
	generous := api.Rate{PerSecond: 1e9, Burst: 1e9}
	var err error
	x.server, err = api.New(api.Config{Class: bidding.Rehearsal, Version: "test", Limits: api.Limits{Address: generous, Session: generous, Login: generous}},
		api.Services{Clock: time, Auth: auth.New(secrets{x.empty, time}, x.empty, x.empty, time, auth.Rules{Class: bidding.Rehearsal, Origins: []string{"http://platform"}}),
			Commands: x.empty, Gazette: nothingPublic{}, Parties: organisations{x.empty}, Notices: x.empty, Tenders: tenders{x.empty}, Bids: bids{x.empty}, Refusals: x.empty, Openings: openings{x.empty}, Drills: drills{keyholderDown{}, x.empty},
			Health: vitals{}, Trust: x.empty, Rehearsal: x.empty, Live: live.NewHub()})
	if err != nil {
		tb.Fatal(err)
	}
	l := fasthttputil.NewInmemoryListener()
	ended := make(chan error, 1)
	go func() { ended <- x.server.Serve(l) }()
	tb.Cleanup(func() {
		x.client.CloseIdleConnections()
		if err := x.server.Shutdown(context.Background()); err != nil {
			tb.Error(err)
		}
		<-ended
	})
	x.client = &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return l.Dial() }}}
	return x
}

// ask sends one request as somebody of that role and returns the answer. Whatever was sent, the answer is no fault of ours, and a problem
// is whole.
func (x *face) ask(t *testing.T, role bidding.Role, req *http.Request) (int, []byte) {
	t.Helper()
	x.empty.begin(role)
	req.Header.Set("Authorization", "Bearer "+strings.Repeat("A", 43))
	req.Header.Set("Idempotency-Key", "fuzz")
	res, err := x.client.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode >= 400 {
		p, ok := problem.Parse(body)
		if !ok || p.Status != res.StatusCode || p.Title == "" || p.Code == problem.Internal || p.Type != problem.TypePrefix+p.Code {
			t.Fatalf("%s %s: status %d with %s", req.Method, req.URL.Path, res.StatusCode, body)
		}
	}
	return res.StatusCode, body
}

var ids = strings.NewReplacer("{id}", "lt_00000000000000000000000000", "{org}", "og_00000000000000000000000000", "{bid}", "bd_00000000000000000000000000", "{hash}", canon.Hash{1}.String(), "{n}", "0")

// path is a row's with identities in it.
func path(row api.Row) string {
	p := row.Path
	for holder, kind := range map[string]string{"/tenders/{id}": "td", "/uploads/{id}": "up", "/receipts/{id}": "rc"} {
		p = strings.Replace(p, holder, holder[:strings.Index(holder, "{")]+kind+"_00000000000000000000000000", 1)
	}
	return ids.Replace(p)
}

// FuzzBodies sends any octets as the body of any endpoint that takes one, as somebody who may call it: it is answered with a whole
// problem or done, never with a fault of ours, in the order of the body's memory; and a signed record reaches its service as it was sent.
func FuzzBodies(f *testing.F) {
	var rows []api.Row
	for _, row := range api.Access() {
		if row.Body.Type != "" {
			rows = append(rows, row)
		}
	}
	read := func(name string) string {
		data, err := os.ReadFile("../../testdata/vectors/bundle/" + name)
		if err != nil {
			f.Fatal(err)
		}
		return strings.TrimSpace(string(data))
	}
	id, hash := "00000000000000000000000000", canon.Hash{1}.String()
	seeds := map[string][]string{
		"challenges":                  {`{"certificate":"AAAA"}`},
		"sessions":                    {`{"challenge":"` + hash + `","signature":"` + strings.Repeat("00", 64) + `","role":"bidder","cookie":true}`},
		"enrolments":                  {`{"body":{"type":"sunbid/enrolment/v1"},"signatures":[]}`},
		"me/certificates":             {`{"body":{"type":"sunbid/renewal/v1"},"signatures":[]}`},
		"enrolments/{org}/approve":    {`{"person":"ps_` + id + `","roles":["bidder"]}`},
		"enrolments/{org}/suspend":    {`{"reason":"资料不实"}`, `{"reason":"a","reason":"b"}`, `{"reason":"\u0000"}`},
		"enrolments/{org}/refuse":     {`{"person":"ps_` + id + `","reason":"资料不实"}`},
		"rehearsal/certificates":      {`{"csr_signing":"AAAA","csr_encryption":"AAAA"}`},
		"lots/{id}/uploads":           {`{"kind":"readout","size":69000,"chunks":1}`, `{"kind":"body","size":1e9,"chunks":-0}`},
		"uploads/{id}/front":          {"GMTB\x01\x00\x00\x00\x02ab"},
		"lots/{id}/bid/key-release":   {read("bids/bd_5g991wnedrwpmj2yk47rceqr9r/key-release.json")},
		"lots/{id}/bids":              {read("bids/bd_5g991wnedrwpmj2yk47rceqr9r/statement.json"), `{"body":{"parts":[` + strings.Repeat("{},", 900) + `{}]},"signatures":[]}`},
		"lots/{id}/partials":          {read("partials/C-1-1.json"), `{"body":{"items":[` + strings.Repeat("{},", 900) + `{}]},"signatures":[]}`},
		"lots/{id}/drill/answers":     {`{"body":{"type":"sunbid/drill-answer/v1"},"signatures":[]}`},
		"lots/{id}/moments":           {`{"body":{"type":"sunbid/release/v1"},"signatures":[]}`},
		"tenders":                     {`{"number":"A-1","title":"某路","region":"350000","regime":"engineering","tenderer":{"organisation":"og_` + id + `"}}`},
		"tenders/{id}/lots":           {`{"name":"一标段","rule_set":"rehearsal-1","mode":"keyholders","ceiling_fen":100,"kinds":[{"kind":"readout","moment":"opening","required":true}]}`},
		"lots/{id}/officer-key":       {read("officer-key.json")},
		"lots/{id}/bind":              {`{"authorities":[{"role":"tenderer","certificate":"` + hash + `"}]}`},
		"lots/{id}/announce":          {`{"notice":` + read("notices/1.json") + `,"contacts":{"salt":"` + hash + `","block":{"type":"sunbid/contact/v1","tenderer":{"person":"陈","phone":"0595-00000001","address":"演练路1号"}}}}`},
		"notices":                     {`{"notice":` + read("notices/2.json") + `}`},
		"lots/{id}/postpone":          {`{"notice":` + read("notices/2.json") + `,"postponement":` + read("postponement-1.json") + `}`},
		"lots/{id}/terminate":         {`{"reason":"终止","notice":` + read("notices/2.json") + `,"order":null}`},
		"lots/{id}/suspend":           {`{"reason":"投诉"}`, "{\"reason\":\"\xff\"}", strings.Repeat("[", 40)},
		"lots/{id}/bids/{bid}/cause":  {read("causes.jsonl")},
		"lots/{id}/record/signatures": {`{"sig":"` + strings.Repeat("00", 64) + `","signer":"` + hash + `"}`},
		"lots/{id}/opening/suspend":   {`{"reason":"系统故障"}`},
		"lots/{id}/opening/resume":    {`{"reason":12345678901234567890}`},
		"enrolments/{org}/grant":      {`{"person":"","roles":[]}`},
		"enrolments/{org}/resume":     {`{"person":"ps_` + id + `","reason":"","x":{}}`},
		"lots/{id}/resume":            {``},
	}
	for i, row := range rows {
		for _, s := range append(seeds[strings.TrimPrefix(row.Path, "/api/v1/")], `{}`) {
			f.Add(byte(i), []byte(s))
		}
	}
	x := newFace(f)
	f.Fuzz(func(t *testing.T, n byte, body []byte) {
		row := rows[int(n)%len(rows)]
		canontest.Within(t, 1<<20+2*canontest.PerByte*uint64(len(body)), body, func() {
			req, err := http.NewRequestWithContext(t.Context(), row.Method, "http://platform"+path(row), bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", row.Body.Type)
			if row.Body.Stream {
				req.Header.Set("Sunbid-Leaves", hex64(body))
			}
			x.ask(t, row.Roles[0], req)
		})
		if record := x.empty.end(); record != nil && !bytes.Equal(record, body) {
			t.Fatalf("%s: sent %s, received as %s", row.Path, body, record)
		}
	})
}

// hex64 is the leaf that a one-chunk part announces.
func hex64(body []byte) string { return canon.Sum([]byte{0}, body).String() }

// FuzzParameters sends any identity, query and header with every endpoint.
func FuzzParameters(f *testing.F) {
	rows := api.Access()
	for i := range rows {
		f.Add(byte(i), "lt_00000000000000000000000000", "cursor=AAAA&limit=10&from=0&to=5&kind=readout", canon.Hash{}.String())
	}
	f.Add(byte(0), "%00", "limit=-1&cursor=%FF", ",,,")
	f.Add(byte(0), "", "q=%00", "")
	f.Add(byte(7), "lt_00000000000000000000000000", "", ";0,")
	f.Add(byte(7), "lt_00000000000000000000000000", "cursor=\xff", "")
	f.Add(byte(11), "lt_zzzzzzzzzzzzzzzzzzzzzzzzzz", "from=9223372036854775808&to=-1", "")
	x := newFace(f)
	f.Fuzz(func(t *testing.T, n byte, id, query, header string) {
		row := rows[int(n)%len(rows)]
		if row.Path == "/api/v1/events" { // never ends; web/live has its own tests
			return
		}
		p := row.Path
		if i := strings.Index(p, "{"); i >= 0 {
			p = p[:i] + url.PathEscape(id) + ids.Replace(p[i+strings.Index(p[i:], "}")+1:])
		}
		req, err := http.NewRequestWithContext(t.Context(), row.Method, "http://platform"+p+"?"+escaped(query), strings.NewReader(""))
		if err != nil {
			return
		}
		for _, name := range []string{"Sunbid-Leaves", "Content-Type", "X-Forwarded-For", "Accept", "Origin"} {
			if strings.IndexFunc(header, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
				req.Header.Set(name, header)
			}
		}
		canontest.Within(t, 1<<20+2*canontest.PerByte*uint64(len(id)+len(query)+len(header)), []byte(id+query+header), func() { x.ask(t, row.Roles[0], req) })
	})
}

// escaped is a query whose names and values stand as they are, whatever octets they are made of.
func escaped(query string) string {
	return strings.NewReplacer("%3D", "=", "%26", "&", "%25", "%").Replace(url.PathEscape(query))
}

// given is what a signed record looks like when it reaches its service.
func given[T any](s pki.Signed[T]) []byte {
	b, err := s.Marshal()
	if err != nil {
		panic(err) // it was read from its canonical form
	}
	return b
}

// empty are services that have nothing, and note the signed record they were given last.
type empty struct {
	mu     sync.Mutex
	role   bidding.Role
	record []byte
}

func (e *empty) begin(role bidding.Role) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.role, e.record = role, nil
}
func (e *empty) end() []byte { e.mu.Lock(); defer e.mu.Unlock(); return e.record }

func (e *empty) took(record []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.record = record
	return bidding.ErrMissing
}

// session is everybody's, in the role asked for.
func (e *empty) session(c *clock) []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := c.Now()
	b, err := json.Marshal(auth.Session{Actor: bidding.Actor{Role: e.role}, IssuedAt: now, SeenAt: now, ExpiresAt: now.AddDate(0, 0, 1)})
	if err != nil {
		panic(err)
	}
	return b
}
