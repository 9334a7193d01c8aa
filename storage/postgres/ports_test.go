package postgres_test

import (
	"sunbid/bidding/bid"
	"sunbid/bidding/gazette"
	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
	"sunbid/bidding/party"
	"sunbid/bidding/tender"
	"sunbid/storage/postgres"
	"sunbid/storage/translog"
)

// The stores are what the stages ask for.
var (
	_ party.Organisations  = (*postgres.Organisations)(nil)
	_ notice.Notices       = (*postgres.Notices)(nil)
	_ notice.Certificates  = (*postgres.Certificates)(nil)
	_ tender.Tenders       = (*postgres.Tenders)(nil)
	_ tender.Certificates  = (*postgres.Certificates)(nil)
	_ tender.Parties       = (*postgres.Organisations)(nil)
	_ bid.Bids             = (*postgres.Bids)(nil)
	_ bid.Uploads          = (*postgres.Uploads)(nil)
	_ bid.Bidders          = (*postgres.Organisations)(nil)
	_ bid.Certificates     = (*postgres.Certificates)(nil)
	_ bid.Log              = (*translog.Log)(nil)
	_ opening.Store        = (*postgres.Openings)(nil)
	_ opening.Certificates = (*postgres.Certificates)(nil)
	_ opening.Log          = (*translog.Log)(nil)
	_ gazette.Reader       = (*postgres.Gazette)(nil)
)
