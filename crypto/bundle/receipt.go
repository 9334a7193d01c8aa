package bundle

import (
	"errors"
	"slices"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tlog"
)

// Checks of a receipt (SPEC.md section 5).
const (
	CheckReceipt   = "receipt"   // the platform's signature, and the receipt's own form
	CheckStatement = "statement" // the bidder's statement is the one the receipt names, and says the same
	CheckEnvelope  = "envelope"  // the event is of this receipt
	CheckProof     = "proof"     // the event stands in the log
)

// NotPresent is why a check is skipped that a receipt carries nothing for: a fresh one has no proof yet.
const NotPresent = "not-present"

// TypeReceiptFile is the type of a saved receipt.
const TypeReceiptFile = "sunbid/receipt-file/v1"

// MaxReceipt bounds a saved receipt.
const MaxReceipt = 4 << 20

// ReceiptFile is a receipt as a bidder keeps it: with the statement it answers, its proof once there is one, and the certificates.
type ReceiptFile struct {
	Type         string                      `json:"type"`
	Receipt      pki.Signed[seal.Receipt]    `json:"receipt"`
	Statement    *pki.Signed[seal.Statement] `json:"statement,omitempty"`
	Proof        *tlog.EventProof            `json:"proof,omitempty"`
	Certificates [][]byte                    `json:"certificates"` // DER
}

// VerifyReceipt runs the checks over a saved receipt. trust may be nil, as in Verify.
func VerifyReceipt(data []byte, trust *pki.Trust) Report {
	r := &receiptVerifier{trust: trust, certificates: map[canon.Hash]*pki.Certificate{}}
	var report Report
	broke := ""
	for _, s := range []struct {
		name string
		run  func() (string, error)
	}{
		{CheckReceipt, func() (string, error) { return "", r.read(data) }},
		{CheckStatement, r.statement},
		{CheckEnvelope, r.envelope},
		{CheckProof, r.proof},
		{CheckTrust, r.trusted},
	} {
		c := Check{Name: s.name, Skipped: broke}
		if broke == "" {
			if c.Skipped, c.Err = s.run(); c.Err != nil {
				broke = s.name
			} else if c.Skipped == "" {
				c.Count = 1
			}
		}
		report.Checks = append(report.Checks, c)
	}
	body := r.file.Receipt.Body
	report.Class, report.Tender, report.Lot = body.Class, body.Tender, body.Lot
	if r.platform != nil {
		report.Keys.Platform = []string{r.platform.Fingerprint().String()}
	}
	if r.log != nil {
		report.Keys.Log = []string{r.log.Fingerprint().String()}
	}
	return report
}

type receiptVerifier struct {
	trust        *pki.Trust
	file         ReceiptFile
	certificates map[canon.Hash]*pki.Certificate
	platform     *pki.Certificate
	log          *pki.Certificate
	bidder       *pki.Certificate
}

func (r *receiptVerifier) read(data []byte) error {
	if len(data) > MaxReceipt {
		return broken("receipt", "file-too-large", nil)
	}
	if err := canon.Unmarshal(data, &r.file); err != nil || r.file.Type != TypeReceiptFile {
		return broken("receipt", "receipt-malformed", err)
	}
	for _, der := range r.file.Certificates {
		c, err := pki.ParseCertificate(der)
		if err != nil {
			return broken("certificates", "certificate-malformed", err)
		}
		r.certificates[c.Fingerprint()] = c
	}
	if err := r.file.Receipt.Body.Check(); err != nil {
		return broken("receipt", "receipt-malformed", err)
	}
	c, err := verifyOnly(r.file.Receipt, r.certificates)
	if err != nil {
		return broken("receipt", "record-signature", err)
	}
	r.platform = c
	return nil
}

var errCertificate = errors.New("the signer's certificate is not in the file")

// verifyOnly verifies a record with one signature by a certificate of the file.
func verifyOnly[T any](s pki.Signed[T], certificates map[canon.Hash]*pki.Certificate) (*pki.Certificate, error) {
	if len(s.Signatures) != 1 {
		return nil, pki.ErrNotSigned
	}
	c := certificates[s.Signatures[0].Signer]
	if c == nil {
		return nil, errCertificate
	}
	return c, s.VerifyAll(c)
}

func (r *receiptVerifier) statement() (string, error) {
	if r.file.Statement == nil {
		return NotPresent, nil
	}
	c, err := verifyOnly(*r.file.Statement, r.certificates)
	if err != nil {
		return "", broken("statement", "record-signature", err)
	}
	r.bidder = c
	hash, err := r.file.Statement.Hash()
	if err != nil || hash != r.file.Receipt.Body.Statement {
		return "", broken("statement", "receipt-statement", errors.New("the receipt names another statement"))
	}
	if what := contradicts(r.file.Receipt.Body, r.file.Statement.Body); what != "" {
		return "", broken("receipt", "receipt-contradicts", errors.New("it says another "+what+" than the statement that it names"))
	}
	return "", nil
}

// contradicts names the first thing that a receipt repeats of its statement otherwise than it stands there. An accepted one names
// every part, a refused one at most those: what never arrived has no objects.
func contradicts(r seal.Receipt, s seal.Statement) string {
	switch {
	case r.Class != s.Class:
		return "class"
	case r.Tender != s.Tender:
		return "tender"
	case r.Lot != s.Lot:
		return "lot"
	case r.Bid != s.Bid:
		return "bid"
	case r.Version != s.Version:
		return "version"
	case r.Action != s.Action:
		return "action"
	case r.Outcome == seal.OutcomeAccepted && len(r.Parts) != len(s.Parts):
		return "number of parts"
	}
	for _, p := range r.Parts {
		if !slices.ContainsFunc(s.Parts, func(q seal.Part) bool { return q.Kind == p.Kind && q.Digest == p.Digest && q.Size == p.Size }) {
			return "part"
		}
	}
	return ""
}

// envelope wants the event inside the receipt to be about this receipt: same tender and lot, and, where it was accepted, the same
// bid, statement and arrival.
func (r *receiptVerifier) envelope() (string, error) {
	b := r.file.Receipt.Body
	if b.Envelope.Tender != b.Tender || b.Envelope.Lot != b.Lot {
		return "", broken("receipt", "receipt-envelope", errPlace)
	}
	e, err := facts(b.Envelope)
	if err != nil {
		return "", broken("receipt", "receipt-envelope", err)
	}
	accepted := b.Outcome == seal.OutcomeAccepted
	if e.text("arrival") != b.Arrival.String() || (accepted && e.text("bid") != b.Bid) ||
		((accepted || e.text("statement") != "") && e.text("statement") != b.Statement.String()) {
		return "", broken("receipt", "receipt-envelope", errors.New("its event is about another statement, bid or arrival"))
	}
	return "", nil
}

func (r *receiptVerifier) proof() (string, error) {
	if r.file.Proof == nil {
		return NotPresent, nil
	}
	b, p := r.file.Receipt.Body, *r.file.Proof
	for _, s := range p.Checkpoint.Signatures {
		if c := r.certificates[s.Signer]; c != nil && p.Checkpoint.Body.Origin == tlog.Origin(b.Class, c) {
			r.log = c
		}
	}
	if r.log == nil {
		return "", broken("proof", "checkpoint-origin", errCertificate)
	}
	d := tlog.Disclosed{Envelope: b.Envelope, Salt: b.Salt, Proof: p}
	if err := d.Verify(r.log, p.Checkpoint.Body.Origin); err != nil {
		return "", broken("proof", "proof-path", err)
	}
	return "", nil
}

func (r *receiptVerifier) trusted() (string, error) {
	switch {
	case r.trust == nil:
		return NotChecked, nil
	case r.trust.Class != r.file.Receipt.Body.Class:
		return "", broken("receipt", "class-mismatch", errors.New("the trust list is of the other class"))
	case !r.trust.IsPlatform(r.platform):
		return "", broken("receipt", "trust-platform", errors.New("not in the trust list"))
	case r.log != nil && !r.trust.IsLog(r.log):
		return "", broken("proof", "trust-log", errors.New("not in the trust list"))
	case r.bidder != nil:
		if err := r.trust.Judge(r.bidder, pki.Signing, r.file.Receipt.Body.Arrival.Time); err != nil {
			return "", broken("statement", "certificate-foreign", err)
		}
	}
	return "", nil
}
