package api

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"sunbid/bidding"
	"sunbid/crypto/canon"
)

// maxDepth is how deep a JSON body may nest, as in signed records (crypto/SPEC.md section 2).
const maxDepth = 32

// strictJSON refuses what two readers could read differently: a key that stands twice, a number that is no integer in ±(2^53−1), text that
// is no UTF-8, and nesting beyond reason; and the character U+0000, which no database keeps in a text. Forms are held to the rules of signed records here; what is no JSON at all is the decoder's to refuse.
func strictJSON(body []byte) error {
	if !utf8.Valid(body) {
		return bidding.FromCode(canon.ErrText)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var open []level
	for {
		token, err := d.Token()
		if err != nil {
			return nil
		}
		if n := len(open); n > 0 && open[n-1].keys != nil && token != json.Delim('}') {
			if open[n-1].name = !open[n-1].name; open[n-1].name {
				key, _ := token.(string)
				if !keepable(key) {
					return bidding.FromCode(canon.ErrText)
				}
				if open[n-1].keys[key] {
					return bidding.FromCode(canon.ErrDuplicateKey)
				}
				open[n-1].keys[key] = true
				continue
			}
		}
		switch token := token.(type) {
		case string:
			if !keepable(token) {
				return bidding.FromCode(canon.ErrText)
			}
		case json.Number:
			if i, err := strconv.ParseInt(string(token), 10, 64); err != nil || i > canon.MaxInteger || i < -canon.MaxInteger || string(token) == "-0" {
				return bidding.FromCode(canon.ErrNumber)
			}
		case json.Delim:
			switch token {
			case '{':
				open = append(open, level{keys: map[string]bool{}})
			case '[':
				open = append(open, level{})
			default:
				open = open[:len(open)-1]
			}
			if len(open) > maxDepth {
				return bidding.FromCode(canon.ErrDepth)
			}
		}
	}
}

// plainQuery reports whether every name and value of a request's query is text that a database takes. Else a search for %00 would be our
// fault, and fill the log.
func plainQuery(c *fiber.Ctx) bool {
	plain := true
	c.Context().QueryArgs().VisitAll(func(name, value []byte) {
		plain = plain && keepable(string(name)) && keepable(string(value))
	})
	return plain
}

// keepable is what PostgreSQL takes for a text.
func keepable(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// level is an open object or, without keys, an open array.
type level struct {
	keys map[string]bool
	name bool // the token read last was a key
}
