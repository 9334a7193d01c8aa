package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	people "sunbid/cmd/sunbid/demo"
	"sunbid/cmd/sunbid/stack"
	"sunbid/storage/embedded"
)

// demo runs everything on this machine as a rehearsal until it is told to stop. Its folder keeps the data.
func demo(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	f := newFlags("demo", "", stderr)
	dir := f.String("dir", defaultDir(), "folder that keeps everything (数据目录)")
	listen := f.String("listen", "127.0.0.1:8420", "address; another free port is taken when this one is not free")
	objects := f.String("objects", "disk", "disk or minio (对象存储)")
	if err := f.Parse(args); err != nil {
		return err
	}
	began := time.Now()
	s, err := stack.Up(ctx, stack.Options{Dir: *dir, Listen: stack.Free(*listen), Objects: *objects})
	if errors.Is(err, embedded.ErrInUse) {
		if url, up := stack.Running(ctx, *dir); up {
			fmt.Fprintf(stdout, "演练平台已在运行 / already running at\n%s\n数据 data: %s\n", url, *dir)
			return nil
		}
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Down()) }()
	fmt.Fprintf(stdout, "阳光标演练平台已启动，用时 %.1f 秒 / Sunbid rehearsal is up\n%s\n数据 data: %s\n演练身份 identities: %s\nCtrl-C 停止 stops it\n",
		time.Since(began).Seconds(), s.URL, *dir, filepath.Join(*dir, "demo", "people"))
	playing, end := context.WithCancel(ctx)
	played := make(chan error, 1)
	go func() { played <- people.Run(playing, s, *dir, stderr) }()
	err = s.Wait(ctx)
	end()
	return errors.Join(err, <-played)
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
