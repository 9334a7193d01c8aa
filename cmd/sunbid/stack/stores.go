package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sunbid/cmd/sunbid/node"
)

// Stores starts only what keeps a stack's data, its database and object store, over the folder of an earlier run: for fsck, export
// and backup of a stack that does not run. Down stops them.
func Stores(ctx context.Context, dir string) (_ *Stack, err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	s := &Stack{dir: dir, logs: filepath.Join(dir, "log"), Trust: filepath.Join(dir, trustFile)}
	c, err := node.Load(s.ConfigFile())
	if err != nil {
		return nil, fmt.Errorf("no stack ran in %s: %w", dir, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Down())
		}
	}()
	if err := s.StartDatabase(ctx); err != nil {
		return nil, err
	}
	if err := os.WriteFile(c.DSNFile, []byte(s.Database.DSN(Database)), 0o600); err != nil {
		return nil, err
	}
	if c.Objects.Minio != nil {
		s.options.Objects = "minio"
	}
	if c.Objects, err = s.objects(ctx); err != nil {
		return nil, err
	}
	return s, c.Write(s.ConfigFile())
}
