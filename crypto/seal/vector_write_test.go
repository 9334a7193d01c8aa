package seal_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
)

// writeVectors makes the cases from fixed streams.
func writeVectors(t *testing.T) {
	t.Helper()
	w := newWorld(t)
	formats := &recorder{t: t}
	writeGeometry(formats)
	header := writeSealing(formats, w)
	writeHeaders(formats, w, header)
	writeRecords(formats)
	formats.write("seal.json")

	files := &recorder{t: t}
	writeFiles(files, w)
	files.write("seal-open.json")
}

func writeGeometry(r *recorder) {
	for _, n := range []int64{0, 1, seal.MaxReadout, seal.MaxReadout + 1} {
		r.add(vector{Name: "read-out of " + canonInt(n), Do: "padded-length", Kind: seal.KindReadout, Length: n})
	}
	for _, n := range []int64{0, 1<<20 - 8, 1<<20 - 7, 1 << 20, 3 << 20, 123_456_789, 500_000_000, 1 << 33, seal.MaxContent, seal.MaxContent + 1} {
		r.add(vector{Name: "body of " + canonInt(n), Do: "padded-length", Kind: seal.KindBody, Length: n})
	}
	var leaves []canon.Hex
	for i := range 8 {
		leaf := seal.LeafHash([]byte{byte(i)})
		leaves = append(leaves, leaf[:])
		r.add(vector{Name: "root of the first " + canonInt(int64(i+1)), Do: "root", Leaves: leaves[: i+1 : i+1]})
	}
}

func canonInt(n int64) string { b, _ := canon.Marshal(n); return string(b) }

// writeSealing seals with every random value given, in mode A, whose bytes all follow from the inputs.
func writeSealing(r *recorder, w world) canon.Hex {
	scalar := func(name string) canon.Hex {
		s, err := tdh2.RandomScalar(newStream(name))
		if err != nil {
			r.t.Fatal(err)
		}
		b := s.Bytes()
		return b[:]
	}
	p := w.purpose(seal.KindReadout)
	v := vector{
		Name: "seal a read-out", Do: "seal", Kind: p.Kind, Class: p.Class, Binding: p.Binding, Lot: p.Lot, Bidder: canon.Sum([]byte("bidder")), Moment: p.Moment,
		NotBefore: p.NotBefore.UnixMilli(), KeyT: w.t.pub.Bytes(), KeyC: w.c.pub.Bytes(), Content: []byte(`{"the":"content"}`),
		Random: []canon.Hex{content("kT", 32), content("kC", 32), scalar("rT"), scalar("wT"), scalar("rC"), scalar("wC")},
	}
	readout := r.add(v)
	v.Name, v.Kind, v.Moment, v.Content = "seal an empty price part for a later moment", seal.KindPrice, "price", nil
	r.add(v)
	bad := v
	bad.Name, bad.Lot = "seal for no lot", "lt_1"
	r.add(bad)
	header := readout.Result[0]
	key := vector{Name: "derive the key", Do: "derive-key", Header: header, KT: readout.Random[0], KC: readout.Random[1]}
	r.add(key)
	key.Name, key.KC = "derive from another kC", readout.Random[0]
	r.add(key)
	key.Name, key.KC, key.KB = "derive with kB in mode A", readout.Random[1], readout.Random[0]
	r.add(key)
	return header
}

type tlv struct {
	tag   byte
	value []byte
}

func splitHeader(b []byte) (out []tlv) {
	for len(b) > 0 {
		n := int(binary.BigEndian.Uint16(b[1:]))
		out = append(out, tlv{b[0], bytes.Clone(b[3 : 3+n])})
		b = b[3+n:]
	}
	return out
}

func joinHeader(fields []tlv) (b []byte) {
	for _, f := range fields {
		b = append(binary.BigEndian.AppendUint16(append(b, f.tag), uint16(len(f.value))), f.value...)
	}
	return b
}

func writeHeaders(r *recorder, w world, good canon.Hex) {
	r.add(vector{Name: "header in mode A", Do: "parse-header", Header: good})
	_, front := w.sealed(r.t, seal.KindBody, true, nil)
	modeB := canon.Hex(front.Raw)
	r.add(vector{Name: "header in mode B", Do: "parse-header", Header: modeB})
	set := func(tag int, v []byte) func(f []tlv) []tlv {
		return func(f []tlv) []tlv { f[tag-1].value = v; return f }
	}
	u := func(hexed string) []byte { b, _ := hex.DecodeString(hexed); return b }
	for _, c := range []struct {
		name   string
		change func(f []tlv) []tlv
	}{
		{"another suite", set(1, u("0002"))},
		{"suite of three bytes", set(1, u("000001"))},
		{"another class", set(2, []byte("demo"))},
		{"class upper case", set(2, []byte("Rehearsal"))},
		{"binding short", set(3, make([]byte, 31))},
		{"binding zero", set(3, make([]byte, 32))},
		{"a tender for a lot", set(4, []byte("td"+lotA[2:]))},
		{"lot with spare bits", set(4, []byte(lotA[:28]+"1"))},
		{"lot with the letter u", set(4, []byte(lotA[:27]+"u0"))},
		{"bidder zero", set(5, make([]byte, 32))},
		{"another kind", set(6, []byte("video"))},
		{"no moment", set(7, nil)},
		{"moment upper case", set(7, []byte("Opening"))},
		{"moment of 33", set(7, bytes.Repeat([]byte("a"), 33))},
		{"not-before zero", set(8, make([]byte, 8))},
		{"not-before in the year 10000", set(8, u("0000e677d21fdc00"))},
		{"not-before 2^63", set(8, u("8000000000000000"))},
		{"another chunk size", set(9, u("00100001"))},
		{"no chunks", set(10, u("00000000"))},
		{"16385 chunks", set(10, u("00004001"))},
		{"commit short", set(11, make([]byte, 31))},
		{"stanza T short", set(12, make([]byte, 273))},
		{"stanza C long", set(13, make([]byte, 275))},
		{"stanza B empty", set(14, nil)},
		{"stanza B too long", set(14, make([]byte, 158))},
		{"two fields swapped", func(f []tlv) []tlv { f[1], f[2] = f[2], f[1]; return f }},
		{"a field twice", func(f []tlv) []tlv { return append(f[:3:3], f[2:]...) }},
		{"a field missing", func(f []tlv) []tlv { return append(f[:3:3], f[4:]...) }},
		{"stanza C missing", func(f []tlv) []tlv { return append(f[:12:12], f[13]) }},
		{"stanza B twice", func(f []tlv) []tlv { return append(f, f[13]) }},
		{"an unknown field", func(f []tlv) []tlv { return append(f, tlv{15, []byte("x")}) }},
		{"tag zero first", func(f []tlv) []tlv { return append([]tlv{{0, nil}}, f...) }},
		{"longer than 4096", func(f []tlv) []tlv { return append(f, tlv{15, make([]byte, 4096)}) }},
	} {
		r.add(vector{Name: "header: " + c.name, Do: "parse-header", Header: joinHeader(c.change(splitHeader(modeB)))})
	}
	for name, change := range map[int]struct {
		name  string
		value []byte
	}{10: {"a read-out of two chunks", u("00000002")}} {
		f := splitHeader(good)
		f[name-1].value = change.value
		r.add(vector{Name: "header: " + change.name, Do: "parse-header", Header: joinHeader(f)})
	}
	r.add(vector{Name: "header: empty", Do: "parse-header"})
	r.add(vector{Name: "header: cut off", Do: "parse-header", Header: good[:len(good)-1]})
	r.add(vector{Name: "header: a byte behind", Do: "parse-header", Header: append(bytes.Clone(good), 0)})
}

func writeRecords(r *recorder) {
	b, err := goodReadout().Encode()
	if err != nil {
		r.t.Fatal(err)
	}
	good := string(b)
	r.add(vector{Name: "read-out", Do: "parse-readout", Text: good})
	for _, c := range []struct{ name, from, to string }{
		{"rate", `"price_fen":12345678900,"quality":"合格",`, `"quality":"合格","rate_ppm":955000,`},
		{"price and rate", `"quality":"合格",`, `"quality":"合格","rate_ppm":1,`},
		{"negative rate", `"price_fen":12345678900,"quality":"合格",`, `"quality":"合格","rate_ppm":-1,`},
		{"keys out of order", `"price_fen":12345678900,"quality":"合格"`, `"quality":"合格","price_fen":12345678900`},
		{"no price", `"price_fen":12345678900,`, ``},
		{"price zero", `12345678900`, `0`},
		{"price above 10^15", `12345678900`, `1000000000000001`},
		{"price with a fraction", `12345678900`, `12345678900.5`},
		{"price in exponents", `12345678900`, `1e10`},
		{"price as text", `12345678900`, `"12345678900"`},
		{"a space", `{"bidder"`, `{ "bidder"`},
		{"an escape not needed", `合格`, `\u5408格`},
		{"a key missing", `"quality":"合格",`, ``},
		{"a key more", `"type"`, `"typ":1,"type"`},
		{"a key twice", `"quality":"合格"`, `"quality":"合格","quality":"合格"`},
		{"another type", `readout/v1`, `readout/v2`},
		{"code too short", `91110000100000000X`, `9111`},
		{"a line break", `合格`, `合\n格`},
	} {
		text := strings.Replace(good, c.from, c.to, 1)
		if text == good {
			r.t.Fatal(c.name)
		}
		r.add(vector{Name: "read-out: " + c.name, Do: "parse-readout", Text: text})
	}
	b, err = canon.Marshal(goodStatement())
	if err != nil {
		r.t.Fatal(err)
	}
	good = string(b)
	r.add(vector{Name: "statement", Do: "parse-statement", Text: good})
	for _, c := range []struct{ name, from, to string }{
		{"withdraw with parts", `"replace"`, `"withdraw"`},
		{"version 1 with previous", `"version":2`, `"version":1`},
		{"another action", `"replace"`, `"delete"`},
		{"time without milliseconds", `00:00:00.000Z`, `00:00:00Z`},
		{"a kind twice", `"kind":"readout"`, `"kind":"body"`},
		{"parts out of order", `"kind":"body"`, `"kind":"technical"`},
		{"another class", `"rehearsal"`, `"demo"`},
		{"upper-case digest", `"digest":"`, `"digest":"A`},
		{"previous empty", `"previous":"` + canon.Sum([]byte("p")).String() + `"`, `"previous":""`},
	} {
		text := strings.Replace(good, c.from, c.to, 1)
		if text == good {
			r.t.Fatal(c.name)
		}
		r.add(vector{Name: "statement: " + c.name, Do: "parse-statement", Text: text})
	}
}

// writeFiles makes whole files, honest and not, to be opened with whole secrets.
func writeFiles(r *recorder, w world) {
	secretT, secretC, secretB := content("secret T", 32), content("secret C", 32), content("encryption", 32)
	secretT[0], secretC[0] = 0, 0 // below the order
	shareT, err := tdh2.NewShare(1, secretT)
	if err != nil {
		r.t.Fatal(err)
	}
	shareC, err := tdh2.NewShare(1, secretC)
	if err != nil {
		r.t.Fatal(err)
	}
	w.t.pub, w.c.pub = shareT.Public(), shareC.Public()
	base := vector{Do: "open", Certificate: w.bidder.Certificate().DER(), SecretT: secretT, SecretC: secretC, SecretB: secretB}
	add := func(name string, change func(v *vector)) {
		v := base
		v.Name = name
		change(&v)
		r.add(v)
	}
	readout, err := goodReadout().Encode()
	if err != nil {
		r.t.Fatal(err)
	}
	a, front := w.sealed(r.t, seal.KindReadout, false, readout)
	b, _ := w.sealed(r.t, seal.KindReadout, true, readout)
	const nameA, nameB = "read-out in mode A", "read-out in mode B"
	add(nameA, func(v *vector) { v.File = a })
	add(nameB, func(v *vector) { v.File = b })
	of := func(name, base string, flip []int, truncate int) {
		add(name, func(v *vector) { v.Of, v.Flip, v.Truncate = base, flip, truncate })
	}
	of("magic", nameA, []int{0}, 0)
	of("version", nameA, []int{4}, 0)
	of("length of the header", nameA, []int{8}, 0)
	of("first tag", nameA, []int{9}, 0)
	of("a binding byte", nameA, []int{40}, 0)
	of("a byte of the commitment", nameA, []int{front.Size() - 96 - 2*277 - 1}, 0)
	of("a byte of stanza T", nameA, []int{front.Size() - 96 - 277 - 1}, 0)
	of("a byte of stanza C", nameA, []int{front.Size() - 96 - 1}, 0)
	of("root", nameA, []int{front.Size() - 96}, 0)
	of("signature", nameA, []int{front.Size() - 1}, 0)
	of("first byte of the chunk", nameA, []int{front.Size()}, 0)
	of("tag of the chunk", nameA, []int{-1}, 0)
	of("one byte cut off", nameA, nil, 1)
	of("chunk cut off", nameA, nil, seal.ReadoutSize+seal.Overhead)
	of("only the magic", nameA, nil, len(a)-5)
	of("nothing", nameA, nil, len(a))
	add("under another lock T", func(v *vector) { v.Of, v.SecretT = nameA, secretC })
	add("under another key B", func(v *vector) { v.Of, v.SecretB = nameB, secretC })
	stranger := newStranger(r.t).Certificate().DER()
	add("another certificate", func(v *vector) { v.Of, v.Certificate = nameA, stranger })

	p := w.purpose(seal.KindReadout)
	tiny := [][]byte{{0}}
	bad := padded(seal.KindReadout, readout)
	bad[0][seal.ReadoutSize-1] = 1
	for _, c := range []struct {
		name string
		f    forgery
	}{
		{"padding is not zero", forgery{purpose: p, chunks: bad}},
		{"chunk shorter than the length", forgery{purpose: p, chunks: tiny}},
		{"length beyond the chunk", forgery{purpose: p, chunks: [][]byte{{0, 0, 0, 0, 0, 0, 0, 9, 1}}}},
		{"length 2^64−1", forgery{purpose: p, chunks: [][]byte{bytes.Repeat([]byte{255}, 8)}}},
		{"nonce of chunk 1", forgery{purpose: p, chunks: tiny, nonce: func(int, bool) (int, bool) { return 1, true }}},
		{"last flag missing", forgery{purpose: p, chunks: tiny, nonce: func(int, bool) (int, bool) { return 0, false }}},
		{"false commitment", forgery{purpose: p, chunks: tiny, commit: func(c [32]byte) [32]byte { c[31] ^= 1; return c }}},
		{"another key in stanza C", forgery{purpose: p, chunks: tiny, stanzaKey: func(k [32]byte, lock string) [32]byte { k[31] ^= lock[0] & 1; return k }}},
		{"label digest in a stanza", forgery{purpose: p, chunks: tiny, message: func(m [48]byte, _ string) [48]byte { m[32] ^= 1; return m }}},
		{"proof for another label", forgery{purpose: p, chunks: tiny, label: func(l []byte) []byte { return append(l, 0) }}},
	} {
		c.f.signer = w.bidder
		file := c.f.build(r.t, w)
		add(c.name, func(v *vector) { v.File = file })
	}
	f, err := seal.ReadFront(bytes.NewReader(a))
	if err != nil {
		r.t.Fatal(err)
	}
	add("root of other chunks", func(v *vector) {
		v.File = assemble(r.t, f.Header, []canon.Hash{canon.Sum()}, a[front.Size():], w.bidder)
	})
	other := f.Header
	other.Purpose = seal.Purpose{Class: pki.Rehearsal, Binding: other.Binding, Lot: lotB, Bidder: other.Bidder, Kind: other.Kind, Moment: other.Moment, NotBefore: other.NotBefore.Add(time.Hour)}
	add("stanzas copied to another lot", func(v *vector) { v.File = assemble(r.t, other, []canon.Hash{f.Root}, []byte{0}, w.bidder) })
}
