package desk

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"sunbid/bidding"
	"sunbid/crypto/bundle"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// maxArchiveFile bounds a file of partial decryptions: 65 536 parts.
const maxArchiveFile = 64 << 20

// ErrNotArchived: the erasure rests on the archive record.
var ErrNotArchived = bidding.Refuse("desk-not-archived", bidding.Early, "", "本标段尚未归档，不能销毁开标密钥。", "the lot is not archived yet: nothing may be erased")

// DealArchive makes a lot's archive key (归档密钥) and saves it, signed by the dealer, into a new file for the archivists to confirm.
func DealArchive(dealer *Identity, d custody.Dealing, archivists []custody.Officer, path string) error {
	key, err := custody.DealArchiveKey(rand.Reader, d, archivists, dealer.Signer)
	if err != nil {
		return err
	}
	data, err := key.Marshal()
	if err != nil {
		return err
	}
	return WriteNew(path, data)
}

// ReadArchiveKey reads what DealArchive and ConfirmArchiveKey wrote.
func ReadArchiveKey(path string) (key pki.Signed[custody.ArchiveKey], err error) {
	data, err := ReadFile(path, maxArchiveFile)
	if err != nil {
		return key, err
	}
	return pki.ParseSigned[custody.ArchiveKey](data)
}

// ConfirmArchiveKey opens the archivist's share, holds it against the commitments and adds the archivist's signature to the file. missing is
// how many archivists have not confirmed.
func ConfirmArchiveKey(who *Identity, path string) (missing int, err error) {
	key, err := ReadArchiveKey(path)
	if err != nil {
		return 0, err
	}
	if err := custody.ConfirmArchiveKey(&key, who.Signer, who.Decryption); err != nil {
		return 0, err
	}
	signed := map[canon.Hash]bool{}
	for _, f := range key.Signers() {
		signed[f] = true
	}
	for _, a := range key.Body.Archivists {
		if !signed[a.Certificate] {
			missing++
		}
	}
	data, err := key.Marshal()
	if err != nil {
		return 0, err
	}
	return missing, WriteFile(path, data)
}

// OrderArchivedErasure signs the order to erase an archived lot's shares; record is the archive record as the platform gave it.
func OrderArchivedErasure(who *Identity, lot bidding.LotID, record []byte) (order pki.Signed[custody.ErasureOrder], err error) {
	if len(record) == 0 {
		return order, ErrNotArchived
	}
	archive, err := pki.ParseSigned[custody.Archive](record)
	if err != nil {
		return order, err
	}
	a := archive.Body
	if a.Lot != lot.String() {
		return order, ErrNotArchived.With(a.Lot)
	}
	hash, err := archive.Hash()
	if err != nil {
		return order, err
	}
	return pki.Sign(custody.ErasureOrder{Type: custody.TypeErasureOrder, Class: a.Class, Tender: a.Tender, Lot: a.Lot, Binding: a.Binding, Reason: custody.Archived, Ground: hash}, who.Signer)
}

// ReleaseArchive writes the archivist's partial decryptions of every part of the archive into a new file, mode 0600: it is as secret as the
// parts. Offline.
func ReleaseArchive(who *Identity, f bundle.ArchiveFolder, path string) error {
	share, err := custody.OpenArchiveShare(f.Key.Body, who.Signing.Fingerprint(), who.Decryption)
	if err != nil {
		return err
	}
	defer share.Erase()
	batches := []pki.Signed[custody.ArchivePartials]{}
	for parts := f.Archive.Body.Parts; len(parts) > 0; {
		n := min(len(parts), custody.MaxBatch)
		digests := make([]canon.Hash, n)
		for i, p := range parts[:n] {
			digests[i] = p.Digest
		}
		b, err := custody.ReleaseArchived(rand.Reader, f.Archive.Body, f.Key, share, digests, who.Signer)
		if err != nil {
			return err
		}
		batches, parts = append(batches, b), parts[n:]
	}
	data, err := canon.Marshal(batches)
	if err != nil {
		return err
	}
	return WriteNew(path, data)
}

// OpenArchive writes the content of every archived part into dir, from archivists' files, and names what it wrote: BID-KIND. Nothing is
// overwritten, and a part that does not open whole leaves no file. Offline.
func OpenArchive(f bundle.ArchiveFolder, releases []string, dir string) (names []string, err error) {
	var all []pki.Signed[custody.ArchivePartials]
	for _, path := range releases {
		var list []pki.Signed[custody.ArchivePartials]
		if err := LoadJSON(path, maxArchiveFile, &list); err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	if err := os.MkdirAll(dir, modeFolder); err != nil {
		return nil, err
	}
	for _, p := range f.Archive.Body.Parts {
		name := p.Bid + "-" + p.Kind
		if err := openArchived(f, p, all, filepath.Join(dir, name)); err != nil {
			return names, err
		}
		names = append(names, name)
	}
	return names, nil
}

func openArchived(f bundle.ArchiveFolder, p custody.ArchivedPart, batches []pki.Signed[custody.ArchivePartials], path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return ErrFileExists.With(path)
	}
	out, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	if err := errors.Join(f.Open(p, batches, out), out.Sync(), out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), path)
}
