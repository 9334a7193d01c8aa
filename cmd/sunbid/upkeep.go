package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sunbid/node"
)

func machine() bidding.Clock { return bidding.ClockFunc(time.Now) }

// configured parses the flags of a command that works on a configured platform's stores, with its other arguments.
func configured(name string, want int, args []string, stderr io.Writer) (node.Config, []string, error) {
	f := newFlags(name, stderr)
	file := f.String("config", "", "configuration file (配置文件)")
	if err := f.Parse(args); err != nil {
		return node.Config{}, nil, err
	}
	if f.NArg() != want {
		return node.Config{}, nil, fmt.Errorf("%s takes %d arguments beside its flags", name, want)
	}
	c, err := node.Load(*file)
	return c, f.Args(), err
}

func fsck(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	c, _, err := configured("fsck", 0, args, stderr)
	if err != nil {
		return err
	}
	return node.Fsck(ctx, c, machine(), stdout)
}

func backupCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	c, rest, err := configured("backup", 1, args, stderr)
	if err != nil {
		return err
	}
	return node.Backup(ctx, c, rest[0], machine())
}

func restoreCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	c, rest, err := configured("restore", 1, args, stderr)
	if err != nil {
		return err
	}
	return node.Restore(ctx, c, rest[0], machine())
}

// export writes the public bundle of one lot; without a running platform or beside one.
func export(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := newFlags("export", stderr)
	file := f.String("config", "", "configuration file (配置文件)")
	lot := f.String("lot", "", "lot (标段编号)")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return errors.New("export takes the folder to write, which must not exist")
	}
	c, err := node.Load(*file)
	if err != nil {
		return err
	}
	id, err := bidding.ParseLotID(*lot)
	if err != nil {
		return err
	}
	if err := node.Export(ctx, c, id, f.Arg(0), machine()); err != nil {
		return err
	}
	fmt.Fprintln(stdout, f.Arg(0))
	return nil
}
