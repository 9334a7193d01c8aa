// Package jobs runs what follows from a command without being part of it: opening the bodies after the read-outs are
// published, filling the pool of opening keys, and everything that becomes due.
//
// A job is a row that the command's own transaction inserts, so it exists exactly if the command committed. It runs at
// least once: handlers must bear being run again. Deadlines are not jobs: a lot's next due moment is a column of its row,
// and the Watcher does what is due, so that moving a deadline is only a change of state and no timer can be forgotten.
package jobs
