package canon

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// Unmarshal reads data into *v. It refuses data unless Marshal of what it read gives back the same bytes, so that one
// value has one encoding: nothing unknown, missing, repeated, re-ordered, spaced or in another notation passes. On
// failure *v is untouched. Anything already in *v is forgotten. It takes memory in the order of data, whose size the caller bounds.
func Unmarshal(data []byte, v any) error {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return at(ErrValue, "target is no pointer")
	}
	if err := Canonical(data); err != nil {
		return err
	}
	plans := map[reflect.Type][]field{}
	if err := fits(data, target.Type().Elem(), plans); err != nil {
		return err
	}
	fresh := reflect.New(target.Type().Elem())
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(fresh.Interface()); err != nil {
		return at(ErrValue, err.Error())
	}
	again := encoder{plans: plans}
	if err := again.value(fresh, 0); err != nil {
		return err
	}
	if !bytes.Equal(again.out, data) {
		return at(ErrNotCanonical, "reads as something that is written otherwise")
	}
	target.Elem().Set(fresh.Elem())
	return nil
}
