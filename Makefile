# Two commands do everything on a machine that has Go, Node, git and make: `make run` and `make test`.
# The work itself is in cmd/dev, so that it can be read and tested as Go.
DEV := go run ./cmd/dev

.PHONY: run test check bench fuzz soak build

build:                 # the binaries, into bin/
	@$(DEV) build

run:                   # set up what is missing, build, start the embedded default and print its address
	@$(DEV) prepare --for run
	@$(DEV) build
	@exec bin/sunbid demo

test:                  # set up what is missing, then every test
	@$(DEV) prepare --for test
	go test -timeout 40m ./...

check:                 # format, vet, staticcheck, go.mod, generated files, import rules, race tests, govulncheck
	@$(DEV) prepare --for test
	@$(DEV) check

bench:                 # the figures the README speaks of; nothing here passes or fails
	@$(DEV) prepare --for test
	@$(DEV) bench

fuzz:                  # every fuzz target for ten minutes, one after another; FUZZ="--time 30s --only canon" for less
	@$(DEV) fuzz $(FUZZ)

soak:                  # a hundred random kill -9 over MinIO, ten to a lot, about eight minutes; SOAK="-moments 30 -seed 7" for others
	@$(DEV) prepare --for test
	go test ./cmd/sunbid/faults -run '^TestSoak$$' -v -timeout 60m -args $(or $(SOAK),-moments 100)
