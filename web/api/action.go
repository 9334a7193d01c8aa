package api

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"sunbid/bidding"
	"sunbid/crypto/pki"
	"sunbid/web/problem"
)

// By is embedded by every input: it knows who acts.
type By struct {
	caller  Caller
	request *fiber.Ctx // not beyond the action
}

// Resolve is called by the decoder after the parameters were read.
func (b *By) Resolve(ctx huma.Context) []error {
	b.request = humafiber.Unwrap(ctx)
	b.caller = callerOf(b.request)
	return nil
}

func (b *By) actor() bidding.Actor { return b.caller.Actor }

func (b *By) by() *By { return b }

// raisedKey is where an action's error waits for the guard, which hands it to the one place where errors end (errors.go).
const raisedKey localKey = "raised"

// errRaised stands in for the error while it passes through the framework.
var errRaised = &problem.Problem{Status: http.StatusInternalServerError, Code: problem.Internal}

type input[I any] interface {
	*I
	by() *By
}

// answer is an action's output as the framework wants it.
type answer[T any] struct{ Body T }

// action describes one for the OpenAPI document.
type action struct {
	method, path string
	id           string // operation id: "submit-bid"
	tag          string
	summary      string
	status       int
}

// add registers an action under its row of the access table.
func add[I, T any, P input[I]](s *Server, a action, do func(context.Context, *I) (T, error)) {
	row, ok := s.row(a.method, v1+a.path)
	if !ok {
		s.unlisted = append(s.unlisted, a.method+" "+a.path)
		return
	}
	op := huma.Operation{
		OperationID: a.id, Method: a.method, Path: row.Path, Summary: a.summary, Tags: []string{a.tag},
		DefaultStatus: a.status, MaxBodyBytes: -1, BodyReadTimeout: -1, // both are the guard's matter
		Responses: s.problemResponses(row), Security: security(row),
	}
	_, op.SkipValidateBody = reflect.TypeFor[I]().FieldByName("RawBody") // such a body is read by the strict decoder of its format
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*answer[T], error) {
		out, err := do(ctx, in)
		if err != nil {
			P(in).by().request.Locals(raisedKey, err)
			return nil, errRaised
		}
		return &answer[T]{Body: out}, nil
	})
	s.describeBody(row)
}

func (s *Server) row(method, path string) (Row, bool) {
	for _, r := range Access() {
		if r.Method == method && r.Path == path {
			s.handled[method+" "+path] = true
			return r, true
		}
	}
	return Row{}, false
}

// next runs the handler behind a guard and picks up what it raised.
func next(c *fiber.Ctx) error {
	if err := c.Next(); err != nil {
		return err
	}
	if err, raised := c.Locals(raisedKey).(error); raised {
		return err
	}
	return nil
}

// newHuma makes the framework's API: no documentation pages, no schema links, JSON only.
func (s *Server) newHuma() huma.API {
	config := huma.DefaultConfig("Sunbid 阳光标", "1")
	config.OpenAPIPath, config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", "", nil
	config.Info.Description = "Sealed-bid tendering (电子招标投标). Errors are problem+json with a stable code; times are UTC; money is integer fen (分)."
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "token of POST /sessions"},
		"cookie": {Type: "apiKey", In: "cookie", Name: "sunbid", Description: "browsers; __Host-sunbid over TLS; state-changing requests need this origin"},
	}
	config.Transformers = []huma.Transformer{raiseFrameworkError}
	config.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	config.DefaultFormat = "application/json"
	api := jsonOnly{humafiber.New(s.app, config)}
	api.UseMiddleware(func(ctx huma.Context, goOn func(huma.Context)) {
		if err := guarded(humafiber.Unwrap(ctx)); err != nil {
			humafiber.Unwrap(ctx).Locals(raisedKey, err)
			ctx.SetStatus(http.StatusForbidden)
			return
		}
		goOn(ctx)
	})
	return api
}

// jsonOnly answers in JSON whatever the Accept header asks for, as the framework does in the end: but its reading of the header panics on
// ";0,", and would do so after a command was done.
type jsonOnly struct{ huma.API }

// Negotiate is the one media type there is.
func (jsonOnly) Negotiate(string) (string, error) { return jsonType, nil }

// schemaName tells types of one name in several packages apart: party.State is PartyState.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if pkg := t.PkgPath(); strings.HasPrefix(pkg, "sunbid/") && t.Name() != "" {
		pkg = pkg[strings.LastIndex(pkg, "/")+1:]
		if pkg != "wire" && pkg != "api" && !strings.HasPrefix(strings.ToLower(name), pkg) {
			return strings.ToUpper(pkg[:1]) + pkg[1:] + name
		}
	}
	return name
}

// signed reads a signed record strictly from a request's body.
func signed[T any](body []byte) (pki.Signed[T], error) {
	r, err := pki.ParseSigned[T](body)
	if err != nil {
		return pki.Signed[T]{}, fmt.Errorf("read signed record: %w", err)
	}
	return r, nil
}
