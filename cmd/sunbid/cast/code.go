package cast

import (
	"fmt"

	"sunbid/bidding/party"
)

// Code makes the n-th valid unified social credit code (GB 32100) of a rehearsal: enterprises (91) of 350525, the county of the real
// opening that is replayed. The organisations do not exist.
func Code(n int) string {
	stem := fmt.Sprintf("91350525MA%07d", n)
	for _, c := range "0123456789ABCDEFGHJKLMNPQRTUWXY" {
		if code := stem + string(c); party.ValidCode(code) {
			return code
		}
	}
	panic("cast: no check character fits") // one of 31 always does
}
