// Package translog turns committed events into the public log (crypto/SPEC.md section 6).
//
// Three moments, three words:
//
//	recorded   the command's transaction committed: the event is durable and has its place in its stream
//	sequenced  a round's transaction committed: the event has a round and a slot, the round is a leaf, the checkpoint is signed
//	published  the round and its checkpoint stand in the journal (objects, "log/…"): only now does anybody see the checkpoint
//
// One process sequences, under an advisory lock held by the very connection that writes, and every write of the head
// compares the size it started from. The order of rounds is the order of the log: it picks up *committed* events, so a
// transaction that took a low number and committed late is in a later round, and never lost.
//
// The journal is ahead of everything shown, and lies outside the database. When an older backup of the database is restored, the
// journal tells which rounds the public has seen already: they are adopted as leaves without contents ("lost"), and their
// events, if the backup has them, are sequenced again. A second history is never signed.
package translog
