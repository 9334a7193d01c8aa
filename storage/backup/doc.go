// Package backup copies the platform's database and objects into a folder, and makes a platform of such a folder again.
//
// The database is read in one repeatable-read snapshot, so it is the state of one instant; objects are copied after it, so
// everything the snapshot names is there. The journal of the log is copied last and may be newer than the snapshot: that is
// what keeps a restored log from forking, because the sequencer adopts what the journal knows more (translog).
// If a newer journal than the copy's still exists, restore into the store that has it: objects that exist are kept.
//
// A backup holds everything that the database and the object store hold, sealed bids and their number included, and
// deserves the same guards. Sessions are left out.
package backup
