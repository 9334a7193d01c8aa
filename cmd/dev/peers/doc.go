// Package peers measures Sunbid beside programs that others wrote for like work: OpenSSL, age, tessera, pgbench. It is a module of
// its own, so that what it measures against never becomes a dependency of the product; `make bench` runs it.
//
// Every figure is a ratio of rounds taken by turns in one run, so that a machine's mood meets both sides; printed are the median
// and the spread (lowest to highest round). Nothing here fails for being slow.
package peers
