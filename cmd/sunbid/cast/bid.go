package cast

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// Offer is what a bid says.
type Offer struct {
	Price    bidding.Fen
	Days     int
	Security string
	Body     []byte // content of the one file in the body
	Filler   Filler // a large one instead, when it has a size
}

// Bidder is a person with a bid for one lot.
type Bidder struct {
	*Person
	Desk desk.Bidder
}

// NewBidder prepares a desk in a folder of its own.
func NewBidder(p *Person, dir string, lot desk.Lot, trust *pki.Trust, known [][]byte) *Bidder {
	return &Bidder{p, desk.Bidder{Platform: p.Client, Home: desk.Home{Dir: dir}, Lot: lot, Who: p.Who, Trust: trust, Known: known}}
}

// Seal seals read-out and body into the bidder's folder; it needs no network.
func (b *Bidder) Seal(ctx context.Context, o Offer) error {
	if err := b.SealReadout(ctx, o); err != nil {
		return err
	}
	if o.Filler.Size > 0 {
		return b.sealContent(ctx, seal.KindBody, seal.File{Name: "投标文件.bin", Media: "application/octet-stream", Size: o.Filler.Size, Content: o.Filler})
	}
	return b.SealFile(ctx, seal.KindBody, "投标文件.txt", o.Body)
}

// SealFile seals a part of one text file; a part that opens later has its moment from the lot.
func (b *Bidder) SealFile(ctx context.Context, kind seal.Kind, name string, content []byte) error {
	return b.sealContent(ctx, kind, seal.File{Name: name, Media: "text/plain", Size: int64(len(content)), Content: bytes.NewReader(content)})
}

func (b *Bidder) sealContent(ctx context.Context, kind seal.Kind, file seal.File) error {
	container, err := seal.NewContainer([]seal.File{file})
	if err != nil {
		return err
	}
	return b.sealPart(ctx, kind, container, container.Size())
}

// SealReadout seals the price sheet alone, to take the place of an earlier one.
func (b *Bidder) SealReadout(ctx context.Context, o Offer) error {
	price := int64(o.Price)
	readout, err := canon.Marshal(seal.Readout{
		Type: seal.ReadoutType, Bidder: seal.Party{Name: b.Name, Code: b.Code}, PriceFen: &price, DurationDays: int64(o.Days),
		Quality: "合格", Security: o.Security, Extra: map[string]string{},
	})
	if err != nil {
		return err
	}
	return b.sealPart(ctx, seal.KindReadout, bytes.NewReader(readout), int64(len(readout)))
}

func (b *Bidder) sealPart(ctx context.Context, kind seal.Kind, content readerAt, size int64) error {
	part, err := desk.SealTo(ctx, b.Desk.Lot, b.Who, kind, content, size, b.Desk.Home.Lot(b.Desk.Lot.ID), nil)
	if err != nil {
		return fmt.Errorf("seal %s: %w", kind, err)
	}
	state, err := desk.LoadBid(b.Desk.Home, b.Desk.Lot)
	if err != nil {
		return err
	}
	state.Put(part)
	return state.Save(b.Desk.Home)
}

// HandIn uploads what is new and submits, replaces or withdraws; it returns the receipt's path.
func (b *Bidder) HandIn(ctx context.Context, act seal.Action, now time.Time) (string, error) {
	_, path, err := b.Desk.HandIn(ctx, act, now, nil)
	return path, err
}

// Tidy removes the sealed bodies from the bidder's folder once they are handed in: a rehearsal of thousands keeps no second copy. Where
// the bidder's own key is needed they stay: it opens stanza B of each part at the opening.
func (b *Bidder) Tidy() error {
	if b.Desk.Lot.Mode == custody.ModeBidderKey {
		return nil
	}
	state, err := desk.ReadBid(b.Desk.Home, b.Desk.Lot.ID)
	if err != nil {
		return err
	}
	for _, p := range state.Submitted {
		if p.Kind != seal.KindBody {
			continue
		}
		if err := os.Remove(p.File); err != nil {
			return fmt.Errorf("tidy: %w", err)
		}
	}
	return nil
}

type readerAt interface {
	ReadAt(p []byte, off int64) (int, error)
}

// Known reads the certificates that stand under a lot's records, for receipts.
func Known(file desk.LotFile) [][]byte { return file.Certificates }

// FillerBody is a small body for rehearsals.
func FillerBody(name string) []byte {
	text, _ := json.Marshal(name) // a string always marshals
	return []byte("演练投标文件，投标人：" + strings.Trim(string(text), `"`) + "\n")
}
