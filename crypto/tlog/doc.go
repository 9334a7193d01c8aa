// Package tlog is the public log (SPEC.md section 6): an RFC 6962 tree with SM3 over rounds.
//
// A round is a tree of fixed depth with the commitments of its events in random slots, padded with pseudo-random values.
// The log grows by exactly one leaf a round, so that its size tells time and not how many bids there are (招标投标法
// art. 22: the number of bidders is secret until the opening), and an event's proof tells nothing about other events.
//
// The package computes; storing nodes, keeping time and signing are the caller's.
package tlog
