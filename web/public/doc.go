// Package public renders the pages that anyone may read, in Chinese, without a script and without a login: the tenders, one
// permanent page per tender, each lot's timetable, keys and countdown, the opening record, the log's checkpoint, whom one must
// trust, and help.
//
// The pages read a gazette.Reader and nothing else, so none of them can run a query on bids (招标投标法 art. 22).
// Every page is under 60 KB; its style is one file, and the one small script only makes the countdown tick.
package public
