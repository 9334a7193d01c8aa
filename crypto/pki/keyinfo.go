package pki

import (
	"crypto"
	"encoding/asn1"
	"io"

	"github.com/tjfoc/gmsm/x509"

	"sunbid/crypto/sm"
)

func oidPublicKey() asn1.ObjectIdentifier  { return asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1} }
func oidSM2Curve() asn1.ObjectIdentifier   { return asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 301} }
func oidSM2WithSM3() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 501} }

// keyInfo is SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) with the curve by name.
type keyInfo struct {
	Algorithm struct {
		ID    asn1.ObjectIdentifier
		Curve asn1.ObjectIdentifier
	}
	Key asn1.BitString
}

func parseKeyInfo(der []byte) (sm.PublicKey, error) {
	var info keyInfo
	rest, err := asn1.Unmarshal(der, &info)
	if err != nil || len(rest) > 0 || !info.Algorithm.ID.Equal(oidPublicKey()) || !info.Algorithm.Curve.Equal(oidSM2Curve()) ||
		info.Key.BitLength != 8*sm.PointSize {
		return sm.PublicKey{}, because(ErrMalformed, "not an SM2 key")
	}
	key, err := sm.ParsePublicKey(info.Key.Bytes)
	if err != nil {
		return sm.PublicKey{}, because(ErrMalformed, "key is no point of the curve")
	}
	return key, nil
}

func marshalKeyInfo(key sm.PublicKey) ([]byte, error) {
	if _, err := sm.ParsePublicKey(key.Bytes()); err != nil { // the zero key: the library would panic on it
		return nil, because(ErrMalformed, "no key")
	}
	var info keyInfo
	info.Algorithm.ID, info.Algorithm.Curve = oidPublicKey(), oidSM2Curve()
	info.Key = asn1.BitString{Bytes: key.Bytes(), BitLength: 8 * sm.PointSize}
	return asn1.Marshal(info)
}

// x509Signer lets the X.509 library build a structure without seeing the key: it hands over the bytes and gets a signature.
type x509Signer struct {
	key    *sm.PrivateKey
	public crypto.PublicKey
}

func newX509Signer(key *sm.PrivateKey) (x509Signer, error) {
	der, err := marshalKeyInfo(key.Public())
	if err != nil {
		return x509Signer{}, err
	}
	public, err := x509.ParseSm2PublicKey(der)
	return x509Signer{key, public}, err
}

func (s x509Signer) Public() crypto.PublicKey { return s.public }

// Sign gets the whole message: for SM2-with-SM3 the library does not hash.
func (s x509Signer) Sign(_ io.Reader, msg []byte, _ crypto.SignerOpts) ([]byte, error) {
	sig, err := s.key.Sign(msg)
	if err != nil {
		return nil, err
	}
	return sm.SignatureToDER(sig)
}
