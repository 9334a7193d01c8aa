package desk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sunbid/bidding"
	"sunbid/crypto/canon"
)

const (
	modeFile   = 0o600
	modeFolder = 0o700
)

// Refusals of files.
var (
	ErrFileMissing  = bidding.Refuse("desk-file-missing", bidding.Missing, "", "找不到文件。", "there is no such file")
	ErrFileTooLarge = bidding.Refuse("desk-file-too-large", bidding.Invalid, "", "文件过大。", "the file is too large")
	ErrFileEmpty    = bidding.Refuse("desk-file-empty", bidding.Invalid, "", "文件是空的。", "the file is empty")
	ErrFileExists   = bidding.Refuse("desk-file-exists", bidding.Conflict, "", "文件已存在，不会覆盖。", "the file exists and is not overwritten")
	ErrFileChanged  = bidding.Refuse("desk-file-changed", bidding.Conflict, "", "加密后的文件已被改动，请重新加密。", "the sealed file has changed since it was sealed")
)

// WriteFile replaces a file whole, mode 0600: a crash leaves the old one or the new one.
func WriteFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), modeFolder); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // created with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return os.Rename(f.Name(), path)
}

// WriteNew is WriteFile for a file that must not exist yet; ErrFileExists.
func WriteNew(path string, data []byte) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return ErrFileExists.With(path)
	}
	return WriteFile(path, data)
}

// ReadFile reads at most limit bytes; ErrFileMissing, ErrFileTooLarge.
func ReadFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrFileMissing.With(path)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if int64(len(data)) > limit {
		return nil, ErrFileTooLarge.With(fmt.Sprintf("%s: %d", path, limit))
	}
	return data, nil
}

// SaveJSON writes v as canonical JSON.
func SaveJSON(path string, v any) error {
	data, err := canon.Marshal(v)
	if err != nil {
		return err
	}
	return WriteFile(path, data)
}

// LoadJSON reads what SaveJSON wrote, strictly.
func LoadJSON(path string, limit int64, v any) error {
	data, err := ReadFile(path, limit)
	if err != nil {
		return err
	}
	if err := canon.Unmarshal(data, v); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// namesIn lists the plain files of a folder, without an ending, that begin with prefix. No folder: none.
func namesIn(dir, prefix, ending string) ([]string, error) {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range list {
		if name, ok := strings.CutSuffix(e.Name(), ending); ok && e.Type().IsRegular() && strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	return names, nil
}
