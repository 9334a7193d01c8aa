package bundle

import (
	"bytes"
	"errors"

	"sunbid/crypto/seal"
)

// splitReadout parts a sealed read-out into its front and its one chunk.
func splitReadout(file []byte) (seal.Front, []byte, error) {
	front, err := seal.ReadFront(bytes.NewReader(file))
	if err != nil {
		return seal.Front{}, nil, err
	}
	if front.Header.Chunks != 1 {
		return seal.Front{}, nil, errors.New("a read-out has one chunk")
	}
	return front, file[front.Size():], nil
}
