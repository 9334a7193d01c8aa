package bundle

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
	"sunbid/crypto/tlog"
)

// Contents is what a bundle is made of. Writing checks little: run Verify over the result.
type Contents struct {
	MadeAt        canon.Time
	Tender        Tender
	Certificates  []*pki.Certificate // all that any signature needs, and issuers between them and the trust list; more are left out
	Notices       [][]byte           // signed records as published, any order
	KeyRecord     pki.Signed[custody.KeyRecord]
	OfficerKey    pki.Signed[custody.OfficerKey]
	Binding       pki.Signed[custody.Binding]
	Postponements []pki.Signed[custody.Postponement] // in force, in order of number
	Events        []tlog.Disclosed                   // any order; every proof under Checkpoint
	Checkpoint    tlog.SignedCheckpoint
	End           string // Failed or Terminated: then Order and Erased take the place of all that follows them
	Order         pki.Signed[custody.ErasureOrder]
	Erased        []pki.Signed[custody.Erased] // of every keyholder, any order
	Freeze        pki.Signed[custody.Freeze]
	Record        pki.Signed[custody.OpeningRecord]
	Causes        []pki.Signed[custody.Cause]
	Releases      []pki.Signed[custody.MomentRelease] // of later moments, any order
	Bids          []Bid                               // the frozen set, any order
	Batches       []pki.Signed[custody.PartialsBatch] // over read-outs; those that no threshold needs are left out
}

// Bid is one frozen bid.
type Bid struct {
	ID         string
	Statement  pki.Signed[seal.Statement]
	Readout    func() (io.ReadCloser, error) // the sealed file, whole
	KeyRelease *pki.Signed[custody.KeyRelease]
}

// Write makes the folder dir, which must not exist. It is written beside and put in its place whole, so that a crash leaves no
// bundle rather than half of one.
func Write(dir string, c Contents, platform pki.Signer) error {
	if _, err := os.Lstat(dir); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("write the bundle: %s exists already", filepath.Base(dir))
	}
	part, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-*")
	if err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	defer os.RemoveAll(part)
	w := &writer{dir: part, needed: map[canon.Hash]bool{}}
	if err := w.all(c, platform); err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	if err := os.Chmod(part, 0o755); err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	return os.Rename(part, dir)
}

type writer struct {
	dir    string
	files  []File
	needed map[canon.Hash]bool // certificates that something written speaks of
}

// signedFile is a record and where it stands.
type signedFile struct {
	path string
	body any
	by   []pki.Signature
}

func (w *writer) all(c Contents, platform pki.Signer) error {
	w.need(platform.Certificate().Fingerprint())
	list := []signedFile{
		{"tender.json", c.Tender, nil},
		{"key-record.json", c.KeyRecord, c.KeyRecord.Signatures},
		{"officer-key.json", c.OfficerKey, c.OfficerKey.Signatures},
		{"binding.json", c.Binding, c.Binding.Signatures},
		{"checkpoint.json", c.Checkpoint, c.Checkpoint.Signatures},
	}
	steps := []func(Contents) error{w.numbered, w.events, w.causes, w.bids, w.batches, w.certificates}
	if c.End == "" {
		list = append(list, signedFile{"freeze.json", c.Freeze, c.Freeze.Signatures}, signedFile{"record.json", c.Record, c.Record.Signatures})
	} else {
		list = append(list, signedFile{fileOrder, c.Order, c.Order.Signatures})
		for _, e := range c.Erased {
			list = append(list, signedFile{fmt.Sprintf("erased-%d.json", e.Body.Index), e, e.Signatures})
		}
		steps = []func(Contents) error{w.numbered, w.events, w.certificates}
	}
	for _, r := range list {
		if err := w.record(r.path, r.body, r.by); err != nil {
			return err
		}
	}
	for _, o := range c.OfficerKey.Body.Officers {
		w.need(o.Certificate)
	}
	w.need(c.KeyRecord.Body.Fingerprints()...)
	for _, a := range c.Binding.Body.Authorities {
		w.need(a.Certificate)
	}
	for _, step := range steps {
		if err := step(c); err != nil {
			return err
		}
	}
	return w.manifest(c, platform)
}

func (w *writer) numbered(c Contents) error {
	for i, p := range c.Postponements {
		if err := w.record(fmt.Sprintf("postponement-%d.json", i+1), p, p.Signatures); err != nil {
			return err
		}
	}
	for _, r := range c.Releases {
		if err := w.record("release-"+r.Body.Moment+".json", r, r.Signatures); err != nil {
			return err
		}
	}
	for i, raw := range c.Notices {
		var signed struct {
			Body struct {
				Number int `json:"number"`
			} `json:"body"`
			Signatures []pki.Signature `json:"signatures"`
		}
		if err := json.Unmarshal(raw, &signed); err != nil {
			return fmt.Errorf("notice %d: %w", i+1, err)
		}
		for _, s := range signed.Signatures {
			w.need(s.Signer)
		}
		if err := w.file(fmt.Sprintf("notices/%d.json", signed.Body.Number), raw); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) events(c Contents) error {
	list := slices.Clone(c.Events)
	slices.SortFunc(list, func(a, b tlog.Disclosed) int {
		if a.Proof.Round != b.Proof.Round {
			return int(min(1, max(-1, a.Proof.Round-b.Proof.Round)))
		}
		return a.Proof.Slot - b.Proof.Slot
	})
	return w.jsonLines(fileEvents, len(list), func(i int) any { return list[i] })
}

func (w *writer) causes(c Contents) error {
	if len(c.Causes) == 0 {
		return nil
	}
	list := slices.Clone(c.Causes)
	slices.SortFunc(list, func(a, b pki.Signed[custody.Cause]) int { return strings.Compare(a.Body.Bid, b.Body.Bid) })
	for _, s := range list {
		w.signers(s.Signatures)
	}
	return w.jsonLines("causes.jsonl", len(list), func(i int) any { return list[i] })
}

func (w *writer) bids(c Contents) error {
	for _, b := range c.Bids {
		at := "bids/" + b.ID + "/"
		if err := w.record(at+"statement.json", b.Statement, b.Statement.Signatures); err != nil {
			return err
		}
		if b.KeyRelease != nil {
			if err := w.record(at+"key-release.json", *b.KeyRelease, b.KeyRelease.Signatures); err != nil {
				return err
			}
		}
		r, err := b.Readout()
		if err != nil {
			return fmt.Errorf("read-out of %s: %w", b.ID, err)
		}
		err = w.stream(at+"readout.gmtb", io.LimitReader(r, maxReadout+1))
		if err = errors.Join(err, r.Close()); err != nil {
			return fmt.Errorf("read-out of %s: %w", b.ID, err)
		}
	}
	return nil
}

// certificates writes those that are needed, and every issuer; one that is needed and not given is an error.
func (w *writer) certificates(c Contents) error {
	for _, x := range c.Certificates {
		if !w.needed[x.Fingerprint()] && x.Usage() != pki.Issuing {
			continue
		}
		path := "certificates/" + x.Fingerprint().String() + ".der"
		if slices.ContainsFunc(w.files, func(f File) bool { return f.Path == path }) {
			continue
		}
		delete(w.needed, x.Fingerprint())
		if err := w.file(path, x.DER()); err != nil {
			return err
		}
	}
	for _, missing := range sorted(w.needed) {
		return fmt.Errorf("certificate %s is needed and was not given", missing)
	}
	return nil
}

func (w *writer) manifest(c Contents, platform pki.Signer) error {
	slices.SortFunc(w.files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	kind := TypeManifest
	if c.End != "" {
		kind = TypeClosed
	}
	signed, err := pki.Sign(Manifest{
		Type: kind, Class: c.Tender.Class, Tender: c.Tender.Tender, Lot: c.Tender.Lot, MadeAt: c.MadeAt, End: c.End, Files: w.files,
	}, platform)
	if err != nil {
		return err
	}
	data, err := signed.Marshal()
	if err != nil {
		return err
	}
	return w.file("manifest.json", data)
}

func (w *writer) need(list ...canon.Hash) {
	for _, h := range list {
		w.needed[h] = true
	}
}

func (w *writer) signers(list []pki.Signature) {
	for _, s := range list {
		w.need(s.Signer)
	}
}

func (w *writer) record(path string, body any, by []pki.Signature) error {
	data, err := canon.Marshal(body)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	w.signers(by)
	return w.file(path, data)
}

func (w *writer) file(path string, data []byte) error {
	return w.stream(path, strings.NewReader(string(data)))
}

func (w *writer) jsonLines(path string, n int, item func(int) any) error {
	r, in := io.Pipe()
	go func() {
		out := bufio.NewWriter(in)
		for i := range n {
			data, err := canon.Marshal(item(i))
			if err != nil {
				in.CloseWithError(err)
				return
			}
			if _, err = out.Write(append(data, '\n')); err != nil {
				return // the reader is gone and has said why
			}
		}
		in.CloseWithError(out.Flush())
	}()
	err := w.stream(path, r)
	return errors.Join(err, r.Close())
}

// stream writes one file and notes its size and digest.
func (w *writer) stream(path string, r io.Reader) error {
	name := filepath.Join(w.dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	h := sm.NewHash()
	size, err := io.Copy(io.MultiWriter(f, h), r)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	w.files = append(w.files, File{Path: path, Size: size, SM3: canon.Hash(h.Sum(nil))})
	return nil
}
