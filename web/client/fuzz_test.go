package client_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"sunbid/bidding"
	"sunbid/bidding/party"
	"sunbid/crypto/canon/canontest"
	"sunbid/crypto/seal"
	"sunbid/web/client"
	"sunbid/web/problem"
)

// said is a platform that says the same to everything.
type said struct {
	status int
	body   []byte
}

func (s said) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: s.status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(s.body)), Request: r}, nil
}

// perByte is more than elsewhere: an answer is decoded into what its empty elements grow to, for the client's own platform is asked to be
// sensible; 64 MiB bound the whole.
const perByte = 4096

// FuzzAnswers: whatever a platform answers, the client reads it or says why not; a problem becomes a refusal with the problem's own code.
func FuzzAnswers(f *testing.F) {
	calls := []func(context.Context, *client.Client) error{
		func(ctx context.Context, c *client.Client) error {
			_, err := c.Tenders(ctx, "", "", "", 20)
			return err
		},
		func(ctx context.Context, c *client.Client) error {
			_, err := c.Tender(ctx, bidding.TenderID{})
			return err
		},
		func(ctx context.Context, c *client.Client) error { _, err := c.Lot(ctx, bidding.LotID{}); return err },
		func(ctx context.Context, c *client.Client) error { _, err := c.Keys(ctx, bidding.LotID{}); return err },
		func(ctx context.Context, c *client.Client) error {
			_, err := c.OpeningStatus(ctx, bidding.LotID{})
			return err
		},
		func(ctx context.Context, c *client.Client) error {
			_, err := c.OpeningRows(ctx, bidding.LotID{}, "", 9)
			return err
		},
		func(ctx context.Context, c *client.Client) error {
			_, err := c.Receipt(ctx, bidding.ReceiptID{})
			return err
		},
		func(ctx context.Context, c *client.Client) error {
			_, err := c.Task(ctx, bidding.LotID{}, seal.KindReadout, "", 0)
			return err
		},
		func(ctx context.Context, c *client.Client) error {
			_, err := c.Process(ctx, bidding.LotID{})
			return err
		},
		func(ctx context.Context, c *client.Client) error {
			_, err := c.Organisations(ctx, party.Standing(""), "")
			return err
		},
		func(ctx context.Context, c *client.Client) error { _, err := c.Consistency(ctx, 1, 2); return err },
		func(ctx context.Context, c *client.Client) error { _, err := c.Readiness(ctx); return err },
		func(ctx context.Context, c *client.Client) error { _, err := c.Time(ctx); return err },
	}
	statuses := []int{200, 201, 400, 401, 403, 404, 409, 413, 422, 500}
	for i := range calls {
		f.Add(byte(i), byte(0), []byte(`{}`))
	}
	f.Add(byte(0), byte(0), []byte(`{"tenders":[{"id":"td_00000000000000000000000000","lots":1,"next_at":"2026-03-01T01:00:00.000Z"}],"next":"x"}`))
	f.Add(byte(5), byte(0), []byte(`{"rows":[{"bid":"bd_0"},null,1],"next":""}`))
	f.Add(byte(7), byte(0), []byte(`{"request":{"Items":[{"Statement":"AA=="}]},"kind":"readout"}`))
	f.Add(byte(2), byte(5), []byte(`{"type":"urn:sunbid:problem:not-found","title":"没有","status":404,"code":"not-found","class":"missing"}`))
	f.Add(byte(2), byte(8), []byte(`{"code":"submit-late","class":"late","receipt":{"body":{}},"status":-1}`))
	f.Add(byte(2), byte(9), []byte(`<html>`))
	f.Fuzz(func(t *testing.T, n, s byte, body []byte) {
		status := statuses[int(s)%len(statuses)]
		c, err := client.New("http://platform", &http.Client{Transport: said{status, body}})
		if err != nil {
			t.Fatal(err)
		}
		canontest.Within(t, canontest.Base+perByte*uint64(len(body)), body, func() { err = calls[int(n)%len(calls)](t.Context(), c) })
		if status < 300 {
			return
		}
		if err == nil || canontest.Code(err) == "" {
			t.Fatalf("status %d with %q is %v", status, body, err)
		}
		if p, ok := problem.Parse(body); ok && canontest.Code(err) != p.Code {
			t.Fatalf("%q becomes %v", body, err)
		}
	})
}
