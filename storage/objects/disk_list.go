package objects

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// List implements Store. It reads only the folders a page needs.
func (d *Disk) List(ctx context.Context, prefix string, after Name, limit int) ([]Entry, error) {
	if err := checkList(prefix, limit); err != nil {
		return nil, err
	}
	var page []Entry
	l := listing{root: filepath.Join(d.root, "objects"), prefix: prefix, after: string(after)}
	err := l.walk("", func(n Name) error {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		f, info, err := d.open(Ref{Name: n})
		if errors.Is(err, ErrNotFound) {
			return nil // deleted meanwhile
		} else if err != nil {
			return fmt.Errorf("object %s: %w", n, err)
		}
		f.Close()
		page = append(page, Entry{Ref: Ref{Name: n, Version: info.Version}, Size: info.Size})
		if len(page) == limit {
			return errEnough
		}
		return nil
	})
	if err != nil && err != errEnough {
		return nil, fmt.Errorf("list objects: %w", err)
	}
	return page, nil
}

var errEnough = errors.New("page full")

type listing struct{ root, prefix, after string }

// walk visits the names under folder ("" or "log/") in byte order. Shards and subfolders are taken together by the first
// two bytes of what they hold ("log/x" sorts as "log/", between "log.y" and "log0"), so the order of the whole comes out
// although each shard is read on its own.
func (l listing) walk(folder string, visit func(Name) error) error {
	entries, err := os.ReadDir(filepath.Join(l.root, filepath.FromSlash(folder)))
	if err != nil {
		return err
	}
	groups := map[string][]string{} // first two bytes → "sub/" for subfolders, "" for the shard
	for _, e := range entries {
		if shard, is := strings.CutPrefix(e.Name(), "="); is {
			groups[shard] = append(groups[shard], "")
		} else {
			sub := e.Name() + "/"
			groups[sub[:2]] = append(groups[sub[:2]], sub)
		}
	}
	for _, start := range slices.Sorted(maps.Keys(groups)) {
		if !l.mayHold(folder + start) {
			continue
		}
		var members []string
		for _, m := range groups[start] {
			if m != "" {
				members = append(members, m)
				continue
			}
			files, err := os.ReadDir(filepath.Join(l.root, filepath.FromSlash(folder), "="+start))
			if err != nil {
				return err
			}
			for _, f := range files {
				if !ours(f.Name()) {
					members = append(members, f.Name())
				}
			}
		}
		slices.Sort(members)
		for _, m := range members {
			full := folder + m
			switch {
			case strings.HasSuffix(m, "/"):
				if l.mayHold(full) {
					if err := l.walk(full, visit); err != nil {
						return err
					}
				}
			case full > l.after && strings.HasPrefix(full, l.prefix):
				if err := visit(Name(full)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// mayHold reports whether a wanted name can begin with start.
func (l listing) mayHold(start string) bool {
	return (strings.HasPrefix(start, l.prefix) || strings.HasPrefix(l.prefix, start)) &&
		(start > l.after || strings.HasPrefix(l.after, start))
}
