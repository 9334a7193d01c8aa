package rehearse

import (
	"errors"
	"strings"
	"time"
)

// String is the flag's form: "20s/25s".
func (s *Speed) String() string { return s.Last.String() + "/" + s.Window.String() }

// Set reads the flag's form.
func (s *Speed) Set(text string) error {
	last, window, ok := strings.Cut(text, "/")
	if !ok {
		return errors.New("two durations with a slash between, such as 20s/25s")
	}
	a, err := time.ParseDuration(last)
	if err != nil {
		return err
	}
	b, err := time.ParseDuration(window)
	if err != nil {
		return err
	}
	if a <= 0 || b <= a {
		return errors.New("the window ends after the last command")
	}
	s.Last, s.Window = a, b
	return nil
}
