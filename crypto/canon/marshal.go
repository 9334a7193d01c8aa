package canon

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"time"
	"unicode/utf8"
)

// Marshal writes v as canonical JSON. Struct tags mean what they mean to encoding/json; a type with MarshalJSON or
// MarshalText writes itself, and what it writes must be canonical. Floats, numbers outside ±(2^53−1), invalid UTF-8,
// channels, functions and a bare time.Time (use Time) are errors.
func Marshal(v any) ([]byte, error) {
	e := encoder{plans: map[reflect.Type][]field{}}
	rv := reflect.ValueOf(v)
	if rv.IsValid() && rv.Kind() != reflect.Pointer { // addressable, so that methods of *T are found
		p := reflect.New(rv.Type())
		p.Elem().Set(rv)
		rv = p.Elem()
	}
	if err := e.value(rv, 0); err != nil {
		return nil, err
	}
	return e.out, nil
}

// HashOf is SM3 over Marshal(v).
func HashOf(v any) (Hash, error) {
	b, err := Marshal(v)
	if err != nil {
		return Hash{}, err
	}
	return Sum(b), nil
}

// encoder writes one value. plans saves the keys of the struct types met on the way.
type encoder struct {
	out   []byte
	plans map[reflect.Type][]field
}

func (e *encoder) plan(t reflect.Type) ([]field, error) {
	if p, ok := e.plans[t]; ok {
		return p, nil
	}
	p, err := fieldsOf(t)
	if err != nil {
		return nil, err
	}
	e.plans[t] = p
	return p, nil
}

func (e *encoder) value(v reflect.Value, depth int) error {
	if !v.IsValid() {
		e.out = append(e.out, "null"...)
		return nil
	}
	if done, err := e.self(v, depth); done || err != nil {
		return err
	}
	switch v.Kind() {
	case reflect.Bool:
		e.out = strconv.AppendBool(e.out, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n := v.Int()
		if n > MaxInteger || n < -MaxInteger {
			return ErrNumber
		}
		e.out = strconv.AppendInt(e.out, n, 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n := v.Uint()
		if n > MaxInteger {
			return ErrNumber
		}
		e.out = strconv.AppendUint(e.out, n, 10)
	case reflect.Float32, reflect.Float64:
		return ErrNumber
	case reflect.String:
		return e.text(v.String())
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			e.out = append(e.out, "null"...)
			return nil
		}
		return e.value(v.Elem(), depth)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return e.text(base64.StdEncoding.EncodeToString(v.Bytes()))
		}
		return e.array(v, depth+1)
	case reflect.Array:
		return e.array(v, depth+1)
	case reflect.Map:
		return e.object(v, depth+1)
	case reflect.Struct:
		return e.structure(v, depth+1)
	default:
		return at(ErrValue, v.Type().String())
	}
	return nil
}

// self lets a type write itself.
func (e *encoder) self(v reflect.Value, depth int) (bool, error) {
	if v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer && v.IsNil() {
		return false, nil
	}
	if !isLeaf(v.Type()) {
		return false, nil
	}
	x := v
	if v.Kind() != reflect.Pointer && v.CanAddr() {
		x = v.Addr()
	}
	switch t := x.Interface().(type) {
	case *time.Time, time.Time:
		return true, at(ErrValue, "time.Time")
	case *json.Number:
		return true, e.raw([]byte(*t), depth)
	case json.Number:
		return true, e.raw([]byte(t), depth)
	case json.Marshaler:
		b, err := t.MarshalJSON()
		if err != nil {
			return true, fmt.Errorf("canon: %w", err)
		}
		return true, e.raw(b, depth)
	case encoding.TextMarshaler:
		b, err := t.MarshalText()
		if err != nil {
			return true, fmt.Errorf("canon: %w", err)
		}
		return true, e.text(string(b))
	}
	return false, nil
}

// isLeaf tells whether t, or a pointer to it, writes itself.
func isLeaf(t reflect.Type) bool {
	if t == reflect.TypeFor[json.Number]() {
		return true
	}
	p := t
	if t.Kind() != reflect.Pointer {
		p = reflect.PointerTo(t)
	}
	return p.Implements(reflect.TypeFor[json.Marshaler]()) || p.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

func (e *encoder) raw(b []byte, depth int) error {
	c := checker{data: b}
	if err := c.value(depth); err != nil {
		return err
	}
	if c.pos != len(b) {
		return ErrNotCanonical
	}
	e.out = append(e.out, b...)
	return nil
}

func (e *encoder) array(v reflect.Value, depth int) error {
	if depth > MaxDepth {
		return ErrDepth
	}
	e.out = append(e.out, '[')
	for i := range v.Len() {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		if err := e.value(v.Index(i), depth); err != nil {
			return err
		}
	}
	e.out = append(e.out, ']')
	return nil
}

func (e *encoder) structure(v reflect.Value, depth int) error {
	if depth > MaxDepth {
		return ErrDepth
	}
	plan, err := e.plan(v.Type())
	if err != nil {
		return err
	}
	e.out = append(e.out, '{')
	first := true
	for _, f := range plan {
		x := v.FieldByIndex(f.index)
		if f.omitEmpty && isEmpty(x) || f.omitZero && isZero(x) {
			continue
		}
		if !first {
			e.out = append(e.out, ',')
		}
		first = false
		if err := e.text(f.key); err != nil {
			return err
		}
		e.out = append(e.out, ':')
		if err := e.value(x, depth); err != nil {
			return err
		}
	}
	e.out = append(e.out, '}')
	return nil
}

func (e *encoder) object(v reflect.Value, depth int) error {
	if depth > MaxDepth {
		return ErrDepth
	}
	keys := make([]struct {
		text  string
		value reflect.Value
	}, 0, v.Len())
	for iter := v.MapRange(); iter.Next(); {
		k := iter.Key()
		text := ""
		switch m, ok := k.Interface().(encoding.TextMarshaler); {
		case ok:
			b, err := m.MarshalText()
			if err != nil {
				return fmt.Errorf("canon: %w", err)
			}
			text = string(b)
		case k.Kind() == reflect.String:
			text = k.String()
		default:
			return at(ErrValue, v.Type().String())
		}
		if !utf8.ValidString(text) {
			return ErrText
		}
		keys = append(keys, struct {
			text  string
			value reflect.Value
		}{text, iter.Value()})
	}
	sort.Slice(keys, func(i, j int) bool { return compareUTF16(keys[i].text, keys[j].text) < 0 })
	e.out = append(e.out, '{')
	for i, k := range keys {
		if i > 0 {
			if k.text == keys[i-1].text {
				return at(ErrDuplicateKey, k.text)
			}
			e.out = append(e.out, ',')
		}
		if err := e.text(k.text); err != nil {
			return err
		}
		e.out = append(e.out, ':')
		if err := e.value(k.value, depth); err != nil {
			return err
		}
	}
	e.out = append(e.out, '}')
	return nil
}

func (e *encoder) text(s string) error {
	if !utf8.ValidString(s) {
		return ErrText
	}
	e.out = appendText(e.out, s)
	return nil
}

func appendText(out []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	out = append(out, '"')
	start := 0
	for i := range len(s) {
		b := s[i]
		if b >= 0x20 && b != '"' && b != '\\' {
			continue
		}
		out = append(out, s[start:i]...)
		start = i + 1
		switch b {
		case '"', '\\':
			out = append(out, '\\', b)
		case '\b':
			out = append(out, '\\', 'b')
		case '\f':
			out = append(out, '\\', 'f')
		case '\n':
			out = append(out, '\\', 'n')
		case '\r':
			out = append(out, '\\', 'r')
		case '\t':
			out = append(out, '\\', 't')
		default:
			out = append(out, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
		}
	}
	return append(append(out, s[start:]...), '"')
}

// isEmpty is encoding/json's notion for omitempty.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	default:
		return v.IsZero()
	}
}

// isZero is encoding/json's notion for omitzero: IsZero if the type has it, else the zero value.
func isZero(v reflect.Value) bool {
	if z, ok := v.Interface().(interface{ IsZero() bool }); ok && (v.Kind() != reflect.Pointer || !v.IsNil()) {
		return z.IsZero()
	}
	return v.IsZero()
}
