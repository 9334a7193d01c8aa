package terminal

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"
)

const (
	envPassphrase = "SUNBID_PASSPHRASE"
	minPassphrase = 8
	maxPassphrase = 1024
)

// passphrase returns the passphrase of the keys, from the file, the environment or the terminal, in this order.
// With fresh it is a new one: asked for twice, and not shorter than minPassphrase bytes.
func (s *session) passphrase(fresh bool) ([]byte, error) {
	pass, err := s.readPassphrase(fresh)
	if err != nil {
		return nil, err
	}
	if len(pass) > maxPassphrase {
		return nil, wrongUse("口令过长 / the passphrase is longer than %d bytes", maxPassphrase)
	}
	if fresh && len(pass) < minPassphrase {
		return nil, wrongUse("口令太短，至少 %d 个字符 / the passphrase needs at least %d characters", minPassphrase, minPassphrase)
	}
	return pass, nil
}

func (s *session) readPassphrase(fresh bool) ([]byte, error) {
	if s.passphraseFile != "" {
		info, err := os.Stat(s.passphraseFile)
		if err != nil {
			return nil, fmt.Errorf("口令文件 / passphrase file: %w", err)
		}
		if info.Size() > maxPassphrase+2 {
			return nil, wrongUse("口令文件过大 / the passphrase file is too large")
		}
		data, err := os.ReadFile(s.passphraseFile)
		if err != nil {
			return nil, fmt.Errorf("口令文件 / passphrase file: %w", err)
		}
		return bytes.TrimRight(data, "\r\n"), nil
	}
	if v := s.world.Env(envPassphrase); v != "" {
		return []byte(v), nil
	}
	if s.world.In == nil || !term.IsTerminal(int(s.world.In.Fd())) {
		return nil, wrongUse("需要口令：请用 --passphrase-file 或环境变量 %s / a passphrase is needed", envPassphrase)
	}
	first, err := s.ask("口令 / passphrase: ")
	if err != nil || !fresh {
		return first, err
	}
	second, err := s.ask("再输入一次 / once more: ")
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(first, second) {
		return nil, errors.New("两次输入的口令不一致 / the two passphrases differ")
	}
	return first, nil
}

func (s *session) ask(prompt string) ([]byte, error) {
	fmt.Fprint(s.world.Err, prompt)
	pass, err := term.ReadPassword(int(s.world.In.Fd()))
	fmt.Fprintln(s.world.Err)
	if err != nil {
		return nil, fmt.Errorf("读取口令 / read the passphrase: %w", err)
	}
	return pass, nil
}
