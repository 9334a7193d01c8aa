// Package second holds a second implementation of crypto/SPEC.md, in Python and with nothing but its standard library. It was
// written from that page and testdata/vectors alone, without a look at the Go code: what it reads alike, the page says; where
// it had to ask, the page was made clearer. It serves tests only: it is slow, runs in no constant time and keeps no secrets.
//
//	failure, shape, disk           the one way to say no; the keys and kinds of records; a folder in memory
//	sm3, sm4gcm, curve, sm2, der   the primitives (GB/T 32905, 32907, 32918) and distinguished encoding
//	canon, record, certificate     canonical JSON, signed records, X.509 and how a certificate is judged
//	tdh2, part, container          threshold decryption, the sealed part and what it holds
//	tlog, statement, receipt       the log, statements, receipts
//	records, ceremony, release     the records of keys, the ceremony judged, a request for release answered
//	archive                        the archive of an opened lot
//	bundle                         the checks of a public bundle: folder, events, keys, notices, bids, opening, closed, tender
//	vectors, main                  every case of testdata/vectors; the command line
package second
