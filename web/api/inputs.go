package api

import "sunbid/bidding"

// ofLot is the input of an action on a lot that brings nothing else.
type ofLot struct {
	By
	Lot bidding.LotID `path:"id"`
}

// recordForLot is the input of an action that brings a signed record for a lot.
type recordForLot struct {
	By
	Lot     bidding.LotID `path:"id"`
	RawBody []byte        `contentType:"application/json"`
}

// onLot is the input of an action that brings a body for a lot.
type onLot[T any] struct {
	By
	Lot  bidding.LotID `path:"id"`
	Body T
}
