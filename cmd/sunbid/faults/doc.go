// Package faults kills the real processes of a running Sunbid (kill -9 of the platform, PostgreSQL, MinIO, keyholders and officers'
// programs), cuts their lines, fills their disks, stops one of two platforms and steps clocks, while bids come in and while they are
// opened; then it holds the published opening against what the bidders were told.
//
// It holds tests only; package ledger judges what they saw. What they must show: no acknowledged bid is lost; none is opened twice, or
// with another price; every bid in time is frozen, or refused with a signed receipt that says so; a withdrawn bid and a superseded
// version never open; with n−t keyholders and one officer gone the opening succeeds, with fewer left it says who is missing and ends by
// itself when they are back; the log never forks.
//
// TestSoak draws its moments from -seed and takes as many as -moments says: a handful in every run, a hundred with `make soak`.
// TestTwoPlatforms stops the leader for as long as -pause says; a rehearsal's merge delay is a minute.
package faults
