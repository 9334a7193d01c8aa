package postgres

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
	"sunbid/bidding/party"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/tlog"
)

// kind is one aggregate as rows and as a fold over events.
type kind struct {
	table, key, stream string // stream: what of the row names its events
	decode             func(kind string, body []byte) (bidding.Event, error)
	replay             func(iter.Seq[bidding.Event]) (state any, version int)
	thaw               func(raw []byte) (any, error)
}

// snapshots is what every aggregate has.
type snapshots[S any] interface {
	Snapshot() S
	Version() int
}

// kindOf makes the kind of an aggregate of this state.
func kindOf[A snapshots[S], S any](table, key, stream string, decode func(string, []byte) (bidding.Event, error), replay func(iter.Seq[bidding.Event]) A) kind {
	return kind{
		table, key, stream, decode,
		func(h iter.Seq[bidding.Event]) (any, int) { x := replay(h); return x.Snapshot(), x.Version() },
		func(raw []byte) (any, error) { return thaw[S](raw) },
	}
}

func kinds() []kind {
	return []kind{
		kindOf("organisation", "org", "org", party.DecodeEvent, party.Replay),
		kindOf("tender", "tender", "tender", tender.DecodeEvent, tender.Replay),
		kindOf("lot", "lot", "lot", tender.DecodeEvent, tender.ReplayLot),
		kindOf("notice", "notice", "notice", notice.DecodeEvent, notice.Replay),
		kindOf("bid", "bid", "bid", bid.DecodeEvent, bid.Replay),
		kindOf("opening", "lot", "'ev' || substr(lot, 3)", opening.DecodeEvent, opening.Replay),
	}
}

type row struct {
	ID, Stream string
	Version    int
	State      []byte
}

// aggregates derives every row again, and compares what hangs on it.
func (c *fsck) aggregates(ctx context.Context) error {
	for _, k := range kinds() {
		sql := fmt.Sprintf(`SELECT %[2]s, %[3]s, version, state FROM %[1]s WHERE %[2]s > $1 ORDER BY %[2]s LIMIT $2`, k.table, k.key, k.stream)
		err := pages(ctx, c, sql, func(x row) string { return x.ID }, func(rows []row) error {
			streams := make([]string, len(rows))
			for i, x := range rows {
				streams[i] = x.Stream
			}
			histories, err := k.histories(ctx, c, streams)
			if err != nil {
				return err
			}
			var all []wanted
			for _, x := range rows {
				state, events := c.compare(k, x, histories[x.Stream])
				all = append(all, wants(state, events)...)
				if err := c.beside(ctx, state, events); err != nil {
					return err
				}
			}
			return c.find(ctx, all)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", k.table, err)
		}
	}
	return nil
}

// beside compares what stands beside an aggregate in more than one row.
func (c *fsck) beside(ctx context.Context, state any, events []bidding.Event) error {
	switch s := state.(type) {
	case notice.State:
		return c.contacts(ctx, s)
	case opening.State:
		if err := c.causes(ctx, s); err != nil {
			return err
		}
		return c.opening(ctx, s, events)
	}
	return nil
}

// history is a stream's events; erased when the payload of one is gone.
type history struct {
	events []bidding.Event
	count  int
	erased bool
	broken string
}

const selectHistories = `SELECT e.stream, e.seq, e.type, e.envelope, e.payload IS NOT NULL, p.bytes
	FROM event e LEFT JOIN payload p ON p.digest = e.payload WHERE e.stream = ANY($1) ORDER BY e.stream, e.seq`

type storedEvent struct {
	Stream   string
	Seq      int
	Type     string
	Envelope []byte
	Personal bool
	Payload  []byte
}

func (k kind) histories(ctx context.Context, c *fsck, streams []string) (map[string]*history, error) {
	histories := map[string]*history{}
	err := each(ctx, c, selectHistories, func(e storedEvent) {
		c.r.Events++
		h := histories[e.Stream]
		if h == nil {
			h = &history{}
			histories[e.Stream] = h
		}
		h.add(k, e)
	}, streams)
	return histories, err
}

func (h *history) add(k kind, e storedEvent) {
	if h.count++; h.broken != "" {
		return
	}
	envelope, err := tlog.ParseEnvelope(e.Envelope)
	switch {
	case err != nil:
		h.broken = fmt.Sprintf("event.envelope %d: %v", e.Seq, err)
		return
	case envelope.Event != e.Type:
		h.broken = fmt.Sprintf("event %d is %s and says %s", e.Seq, e.Type, envelope.Event)
		return
	case e.Seq != h.count:
		h.broken = fmt.Sprintf("event %d stands where %d is due", e.Seq, h.count)
		return
	}
	body := []byte(envelope.Body)
	if e.Personal {
		if body = e.Payload; body == nil {
			h.erased = true
			return
		}
	}
	event, err := k.decode(e.Type, body)
	if err != nil {
		h.broken = fmt.Sprintf("event.envelope %d: %v", e.Seq, err)
		return
	}
	h.events = append(h.events, event)
}

// compare gives the state that the events make, the stored one where personal events were erased, and nil where they make none.
func (c *fsck) compare(k kind, x row, h *history) (state any, events []bidding.Event) {
	c.r.Aggregates++
	switch {
	case h == nil:
		c.r.fault("%s %s has no events", k.table, x.ID)
		return nil, nil
	case h.broken != "":
		c.r.fault("%s %s: %s", k.table, x.ID, h.broken)
		return nil, nil
	case h.count != x.Version:
		c.differs(k.table, "version", x.ID)
	}
	if h.erased {
		c.r.Erased++
		state, err := k.thaw(x.State)
		if err != nil {
			c.r.fault("%s.state of %s: %v", k.table, x.ID, err)
			return nil, nil
		}
		return state, h.events
	}
	state, _ = k.replay(slices.Values(h.events))
	if want, err := canon.Marshal(state); err != nil || !bytes.Equal(want, x.State) {
		c.differs(k.table, "state", x.ID)
	}
	return state, h.events
}
