// Package canon writes and reads canonical JSON: RFC 8785 with the limits of SPEC.md section 2. Numbers are integers in
// ±(2^53−1), text is valid UTF-8, nesting is at most 32, keys are unique and in UTF-16 order.
//
// Unmarshal reads a value only from the very bytes Marshal writes for it. Keys of a struct without `omitempty` or
// `omitzero` are required. As in encoding/json an array such as Hash is never empty: an optional Hash or Time takes
// `omitzero` (or a pointer), an optional Hex takes `omitempty`.
//
// In departure from encoding/json a nil slice is written [], a nil map {}, nil bytes "".
package canon
