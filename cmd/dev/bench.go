package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// benchmark is one command of `make bench`, with what its figures are about.
type benchmark struct {
	about string
	step
}

// benchmarks are in the order in which they run, the short ones first. They print figures; none fails for being slow. Ratios are
// between medians of rounds in the same run, taken by turns: one speed measured after another would compare two moods of a machine.
func benchmarks(goroot string) []benchmark {
	run := func(about, pattern, times string, packages ...string) benchmark {
		return benchmark{about, command(append([]string{"go", "test", "-timeout", "30m", "-run", "^$", "-bench", pattern, "-benchtime", times, "-benchmem"}, packages...)...)}
	}
	beside := func(about, pattern, times string) benchmark {
		return benchmark{about, command("go", "-C", peers, "test", "-timeout", "30m", "-run", "^$", "-bench", pattern, "-benchtime", times, ".")}
	}
	return []benchmark{
		run("SM2, SM3, SM4-GCM on one core", ".", "1s", "./crypto/sm"),
		run("sealing 64 MiB on all cores; ratio: against 1 / (1/GCM + 1/SM3), all cores, of the same run", "^BenchmarkSealRatio$", "21x", "./crypto/seal"),
		run("opening and verifying sealed files; one read-out's header", "OpenFile|VerifyFile|NewSealer", "1s", "./crypto/seal"),
		run("TDH2: wrap, check, partial decryptions, their proof, combining (µs/item: on all cores)", "Wrap|Check|Partials|Combine", "1s", "./crypto/tdh2"),
		run("keyholder: releasing and verifying 512 partial decryptions", ".", "1s", "./crypto/custody"),
		run("log: a round, its proofs", ".", "1s", "./crypto/tlog"),
		run("verifying the bundle of 1,528 bids", ".", "3x", "./crypto/bundle"),
		run("opening 1,528 read-outs, cryptography of all parties on this machine", "^BenchmarkOpen$", "5x", "./bidding/opening"),
		{"an officer's browser: checking and decrypting read-outs in WebAssembly on one core (times 1,528 for the real opening)",
			command("go", "test", "-exec", wasmExec(goroot), "-run", "^$", "-bench", "Partials256|CheckBatch256", "-benchtime", "3x", "./crypto/tdh2").with("GOOS=js", "GOARCH=wasm")},
		run("durable receipts, 200 bidders at once, real processes; beside pgbench's single inserts on the same PostgreSQL", "^BenchmarkReceipts$", "1x", "./cmd/sunbid/rehearse"),
		beside("sealing 256 MiB from file to file; beside OpenSSL's SM4-CTR and SM3, and age", "^BenchmarkSeal$", "7x"),
		beside("log events, durable, 256 callers; beside a tessera POSIX log", "^BenchmarkLog$", "5x"),
		beside("512 MiB into MinIO through fiber; beside net/http", "^BenchmarkUpload$", "5x"),
		{"a real opening of 1,528 bids through real processes (all_prices in seconds from the opening instant, cpu_ms_per_bid of all processes)",
			command("go", "run", "./cmd/sunbid", "rehearse", "--opening", "cmd/sunbid/testdata/opening-1528.csv", "--json")},
	}
}

// peers is the module that holds what we measure against, none of which the product may depend on.
const peers = "cmd/dev/peers"

// wasmExec runs a WebAssembly test in Node.
func wasmExec(goroot string) string { return filepath.Join(goroot, "lib", "wasm", "go_js_wasm_exec") }

func bench(ctx context.Context) error {
	goroot, err := command("go", "env", "GOROOT").output(ctx)
	if err != nil {
		return err
	}
	var failures []error
	for _, b := range benchmarks(strings.TrimSpace(goroot)) {
		fmt.Printf("\nbench: %s\n$ %s\n", b.about, b.step)
		failures = append(failures, b.run(ctx, os.Stdout))
	}
	return errors.Join(failures...)
}
