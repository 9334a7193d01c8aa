// Package seal makes and opens the sealed parts of a bid ("GMTB v1", SPEC.md sections 4 and 5).
//
// A part is a file: a header that says what it is for and holds the key wrapped under two locks (and, in mode B, the
// bidder's own key), the bidder's signature, and SM4-GCM chunks of 1 MiB. Sealing and opening stream: memory stays at
// a few chunks per core whatever the size. What comes from outside is bounded before it is read, and every file has
// exactly one encoding.
package seal
