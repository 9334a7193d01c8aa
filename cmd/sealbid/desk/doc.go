// Package desk is what a bidder (投标人), an opening officer (解锁人) or a tenderer (招标人) does on their own computer, without
// terminal or flags: keep keys, check a lot's keys, seal parts with the network off, upload and submit, release at the opening
// time, deal the officers' key. Command sealbid puts a terminal around it; a rehearsal calls it in process.
//
// What leaves this machine is sealed or public. Everything kept here is written atomically with mode 0600.
package desk
