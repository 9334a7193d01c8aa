// Command keyholder is one keyholder (密钥保管方): a process of its own, at an organisation of its own, with a clock of its
// own. It holds one share of each lot's opening key and gives partial decryptions only after the opening time by that
// clock; the rules are crypto/custody's. It sees no tender and no bid's content.
//
//	keyholder init   --dir D --credential FILE --name N --class rehearsal|production [--issuer CA.json --issuer-password-file FILE]
//	keyholder accept --dir D --credential FILE --signing CERT.der --encryption CERT.der
//	keyholder serve  --dir D --credential FILE --listen ADDR --config FILE [--clock-file FILE]
//
// init makes the keys, makes the credential file (0600) when it is not there, and prints one JSON object with the
// certificates, or with the requests for them when no issuer is given. serve prints one line, `listening ADDR`, on
// standard output when it answers; everything else is JSON lines on standard error.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Version is what health and metrics name; the build sets it.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr, time.Now)
	stop()
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "keyholder:", err)
		os.Exit(1)
	}
}

const usage = "usage: keyholder init|accept|serve (--help after each for its flags)"

func run(ctx context.Context, args []string, stdout, stderr io.Writer, now func() time.Time) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	switch args[0] {
	case "init":
		return initialise(args[1:], stdout, stderr, now)
	case "accept":
		return accept(args[1:], stderr)
	case "serve":
		return serve(ctx, args[1:], stdout, stderr, now)
	}
	return errors.New(usage)
}
