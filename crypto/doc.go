// Package crypto holds the cryptography of Sunbid; SPEC.md beside this file is normative for every byte.
//
// From the bottom up, each layer imports only those before it:
//
//	sm       SM2, SM3, SM4 (GB/T 32918, 32905, 32907) behind an API that cannot be misused
//	canon    canonical JSON (RFC 8785) and its strict decoder
//	commit   salted commitments
//	pki      certificates, trust lists, revocation, signed records
//	tlog     the public log: rounds, tree, checkpoints, proofs
//	tdh2     threshold SM2 decryption
//	seal     the sealed part of a bid ("GMTB v1"), statements, receipts
//	custody  what keyholders and opening officers decide
//	bundle   the public bundle of a lot and its verifier
//	second   all formats once more, in Python, for tests
package crypto
