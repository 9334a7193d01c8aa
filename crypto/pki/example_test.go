package pki_test

import (
	"crypto/rand"
	"fmt"
	"time"

	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
)

// A party signs a record; another judges the certificate as of its arrival and verifies the signature.
func Example() {
	at := time.Date(2026, 3, 1, 1, 0, 0, 0, time.UTC)
	ca, _ := pki.NewCA(rand.Reader, pki.Subject{Organisation: "演练 CA", Name: "演练根"}, pki.Rehearsal, at)
	key, _ := sm.GenerateKey(rand.Reader)
	certificate, _ := ca.Issue(key.Public(), pki.Subject{Organisation: "甲公司", Name: "甲公司", Code: "91110000MA00000000"}, pki.Signing, at, at.AddDate(1, 0, 0))
	signer, _ := pki.NewSigner(key, certificate)

	type notice struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	signed, _ := pki.Sign(notice{"sunbid/example/v1", "开标"}, signer)
	wire, _ := signed.Marshal()

	trust := pki.Trust{Class: pki.Rehearsal, Issuers: []*pki.Certificate{ca.Certificate()}}
	read, err := pki.ParseSigned[notice](wire)
	fmt.Println(read.Body.Text, err)
	fmt.Println(trust.Judge(certificate, pki.Signing, at.AddDate(0, 1, 0)), read.Verify(certificate))
	fmt.Println(trust.Judge(certificate, pki.Signing, at.AddDate(2, 0, 0)))
	// Output:
	// 开标 <nil>
	// <nil> <nil>
	// pki: certificate has expired
}
