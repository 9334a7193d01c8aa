package node

import (
	"sunbid/bidding/opening"
	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
	"sunbid/storage/postgres"
)

// strongbox implements opening.Strongbox over a key in this process; a device would implement the same two methods.
type strongbox struct {
	key         *sm.PrivateKey
	certificate *pki.Certificate
}

var _ opening.Strongbox = strongbox{}

func (s strongbox) PublicKey() sm.PublicKey            { return s.key.Public() }
func (s strongbox) Open(sealed []byte) ([]byte, error) { return s.key.Decrypt(sealed) }

// parts implements opening.Parts: fronts from the database, chunks from the object store.
type parts struct {
	*postgres.Uploads
	vault
}

var _ opening.Parts = parts{}
