package desk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/crypto/bundle"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/web/api/wire"
	"sunbid/web/client"
)

// Refusals about what the platform answered.
var (
	ErrReceipt  = bidding.Refuse("desk-receipt", bidding.Invalid, "", "平台给出的回执未通过验证，请保存并立即报告。", "the platform's receipt does not verify: keep it and report it")
	ErrNotModeB = bidding.Refuse("desk-not-mode-b", bidding.Conflict, "", "本标段开标时不需要投标人解密。", "this lot asks nothing of bidders at the opening")
)

// Bidder is a bidder at the desk, ready to hand in for one lot.
type Bidder struct {
	Platform Bids
	Home     Home
	Lot      Lot
	Who      *Identity
	Trust    *pki.Trust
	Known    [][]byte // certificates (DER) that receipts may need: the platform's and the log's; others are left out of receipts
}

// HandIn uploads what is not yet on the platform, sends the statement and keeps the receipt, whose path it returns. A killed run goes
// on where it stopped: parts already sent are not sent again, and a statement already sent is sent unchanged.
// progress, if not nil, gives the progress of one part's upload.
func (d Bidder) HandIn(ctx context.Context, act seal.Action, now time.Time, progress func(SealedPart) Progress) (bundle.ReceiptFile, string, error) {
	var none bundle.ReceiptFile
	b, err := LoadBid(d.Home, d.Lot)
	if err != nil {
		return none, "", err
	}
	if b.Binding != d.Lot.Binding {
		return none, "", ErrRebound
	}
	if act != seal.ActionWithdraw {
		// Too late to upload: the statement goes all the same, so that the refusal comes back as a signed receipt (拒收回执).
		if err := d.uploadAll(ctx, b, progress); err != nil && !late(err) {
			return none, "", err
		}
	}
	statement, err := b.Next(d.Who, act, canon.At(now))
	if err != nil {
		return none, "", err
	}
	// From here a crash leads to the same statement again, not to a second one.
	if err := b.Save(d.Home); err != nil {
		return none, "", err
	}
	answer, err := d.Platform.Submit(ctx, d.Lot.ID, statement)
	var refused *client.Refused
	if errors.As(err, &refused) {
		return d.refused(b, refused, &statement)
	}
	if err != nil {
		return none, "", err
	}
	file, err := d.receiptFile(answer, &statement)
	if err != nil {
		return none, "", err
	}
	path, err := SaveReceipt(d.Home, d.Lot.ID, file, d.Trust)
	if err != nil {
		return file, path, err
	}
	hash, err := statement.Hash()
	if err != nil {
		return file, path, err
	}
	if file.Receipt.Body.Statement != hash {
		return file, path, ErrReceipt.With("of another statement")
	}
	if file.Receipt.Body.Outcome != seal.OutcomeAccepted {
		return file, path, ErrReceipt.With("not accepted, and without a refusal")
	}
	b.Answered(hash, filepath.Base(path))
	return file, path, b.Save(d.Home)
}

// Upload brings the sealed parts to the platform ahead of the statement, which then is a matter of a moment. Nothing is submitted by it.
func (d Bidder) Upload(ctx context.Context, progress func(SealedPart) Progress) error {
	b, err := LoadBid(d.Home, d.Lot)
	if err != nil {
		return err
	}
	if b.Binding != d.Lot.Binding {
		return ErrRebound
	}
	return d.uploadAll(ctx, b, progress)
}

// late tells that the deadline has passed.
func late(err error) bool {
	var r *bidding.Refusal
	return errors.As(err, &r) && r.Code == bid.ErrAfterDeadline.Code
}

// refused keeps the receipt of a refusal (拒收回执) and gives the refusal itself. The statement is spent: the next one is made anew.
func (d Bidder) refused(b *Bid, r *client.Refused, statement *Statement) (bundle.ReceiptFile, string, error) {
	b.Pending = nil
	if err := b.Save(d.Home); err != nil {
		return bundle.ReceiptFile{}, "", err
	}
	file, err := d.receiptFile(wire.Receipt{Receipt: r.Receipt}, statement)
	if err != nil {
		return file, "", errors.Join(r.Refusal, err)
	}
	path, err := SaveReceipt(d.Home, d.Lot.ID, file, d.Trust)
	return file, path, errors.Join(r.Refusal, err)
}

func (d Bidder) uploadAll(ctx context.Context, b *Bid, progress func(SealedPart) Progress) error {
	for i := range b.Parts {
		var show Progress
		if progress != nil {
			show = progress(b.Parts[i])
		}
		if err := d.upload(ctx, b, &b.Parts[i], show); err != nil {
			return fmt.Errorf("%s: %w", b.Parts[i].Kind, err)
		}
	}
	return nil
}

// upload brings one part to the platform, or the rest of it; it is done when the platform has acknowledged its digest.
func (d Bidder) upload(ctx context.Context, b *Bid, p *SealedPart, progress Progress) error {
	if p.Stored {
		return nil
	}
	f, err := os.Open(p.File)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrFileMissing.With(p.File)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	front, err := seal.ReadFront(f)
	if err != nil || front.Digest() != p.Digest {
		return ErrFileChanged.With(p.File)
	}
	resume, err := bidding.ParseUploadID(p.Upload)
	if err != nil {
		resume = bidding.UploadID{}
	}
	var unsaved error
	began := func(id bidding.UploadID) {
		p.Upload = id.String()
		unsaved = b.Save(d.Home)
	}
	if _, err := d.Platform.Upload(ctx, d.Lot.ID, client.File{Content: f, Size: p.Size}, resume, began, progress); err != nil {
		return err
	}
	p.Stored = true
	return errors.Join(unsaved, b.Save(d.Home))
}

// receiptFile makes a receipt file of the platform's answer, with the certificates of those who signed in it.
func (d Bidder) receiptFile(answer wire.Receipt, statement *Statement) (bundle.ReceiptFile, error) {
	signed, err := pki.ParseSigned[seal.Receipt](answer.Receipt)
	if err != nil {
		return bundle.ReceiptFile{}, ErrReceipt.With(err.Error())
	}
	file := bundle.ReceiptFile{Type: bundle.TypeReceiptFile, Receipt: signed, Statement: statement, Proof: answer.Proof, Certificates: [][]byte{d.Who.Signing.DER()}}
	for _, der := range d.Known {
		if f := canon.Sum(der); slices.Contains(d.Trust.Platform, f) || slices.Contains(d.Trust.Log, f) {
			file.Certificates = append(file.Certificates, der)
		}
	}
	return file, nil
}

// SaveReceipt keeps a receipt, and then verifies it: also one that does not hold is kept, as evidence.
func SaveReceipt(home Home, lot bidding.LotID, file bundle.ReceiptFile, trust *pki.Trust) (string, error) {
	path := filepath.Join(home.Receipts(lot), filepath.Base(file.Receipt.Body.Receipt)+".json")
	data, err := canon.Marshal(file)
	if err != nil {
		return "", err
	}
	if err := WriteFile(path, data); err != nil {
		return "", err
	}
	for _, c := range bundle.VerifyReceipt(data, trust).Checks {
		if c.Err != nil {
			return path, ErrReceipt.With(c.Err.Error())
		}
	}
	return path, nil
}

// RefreshReceipt completes a kept receipt with its proof, once the log has it.
func (d Bidder) RefreshReceipt(ctx context.Context, path string) (bundle.ReceiptFile, error) {
	var file bundle.ReceiptFile
	if err := LoadJSON(path, bundle.MaxReceipt, &file); err != nil {
		return file, err
	}
	id, err := bidding.ParseReceiptID(file.Receipt.Body.Receipt)
	if err != nil || file.Proof != nil {
		return file, err
	}
	answer, err := d.Platform.Receipt(ctx, id)
	if err != nil {
		return file, err
	}
	fresh, err := d.receiptFile(answer, file.Statement)
	if err != nil {
		return file, err
	}
	_, err = SaveReceipt(d.Home, d.Lot.ID, fresh, d.Trust)
	return fresh, err
}

// Decrypt releases the bidder's own keys of every part that opens at a moment, after the opening time (mode B), and tells how many.
// It opens stanza B with the key kept here; the platform never sees that key, only what it opens.
func (d Bidder) Decrypt(ctx context.Context, moment string) (int, error) {
	if d.Lot.Mode != custody.ModeBidderKey {
		return 0, ErrNotModeB
	}
	b, err := ReadBid(d.Home, d.Lot.ID)
	if err != nil {
		return 0, orElse(err, ErrNotSubmitted)
	}
	count := 0
	for _, p := range b.Submitted {
		if p.Moment != moment {
			continue
		}
		r, err := KeyRelease(d.Lot, b.ID, p, d.Who)
		if err != nil {
			return count, err
		}
		if err := d.release(ctx, r); err != nil {
			return count, fmt.Errorf("%s: %w", p.Kind, err)
		}
		count++
	}
	return count, nil
}

// The freeze takes up to two seconds after the opening time: a command that comes at the very moment is early, and is repeated.
const (
	freezeTakes = 10 * time.Second
	freezeLook  = 200 * time.Millisecond
)

func (d Bidder) release(ctx context.Context, r pki.Signed[custody.KeyRelease]) error {
	for range freezeTakes / freezeLook {
		err := d.Platform.ReleaseKey(ctx, d.Lot.ID, r)
		var no *bidding.Refusal
		if !errors.As(err, &no) || no.Class != bidding.Early {
			return err
		}
		if err := pause(ctx, freezeLook); err != nil {
			return err
		}
	}
	return d.Platform.ReleaseKey(ctx, d.Lot.ID, r)
}

// KeyRelease opens stanza B of a sealed part of this machine and signs what is to be released.
func KeyRelease(lot Lot, id bidding.BidID, p SealedPart, who *Identity) (pki.Signed[custody.KeyRelease], error) {
	var none pki.Signed[custody.KeyRelease]
	raw, err := readFront(p.File)
	if err != nil {
		return none, err
	}
	if raw.Digest() != p.Digest {
		return none, ErrFileChanged.With(p.File)
	}
	kb, err := seal.OpenStanzaB(raw.Header, who.Decryption)
	if err != nil {
		return none, err
	}
	defer clear(kb[:])
	return pki.Sign(custody.KeyRelease{Type: custody.TypeKeyRelease, Class: string(lot.Class), Lot: lot.ID.String(), Bid: id.String(), Digest: p.Digest,
		KB: append([]byte(nil), kb[:]...)}, who.Signer)
}
