package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/web/api"
	"sunbid/web/client"
)

// oneAtATime makes a growing buffer safe for a sealer that writes from several goroutines.
type oneAtATime struct {
	mu sync.Mutex
	w  io.WriterAt
}

func (o *oneAtATime) WriteAt(p []byte, off int64) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.WriteAt(p, off)
}

// bidder boots a platform with a lot that takes bids, and logs a bidder in.
func bidder(t *testing.T) (*bundle, lot, pki.Signer, *client.Client, string) {
	t.Helper()
	var b *bundle
	b = setupWith(t, func(made *bundle) func(*api.Config, *api.Services) { b = made; return withBids(t, &b) })
	signer := b.person(t, 1, bidding.Bidder)
	c := b.client(t)
	s, err := c.Login(t.Context(), signer, bidding.Rehearsal, bidding.Bidder)
	if err != nil {
		t.Fatal(err)
	}
	return b, b.submitting(t, time.Hour), signer, c, s.Token
}

func (s sealed) file() client.File {
	return client.File{Content: bytes.NewReader(s.octets), Size: int64(len(s.octets))}
}

func TestUploadGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	b, l, signer, c, _ := bidder(t)
	body := l.seal(t, signer, seal.KindBody, 34<<20) // five parts, the last not full
	var id bidding.UploadID
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	_, err := c.Upload(ctx, l.id, body.file(), id, func(u bidding.UploadID) { id = u }, func(int64, int64) { stop() })
	if !errors.Is(err, context.Canceled) || id.IsZero() {
		t.Fatalf("%v", err)
	}
	var steps []int64
	var total int64
	again := bidding.UploadID{}
	got, err := c.Upload(t.Context(), l.id, body.file(), id, func(u bidding.UploadID) { again = u }, func(done, of int64) { steps = append(steps, done); total = of })
	if err != nil {
		t.Fatal(err)
	}
	if got.Digest != body.front.Digest() || again != id || steps[len(steps)-1] != total || total != int64(len(body.octets)-body.front.Size()) {
		t.Fatalf("%+v %v %v %d", got, again, steps, total)
	}
	if _, err := c.Upload(t.Context(), l.id, body.file(), id, nil, nil); err != nil {
		t.Fatalf("a finished upload again: %v", err)
	}
	other, _ := b.login(t, 2, bidding.Bidder)
	var theirs bidding.UploadID
	readout := l.seal(t, signer, seal.KindReadout, 900)
	if _, err := other.Upload(t.Context(), l.id, readout.file(), id, func(u bidding.UploadID) { theirs = u }, nil); err == nil {
		t.Fatal("sealed by somebody else, and taken")
	}
	if theirs == id {
		t.Fatal("somebody else's upload was gone on with")
	}
}

func TestSubmitThroughTheAPI(t *testing.T) {
	t.Parallel()
	b, l, signer, c, _ := bidder(t)
	readout := l.seal(t, signer, seal.KindReadout, 900)
	if _, err := c.Upload(t.Context(), l.id, readout.file(), bidding.UploadID{}, nil, nil); err != nil {
		t.Fatal(err)
	}
	id := bidding.NewBidID()
	first := l.statement(t, signer, b.clock.Now(), 1, seal.ActionSubmit, id, canon.Hash{}, readout)
	got, err := c.Submit(t.Context(), l.id, first)
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := pki.ParseSigned[seal.Receipt](got.Receipt)
	if err != nil {
		t.Fatalf("the receipt was changed on its way: %v", err)
	}
	if err := receipt.Body.Check(); err != nil || receipt.Body.Outcome != seal.OutcomeAccepted || receipt.Body.Version != 1 {
		t.Fatalf("%+v %v", receipt.Body, err)
	}
	same, err := c.Submit(t.Context(), l.id, first)
	if err != nil || !bytes.Equal(same.Receipt, got.Receipt) {
		t.Fatalf("the same statement again: %v", err)
	}
	number, err := bidding.ParseReceiptID(receipt.Body.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	if fetched, err := c.Receipt(t.Context(), number); err != nil || !bytes.Equal(fetched.Receipt, got.Receipt) {
		t.Fatalf("fetched: %v", err)
	}
	own, err := c.OwnBid(t.Context(), l.id)
	if err != nil || own.ID != id || own.Standing != bid.Submitted {
		t.Fatalf("%+v %v", own, err)
	}
	other, _ := b.login(t, 2, bidding.Bidder)
	if _, err := other.Receipt(t.Context(), number); !errors.Is(err, bidding.ErrMissing) {
		t.Fatalf("somebody else's receipt: %v", err)
	}

	b.clock.pass(2 * time.Hour) // past the opening time
	hash, err := first.Hash()
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Submit(t.Context(), l.id, l.statement(t, signer, b.clock.Now(), 2, seal.ActionWithdraw, id, hash))
	refused, ok := errors.AsType[*client.Refused](err)
	if !ok || !errors.Is(err, bid.ErrAfterDeadline) || refused.Class != bidding.Late || refused.Article == "" {
		t.Fatalf("late: %v", err)
	}
	receipt, err = pki.ParseSigned[seal.Receipt](refused.Receipt)
	if err != nil || receipt.Body.Outcome != seal.OutcomeRefused || receipt.Body.Refusal != bid.ErrAfterDeadline.Code {
		t.Fatalf("receipt of the refusal: %+v %v", receipt.Body, err)
	}
}

func TestBadParts(t *testing.T) {
	t.Parallel()
	b, l, signer, c, token := bidder(t)
	body := l.seal(t, signer, seal.KindBody, 3<<20)
	var id bidding.UploadID
	ctx, stop := context.WithCancel(t.Context())
	_, err := c.Upload(ctx, l.id, body.file(), bidding.UploadID{}, func(u bidding.UploadID) { id = u; stop() }, nil)
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	octets := body.octets[body.front.Size():]
	var leaves []string
	for rest := octets; len(rest) > 0; {
		n := min(len(rest), seal.SealedChunk)
		leaves = append(leaves, canon.Hash(seal.LeafHash(rest[:n])).String())
		rest = rest[n:]
	}
	put := func(n int, leaves []string, octets []byte) (int, string) {
		req := b.request(t, http.MethodPut, fmt.Sprintf("/api/v1/uploads/%v/parts/%d", id, n), string(octets))
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/octet-stream")
		req.Header.Set("Sunbid-Leaves", strings.Join(leaves, ","))
		status, p := b.send(t, req)
		if p != nil {
			return status, p.Code
		}
		return status, ""
	}
	flipped := bytes.Clone(octets)
	flipped[seal.SealedChunk+5] ^= 1
	swapped := []string{leaves[1], leaves[0], leaves[2]}
	for name, got := range map[string]func() (int, string){
		"flipped":           func() (int, string) { return put(0, leaves, flipped) },
		"leaves swapped":    func() (int, string) { return put(0, swapped, octets) },
		"too few leaves":    func() (int, string) { return put(0, leaves[:2], octets) },
		"too short":         func() (int, string) { return put(0, leaves, octets[:len(octets)-1]) },
		"too long":          func() (int, string) { return put(0, leaves, append(bytes.Clone(octets), 0)) },
		"a part beyond":     func() (int, string) { return put(1, leaves, octets) },
		"a part far beyond": func() (int, string) { return put(1<<30, leaves, octets) },
		"empty":             func() (int, string) { return put(0, leaves, nil) },
	} {
		if status, code := got(); status < 400 || status >= 500 || code == "" {
			t.Errorf("%s: %d %s", name, status, code)
		}
	}
	res, conn := b.cut(t, id, token, leaves, octets)
	if res != nil {
		res.Body.Close()
	}
	conn()
	if status, code := put(0, leaves, octets); status != 200 {
		t.Fatalf("after all that the right part: %d %s", status, code)
	}
	if _, err := c.Upload(t.Context(), l.id, body.file(), id, nil, nil); err != nil {
		t.Fatal(err)
	}
	if s := b.log.String(); s != "" {
		t.Errorf("bad parts were logged: %s", s)
	}
}

// cut sends half a part and hangs up.
func (b *bundle) cut(t *testing.T, id bidding.UploadID, token string, leaves []string, octets []byte) (*http.Response, func()) {
	t.Helper()
	r, w := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, fmt.Sprintf("%s/api/v1/uploads/%v/parts/0", b.url, id), r)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = int64(len(octets))
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("Sunbid-Leaves", strings.Join(leaves, ","))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = w.Write(octets[:len(octets)/2])
		_ = w.CloseWithError(errors.New("power cut"))
	}()
	res, err := (&http.Client{Transport: &http.Transport{}}).Do(req)
	if err == nil && res.StatusCode < 400 {
		t.Fatalf("half a part was taken: %d", res.StatusCode)
	}
	return res, func() { <-done }
}
