package client

import (
	"errors"

	"sunbid/bidding"
)

func isMissing(err error) bool { return errors.Is(err, bidding.ErrMissing) }
