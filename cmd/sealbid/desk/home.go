package desk

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"sunbid/bidding"
	"sunbid/crypto/pki"
)

// Home is the folder of one person's desk:
//
//	identity/            keys (encrypted), requests and certificates
//	trust.json           the trust list, kept at the first contact
//	server               the platform's address
//	lots/LOT/lot.json    the lot file
//	lots/LOT/bid.json    the state of this person's bid
//	lots/LOT/*.gmtb      sealed parts
//	lots/LOT/receipts/   receipts
type Home struct{ Dir string }

func (h Home) Identity() string                   { return filepath.Join(h.Dir, "identity") }
func (h Home) Trust() string                      { return filepath.Join(h.Dir, "trust.json") }
func (h Home) Server() string                     { return filepath.Join(h.Dir, "server") }
func (h Home) Lot(lot bidding.LotID) string       { return filepath.Join(h.Dir, "lots", lot.String()) }
func (h Home) LotFile(lot bidding.LotID) string   { return filepath.Join(h.Lot(lot), "lot.json") }
func (h Home) Bid(lot bidding.LotID) string       { return filepath.Join(h.Lot(lot), "bid.json") }
func (h Home) Receipts(lot bidding.LotID) string  { return filepath.Join(h.Lot(lot), "receipts") }
func (h Home) Documents(lot bidding.LotID) string { return filepath.Join(h.Lot(lot), "officer") }

// Lots lists the lots that have a folder here, in order of their identifiers.
func (h Home) Lots() ([]bidding.LotID, error) {
	entries, err := os.ReadDir(filepath.Join(h.Dir, "lots"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var lots []bidding.LotID
	for _, e := range entries {
		if lot, err := bidding.ParseLotID(e.Name()); err == nil {
			lots = append(lots, lot)
		}
	}
	return lots, err
}

// Refusals about the trust list.
var (
	ErrNoTrust      = bidding.Refuse("desk-no-trust", bidding.Missing, "", "还没有信任列表：请用 --trust 指定，或先运行 sealbid fetch。", "there is no trust list: give --trust, or run sealbid fetch first")
	ErrTrustFile    = bidding.Refuse("desk-trust-file", bidding.Invalid, "", "信任列表文件格式不正确。", "the trust list is malformed")
	ErrTrustChanged = bidding.Refuse("desk-trust-changed", bidding.Conflict, "", "平台给出的信任列表与本机保存的不同。请向可信渠道核实后用 --trust 指定新的列表。", "the platform's trust list differs from the one kept here: confirm it by another way and give --trust")
)

const maxTrust = 1 << 20

// ReadTrust reads a trust list, bare or inside a signed record; who signed it is for the reader to know.
func ReadTrust(path string) (*pki.Trust, error) {
	data, err := ReadFile(path, maxTrust)
	if err != nil {
		return nil, orElse(err, ErrNoTrust)
	}
	return ParseTrust(data)
}

// ParseTrust is ReadTrust for bytes.
func ParseTrust(data []byte) (*pki.Trust, error) {
	var head struct {
		Body json.RawMessage `json:"body"`
	}
	if json.Unmarshal(data, &head) == nil && head.Body != nil {
		signed, err := pki.ParseSigned[pki.TrustList](data)
		if err != nil {
			return nil, ErrTrustFile.With(err.Error())
		}
		return opened(signed.Body.Open())
	}
	return opened(pki.ParseTrust(data))
}

func opened(t *pki.Trust, err error) (*pki.Trust, error) {
	if err != nil {
		return nil, ErrTrustFile.With(err.Error())
	}
	return t, nil
}
