package desk

import (
	"context"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/party"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/web/api/wire"
)

// Certify has the rehearsal's own authority certify the keys of an identity's folder, and keeps the certificates.
// In production certificates come from licensed CAs (电子签名法 art. 18) and are imported: SaveCertificates.
func Certify(ctx context.Context, platform Enrolments, dir string) error {
	requests, err := LoadRequests(dir)
	if err != nil {
		return err
	}
	issued, err := platform.RehearsalCertificates(ctx, requests.Signing, requests.Encryption)
	if err != nil {
		return err
	}
	signing, err := pki.ParseCertificate(issued.Signing)
	if err != nil {
		return err
	}
	encryption, err := pki.ParseCertificate(issued.Encryption)
	if err != nil {
		return err
	}
	return SaveCertificates(dir, signing, encryption)
}

// Enrol registers an organisation's person with the platform (注册登记): free, and for no tender in particular.
func Enrol(ctx context.Context, platform Enrolments, class bidding.Class, who *Identity, org party.Named, person string, roles []bidding.Role, at time.Time) (wire.Enrolled, error) {
	signed, err := pki.Sign(party.Enrolment{
		Type: party.EnrolmentType, Class: class, Organisation: org, Person: person, Roles: roles,
		Signing: who.Signing.DER(), Encryption: who.Encryption.DER(), At: canon.At(at),
	}, who.Signer)
	if err != nil {
		return wire.Enrolled{}, err
	}
	return platform.Enrol(ctx, signed)
}
