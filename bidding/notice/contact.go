package notice

import (
	"io"
	"regexp"
	"strings"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/privacy"
	"sunbid/crypto/canon"
	"sunbid/crypto/commit"
)

// ContactType of a contact block.
const ContactType = "sunbid/contact/v1"

// ContactBlock (联系方式) is whom the law wants named in a tender notice: a contact of the tenderer and of its agency (招标公告和公示信息
// 发布管理办法 art. 5). The public page shows it; the signed notice, its event and so the public bundle hold only a salted commitment to it,
// so that it is bound like the text and can still be erased (个人信息保护法 art. 47).
type ContactBlock struct {
	Type     string   `json:"type"`
	Tenderer Contact  `json:"tenderer"`
	Agency   *Contact `json:"agency,omitempty"` // exactly when the tender has an agency
}

// Contact of one organisation.
type Contact struct {
	Person  string `json:"person"`
	Phone   string `json:"phone"`
	Email   string `json:"email,omitempty"`
	Address string `json:"address"`
}

// Contacts is a block with the salt that opens its commitment.
type Contacts struct {
	Salt  canon.Hash   `json:"salt"`
	Block ContactBlock `json:"block"`
}

// NewContacts draws the salt of a block from r.
func NewContacts(r io.Reader, block ContactBlock) (Contacts, error) {
	salt, err := commit.New(r)
	block.Type = ContactType
	return Contacts{Salt: salt, Block: block}, err
}

// Commitment is what stands in the signed notice: SM3(salt || canonical block).
func (c Contacts) Commitment() (canon.Hash, error) {
	raw, err := canon.Marshal(c.Block)
	if err != nil {
		return canon.Hash{}, err
	}
	return commit.Commit(c.Salt, raw), nil
}

// Opens is nil iff this very block was committed to, else ErrContactDiffers.
func (c Contacts) Opens(commitment canon.Hash) error {
	raw, err := canon.Marshal(c.Block)
	if err != nil || commit.Open(commitment, c.Salt, raw) != nil {
		return ErrContactDiffers
	}
	return nil
}

// Fits is nil for a block that names an agency exactly when the tender has one.
func (c Contacts) Fits(agency bool) error {
	if (c.Block.Agency != nil) != agency {
		return ErrContact.With("agency")
	}
	return nil
}

var (
	phoneShape = regexp.MustCompile(`^\+?[0-9][0-9 ()（）-]{5,28}[0-9](?: ?转 ?[0-9]{1,6})?$`)
	emailShape = regexp.MustCompile(`^[0-9A-Za-z._%+-]{1,64}@[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+$`)
)

// Check is nil for a complete block that holds no more than a contact: no identity number and no account in any field.
func (b ContactBlock) Check() error {
	if b.Type != ContactType {
		return ErrContact.With("type")
	}
	if err := b.Tenderer.check("tenderer"); err != nil {
		return err
	}
	if b.Agency != nil {
		return b.Agency.check("agency")
	}
	return nil
}

func (c Contact) check(of string) error {
	switch {
	case !line(c.Person, 1, 40):
		return ErrContact.With(of + ".person")
	case !phoneShape.MatchString(c.Phone):
		return ErrContact.With(of + ".phone")
	case c.Email != "" && (len(c.Email) > 120 || !emailShape.MatchString(c.Email)):
		return ErrContact.With(of + ".email")
	case !line(c.Address, 4, 200):
		return ErrContact.With(of + ".address")
	}
	for name, value := range map[string]string{"person": c.Person, "phone": c.Phone, "address": c.Address} {
		if kind := privacy.Find(value); kind == privacy.Identity || kind == privacy.Account || kind == privacy.Phone && name != "phone" {
			return privacy.ErrPersonal.With(of + "." + name + ": " + string(kind))
		}
	}
	return nil
}

func line(s string, least, most int) bool {
	return text(s, least, most) && !strings.ContainsAny(s, "\r\n\t")
}

// bound checks the block that comes beside a notice: a tender notice has one, an addendum may bring a new one, nothing else does.
func bound(r Record, c *Contacts) error {
	switch {
	case r.Contact == nil && r.Kind == TenderNotice:
		return ErrContactMissing
	case r.Contact != nil && r.Kind != TenderNotice && r.Kind != Addendum:
		return ErrMalformed.With("contact")
	case r.Contact == nil && c == nil:
		return nil
	case r.Contact == nil || c == nil:
		return ErrContactDiffers
	}
	if err := c.Block.Check(); err != nil {
		return err
	}
	return c.Opens(*r.Contact)
}

// Contacts of this notice as they came with it; nil when it has none, or was read from its row.
func (n *Notice) Contacts() *Contacts { return n.contacts }

// Refusals of the contact block.
var (
	ErrContact        = bidding.Refuse("notice-contact-malformed", bidding.Invalid, law.N10A5, "联系方式不完整或格式不正确：招标人（有代理机构的，还有代理机构）的联系人、电话和地址都要填写。", "the contact block is incomplete or malformed")
	ErrContactMissing = bidding.Refuse("notice-contact-missing", bidding.Invalid, law.N10A5, "招标公告应载明招标人及其代理机构的地址、联系人和联系方式。", "a tender notice needs a contact block")
	ErrContactDiffers = bidding.Refuse("notice-contact-differs", bidding.Invalid, "", "联系方式与签名公告中的承诺不一致。", "the contact block is not the one that the signed notice commits to")
)
