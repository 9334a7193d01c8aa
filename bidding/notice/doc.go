// Package notice holds what the public is told in words (公告): the tender notice, addenda (澄清、修改), postponements, outages,
// failures and terminations. Each is a record signed by who has the right to say it, numbered without gaps per tender, linted before
// it goes out and never changed after: an addendum follows. Whom to call stands beside it in a contact block, which it only commits to.
//
// An addendum that may affect the preparation of bids comes at least fifteen days before the deadline, else the deadline moves first
// (招标投标法 art. 23, 实施条例 art. 21). An outage is declared by the centre's operator, everything else by tenderer or agency.
package notice
