package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"sunbid/bidding/law"
	"sunbid/cmd/sunbid/rehearse"
)

// rehearseCommand replays a published opening. With --json one object alone goes to stdout; progress goes to stderr.
func rehearseCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := newFlags("rehearse", "", stderr)
	file := f.String("opening", "", "opening record, CSV in UTF-8 (开标记录)")
	mode := f.String("mode", string(law.Keyholders), "keyholders, or bidder-key: bidders decrypt within a window (限时解密)")
	objects := f.String("objects", "disk", "disk or minio (对象存储)")
	dir := f.String("dir", "", "folder to keep; default a new one below the temp folder")
	scale := f.Int("scale", 1, "take the record so many times over, each copy with names and sign-in orders of its own")
	asJSON := f.Bool("json", false, "print one JSON object")
	o := rehearse.Options{Say: stderr, Speed: rehearse.DefaultSpeed()}
	f.DurationVar(&o.Lead, "lead", 0, "from the announcement to the opening; default 60 s + 40 ms for each bid")
	f.Var(&o.Bodies, "bodies", "sizes of the first bidders' bodies, such as 500MB,30x30MB; the others' are a line of text")
	f.Var(&o.Speed, "speed", "bidder-key: when the last decrypt command comes and when the window ends, such as 20s/25s")
	if err := f.Parse(args); err != nil {
		return err
	}
	o.Mode, o.Objects = law.Mode(*mode), *objects
	if o.Mode != law.Keyholders && o.Mode != law.BidderKey {
		return fmt.Errorf("mode %q is neither keyholders nor bidder-key", *mode)
	}
	if o.Objects != "disk" && o.Objects != "minio" {
		return fmt.Errorf("objects %q is neither disk nor minio", *objects)
	}
	in, err := os.Open(*file)
	if err != nil {
		return err
	}
	o.Rows, err = rehearse.Read(in)
	if err = errors.Join(err, in.Close()); err != nil {
		return err
	}
	if o.Rows, err = rehearse.Scale(o.Rows, *scale); err != nil {
		return err
	}
	if o.Dir = *dir; o.Dir == "" {
		if o.Dir, err = os.MkdirTemp("", "sunbid-rehearsal-"); err != nil {
			return err
		}
	}
	report, err := rehearse.Run(ctx, o)
	if *asJSON {
		if e := json.NewEncoder(stdout).Encode(report); e != nil {
			return e
		}
		return err
	}
	fmt.Fprintf(stdout, "%s: bids %d, opened %d, not opened %d (revoked %d), prices match %v, seal %.1f s, submit %.1f s, all prices %.2f s, %.1f CPU ms a bid, platform peak %d MiB\nbundle %s\n",
		report.Mode, report.Bids, report.Opened, report.NotOpened, report.Revoked, report.PricesMatch, report.Seconds.Seal, report.Seconds.Submit, report.Seconds.AllPrices, report.CPU, report.PeakMiB, report.Bundle)
	return err
}
