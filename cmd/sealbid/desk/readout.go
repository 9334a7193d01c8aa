package desk

import (
	"mime"
	"os"
	"path/filepath"
	"strings"

	"sunbid/crypto/seal"
)

// ReadReadout reads a read-out (开标一览表) from a JSON file, strictly, and gives its canonical content.
func ReadReadout(path string) ([]byte, error) {
	data, err := ReadFile(path, seal.MaxReadout)
	if err != nil {
		return nil, err
	}
	r, err := seal.ParseReadout([]byte(strings.TrimSpace(string(data))))
	if err != nil {
		return nil, err
	}
	return r.Encode()
}

// OpenFiles opens the files of a part. close closes them all. An empty or missing file is refused, and so are two of one name.
func OpenFiles(paths []string) (c *seal.Container, close func(), err error) {
	var opened []*os.File
	close = func() {
		for _, f := range opened {
			_ = f.Close() // only read from
		}
	}
	var files []seal.File
	for _, path := range paths {
		f, err := os.Open(path)
		if os.IsNotExist(err) {
			close()
			return nil, nil, ErrFileMissing.With(path)
		}
		if err != nil {
			close()
			return nil, nil, err
		}
		opened = append(opened, f)
		info, err := f.Stat()
		switch {
		case err != nil:
		case !info.Mode().IsRegular():
			err = ErrFileMissing.With(path)
		case info.Size() == 0:
			err = ErrFileEmpty.With(path)
		case info.Size() > seal.MaxContent:
			err = ErrFileTooLarge.With(path)
		}
		if err != nil {
			close()
			return nil, nil, err
		}
		files = append(files, seal.File{Name: filepath.Base(path), Media: mediaOf(path), Size: info.Size(), Content: f})
	}
	if c, err = seal.NewContainer(files); err != nil {
		close()
		return nil, nil, err
	}
	return c, close, nil
}

func mediaOf(path string) string {
	media, _, err := mime.ParseMediaType(mime.TypeByExtension(strings.ToLower(filepath.Ext(path))))
	if err != nil {
		return "application/octet-stream"
	}
	return media
}
