// Package custody decides who may open a bid, and when (crypto/SPEC.md sections 7 and 8).
//
// # For the lawyer
//
// Every part of a bid is closed with two locks. Lock T belongs to the keyholders (密钥保管方): independent
// organisations, each with a clock of its own. Lock C belongs to the opening officers (解锁人) of the lot. A lock has
// no key in one place: each holder has a share, and a number of holders (the threshold) must act for each bid.
// A keyholder acts only when, by its own clock, the opening time (开标时间) has come, and only for bids that stand in
// the frozen set which the platform has signed and written into the public log. It refuses everything else: a bid that
// was withdrawn, a bid of another lot, a lot whose keys were erased (终止招标, fewer than three bids), an opening time
// moved forward. An opening time can be moved back only by a signed notice that enough keyholders have signed too.
// Law: 招标投标法 art. 34, 36 (opened at the deadline, in public), 招标投标法实施条例 art. 44 (fewer than three bids are
// not opened), 电子招标投标办法 art. 29–31 (no one opens before the time; decryption as the tender document provides).
//
// "Time lock" (到时解锁) means that a threshold of independent clocks is honest. It is not a cryptographic delay:
// t keyholders acting together with k officers can open early. That limit is stated, and a test shows it.
//
// # For the cryptographer
//
// The key of lock T comes from joint-Feldman generation with a commit round (so that the last mover cannot choose the
// key) and Schnorr proofs of knowledge (so that nobody can cancel the others): Ceremony. The commit round stops a
// rogue key; it does not make the key uniform against a holder that aborts, because a void ceremony may be repeated:
// every abort is attributed and all n must sign the key record. The key of lock C is dealt by the tenderer's client and
// checked by each officer against Feldman commitments: DealOfficerKey, OpenOfficerShare. Decryption is package tdh2.
//
// Keeper holds the rules for lock T over two ports (State, a clock); OfficerKeeper holds the same release rules for
// lock C in memory. Both answer in batches: a release request is checked on all cores, and what is refused is refused
// item by item. Open combines partial decryptions. Records have a structural Check; signatures are checked where a
// record is used, because only there it is known whose they must be.
//
// A drill (演练检查) is no method of its own: a key of the same class is generated, bound to a drill lot, and a part is
// sealed, frozen, logged, released and opened like any other.
//
// All refusals are a *Refusal with a stable code, a Chinese sentence, and (in a ceremony) the index of the guilty holder.
package custody
