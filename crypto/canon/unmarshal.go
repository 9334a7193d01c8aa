package canon

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// Unmarshal reads data into *v. It refuses data unless Marshal of what it read gives back the same bytes, so that one
// value has one encoding: nothing unknown, missing, repeated, re-ordered, spaced or in another notation passes. On
// failure *v is untouched. Anything already in *v is forgotten. The caller bounds the size of data.
func Unmarshal(data []byte, v any) error {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return at(ErrValue, "target is no pointer")
	}
	if err := Canonical(data); err != nil {
		return err
	}
	fresh := reflect.New(target.Type().Elem())
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(fresh.Interface()); err != nil {
		if named := diagnose(data, fresh.Type()); named != nil {
			return named
		}
		return at(ErrValue, err.Error())
	}
	again, err := Marshal(fresh.Interface())
	if err != nil {
		return err
	}
	if !bytes.Equal(again, data) {
		if named := diagnose(data, fresh.Type()); named != nil {
			return named
		}
		return at(ErrNotCanonical, "reads as something that is written otherwise")
	}
	target.Elem().Set(fresh.Elem())
	return nil
}

// diagnose names the first unknown or missing key of data, canonical JSON, as a value of type t; nil if there is none.
func diagnose(data []byte, t reflect.Type) error {
	for t.Kind() == reflect.Pointer && !isLeaf(t) {
		t = t.Elem()
	}
	if isLeaf(t) || len(data) == 0 || string(data) == "null" {
		return nil
	}
	switch t.Kind() {
	case reflect.Struct:
		return diagnoseStruct(data, t)
	case reflect.Slice, reflect.Array:
		var items []json.RawMessage
		if json.Unmarshal(data, &items) != nil {
			return nil
		}
		for _, item := range items {
			if err := diagnose(item, t.Elem()); err != nil {
				return err
			}
		}
	case reflect.Map:
		var items map[string]json.RawMessage
		if json.Unmarshal(data, &items) != nil {
			return nil
		}
		for _, item := range items {
			if err := diagnose(item, t.Elem()); err != nil {
				return err
			}
		}
	}
	return nil
}

func diagnoseStruct(data []byte, t reflect.Type) error {
	var items map[string]json.RawMessage
	if json.Unmarshal(data, &items) != nil {
		return at(ErrValue, "not an object")
	}
	plan, err := fieldsOf(t)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, f := range plan {
		known[f.key] = true
	}
	for key := range items {
		if !known[key] {
			return at(ErrUnknownKey, key)
		}
	}
	for _, f := range plan {
		item, ok := items[f.key]
		if !ok {
			if f.required() {
				return at(ErrMissingKey, f.key)
			}
			continue
		}
		if err := diagnose(item, t.FieldByIndex(f.index).Type); err != nil {
			return err
		}
	}
	return nil
}
