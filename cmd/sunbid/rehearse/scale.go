package rehearse

import (
	"fmt"
	"os"
	"syscall"

	"sunbid/bidding"
)

// maxScale bounds how often one record is taken: 20,000 rows are allowed in a file, and disks end.
const maxScale = 20

// Refusals of a scaled rehearsal.
var (
	ErrScale = bidding.Refuse("rehearsal-scale", bidding.Invalid, "", "倍数须在 1 至 20 之间，且放大后的投标人名称不得超过 100 个字符。", "scale must be 1 to 20, and scaled names at most 100 characters")
	ErrSpace = bidding.Refuse("rehearsal-space", bidding.Invalid, "", "磁盘空间不足，请清理后重试，或用 --dir 指定更大的磁盘。", "not enough free space; choose a larger disk with --dir")
)

// Scale takes a record n times over: the copies have their own sign-in orders, after those of the record, and their own names,
// so that each is a bidder of its own. n = 1 gives the record itself.
func Scale(rows []Row, n int) ([]Row, error) {
	if n < 1 || n > maxScale {
		return nil, ErrScale.With(fmt.Sprint(n))
	}
	last := 0
	for _, r := range rows {
		last = max(last, r.Order)
	}
	all := make([]Row, 0, n*len(rows))
	for copied := range n {
		for _, r := range rows {
			if copied > 0 {
				r.Order += copied * last
				r.Bidder = fmt.Sprintf("%s（第%d份）", r.Bidder, copied+1)
				if len([]rune(r.Bidder)) > maxText {
					return nil, ErrScale.With(r.Bidder)
				}
			}
			all = append(all, r)
		}
	}
	return all, nil
}

// spacePerBid is what one bid of a rehearsal leaves on the disk, in bytes, measured and rounded up: sealed body and read-out in the
// store (a body is padded to 1 MiB), the opened body, rows and log in PostgreSQL, its part of the bundle, the bidder's own folder.
// A MinIO server over four drives keeps twice the object.
const (
	spacePerBid      = 1_600_000
	spacePerBidMinIO = 2_900_000
	spaceAtLeast     = 1 << 30 // PostgreSQL's own files and log
)

// checkSpace refuses a rehearsal that would fill the disk below its folder. A large body lies there twice, sealed by the bidder and in
// the store, until it is handed in, and opened afterwards.
func checkSpace(o Options) error {
	each, times := uint64(spacePerBid), uint64(2)
	if o.Objects == "minio" {
		each, times = spacePerBidMinIO, 4
	}
	need := spaceAtLeast + uint64(len(o.Rows))*each + times*uint64(o.Bodies.total())
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return fmt.Errorf("folder of the rehearsal: %w", err)
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(o.Dir, &fs); err != nil {
		return fmt.Errorf("free space of %s: %w", o.Dir, err)
	}
	if free := fs.Bavail * uint64(fs.Bsize); free < need {
		return ErrSpace.With(fmt.Sprintf("%s: free %d MiB, needed about %d MiB", o.Dir, free>>20, need>>20))
	}
	return nil
}
