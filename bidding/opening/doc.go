// Package opening is the bid opening (开标): freeze, release, decrypt, publish, sign.
//
//	(opening time) ──freeze──> frozen ──start──> releasing ──publish──> published ──sign──> recorded
//	                              └── fewer than three bids ──> failed: nothing is opened, keys are erased
//	a suspension (a failure on the platform's side) overlays frozen and releasing, for all bidders alike
//
// Freeze (封标) fixes the set of bids whose arrival is before the opening time; its root goes into the log, and only for that set do
// keyholders and officers release. t keyholders answer by their own clocks, k officers by their own hands; in mode B each bidder releases its
// key within the window (限时解密). All read-outs are published in one event, never a part of them (电子招标投标办法 art. 30); what did
// not decrypt is "not decrypted" with its reason, and only then the tenderer finds the cause: the bidder's, treated as revoked (撤销),
// or another, treated as withdrawn (撤回) (art. 31). Bodies open afterwards as jobs; later moments (双信封) need the officers' logged release.
//
// Archive (归档): once all is open and the record is signed, content keys are wrapped to an archive key of k of m archivists; when that record
// is logged an authority may order the keyholders to erase, and they do so only on seeing it. Until then nothing is lost by any crash.
//
// Open may be called again after any crash: what it needs is in the store, what it computed can be computed again, and the publication is
// one transaction. No plaintext and no content key is ever stored.
package opening
