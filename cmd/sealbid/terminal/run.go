// Package terminal is the command line of sealbid: flags, prompts, progress bars and exit codes around package desk.
// It decides nothing about bids; everything that counts happens in desk.
package terminal

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

// Exit codes.
const (
	ExitDone    = 0
	ExitRefused = 1
	ExitUsage   = 2
	ExitOffline = 3
)

// World is everything the program touches from outside.
type World struct {
	Args []string
	Env  func(string) string
	Now  func() time.Time
	In   *os.File // asked for a passphrase only when it is a terminal
	Out  io.Writer
	Err  io.Writer
}

// command is one subcommand: its place in the help and what it does.
type command struct {
	name    string // may have two words: "officer release"
	usage   string
	zh, en  string
	prepare func(fs *flag.FlagSet) func(ctx context.Context, s *session, args []string) error
}

// usageError is a call that cannot be understood: exit code 2.
type usageError struct{ say string }

func (e usageError) Error() string { return e.say }

func wrongUse(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// Run runs one command and returns the exit code.
func Run(ctx context.Context, w World) int {
	if len(w.Args) == 0 {
		printHelp(w.Err)
		return ExitUsage
	}
	if isHelp(w.Args[0]) {
		printHelp(w.Out)
		return ExitDone
	}
	c, rest := find(w.Args)
	if c == nil {
		fmt.Fprintf(w.Err, "没有“%s”这个命令 / unknown command %q. 运行 sealbid help 查看全部命令。\n", w.Args[0], w.Args[0])
		return ExitUsage
	}
	fs := flag.NewFlagSet("sealbid "+c.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	s := &session{world: w}
	s.flags(fs)
	do := c.prepare(fs)
	args, err := parse(fs, rest)
	if errors.Is(err, flag.ErrHelp) {
		printUsage(w.Out, c, fs)
		return ExitDone
	}
	if err != nil {
		fmt.Fprintf(w.Err, "用法错误 / wrong use: %v\n\n", err)
		printUsage(w.Err, c, fs)
		return ExitUsage
	}
	return finish(w, c, do(ctx, s, args))
}

// parse lets flags stand before and after the plain arguments: "seal --price 1.00 LOT --out DIR".
func parse(fs *flag.FlagSet, args []string) ([]string, error) {
	var plain []string
	for {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		args = fs.Args()
		if len(args) == 0 {
			return plain, nil
		}
		plain, args = append(plain, args[0]), args[1:]
	}
}

func find(args []string) (*command, []string) {
	all := commands()
	for words := min(2, len(args)); words > 0; words-- {
		name := args[0]
		if words == 2 {
			name += " " + args[1]
		}
		for i := range all {
			if all[i].name == name {
				return &all[i], args[words:]
			}
		}
	}
	return nil, nil
}

func isHelp(arg string) bool {
	return arg == "help" || arg == "-h" || arg == "--help" || arg == "-help"
}
