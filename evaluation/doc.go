// Package evaluation will hold bid evaluation (评标): experts, panels, scoring, the sitting and its rooms. It hangs on bidding by one
// thread: it begins with the opened bids that bidding/opening hands over, and ends with a recommendation that the award stage takes.
//
// Nothing here may import bidding's award stage, storage or web; the import rules (cmd/dev/house) hold that.
package evaluation
