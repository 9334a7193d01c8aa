// Package tdh2 is threshold decryption on the SM2 curve: TDH2 (Shoup and Gennaro 1998) around an ordinary SM2 ciphertext,
// section 3 of SPEC.md. A message is wrapped to a key whose secret is shared by n holders; any t of them open it.
//
// What holds a secret (shares, nonces, the coefficients of a polynomial) is computed with scalars of fixed width and
// without branches (scalar.go), and meets a point only through the constant-time curve of emmansun/gmsm, which gives
// its points as math/big coordinates: the products are public values, except Wrap's one shared point, whose leading
// zero bytes that conversion can show. What is public (checks, proofs, combination) runs in variable time on the
// arithmetic of this package (field.go, point.go, multi.go), which the tests hold against the library.
package tdh2
