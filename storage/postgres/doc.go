// Package postgres keeps the state of every stage in PostgreSQL: one file per aggregate, hand-written SQL, one transaction
// per command (see ../SCHEMA.md for the tables).
//
// A row holds the columns that are asked for and the aggregate's whole state as canonical JSON. It is written in the same
// transaction as the events that led to it, so Replay(events) == row always; Fsck checks that.
//
// Commands on a lot begin at its gate, an advisory lock of PostgreSQL: bidders share it, a change of stage excludes everyone.
// The gate is the first statement of a transaction at READ COMMITTED, because a snapshot taken before the lock was granted
// would show the lot as it was. Advisory locks queue fairly; row locks let a stream of bidders starve the closer.
//
// Bid tables have no foreign key to lot: its key-share lock would leave a mark on a row that the public role may read, and
// nothing readable may tell that somebody bids (招标投标法 art. 22).
package postgres
