// Package tender holds the procurement itself (招标项目) and its lots (标段). The lot is the spine: it alone moves the stage, and carries
// timetable, keys and freeze; bids and the opening are aggregates of their own beside it.
//
//	draft ──announce──> announced ──open-submission──> submitting ──seal──> sealed ──begin──> opening ──> opened
//	  │                     │                              │                  ├──fail──> failed      (fewer than three bids)
//	  └──────────────terminate (tenderer or agency, with a signed notice)─────┴──> terminated
//
// A suspension (暂停, on objection or instruction) overlays announced, submitting and sealed; while it lasts nothing is opened.
//
// Before a lot can be announced the tenderer's client deals lock C among the opening officers, all keyholders bind one of their keys
// to the lot and its opening time, the law's rules pass, every keyholder is healthy, and the tender notice is signed.
//
// The opening time is the deadline (招标投标法 art. 34). It never comes nearer: the labels of sealed bids hold it. It can be put back by
// a postponement that an authority of the lot and n−t+1 keyholders sign; then fewer than t are left that would release at the old time.
package tender
