package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"sunbid/bidding"
	"sunbid/cmd/dev/goldentest"
	"sunbid/web/api"
	"sunbid/web/live"
	"sunbid/web/problem"
)

type document struct {
	OpenAPI string                          `json:"openapi"`
	Paths   map[string]map[string]operation `json:"paths"`
}

type operation struct {
	ID        string   `json:"operationId"`
	Roles     []string `json:"x-sunbid-roles"`
	Security  []any    `json:"security"`
	Responses map[string]struct {
		Content map[string]struct {
			Schema struct {
				Ref string `json:"$ref"`
			} `json:"schema"`
		} `json:"content"`
	} `json:"responses"`
}

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	server, err := api.New(api.Config{Class: bidding.Rehearsal}, api.Services{Clock: &clock{}, Live: live.NewHub()}) // the document asks no service
	if err != nil {
		t.Fatal(err)
	}
	res, err := server.App().Test(httptest.NewRequest("GET", "/openapi.json", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if ct := res.Header.Get("Content-Type"); ct != "application/openapi+json" {
		t.Errorf("content type %q", ct)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if goldentest.Asked() {
		goldentest.Write(t, "web/api/testdata/openapi.json", append(body, '\n'))
		return
	}
	golden, err := os.ReadFile("testdata/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.TrimSpace(golden), bytes.TrimSpace(body)) {
		t.Error("the API differs from testdata/openapi.json; look at the change, then go run ./cmd/dev generate")
	}
	var doc document
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %s", doc.OpenAPI)
	}
	described, ids := 0, map[string]bool{}
	for path, operations := range doc.Paths {
		for method, op := range operations {
			described++
			if op.ID == "" || ids[op.ID] || len(op.Roles) == 0 {
				t.Errorf("%s %s: operation id %q, roles %v", method, path, op.ID, op.Roles)
			}
			ids[op.ID] = true
			wants := []string{"default", "422", "429"}
			if op.Roles[0] != "public" {
				wants = append(wants, "401", "403")
				if len(op.Security) == 0 {
					t.Errorf("%s %s says nothing of logging in", method, path)
				}
			}
			for _, status := range wants {
				if ref := op.Responses[status].Content[problem.ContentType].Schema.Ref; ref != "#/components/schemas/Problem" {
					t.Errorf("%s %s: response %s is %q", method, path, status, ref)
				}
			}
		}
	}
	if described != len(api.Access()) {
		t.Errorf("%d operations are described, %d rows stand in the access table", described, len(api.Access()))
	}
}
