package faults_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/crypto/seal"
)

// full lets a running process write no file beyond so many octets, as on a disk that is full; lift takes the limit away again.
func full(t *testing.T, pid int, octets uint64) (lift func()) {
	t.Helper()
	set := func(soft uint64) error {
		var now unix.Rlimit
		if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, nil, &now); err != nil {
			return err
		}
		return unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: soft, Max: now.Max}, nil)
	}
	ok(t, set(octets))
	return func() {
		if err := set(unix.RLIM_INFINITY); err != nil && !errors.Is(err, unix.ESRCH) {
			t.Error(err)
		}
	}
}

// children are the processes that one started.
func children(t *testing.T, pid int) (list []int) {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	ok(t, err)
	for word := range strings.FieldsSeq(string(data)) {
		var child int
		_, err := fmt.Sscan(word, &child)
		ok(t, err)
		list = append(list, child)
	}
	return list
}

// answered are the keyholders, by number, of which the platform has partial decryptions.
func (h hall) answered(t *testing.T, lot bidding.LotID) []int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), h.Database.DSN(stack.Database))
	ok(t, err)
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `SELECT DISTINCT holder FROM opening_batch WHERE lot = $1 AND lock = 'T' ORDER BY 1`, lot.String())
	ok(t, err)
	holders, err := pgx.CollectRows(rows, pgx.RowTo[int])
	ok(t, err)
	return holders
}

// The disks fill up one after another: the platform's store while a bidder uploads, PostgreSQL's while another one submits, a
// keyholder's at the opening. Each says so, nothing acknowledged is lost, and all goes on when there is room again.
func TestFullDisks(t *testing.T) {
	t.Parallel()
	h := hall{stacktest.New(t, "disk")}
	people := h.bidders(t, 5)
	lot := h.announce(t, "F-9", 40*time.Second)
	for i := range 3 {
		h.StartOfficer(t, i, lot.Lot)
	}
	accounts := h.accounts(t, lot, people)
	ctx := h.within(t)
	for i, a := range accounts[:3] {
		ok(t, a.submit(ctx, bidding.Fen(100_00+i), []byte("先到")))
	}

	lift := full(t, h.Platform.PID(), 32<<10)
	late := accounts[3]
	ok(t, late.Seal(ctx, cast.Offer{Price: 200_00, Days: 100, Security: "保函", Body: []byte("没有空间")}))
	_, _, err := late.Desk.HandIn(ctx, seal.ActionSubmit, time.Now(), nil)
	if no, is := errors.AsType[*bidding.Refusal](err); !is || no.Code != bid.ErrStoreFull.Code {
		t.Errorf("an upload without room: %v, want %s", err, bid.ErrStoreFull.Code)
	}
	lift()
	ok(t, late.handIn(ctx, seal.ActionSubmit, 200_00))

	var lifts []func()
	before := children(t, h.Database.PID())
	for _, backend := range before { // what PostgreSQL starts anew has room
		lifts = append(lifts, full(t, backend, 16<<10))
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := accounts[4].submit(ctx, 300_00, []byte("数据库没有空间")); err != nil {
			t.Error(err)
		}
	})
	time.Sleep(2 * time.Second)
	for _, lift := range lifts {
		lift()
	}
	wg.Wait()
	if after := children(t, h.Database.PID()); slices.ContainsFunc(before, func(pid int) bool { return slices.Contains(after, pid) }) {
		t.Errorf("PostgreSQL met no full disk: of its processes %v there are still %v", before, after)
	}

	lift = full(t, h.Keyholders[0].PID(), 0)
	h.finish(t, lot, accounts)
	if holders := h.answered(t, lot.Lot); !slices.Equal(holders, []int{2, 3}) {
		t.Errorf("keyholders %v gave partial decryptions, want 2 and 3: the first could not keep what it promises", holders)
	}
	lift()
	h.verify(t, lot)
}
