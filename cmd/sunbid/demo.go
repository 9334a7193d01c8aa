package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"sunbid/cmd/sunbid/stack"
)

// demo runs everything on this machine as a rehearsal until it is told to stop. Its folder keeps the data.
func demo(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	f := newFlags("demo", stderr)
	dir := f.String("dir", defaultDir(), "folder that keeps everything (数据目录)")
	listen := f.String("listen", "127.0.0.1:8420", "address; another free port is taken when this one is not free")
	objects := f.String("objects", "disk", "disk or minio (对象存储)")
	if err := f.Parse(args); err != nil {
		return err
	}
	s, err := stack.Up(ctx, stack.Options{Dir: *dir, Listen: stack.Free(*listen), Objects: *objects})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Down()) }()
	if err := seed(ctx, s, *dir); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "阳光标演练平台已启动 / Sunbid rehearsal is up\n%s\n数据 data: %s\nCtrl-C 停止 stops it\n", s.URL, *dir)
	return s.Wait(ctx)
}

// defaultDir is $SUNBID_DATA, else the user's own data folder.
func defaultDir() string {
	if dir := os.Getenv("SUNBID_DATA"); dir != "" {
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = os.TempDir()
	}
	return filepath.Join(home, ".local", "share", "sunbid")
}
