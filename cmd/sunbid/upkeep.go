package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sunbid/node"
	"sunbid/cmd/sunbid/stack"
)

func machine() bidding.Clock { return bidding.ClockFunc(time.Now) }

// place is what a command that works on a platform's stores is told: the configuration of one whose stores run, or the folder of
// a demo or rehearsal that does not run and whose stores are started for it.
type place struct{ config, dir *string }

func (p *place) flags(f *flag.FlagSet) {
	p.config = f.String("config", "", "configuration file of a platform (配置文件)")
	p.dir = f.String("dir", "", "folder of a demo or rehearsal that does not run now (数据目录)")
}

// open loads the configuration; the returned function stops what was started.
func (p *place) open(ctx context.Context) (node.Config, func() error, error) {
	if (*p.config == "") == (*p.dir == "") {
		return node.Config{}, nil, errors.New("give --config or --dir")
	}
	file, done := *p.config, func() error { return nil }
	if *p.dir != "" {
		s, err := stack.Stores(ctx, *p.dir)
		if err != nil {
			return node.Config{}, nil, err
		}
		file, done = s.ConfigFile(), s.Down
	}
	c, err := node.Load(file)
	if err != nil {
		return c, nil, errors.Join(err, done())
	}
	return c, done, nil
}

// upkeep runs do on a platform's stores, with the command's one argument if it takes any: argument is what its help calls it.
func upkeep(ctx context.Context, f *flag.FlagSet, argument string, args []string, do func(c node.Config, arg string) error) (err error) {
	var p place
	p.flags(f)
	if err := f.Parse(args); err != nil {
		return err
	}
	switch {
	case argument != "" && f.NArg() != 1:
		return fmt.Errorf("%s takes one argument beside its flags: %s", f.Name(), argument)
	case argument == "" && f.NArg() != 0:
		return fmt.Errorf("%s takes no argument beside its flags", f.Name())
	}
	c, done, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	return do(c, f.Arg(0))
}

func fsck(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := newFlags("fsck", "", stderr)
	octets := f.Bool("octets", false, "read every object again and hash its chunks (逐块重读对象)")
	return upkeep(ctx, f, "", args, func(c node.Config, _ string) error { return node.Fsck(ctx, c, *octets, machine(), stdout) })
}

func backupCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	const dir = "DIR    (the folder to write)"
	return upkeep(ctx, newFlags("backup", dir, stderr), dir, args, func(c node.Config, dir string) error { return node.Backup(ctx, c, dir, machine()) })
}

func restoreCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	const dir = "DIR    (a backup)"
	return upkeep(ctx, newFlags("restore", dir, stderr), dir, args, func(c node.Config, dir string) error { return node.Restore(ctx, c, dir, machine()) })
}

// export writes the public bundle of one lot, or its archive for the archivists, beside a running platform or without one.
func export(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	f := newFlags("export", "DIR    (the folder to write, which must not exist)", stderr)
	var p place
	p.flags(f)
	lot := f.String("lot", "", "lot (标段编号)")
	archive := f.Bool("archive", false, "the archive for the lot's archivists in place of the public bundle (导出档案)")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return errors.New("export takes the folder to write, which must not exist")
	}
	id, err := bidding.ParseLotID(*lot)
	if err != nil {
		return err
	}
	c, done, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	write := node.Export
	if *archive {
		write = node.ExportArchive
	}
	if err := write(ctx, c, id, f.Arg(0), machine()); err != nil {
		return err
	}
	fmt.Fprintln(stdout, f.Arg(0))
	return nil
}
