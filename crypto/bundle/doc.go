// Package bundle writes and verifies the public bundle of a lot (标段公开数据包): a folder from which anyone can repeat,
// without a network and without trusting the platform, the opening (开标) of every read-out (唱标内容).
// The format is crypto/SPEC.md section 10.
//
// Verify reads the folder only: it never follows a path out of it, bounds every read, and refuses files the format does not name.
// It looks at meaning, not only at digests: somebody who holds the platform's signing key can sign a new manifest over a
// changed folder, and is still found out by the freeze record's root, the log, the keyholders' signatures and proofs, and the
// bidders' own signatures. What a holder of the platform's key could change unseen is nothing but the manifest's date.
package bundle
