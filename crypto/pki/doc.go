// Package pki holds certificates, trust lists, revocation and signed records (SPEC.md sections 2 and 9).
//
// A party has two certificates, one to sign and one to receive encrypted data (GB/T 20518). A certificate is judged as
// of an instant, the arrival of what it signed: what expires or is revoked later changes nothing that arrived before.
package pki
