package sm

import (
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// ciphertextFromDER reads SEQUENCE { INTEGER x, INTEGER y, OCTET STRING C3, OCTET STRING C2 } (GM/T 0009) and gives
// C1 || C3 || C2. It takes DER only, without trailing bytes. The point is not checked here.
func ciphertextFromDER(der []byte) ([]byte, bool) {
	var inner, c3, c2 cryptobyte.String
	var x, y []byte
	in := cryptobyte.String(der)
	if !in.ReadASN1(&inner, asn1.SEQUENCE) || !in.Empty() || !inner.ReadASN1Integer(&x) || !inner.ReadASN1Integer(&y) ||
		!inner.ReadASN1(&c3, asn1.OCTET_STRING) || !inner.ReadASN1(&c2, asn1.OCTET_STRING) || !inner.Empty() ||
		len(x) > 32 || len(y) > 32 || len(c3) != Size || len(c2) == 0 {
		return nil, false
	}
	raw := make([]byte, PointSize, PointSize+Size+len(c2))
	raw[0] = 4
	copy(raw[33-len(x):], x)
	copy(raw[65-len(y):], y)
	return append(append(raw, c3...), c2...), true
}
