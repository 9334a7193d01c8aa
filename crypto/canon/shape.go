package canon

import (
	"encoding/json"
	"reflect"
)

// fits tells whether data, canonical JSON, has the shape of a value of type t: the keys that t has and no others, objects, lists and
// texts where t has them. It allocates nothing for what data holds, and so must pass before a value is made: 300 kB of "{}" in a list
// of large records would else become 1.5 GB of zeroes before the first missing key is seen. Of several failures an unknown key is told
// first, then a missing one, then a value of the wrong kind, then what would be written otherwise; of each sort the first in the text.
func fits(data []byte, t reflect.Type, plans map[reflect.Type][]field) error {
	s := shape{checker: checker{data: data}, encoder: encoder{plans: plans}}
	if err := s.value(t); err != nil {
		return err
	}
	switch {
	case s.unknown != nil:
		return at(ErrUnknownKey, string(s.unknown))
	case s.missing != "":
		return at(ErrMissingKey, s.missing)
	case s.wrong != "":
		return at(ErrValue, s.wrong)
	case s.otherwise:
		return at(ErrNotCanonical, "reads as something that is written otherwise")
	}
	return nil
}

// shape walks a text that was found canonical beside a type.
type shape struct {
	checker
	encoder encoder // for its plans

	unknown        []byte // first unknown key
	missing, wrong string // first missing key, first value of the wrong kind
	otherwise      bool   // a null for nothing that can be null, or a list not as long as its array
}

func (s *shape) value(t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		if s.peek() == 'n' {
			return s.skip()
		}
		t = t.Elem()
	}
	if isLeaf(t) {
		if s.peek() != '"' && writesText(t) {
			s.mismatch("not a text")
		}
		return s.skip()
	}
	switch t.Kind() {
	case reflect.Struct:
		return s.structure(t)
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			_, err := s.list(t.Elem())
			return err
		}
		return s.kind('"', "not a text")
	case reflect.Array:
		n, err := s.list(t.Elem())
		s.otherwise = s.otherwise || n != t.Len()
		return err
	case reflect.Map:
		return s.entries(t.Elem())
	case reflect.String:
		return s.kind('"', "not a text")
	}
	return s.skip() // numbers, truths and interfaces take no more room than their text
}

// writesText tells whether a leaf is always a JSON text.
func writesText(t reflect.Type) bool {
	return t != reflect.TypeFor[json.Number]() && !reflect.PointerTo(t).Implements(reflect.TypeFor[json.Marshaler]())
}

func (s *shape) skip() error { return s.checker.value(0) }

func (s *shape) mismatch(what string) {
	switch {
	case s.peek() == 'n':
		s.otherwise = true
	case s.wrong == "":
		s.wrong = what
	}
}

// kind skips a value that must begin with this byte.
func (s *shape) kind(begins byte, otherwise string) error {
	if s.peek() != begins {
		s.mismatch(otherwise)
	}
	return s.skip()
}

func (s *shape) list(of reflect.Type) (n int, _ error) {
	if s.peek() != '[' {
		s.mismatch("not a list")
		return 0, s.skip()
	}
	for s.pos++; s.peek() != ']'; n++ {
		if n > 0 {
			s.pos++ // the comma
		}
		if err := s.value(of); err != nil {
			return n, err
		}
	}
	s.pos++
	return n, nil
}

// each visits the keys of an object; visit must pass the value.
func (s *shape) each(visit func(key []byte) error) error {
	if s.peek() != '{' {
		s.mismatch("not an object")
		return s.skip()
	}
	s.pos++
	for first := true; s.peek() != '}'; first = false {
		if !first {
			s.pos++ // the comma
		}
		key, err := s.text()
		if err != nil {
			return err
		}
		s.pos++ // the colon
		if err := visit(key); err != nil {
			return err
		}
	}
	s.pos++
	return nil
}

func (s *shape) entries(of reflect.Type) error {
	return s.each(func([]byte) error { return s.value(of) })
}

// structure goes through the keys of a text and of a type side by side: both are in one order.
func (s *shape) structure(t reflect.Type) error {
	plan, err := s.encoder.plan(t)
	if err != nil {
		return err
	}
	object := s.peek() == '{'
	err = s.each(func(key []byte) error {
		for len(plan) > 0 && compareEncoded([]byte(plan[0].key), key) < 0 {
			s.absent(plan[0])
			plan = plan[1:]
		}
		if len(plan) == 0 || plan[0].key != string(key) {
			if s.unknown == nil {
				s.unknown = key
			}
			return s.skip()
		}
		of := plan[0].typ
		plan = plan[1:]
		return s.value(of)
	})
	for _, f := range plan {
		if object {
			s.absent(f)
		}
	}
	return err
}

func (s *shape) absent(f field) {
	if s.missing == "" && f.required() {
		s.missing = f.key
	}
}
