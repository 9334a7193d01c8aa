package seal_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tlog"
)

func number(n int64) *int64 { return &n }

func goodReadout() seal.Readout {
	return seal.Readout{
		Type: seal.ReadoutType, Bidder: seal.Party{Name: "某某建设有限公司", Code: "91110000100000000X"}, PriceFen: number(123_456_789_00),
		DurationDays: 180, Quality: "合格", Security: "保函 20 万元", Manager: "张三", Extra: map[string]string{"安全目标": "零事故"},
	}
}

func TestReadouts(t *testing.T) {
	t.Parallel()
	b, err := goodReadout().Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := seal.ParseReadout(b)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := got.Encode(); err != nil || !bytes.Equal(again, b) {
		t.Errorf("not the same again: %s", again)
	}
	for _, c := range []struct {
		name   string
		change func(r *seal.Readout)
		want   string
	}{
		{"rate instead of price", func(r *seal.Readout) { r.PriceFen, r.RatePPM = nil, number(955_000) }, ""},
		{"no manager", func(r *seal.Readout) { r.Manager = "" }, ""},
		{"the highest price", func(r *seal.Readout) { r.PriceFen = number(1_000_000_000_000_000) }, ""},
		{"price zero", func(r *seal.Readout) { r.PriceFen = number(0) }, "readout-malformed"},
		{"price negative", func(r *seal.Readout) { r.PriceFen = number(-1) }, "readout-malformed"},
		{"price too high", func(r *seal.Readout) { r.PriceFen = number(1_000_000_000_000_001) }, "readout-malformed"},
		{"price and rate", func(r *seal.Readout) { r.RatePPM = number(1) }, "readout-malformed"},
		{"neither", func(r *seal.Readout) { r.PriceFen = nil }, "readout-malformed"},
		{"rate negative", func(r *seal.Readout) { r.PriceFen, r.RatePPM = nil, number(-1) }, "readout-malformed"},
		{"other type", func(r *seal.Readout) { r.Type = "sunbid/readout/v2" }, "readout-malformed"},
		{"no name", func(r *seal.Readout) { r.Bidder.Name = "" }, "readout-malformed"},
		{"code too short", func(r *seal.Readout) { r.Bidder.Code = "9111" }, "readout-malformed"},
		{"code lower case", func(r *seal.Readout) { r.Bidder.Code = "91110000100000000x" }, "readout-malformed"},
		{"line break", func(r *seal.Readout) { r.Quality = "合格\n不合格" }, "readout-malformed"},
		{"negative duration", func(r *seal.Readout) { r.DurationDays = -1 }, "readout-malformed"},
		{"extra without a name", func(r *seal.Readout) { r.Extra = map[string]string{"": "x"} }, "readout-malformed"},
		{"too long", func(r *seal.Readout) {
			for i := range 5 {
				r.Extra[fmt.Sprint(i)] = strings.Repeat("长", 1300)
			}
		}, "readout-malformed"},
	} {
		r := goodReadout()
		c.change(&r)
		if _, err := r.Encode(); code(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
		b, err := canon.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := seal.ParseReadout(b); code(err) != c.want {
			t.Errorf("parse %s: %v", c.name, err)
		}
	}
	for name, c := range map[string]struct{ from, to, want string }{
		"space":        {`{"bidder"`, `{ "bidder"`, "canon-not-canonical"},
		"unknown key":  {`"type"`, `"typf":1,"type"`, "canon-not-canonical"},
		"missing key":  {`"quality":"合格",`, ``, "canon-missing-key"},
		"price float":  {`12345678900`, `12345678900.5`, "canon-number"},
		"price text":   {`12345678900`, `"12345678900"`, "canon-value"},
		"price huge":   {`12345678900`, `99999999999999999999`, "canon-number"},
		"null manager": {`"张三"`, `null`, "canon-value"},
	} {
		bad := strings.Replace(string(b), c.from, c.to, 1)
		if bad == string(b) {
			t.Fatalf("%s: nothing replaced", name)
		}
		if _, err := seal.ParseReadout([]byte(bad)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func TestContainers(t *testing.T) {
	t.Parallel()
	sizes := []int{0, 1, 70_000, 2*seal.ChunkSize + 5}
	var files []seal.File
	for i, n := range sizes {
		files = append(files, seal.File{Name: fmt.Sprintf("第%d册.pdf", i), Media: "application/pdf", Size: int64(n), Content: bytes.NewReader(content(fmt.Sprint(i), n))})
	}
	c, err := seal.NewContainer(files)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	file := newFile()
	if _, err := seal.SealFile(newStream("container"), w.keys(true), w.purpose(seal.KindBody), w.bidder, c, c.Size(), file, nil); err != nil {
		t.Fatal(err)
	}
	plain, err := w.open(t, file.b)
	if err != nil {
		t.Fatal(err)
	}
	if whole, err := io.ReadAll(io.NewSectionReader(c, 0, c.Size())); err != nil || !bytes.Equal(whole, plain) {
		t.Fatalf("the container changed on its way: %v", err)
	}
	i := 0
	m, err := seal.ParseContainer(bytes.NewReader(plain), func(e seal.Entry, r io.Reader) error {
		if i%2 == 0 { // what is not read is read for us
			b, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(b, content(fmt.Sprint(i), sizes[i])) {
				t.Errorf("%s: %v", e.Name, err)
			}
		}
		i++
		return nil
	})
	if err != nil || len(m.Files) != len(sizes) || i != len(sizes) {
		t.Fatalf("%d files: %v", i, err)
	}
	ignore := func(seal.Entry, io.Reader) error { return nil }
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"empty":           {nil, "manifest-malformed"},
		"huge manifest":   {append([]byte{0xff, 0xff, 0xff, 0xff}, plain[4:]...), "manifest-malformed"},
		"manifest cut":    {plain[:100], "manifest-malformed"},
		"file cut":        {plain[:len(plain)-1], "manifest-digest"},
		"file flipped":    {append(bytes.Clone(plain[:len(plain)-1]), plain[len(plain)-1]^1), "manifest-digest"},
		"bytes behind":    {append(bytes.Clone(plain), 0), "manifest-digest"},
		"manifest spaced": {withManifest(` {"files":[],"type":"sunbid/manifest/v1"}`), "canon-not-canonical"},
		"no files":        {withManifest(`{"files":[],"type":"sunbid/manifest/v1"}`), "manifest-malformed"},
	} {
		if _, err := seal.ParseContainer(bytes.NewReader(c.b), ignore); code(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	stop := errors.New("enough")
	if _, err := seal.ParseContainer(bytes.NewReader(plain), func(seal.Entry, io.Reader) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the receiver's error is lost: %v", err)
	}
	one := func(name, media string) []seal.File {
		return []seal.File{{Name: name, Media: media, Size: 1, Content: strings.NewReader("x")}}
	}
	for name, c := range map[string]struct {
		files []seal.File
		want  string
	}{
		"nothing":      {nil, "manifest-malformed"},
		"parent":       {one("..", "a/b"), "manifest-malformed"},
		"path":         {one("a/b", "a/b"), "manifest-malformed"},
		"backslash":    {one(`a\b`, "a/b"), "manifest-malformed"},
		"control":      {one("a\x00", "a/b"), "manifest-malformed"},
		"not UTF-8":    {one("a\xff", "a/b"), "manifest-malformed"},
		"no name":      {one("", "a/b"), "manifest-malformed"},
		"long name":    {one(strings.Repeat("a", 256), "a/b"), "manifest-malformed"},
		"no media":     {one("a", ""), "manifest-malformed"},
		"half a media": {one("a", "pdf/"), "manifest-malformed"},
		"twice":        {append(one("a", "a/b"), one("a", "a/b")...), "manifest-malformed"},
		"ends early":   {[]seal.File{{Name: "a", Media: "a/b", Size: 2, Content: strings.NewReader("x")}}, "manifest-digest"},
		"too many":     {make([]seal.File, seal.MaxFiles+1), "manifest-malformed"},
	} {
		if _, err := seal.NewContainer(c.files); code(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func withManifest(text string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...)
}

const (
	tenderA = "td_00000000000000000000000000"
	bidA    = "bd_00000000000000000000000000"
)

func goodStatement() seal.Statement {
	at := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	return seal.Statement{
		Type: seal.StatementType, Class: pki.Rehearsal, Tender: tenderA, Lot: lotA, Bid: bidA, Binding: canon.Sum([]byte("b")), Version: 2,
		Action: seal.ActionReplace, Previous: canon.Sum([]byte("p")), SignedAt: canon.At(at),
		Parts: []seal.Part{
			{Kind: seal.KindBody, Moment: seal.MomentOpening, Digest: canon.Sum([]byte("1")), Size: 1 << 20},
			{Kind: seal.KindReadout, Moment: seal.MomentOpening, Digest: canon.Sum([]byte("2")), Size: 66_500},
		},
	}
}

func TestStatements(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		name   string
		change func(s *seal.Statement)
		want   string
	}{
		{"replace", func(*seal.Statement) {}, ""},
		{"first", func(s *seal.Statement) { s.Version, s.Action, s.Previous = 1, seal.ActionSubmit, canon.Hash{} }, ""},
		{"submit again", func(s *seal.Statement) { s.Action = seal.ActionSubmit }, ""},
		{"withdraw", func(s *seal.Statement) { s.Action, s.Parts = seal.ActionWithdraw, nil }, ""},
		{"type", func(s *seal.Statement) { s.Type = "sunbid/submit/v2" }, "statement-malformed"},
		{"class", func(s *seal.Statement) { s.Class = "" }, "statement-malformed"},
		{"lot", func(s *seal.Statement) { s.Lot = bidA }, "statement-malformed"},
		{"binding", func(s *seal.Statement) { s.Binding = canon.Hash{} }, "statement-malformed"},
		{"version 0", func(s *seal.Statement) { s.Version = 0 }, "statement-malformed"},
		{"first with previous", func(s *seal.Statement) { s.Version, s.Action = 1, seal.ActionSubmit }, "statement-malformed"},
		{"second without previous", func(s *seal.Statement) { s.Previous = canon.Hash{} }, "statement-malformed"},
		{"first replaces", func(s *seal.Statement) { s.Version, s.Previous = 1, canon.Hash{} }, "statement-malformed"},
		{"action", func(s *seal.Statement) { s.Action = "delete" }, "statement-malformed"},
		{"withdraw with parts", func(s *seal.Statement) { s.Action = seal.ActionWithdraw }, "statement-malformed"},
		{"replace without parts", func(s *seal.Statement) { s.Parts = nil }, "statement-malformed"},
		{"parts out of order", func(s *seal.Statement) { s.Parts[0], s.Parts[1] = s.Parts[1], s.Parts[0] }, "statement-malformed"},
		{"a kind twice", func(s *seal.Statement) { s.Parts[1].Kind = seal.KindBody }, "statement-malformed"},
		{"kind", func(s *seal.Statement) { s.Parts[1].Kind = "zebra" }, "statement-malformed"},
		{"moment", func(s *seal.Statement) { s.Parts[0].Moment = "!" }, "statement-malformed"},
		{"digest", func(s *seal.Statement) { s.Parts[0].Digest = canon.Hash{} }, "statement-malformed"},
		{"size", func(s *seal.Statement) { s.Parts[0].Size = 0 }, "statement-malformed"},
		{"read-out too large", func(s *seal.Statement) { s.Parts[1].Size = 1 << 20 }, "statement-malformed"},
	} {
		s := goodStatement()
		c.change(&s)
		if err := s.Check(); code(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.want != "" {
			continue
		}
		signed, err := pki.Sign(s, w.bidder)
		if err != nil {
			t.Fatal(err)
		}
		b, err := signed.Marshal()
		if err != nil || len(b) > seal.MaxStatement {
			t.Fatal(err)
		}
		again, err := pki.ParseSigned[seal.Statement](b)
		if err != nil || again.Body.Check() != nil || again.Verify(w.bidder.Certificate()) != nil {
			t.Errorf("%s does not travel: %v", c.name, err)
		}
		if strings.Contains(string(b), "previous") == (s.Version == 1) {
			t.Errorf("%s: previous is in the wrong versions", c.name)
		}
	}
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := canon.At(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC))
	good := func() seal.Receipt {
		return seal.Receipt{
			Type: seal.ReceiptType, Receipt: "rc_00000000000000000000000000", Class: pki.Rehearsal, Tender: tenderA, Lot: lotA, Bid: bidA, Version: 1,
			Action: seal.ActionSubmit, Statement: canon.Sum([]byte("s")), Arrival: at, Outcome: seal.OutcomeAccepted,
			Parts:    []seal.ReceivedPart{{Kind: seal.KindReadout, Digest: canon.Sum([]byte("2")), Size: 66_500, Objects: []string{"v1"}}},
			Envelope: tlog.Envelope{Type: tlog.EnvelopeType, Tender: tenderA, Lot: lotA, Stream: bidA, Event: "bid.submitted.v1", At: at, By: tlog.By{Actor: "ps", Role: "bidder"}, Body: json.RawMessage(`{}`)},
			Salt:     make([]byte, 32), MergeBy: canon.At(at.Add(time.Minute)),
		}
	}
	for _, c := range []struct {
		name   string
		change func(r *seal.Receipt)
		want   string
	}{
		{"accepted", func(*seal.Receipt) {}, ""},
		{"with a time stamp", func(r *seal.Receipt) { r.Timestamp = []byte{1, 2, 3} }, ""},
		{"refused", func(r *seal.Receipt) { r.Outcome, r.Refusal = seal.OutcomeRefused, "bid-after-deadline" }, ""},
		{"refused without a reason", func(r *seal.Receipt) { r.Outcome = seal.OutcomeRefused }, "receipt-malformed"},
		{"accepted with a reason", func(r *seal.Receipt) { r.Refusal = "x" }, "receipt-malformed"},
		{"outcome", func(r *seal.Receipt) { r.Outcome = "lost" }, "receipt-malformed"},
		{"salt", func(r *seal.Receipt) { r.Salt = r.Salt[1:] }, "receipt-malformed"},
		{"promise before arrival", func(r *seal.Receipt) { r.MergeBy = canon.At(at.Add(-time.Second)) }, "receipt-malformed"},
		{"another lot's envelope", func(r *seal.Receipt) { r.Envelope.Lot = lotB }, "receipt-malformed"},
		{"envelope", func(r *seal.Receipt) { r.Envelope.Body = json.RawMessage(`[]`) }, "receipt-malformed"},
		{"number", func(r *seal.Receipt) { r.Receipt = "17" }, "receipt-malformed"},
		{"parts", func(r *seal.Receipt) { r.Parts = append(r.Parts, r.Parts[0]) }, "receipt-malformed"},
	} {
		r := good()
		c.change(&r)
		if err := r.Check(); code(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.want != "" {
			continue
		}
		signed, err := pki.Sign(r, w.bidder)
		if err != nil {
			t.Fatal(err)
		}
		b, err := signed.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := pki.ParseSigned[seal.Receipt](b); err != nil || again.Body.Check() != nil {
			t.Errorf("%s does not travel: %v", c.name, err)
		}
	}
}
