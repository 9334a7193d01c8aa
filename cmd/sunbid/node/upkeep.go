package node

import (
	"context"
	"fmt"
	"io"

	"sunbid/bidding"
	"sunbid/storage/backup"
	"sunbid/storage/postgres"
	"sunbid/storage/translog"
)

// Fsck compares everything in the database that is said twice (postgres.DB.Fsck), looks for the object of every part that a statement names, and
// derives the whole log again from its rounds. With octets it reads those objects again. What it finds goes to w; the error says how many
// faults there are.
func Fsck(ctx context.Context, c Config, octets bool, clock bidding.Clock, w io.Writer) error {
	own, err := c.keys()
	if err != nil {
		return err
	}
	n := &Node{config: c, clock: clock}
	st, err := n.open(ctx, own)
	if err != nil {
		return err
	}
	defer n.close()
	rows, err := st.db.Fsck(ctx, postgres.Look{Objects: st.objects, Octets: octets})
	if err != nil {
		return err
	}
	log, err := translog.NewLog(st.db.App(), own.log.Certificate(), c.Class).Rederive(ctx, st.objects)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "rows      %8d derived again from %d events\n", rows.Aggregates, rows.Events)
	fmt.Fprintf(w, "signed    %8d texts with their digests and signatures\n", rows.Signed)
	fmt.Fprintf(w, "objects   %8d present, %d octets read again, %d parts in other versions than their receipts name\n", rows.Objects, rows.Octets, rows.Moved)
	fmt.Fprintf(w, "log       %8d rounds, %d events in them, %d waiting, %d rounds known by root only\n", log.Size, log.Events, log.Waiting, log.Lost)
	faults := append(rows.Faults, log.Faults...)
	for _, f := range faults {
		fmt.Fprintln(w, "FAULT    ", f)
	}
	if len(faults) > 0 {
		return fmt.Errorf("fsck: %d faults", len(faults))
	}
	fmt.Fprintln(w, "sound (完好)")
	return nil
}

// Backup writes database, objects and log journal into dir.
func Backup(ctx context.Context, c Config, dir string, clock bidding.Clock) error {
	dsn, err := Secret(c.DSNFile)
	if err != nil {
		return err
	}
	store, err := openStore(ctx, c.Objects, clock.Now)
	if err != nil {
		return err
	}
	_, err = backup.Backup(ctx, string(dsn), store, dir, clock)
	return err
}

// Restore fills an empty database and the object store from a backup. The first round of serve then agrees with the log's
// journal, which may be newer than the backup: the log goes on and does not fork.
func Restore(ctx context.Context, c Config, dir string, clock bidding.Clock) error {
	dsn, err := Secret(c.DSNFile)
	if err != nil {
		return err
	}
	store, err := openStore(ctx, c.Objects, clock.Now)
	if err != nil {
		return err
	}
	_, err = backup.Restore(ctx, string(dsn), store, dir, clock)
	return err
}
