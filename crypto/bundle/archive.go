package bundle

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// Files of an archive folder (SPEC.md section 8.1): the two records as they were signed, the certificates of their signers, and every
// archived part as it was sealed.
const (
	archiveKeyFile    = "archive-key.json"
	archiveFile       = "archive.json"
	archiveCertsDir   = "certificates"
	archivePartsDir   = "parts"
	archivePartEnding = ".sealed"
)

// ErrArchiveFolder: the folder is not a lot's whole archive.
var ErrArchiveFolder = errors.New("bundle: not an archive folder")

// ArchiveFolder is a lot's archive as the archivists keep it: with it and k of their devices a part opens, and no server is asked.
// The parts in it are sealed.
type ArchiveFolder struct {
	Dir          string
	Key          pki.Signed[custody.ArchiveKey]
	Archive      pki.Signed[custody.Archive]
	Certificates custody.Certificates
}

// WriteArchive writes an archive folder into dir, which must not exist. sealed gives a part's sealed file; each is streamed and must be
// the part that the record names, whole. The folder appears under its name only when everything is in it.
func WriteArchive(dir string, key pki.Signed[custody.ArchiveKey], archive pki.Signed[custody.Archive], certificates []*pki.Certificate, sealed func(custody.ArchivedPart) (io.ReadCloser, error)) (err error) {
	if _, err := os.Lstat(dir); err == nil {
		return fmt.Errorf("%s: %w", dir, os.ErrExist)
	}
	work, err := os.MkdirTemp(filepath.Dir(filepath.Clean(dir)), ".archive-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	for _, sub := range []string{archiveCertsDir, archivePartsDir} {
		if err := os.Mkdir(filepath.Join(work, sub), 0o700); err != nil {
			return err
		}
	}
	keyBytes, err := key.Marshal()
	if err != nil {
		return err
	}
	archiveBytes, err := archive.Marshal()
	if err != nil {
		return err
	}
	files := map[string][]byte{archiveKeyFile: keyBytes, archiveFile: archiveBytes}
	for _, c := range certificates {
		files[filepath.Join(archiveCertsDir, c.Fingerprint().String()+".cer")] = c.DER()
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(work, name), data, 0o600); err != nil {
			return err
		}
	}
	for _, p := range archive.Body.Parts {
		if err := writeArchived(filepath.Join(work, archivePartsDir, p.Digest.String()+archivePartEnding), p, sealed); err != nil {
			return fmt.Errorf("%s of %s: %w", p.Kind, p.Bid, err)
		}
	}
	return os.Rename(work, dir)
}

func writeArchived(path string, p custody.ArchivedPart, sealed func(custody.ArchivedPart) (io.ReadCloser, error)) error {
	in, err := sealed(p)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	read := io.TeeReader(in, out)
	front, err := seal.ReadFront(read)
	if err == nil && (front.Digest() != p.Digest || front.Header.Commit != p.Commit) {
		err = ErrArchiveFolder
	}
	if err == nil {
		err = seal.VerifyFile(front, read)
	}
	return errors.Join(err, out.Sync(), out.Close())
}

// ReadArchive reads a folder's records and checks their signatures, that the key is confirmed by all its archivists, and every wrapped
// content key. platform tells whether a certificate is the platform's. The parts are looked at when they are opened.
func ReadArchive(dir string, platform func(*pki.Certificate) bool) (f ArchiveFolder, err error) {
	f.Dir = dir
	if f.Key, err = recordIn[custody.ArchiveKey](filepath.Join(dir, archiveKeyFile)); err != nil {
		return f, err
	}
	if f.Archive, err = recordIn[custody.Archive](filepath.Join(dir, archiveFile)); err != nil {
		return f, err
	}
	entries, err := os.ReadDir(filepath.Join(dir, archiveCertsDir))
	if err != nil {
		return f, err
	}
	var list []*pki.Certificate
	for _, e := range entries {
		der, err := readBounded(filepath.Join(dir, archiveCertsDir, e.Name()), maxCertificate)
		if err != nil {
			return f, err
		}
		c, err := pki.ParseCertificate(der)
		if err != nil {
			return f, fmt.Errorf("%s: %w", e.Name(), err)
		}
		list = append(list, c)
	}
	f.Certificates = custody.CertificatesOf(list...)
	signers := f.Archive.Signers()
	i := slices.IndexFunc(list, func(c *pki.Certificate) bool { return len(signers) == 1 && c.Fingerprint() == signers[0] })
	if i < 0 || !platform(list[i]) {
		return f, fmt.Errorf("%w: the archive record is not signed by the platform", ErrArchiveFolder)
	}
	if err := f.Archive.VerifyAll(list[i]); err != nil {
		return f, err
	}
	dealer := custody.DealerOf(f.Key, func(canon.Hash) bool { return true })
	if _, err := custody.VerifyArchiveKey(f.Key, dealer, f.Certificates); err != nil {
		return f, err
	}
	return f, custody.VerifyArchive(f.Archive.Body, f.Key)
}

// Open writes an archived part's content, byte for byte what was sealed, to w; from the partial decryptions of k archivists. What w got
// before an error is not to be used.
func (f ArchiveFolder) Open(p custody.ArchivedPart, batches []pki.Signed[custody.ArchivePartials], w io.Writer) error {
	cek, err := custody.OpenArchived(f.Archive.Body, f.Key, p.Digest, batches, f.Certificates)
	if err != nil {
		return err
	}
	defer clear(cek[:])
	in, err := os.Open(filepath.Join(f.Dir, archivePartsDir, p.Digest.String()+archivePartEnding))
	if err != nil {
		return err
	}
	defer in.Close()
	front, err := seal.ReadFront(in)
	if err != nil {
		return err
	}
	if front.Digest() != p.Digest {
		return fmt.Errorf("%w: %s is another sealed file", ErrArchiveFolder, p.Digest)
	}
	return seal.OpenFile(cek, front, in, w)
}

func recordIn[T any](path string) (s pki.Signed[T], err error) {
	data, err := readBounded(path, maxRecord)
	if err != nil {
		return s, err
	}
	return pki.ParseSigned[T](data)
}

func readBounded(path string, limit int64) ([]byte, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%w: %s is too large", ErrArchiveFolder, filepath.Base(path))
	}
	return data, err
}
