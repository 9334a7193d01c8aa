package service_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"sunbid/cmd/keyholder/service"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/canon"
	"sunbid/crypto/canon/canontest"
	"sunbid/crypto/custody"
)

// FuzzDoor sends any octets to any address of a keyholder's door, as the platform: the answer is canonical, and a refusal has a code that is
// no fault of the keyholder's. Memory is in the order of the body.
func FuzzDoor(f *testing.F) {
	o := bundletest.New(f, bundletest.Wanted{Bids: 2, Postponed: true})
	certificate := &x509.Certificate{Raw: []byte("the platform's")}
	door := service.New(o.Keepers[0], map[[32]byte]bool{sha256.Sum256(certificate.Raw): true}, nil, "test", slog.New(slog.DiscardHandler)).Handler()
	paths := []string{"/v1/generate", "/v1/bind", "/v1/postpone", "/v1/erase", "/v1/release"}
	c := o.Contents
	for i, q := range []any{
		custody.GenerateRequest{Step: custody.StepStart, Plan: &custody.Plan{Ceremony: "c", Class: o.Class, Key: "ky_00000000000000000000000000", Threshold: 2, MadeAt: c.Binding.Body.OpeningAt}},
		custody.BindRequest{Binding: c.Binding, KeyRecord: c.KeyRecord, OfficerKey: c.OfficerKey, Dealer: o.Tenderer.Signing.DER()},
		custody.PostponeRequest{Postponement: c.Postponements[0], Certificates: [][]byte{o.Tenderer.Signing.DER()}},
		custody.EraseRequest{Certificates: [][]byte{o.Tenderer.Signing.DER()}, Freeze: &custody.FreezeEvidence{Freeze: c.Freeze, Statements: []canon.Hash{}}},
	} {
		body, err := canon.Marshal(q)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(i), body)
		f.Add(byte(i), []byte(`{}`))
	}
	for _, step := range []string{custody.StepReveal, custody.StepCheck, custody.StepAnswer, custody.StepFinish, "x"} {
		f.Add(byte(0), []byte(`{"ceremony":"c","step":"`+step+`"}`))
	}
	vector, err := os.ReadFile("../../../testdata/vectors/bundle/freeze.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(byte(4), append([]byte("SRLQ\x01\x00\x00\x02\x00"), vector...))
	f.Fuzz(func(t *testing.T, n byte, body []byte) {
		var w *httptest.ResponseRecorder
		r := httptest.NewRequest(http.MethodPost, paths[int(n)%len(paths)], nil)
		r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{certificate}}
		canontest.Within(t, 1<<20+canontest.PerByte*uint64(len(body)), body, func() {
			w, r.Body = httptest.NewRecorder(), io.NopCloser(bytes.NewReader(body))
			door.ServeHTTP(w, r)
		})
		if err := canon.Canonical(w.Body.Bytes()); err != nil {
			t.Fatalf("%s with %.200q: status %d with %q", r.URL.Path, body, w.Code, w.Body)
		}
		var p custody.Problem
		if w.Code != http.StatusOK && (w.Code >= 500 || canon.Unmarshal(w.Body.Bytes(), &p) != nil || p.Code == "" || p.Code == "internal") {
			t.Fatalf("%s with %.200q: status %d with %q", r.URL.Path, body, w.Code, w.Body)
		}
	})
}
