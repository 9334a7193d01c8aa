package bundle

import (
	"errors"
	"fmt"
	"io/fs"

	"sunbid/crypto/canon"
)

// Record types of a bundle's manifest: of a lot that was opened, and of one that never was.
const (
	TypeManifest = "sunbid/bundle/v1"
	TypeClosed   = "sunbid/closed-bundle/v1"
)

// Ends of a lot that was never opened.
const (
	Failed     = "failed"     // 流标: fewer than three bids
	Terminated = "terminated" // 终止招标
)

// Manifest names every other file of a bundle; it is signed by the platform.
type Manifest struct {
	Type   string     `json:"type"`
	Class  string     `json:"class"`
	Tender string     `json:"tender"`
	Lot    string     `json:"lot"`
	MadeAt canon.Time `json:"made_at"`
	End    string     `json:"end,omitempty"` // of TypeClosed alone: Failed or Terminated
	Files  []File     `json:"files"`         // ascending by path, no path twice
}

// File is one entry of a manifest.
type File struct {
	Path string     `json:"path"`
	Size int64      `json:"size"`
	SM3  canon.Hash `json:"sm3"`
}

// readManifest surveys the folder, reads the manifest and checks that it names exactly the files that are there.
func (v *verifier) readManifest(fsys fs.FS) (int, error) {
	f, err := survey(fsys)
	v.folder = f
	if err != nil {
		return 0, err
	}
	signed, err := readSigned[Manifest](v, "manifest.json")
	if err != nil {
		return 0, err
	}
	v.manifest = signed.Body
	switch m := signed.Body; {
	case m.Type == TypeManifest && m.End == "", m.Type == TypeClosed && (m.End == Failed || m.End == Terminated):
	default:
		return 0, broken("manifest.json", "record-type", nil)
	}
	if len(signed.Signatures) != 1 {
		return 0, broken("manifest.json", "record-signature", errors.New("one signature is wanted"))
	}
	c, err := v.certificate(signed.Signatures[0].Signer)
	if err != nil {
		return 0, broken("manifest.json", "certificate-missing", err)
	}
	if err := signed.Verify(c); err != nil {
		return 0, broken("manifest.json", "record-signature", err)
	}
	v.platforms[c.Fingerprint()] = true
	if err := f.belongs(v.closed()); err != nil {
		return 0, err
	}
	return v.namesEveryFile()
}

func (v *verifier) namesEveryFile() (int, error) {
	listed := map[string]bool{"manifest.json": true}
	last := ""
	for i, file := range v.manifest.Files {
		if file.Path <= last {
			return i, broken(named(file.Path), "manifest-order", errors.New("paths are ascending, none twice"))
		}
		last = file.Path
		if file.Path == "manifest.json" || !v.folder.has(file.Path) {
			return i, broken(named(file.Path), "file-missing", nil)
		}
		listed[file.Path] = true
	}
	for _, path := range v.folder.paths {
		if !listed[path] {
			return len(v.manifest.Files), broken(path, "file-not-listed", nil)
		}
	}
	return len(v.manifest.Files), nil
}

// named is how a file that the manifest names is named to a person: by its path, or by the manifest if that is no path of a bundle, but
// whatever its signer wanted to see on the screen.
func named(path string) string {
	if matching(shapes(), path) < 0 {
		return "manifest.json"
	}
	return path
}

// checkFiles compares every file with its entry in the manifest.
func (v *verifier) checkFiles() (int, error) {
	return each(v.manifest.Files, func(file File) error {
		if size := v.folder.sizes[file.Path]; size != file.Size {
			return broken(file.Path, "file-size", fmt.Errorf("%d bytes, the manifest says %d", size, file.Size))
		}
		sum, err := v.folder.digest(file.Path)
		if err != nil {
			return err
		}
		if sum != file.SM3 {
			return broken(file.Path, "file-digest", nil)
		}
		return nil
	})
}
