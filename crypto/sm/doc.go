// Package sm wraps SM2, SM3 and SM4 (GB/T 32918, GB/T 32905, GB/T 32907).
//
// What touches a secret runs on a constant-time implementation; the tests hold it against a second library, against
// OpenSSL and against the vectors of the standards. There is one identity (1234567812345678), one order of ciphertext
// parts (C1 || C3 || C2), one encoding of a point (65 bytes, uncompressed), and a point is checked before a key meets it.
package sm
