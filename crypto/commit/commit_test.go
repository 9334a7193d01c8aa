package commit_test

import (
	"crypto/rand"
	"errors"
	"testing"

	"sunbid/crypto/canon"
	"sunbid/crypto/commit"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	salt, err := commit.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := commit.New(rand.Reader)
	if err != nil || other == salt {
		t.Fatal("same salt twice", err)
	}
	c := commit.Commit(salt, []byte("甲"))
	if want := canon.Sum(salt[:], []byte("甲")); c != want {
		t.Fatalf("%x", c)
	}
	tests := []struct {
		name string
		c    [32]byte
		salt commit.Salt
		data string
		want error
	}{
		{"right", c, salt, "甲", nil},
		{"other data", c, salt, "乙", commit.ErrMismatch},
		{"other salt", c, other, "甲", commit.ErrMismatch},
		{"other commitment", [32]byte{}, salt, "甲", commit.ErrMismatch},
		{"nothing", c, salt, "", commit.ErrMismatch},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			err := commit.Open(x.c, x.salt, []byte(x.data))
			if x.want == nil && err != nil || x.want != nil && !errors.Is(err, x.want) {
				t.Fatal(err)
			}
		})
	}
	if commit.ErrMismatch.Code() != "commitment-mismatch" {
		t.Fatal("code")
	}
}
