// Command sunbid is the platform (阳光标): the portal, the API, the jobs and the log's sequencer, and what an operator does with them.
//
//	sunbid serve    --config FILE                 serve (class as configured)
//	sunbid demo     [--dir DIR] [--listen ADDR]   everything on this machine, as a rehearsal (演练)
//	sunbid rehearse --opening FILE.csv [--json]   replay a published opening with real processes
//	sunbid fsck     --config FILE                 derive every aggregate and the whole log again, and compare (--octets: reads the objects too)
//	sunbid export   --config FILE --lot ID DIR    write the public bundle of a lot
//	sunbid backup   --config FILE DIR             database, objects and log journal
//	sunbid restore  --config FILE DIR             into an empty database
//	                (fsck, export, backup and restore take --dir DIR instead, for a demo or rehearsal that does not run)
//	sunbid appoint  --config FILE ORG PERSON      approve an enrolled person: operators and supervisors, whom no operator appoints
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/cmd/sunbid/node"
)

// version is set by the build.
var version = "dev"

type command struct {
	name string
	run  func(ctx context.Context, args []string, stdout, stderr io.Writer) error
}

func commands() []command {
	return []command{{"serve", serve}, {"demo", demo}, {"rehearse", rehearseCommand}, {"fsck", fsck}, {"export", export}, {"backup", backupCommand}, {"restore", restoreCommand}, {"appoint", appoint}}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		explain(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		for _, c := range commands() {
			if c.name == args[0] {
				return c.run(ctx, args[1:], stdout, stderr)
			}
		}
	}
	fmt.Fprintln(stderr, "usage: sunbid serve | demo | rehearse | fsck | export | backup | restore | appoint (--help after each)")
	return flag.ErrHelp
}

// explain says what went wrong: a refusal first in Chinese, with the article where the law speaks.
func explain(w io.Writer, err error) {
	if no, ok := errors.AsType[*bidding.Refusal](err); ok {
		fmt.Fprintln(w, no.Say)
		if p, ok := law.Lookup(no.Article); ok {
			fmt.Fprintln(w, "依据 "+p.Title)
		}
	}
	fmt.Fprintln(w, "sunbid:", err)
}

// newFlags makes a subcommand's flags; what is wrong is said on stderr. argument is what stands beside the flags, empty: nothing.
func newFlags(name, argument string, stderr io.Writer) *flag.FlagSet {
	f := flag.NewFlagSet("sunbid "+name, flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprintln(stderr, strings.TrimSpace("usage: sunbid "+name+" [flags] "+argument))
		f.PrintDefaults()
	}
	return f
}

// serve runs one platform process until it is told to stop.
func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := newFlags("serve", "", stderr)
	file := f.String("config", "", "configuration file (配置文件)")
	if err := f.Parse(args); err != nil {
		return err
	}
	c, err := node.Load(*file)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(stderr, nil))
	n, err := node.Open(ctx, c, version, log, time.Now)
	if err != nil {
		return err
	}
	log.Info("listening", "addr", n.Address(), "class", c.Class, "version", version)
	fmt.Fprintln(stdout, "listening", n.Address())
	return n.Run(ctx)
}
