package api

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"sunbid/web/problem"
)

// raiseFrameworkError turns what the framework itself refuses (a missing field, a wrong type) into a refusal of ours.
func raiseFrameworkError(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	humafiber.Unwrap(ctx).Locals(raisedKey, frameworkError(m))
	return v, nil
}

func frameworkError(m *huma.ErrorModel) error {
	switch m.Status {
	case http.StatusUnprocessableEntity:
		return problem.ErrFields.With(explain(m.Errors))
	case http.StatusBadRequest:
		return problem.ErrMalformed.With(explain(m.Errors))
	case http.StatusRequestEntityTooLarge:
		return problem.ErrTooLarge
	case http.StatusRequestTimeout:
		return problem.ErrSlow
	case http.StatusUnsupportedMediaType:
		return problem.ErrMediaType
	case http.StatusNotAcceptable:
		return problem.ErrAccept
	}
	return problem.ErrMalformed
}

// explain says which fields are wrong and how, without echoing what was sent. At most eight.
func explain(details []*huma.ErrorDetail) string {
	var b strings.Builder
	for i, d := range details {
		if i == 8 {
			b.WriteString("；等")
			break
		}
		if i > 0 {
			b.WriteString("；")
		}
		if d.Location != "" {
			b.WriteString(d.Location + "：")
		}
		b.WriteString(inChinese(d.Message))
	}
	return b.String()
}

// inChinese translates the framework's messages; it knows them by how they begin.
func inChinese(message string) string {
	for _, m := range []struct{ begins, say string }{
		{"expected required property ", "缺少字段 "},
		{"unexpected property", "未定义的字段"},
		{"expected value to be one of ", "取值只能是 "},
		{"expected length >= ", "长度不得小于 "},
		{"expected length <= ", "长度不得大于 "},
		{"expected array length >= ", "项数不得少于 "},
		{"expected array length <= ", "项数不得多于 "},
		{"expected number >= ", "数值不得小于 "},
		{"expected number <= ", "数值不得大于 "},
		{"expected string", "应为文本"},
		{"expected integer", "应为整数"},
		{"expected number", "应为数字"},
		{"expected boolean", "应为真或假"},
		{"expected array", "应为列表"},
		{"expected object", "应为对象"},
		{"request body is required", "缺少请求内容"},
		{"required ", "缺少参数"},
		{"expected base64", "应为 base64 编码"},
	} {
		if rest, ok := strings.CutPrefix(message, m.begins); ok {
			if strings.HasSuffix(m.say, " ") {
				return m.say + strings.TrimSuffix(rest, " to be present")
			}
			return m.say
		}
	}
	return "格式不正确"
}
