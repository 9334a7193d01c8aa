// Command sealbid is the bidder's and the opening officer's desk on their own computer (投标与解锁工具):
// it makes keys, seals bids with the network off, uploads them, and takes part in the opening.
//
// Run "sealbid help" for its commands. Exit codes: 0 done; 1 refused or broken; 2 called wrongly; 3 the platform cannot be reached now.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"sunbid/cmd/sealbid/terminal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := terminal.Run(ctx, terminal.World{
		Args: os.Args[1:], Env: os.Getenv, Now: time.Now,
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
	})
	stop()
	os.Exit(code)
}
