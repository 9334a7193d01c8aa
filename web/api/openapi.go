package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"sunbid/web/problem"
)

// problemResponses are the answers any endpoint of a row may give instead of its own.
func (s *Server) problemResponses(row Row) map[string]*huma.Response {
	r := map[string]*huma.Response{}
	put := func(status int, text string) {
		r[fmt.Sprint(status)] = s.problemResponse(text)
	}
	if !row.public() {
		put(http.StatusUnauthorized, "未登录或登录已过期")
		put(http.StatusForbidden, "没有权限")
	}
	if row.Body.Type != "" {
		put(http.StatusRequestTimeout, "内容没有按时传完")
		put(http.StatusRequestEntityTooLarge, "内容过大")
		put(http.StatusUnsupportedMediaType, "内容类型不受支持")
	}
	put(http.StatusUnprocessableEntity, "内容不符合要求")
	put(http.StatusTooManyRequests, "请求过于频繁，见 Retry-After")
	r["default"] = s.problemResponse("其他拒绝，见 code")
	return r
}

func (s *Server) problemResponse(text string) *huma.Response {
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[problem.Problem](), true, "Problem")
	return &huma.Response{Description: text, Content: map[string]*huma.MediaType{problem.ContentType: {Schema: schema}}}
}

func security(row Row) []map[string][]string {
	if row.public() {
		return nil
	}
	return []map[string][]string{{"bearer": {}}, {"cookie": {}}}
}

// describeBody tells what the guard asks beside the schema: roles, the size, the Idempotency-Key.
func (s *Server) describeBody(row Row) {
	op := operationOf(s.api.OpenAPI(), row)
	if op == nil {
		return
	}
	roles := make([]string, len(row.Roles))
	for i, r := range row.Roles {
		roles[i] = string(r)
	}
	op.Extensions = map[string]any{"x-sunbid-roles": roles}
	if op.SkipValidateBody && row.Body.Type == jsonType {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{jsonType: {Schema: signedRecord()}}}
	}
	if row.Body.Max > 0 {
		op.Extensions["x-sunbid-max-octets"] = row.Body.Max
	}
	if row.Once {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header", Required: true, Schema: &huma.Schema{Type: huma.TypeString},
			Description: "1 to 128 visible ASCII characters; the same key again gets the first answer again",
		})
	}
}

func operationOf(doc *huma.OpenAPI, row Row) *huma.Operation {
	p := doc.Paths[row.Path]
	if p == nil {
		return nil
	}
	switch row.Method {
	case http.MethodGet:
		return p.Get
	case http.MethodPost:
		return p.Post
	case http.MethodPut:
		return p.Put
	case http.MethodDelete:
		return p.Delete
	}
	return nil
}

// document puts an endpoint that is not decoded by the framework into the document.
func (s *Server) document(row Row, a action, params []*huma.Param, body *huma.RequestBody, ok *huma.Response) {
	responses := s.problemResponses(row)
	responses[fmt.Sprint(a.status)] = ok
	s.api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: a.id, Method: row.Method, Path: row.Path, Summary: a.summary, Tags: []string{a.tag},
		Parameters: params, RequestBody: body, Responses: responses, Security: security(row),
	})
	s.describeBody(row)
}

// serveOpenAPI answers with the document as it stands when the server starts.
func (s *Server) serveOpenAPI() (fiber.Handler, error) {
	for _, own := range []string{"ErrorModel", "ErrorDetail"} { // the framework's error forms never leave this server
		delete(s.api.OpenAPI().Components.Schemas.Map(), own)
	}
	doc, err := json.MarshalIndent(s.api.OpenAPI(), "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode the OpenAPI document: %w", err)
	}
	return func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, "application/openapi+json")
		return c.Send(doc)
	}, nil
}

// signedRecord is the schema of every signed record: the body's own form stands in crypto/SPEC.md.
func signedRecord() *huma.Schema {
	text := &huma.Schema{Type: huma.TypeString, Pattern: "^[0-9a-f]+$"}
	return &huma.Schema{
		Type: huma.TypeObject, Required: []string{"body", "signatures"}, Description: "signed record in canonical JSON (crypto/SPEC.md section 2)",
		Properties: map[string]*huma.Schema{
			"body": {Type: huma.TypeObject, Required: []string{"type"}, Properties: map[string]*huma.Schema{"type": {Type: huma.TypeString}}, AdditionalProperties: true},
			"signatures": {Type: huma.TypeArray, Items: &huma.Schema{
				Type: huma.TypeObject, Required: []string{"signer", "sig"}, Properties: map[string]*huma.Schema{"signer": text, "sig": text},
			}},
		},
	}
}
