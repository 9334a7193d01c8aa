package main

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// benchmarks are the commands of `make bench`, in order. They print figures; none fails for being slow.
func benchmarks() []step {
	return []step{
		command("go", "test", "-run", "^$", "-bench", ".", "-benchmem", "./crypto/...", "./storage/..."),
	}
}

func bench(ctx context.Context) error {
	var failures []error
	for _, b := range benchmarks() {
		fmt.Println("bench:", b)
		failures = append(failures, b.run(ctx, os.Stdout))
	}
	return errors.Join(failures...)
}
