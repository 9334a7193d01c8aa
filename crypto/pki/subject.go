package pki

import (
	"crypto/x509/pkix"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Subject is whom a certificate names.
type Subject struct {
	Organisation string // O: the organisation, empty for a person acting alone
	Name         string // CN: the organisation's or the person's name
	Code         string // serialNumber: unified social credit code (GB 32100), or a pseudonymous identifier of a person
}

// maxName is X.520's upper bound for these attributes, in characters.
const maxName = 64

// Check returns ErrSubject when a part is too long, not text or, as 个人信息保护法 art. 6 (the least data) demands,
// when the code is an identity-card number (GB 11643).
func (s Subject) Check() error {
	if s.Name == "" {
		return because(ErrSubject, "no name")
	}
	for _, part := range []string{s.Organisation, s.Name, s.Code} {
		if !utf8.ValidString(part) || utf8.RuneCountInString(part) > maxName || strings.ContainsFunc(part, unicode.IsControl) {
			return because(ErrSubject, "not text of at most 64 characters")
		}
	}
	if isIdentityNumber(s.Code) && !isCreditCode(s.Code) {
		return because(ErrSubject, "identity-card number")
	}
	return nil
}

func (s Subject) name(unit string) pkix.Name {
	n := pkix.Name{CommonName: s.Name, SerialNumber: s.Code}
	if s.Organisation != "" {
		n.Organization = []string{s.Organisation}
	}
	if unit != "" {
		n.OrganizationalUnit = []string{unit}
	}
	return n
}

func subjectOf(n pkix.Name) Subject {
	s := Subject{Name: n.CommonName, Code: n.SerialNumber}
	if len(n.Organization) > 0 {
		s.Organisation = n.Organization[0]
	}
	return s
}

// isIdentityNumber recognises an 18-digit citizen identification number by date and check digit (GB 11643-1999).
func isIdentityNumber(s string) bool {
	if len(s) != 18 {
		return false
	}
	born, err := time.Parse("20060102", s[6:14])
	if err != nil || born.Year() < 1900 || born.Year() > 2099 {
		return false
	}
	sum := 0
	for i := range 17 {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		sum += int(s[i]-'0') * ((1 << (17 - i)) % 11)
	}
	return "10X98765432"[sum%11] == strings.ToUpper(s)[17]
}

// isCreditCode checks the last character of a unified social credit code (GB 32100-2015).
func isCreditCode(s string) bool {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	if len(s) != 18 {
		return false
	}
	sum, weight := 0, 1
	for i := range 17 {
		v := strings.IndexByte(alphabet, s[i])
		if v < 0 {
			return false
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return alphabet[(31-sum%31)%31] == s[17]
}
