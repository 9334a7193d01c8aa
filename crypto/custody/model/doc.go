// Package model is the key, release, postponement and freeze protocol of crypto/SPEC.md section 7 as a small state machine,
// and an explorer that visits all its states. It imports nothing: the tests show that it is the code's.
//
// # State
//
// One lot with its two locks. Of each honest holder: what its disk has about the lot (postponements accepted, the freeze record
// accepted, the later moment accepted, erased), what it has signed, and of which parts it gave a partial decryption (Holder).
// Of the world: the tick, the freeze records in the log, whether the result is there on which the later moment rests, which
// dishonest holders handed over their shares (State). The binding is for tick 2, the first postponement for tick 4, the second
// for tick 6. Honest clocks are right within one tick, each time anew, so that they step back too. A dishonest clock is a
// dishonest holder. Four parts stand for all: of an admitted bid sealed to the first time, of one sealed to the postponed time, of
// one that an honest platform leaves out (withdrawn, replaced, late), and of a later moment.
//
// # The adversary
//
// It is the platform and the log: it decides what reaches whom, when and in which order, loses messages and answers, signs any
// freeze record and logs it, shows one to some holders and another to the rest, hands officers a lot file with fewer
// postponements than there are. An authority signs whatever it wants. Dishonest holders' shares and signatures are its own. It
// presents a part as it is, relabelled, and within another lot that has opened (the oracle). It cannot sign for honest holders,
// and cannot open without a threshold of partial decryptions under each lock.
//
// # What is left out
//
// Cryptography is symbolic: a signature, a hash, a proof in the log is what it should be, and fewer partial decryptions than the
// threshold tell nothing. The ceremony, attribution of false partials, classes (production and rehearsal) and mode bidder-key are
// not here; the third lock of that mode only takes away. The log's consistency shows misbehaviour and stops nothing that is in
// this model, because the platform has the log's key; what is kept of it is that an accepted freeze record is in the log.
//
// # Invariants
//
//	BeforeLabel      rule 2, clock and not-before                   desk.open, gate.admitLabel
//	BeforePostponed  rule 3, n−t+1 honest signatures                Keeper.Postpone, InForce
//	LatePostponed    rule 3, not after the old time                 Keeper.Postpone
//	Unfrozen         rule 2, in a logged frozen set                 desk.admitFreeze, gate.admitStatement
//	AfterErasure     rule 4                                         Keeper.openLot, Keeper.Erase
//	BeforeMoment     rule 2, k officers' release record             desk.admitMoment
//	TwoSets          rule 2, first freeze record; kept iff n+d < 2t or m+e < 2k
//	BeforeInForce    rule 3 counted with dishonest signatures; kept iff d = 0
//
// The first six hold without exception against t−1 dishonest keyholders and k−1 dishonest officers; the tests explore each lock
// with nobody honest at the other, which says more than both together, and both together where the product is small. The last
// two hold up to the limits named there, and the tests find the shortest way beyond, just there. Liveness is a second machine
// (Liveness): the platform is honest, up to n−t holders are faulty, and no state is reached from which the lot cannot open.
//
// # Why it may be believed
//
// Holders of a lock are interchangeable, so states that differ by their order are one: nothing else is merged or cut off. Every
// rule can be taken away (Rule), and then the tests want the violation that it prevents. And the same inputs are brought to the
// model's holder and to custody.Keeper and custody.OfficerKeeper with real records, from every state that the model reaches:
// they answer alike and leave the same on the disk.
package model
