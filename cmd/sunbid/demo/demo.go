package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"sunbid/bidding/tender"
	"sunbid/cmd/sealbid/desk"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack"
	"sunbid/crypto/pki"
)

// lookEvery is how often the demonstration sees to its lots.
const lookEvery = 2 * time.Second

// officersAhead is how long before an opening the officers' programs run; they answer readiness drills meanwhile.
const officersAhead = 24 * time.Hour

// demo is the people of a running stack.
type demo struct {
	stack    *stack.Stack
	dir      string
	stage    cast.Stage
	trust    *pki.Trust
	memory   *memory
	log      *slog.Logger
	present  map[string]*cast.Person
	programs map[string]*stack.Process // officers' programs, by plan and officer
}

// Run seeds what is not there yet and sees to the lots until ctx ends; then the officers' programs are stopped. Progress and what
// fails goes to say; the platform runs on whatever happens here.
func Run(ctx context.Context, s *stack.Stack, dir string, say io.Writer) (err error) {
	d := &demo{stack: s, dir: filepath.Join(dir, "demo"), stage: cast.NewStage(s.URL, time.Now), log: slog.New(slog.NewTextHandler(say, nil)),
		present: map[string]*cast.Person{}, programs: map[string]*stack.Process{}}
	defer func() {
		for _, p := range d.programs {
			err = errors.Join(err, p.Stop(5*time.Second))
		}
	}()
	if d.memory, err = recall(filepath.Join(d.dir, "state.json")); err != nil {
		return err
	}
	if d.trust, err = desk.ReadTrust(s.Trust); err != nil {
		return err
	}
	if err := d.explain(); err != nil {
		return err
	}
	seeding := len(d.memory.Lots) < len(plans())
	if seeding {
		fmt.Fprintln(say, "正在准备演练项目，约需一分钟 / seeding, about a minute")
	}
	for ctx.Err() == nil {
		err := d.tend(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			d.log.Error("demo", "err", err)
		case err == nil && seeding:
			seeding = false
			fmt.Fprintf(say, "演练项目已就绪 / ready: %s\n", s.URL)
		}
		select {
		case <-ctx.Done():
		case <-time.After(lookEvery):
		}
	}
	return nil
}

// tend does the next thing for every plan: announce it, hand in its bids, keep its officers there, sign its record.
func (d *demo) tend(ctx context.Context) error {
	var failed []error
	for _, p := range plans() {
		if err := d.tendTo(ctx, p); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", p.key, err))
		}
	}
	return errors.Join(failed...)
}

func (d *demo) tendTo(ctx context.Context, p plan) error {
	l, known := d.memory.Lots[p.key]
	if known && l.Over {
		return nil
	}
	if !known {
		var err error
		if l, err = d.announce(ctx, p); err != nil {
			return err
		}
	}
	if time.Until(l.OpeningAt) < officersAhead {
		for i := range officers() {
			if err := d.officer(p, l, i); err != nil {
				return err
			}
		}
	}
	if l.Bids < p.bids && time.Until(l.OpeningAt) > time.Second {
		if err := d.handIn(ctx, p, l); err != nil {
			return err
		}
	}
	if time.Until(l.OpeningAt) > 0 && !p.awaiting {
		return nil
	}
	for {
		over, err := d.settle(ctx, p)
		if over || err != nil || !p.awaiting || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(lookEvery / 4):
		}
		if time.Since(l.OpeningAt) > 2*time.Minute { // something is wrong there; the other plans go on
			return nil
		}
	}
}

// settle signs the record of an opened lot; over when nothing is left to do for the lot.
func (d *demo) settle(ctx context.Context, p plan) (over bool, err error) {
	l := d.memory.Lots[p.key]
	agency, err := d.arrive(ctx, "agency")
	if err != nil {
		return false, err
	}
	page, err := agency.Client.Lot(ctx, l.Lot)
	if err != nil {
		return false, err
	}
	switch page.Stage {
	case tender.Failed, tender.Terminated:
	case tender.Opened:
		host, err := d.arrive(ctx, p.host)
		if err != nil {
			return false, err
		}
		for _, who := range []*cast.Person{host, agency} {
			if err := (cast.Announced{Tender: l.Tender, Lot: l.Lot}).SignRecord(ctx, who); err != nil {
				return false, err
			}
		}
	default:
		return false, nil
	}
	l.Over = true
	d.memory.Lots[p.key] = l
	for i := range officers() {
		key := fmt.Sprintf("%s-%d", p.key, i+1)
		if o := d.programs[key]; o != nil {
			if err := o.Stop(5 * time.Second); err != nil {
				return false, err
			}
			delete(d.programs, key)
		}
	}
	return true, d.memory.save()
}

// officer keeps an officer's own program running for a lot: it waits for the opening time by itself.
func (d *demo) officer(p plan, l lot, i int) error {
	key := fmt.Sprintf("%s-%d", p.key, i+1)
	if d.programs[key] != nil {
		return nil
	}
	o := stack.NewProcess("demo-officer-"+key, filepath.Join(filepath.Dir(d.dir), "log"), d.stack.Binaries.Sealbid, "officer", "release",
		"--home", d.home(officers()[i]).Dir, "--server", d.stack.URL, "--trust", d.stack.Trust, "--passphrase-file", d.passphraseFile(), l.Lot.String())
	if err := o.Start(); err != nil {
		return err
	}
	d.programs[key] = o
	return nil
}

func (d *demo) home(folder string) desk.Home {
	return desk.Home{Dir: filepath.Join(d.dir, "people", folder)}
}
func (d *demo) passphraseFile() string { return filepath.Join(d.dir, "people", "passphrase") }

// explain writes what a visitor needs to act as one of the people.
func (d *demo) explain() error {
	if err := os.MkdirAll(filepath.Join(d.dir, "people"), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(d.passphraseFile(), []byte(passphrase+"\n"), 0o600); err != nil {
		return err
	}
	text := fmt.Sprintf("演练身份，每人一个文件夹；口令在 passphrase 文件里。\nIdentities of the rehearsal, one folder each; the passphrase is in the file passphrase.\n\n"+
		"以投标人一身份查看命令 / act as the first bidder:\n  %s fetch --home %s --server %s --trust %s --passphrase-file %s LOT\n",
		d.stack.Binaries.Sealbid, d.home("bidder-1").Dir, d.stack.URL, d.stack.Trust, d.passphraseFile())
	return os.WriteFile(filepath.Join(d.dir, "people", "README.txt"), []byte(text), 0o600)
}

// passphrase of keys that are worth nothing outside this rehearsal.
const passphrase = "rehearsal only"
