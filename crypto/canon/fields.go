package canon

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
)

// field is one key of a struct.
type field struct {
	key       string
	index     []int
	typ       reflect.Type
	omitEmpty bool
	omitZero  bool
}

func (f field) required() bool { return !f.omitEmpty && !f.omitZero }

// fieldsOf lists the keys of a struct type in canonical order. Embedded structs without a name of their own give
// their keys to the outer one; an outer key hides an inner one of the same name, two on one level are a mistake.
func fieldsOf(t reflect.Type) ([]field, error) {
	depth := map[string]int{}
	byKey := map[string]field{}
	if err := collect(t, nil, byKey, depth); err != nil {
		return nil, err
	}
	list := make([]field, 0, len(byKey))
	for _, f := range byKey {
		list = append(list, f)
	}
	sort.Slice(list, func(i, j int) bool { return compareUTF16(list[i].key, list[j].key) < 0 })
	return list, nil
}

func collect(t reflect.Type, prefix []int, byKey map[string]field, depth map[string]int) error {
	if len(prefix) >= MaxDepth {
		return fmt.Errorf("canon: %v embeds itself", t)
	}
	for i := range t.NumField() {
		sf := t.Field(i)
		tag, tagged := sf.Tag.Lookup("json")
		if tag == "-" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		index := append(append([]int(nil), prefix...), i)
		if sf.Anonymous && name == "" {
			switch {
			case sf.Type.Kind() == reflect.Pointer:
				return fmt.Errorf("canon: %v embeds a pointer", t)
			case sf.Type.Kind() == reflect.Struct && !isLeaf(sf.Type):
				if err := collect(sf.Type, index, byKey, depth); err != nil {
					return err
				}
				continue
			}
		}
		if !sf.IsExported() {
			continue
		}
		if name == "" {
			if tagged && options == "" {
				return fmt.Errorf("canon: %v.%s has an empty json tag", t, sf.Name)
			}
			name = sf.Name
		}
		f := field{key: name, index: index, typ: sf.Type}
		for option := range strings.SplitSeq(options, ",") {
			switch option {
			case "":
			case "omitempty":
				f.omitEmpty = true
			case "omitzero":
				f.omitZero = true
			default:
				return fmt.Errorf("canon: %v.%s has option %q", t, sf.Name, option)
			}
		}
		if d, ok := depth[name]; ok {
			if d == len(index) {
				return fmt.Errorf("canon: %v says key %q twice", t, name)
			}
			if d < len(index) {
				continue
			}
		}
		depth[name], byKey[name] = len(index), f
	}
	return nil
}
