package opening

import (
	"context"
	"fmt"
	"strings"

	"sunbid/bidding"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// Holder is how far one keyholder or officer is.
type Holder struct {
	Index int    `json:"index"`
	Name  string `json:"name"`
	Role  string `json:"role"`
	Done  bool   `json:"done"`
	Why   string `json:"why"` // last code when it did not answer: "silent", "release-too-early", …
}

// Status tells exactly how an opening stands and what is missing. It tells nothing about single bids and nothing at all before the freeze.
type Status struct {
	Stage             Stage      `json:"stage"`
	Suspended         bool       `json:"suspended"`
	Reason            string     `json:"reason"`
	WindowEnd         canon.Time `json:"window_end"`
	KeyholdersNeeded  int        `json:"keyholders_needed"`
	Keyholders        []Holder   `json:"keyholders"`
	OfficersNeeded    int        `json:"officers_needed"`
	Officers          []Holder   `json:"officers"`
	KeyholdersMissing int        `json:"keyholders_missing"`
	OfficersMissing   int        `json:"officers_missing"`
	Parts             []Progress `json:"parts"` // once published: the other parts whose moment has come, opened as jobs
}

// Progress of one kind of part: how many of the frozen bids' have their result.
type Progress struct {
	Kind   seal.Kind `json:"kind"`
	Moment string    `json:"moment"` // "opening", or a later one that is released
	Done   int       `json:"done"`
	Of     int       `json:"of"`
}

// Missing says in Chinese what is missing, and of whom.
func (s Status) Missing() string {
	var list []string
	if s.KeyholdersMissing > 0 {
		list = append(list, fmt.Sprintf("还需 %d 家密钥保管方（%s）", s.KeyholdersMissing, open(s.Keyholders)))
	}
	if s.OfficersMissing > 0 {
		list = append(list, fmt.Sprintf("还需 %d 名解锁人（%s）", s.OfficersMissing, open(s.Officers)))
	}
	if len(list) == 0 {
		return "等待投标人解密"
	}
	return strings.Join(list, "；")
}

func open(holders []Holder) string {
	var names []string
	for _, h := range holders {
		if h.Done {
			continue
		}
		name := h.Name
		if h.Why != "" {
			name += "：" + h.Why
		}
		names = append(names, name)
	}
	return strings.Join(names, "、")
}

// Status is for the tenderer, the agency, the operator and the supervisor.
func (s *Service) Status(ctx context.Context, by bidding.Actor, lot bidding.LotID) (Status, error) {
	l, state, err := s.store.Load(ctx, lot)
	if err != nil {
		return Status{}, wrap("status", lot, err)
	}
	if l.Owned(by) != nil && !by.Is(bidding.Operator, bidding.Supervisor, bidding.System) {
		return Status{}, bidding.ErrForbidden
	}
	out := Status{Stage: state.Stage, Suspended: state.Suspended, Reason: state.Reason, WindowEnd: state.WindowEnd}
	if state.Stage == Published || state.Stage == Recorded {
		out.Parts, err = s.partsOpen(ctx, l, state)
		return out, err
	}
	if l.Keyholders == nil || l.Officers == nil || state.Stage != Frozen && state.Stage != Releasing {
		return out, nil
	}
	batches, _, err := s.store.Batches(ctx, lot, seal.KindReadout, 0)
	if err != nil {
		return Status{}, wrap("status", lot, err)
	}
	answered := map[string]map[int]map[canon.Hash]bool{custody.LockT: {}, custody.LockC: {}}
	union := map[string]map[canon.Hash]int{custody.LockT: {}, custody.LockC: {}}
	for _, b := range batches {
		batch, err := pki.ParseSigned[custody.PartialsBatch](b.Signed)
		if err != nil {
			return Status{}, wrap("status", lot, err)
		}
		for _, it := range batch.Body.Items {
			if answered[b.Lock][b.Index] == nil {
				answered[b.Lock][b.Index] = map[canon.Hash]bool{}
			}
			if !answered[b.Lock][b.Index][it.Digest] {
				answered[b.Lock][b.Index][it.Digest] = true
				union[b.Lock][it.Digest]++
			}
		}
	}
	why := map[int]string{}
	s.mu.Lock()
	p := s.running[lot]
	s.mu.Unlock()
	if p != nil {
		why = p.states()
	}
	out.KeyholdersNeeded, out.OfficersNeeded = l.Keyholders.Threshold, l.Officers.Threshold
	out.Keyholders = holders(l.Keyholders.Holders, answered[custody.LockT], state.Count, why)
	out.Officers = holders(l.Officers.Holders, answered[custody.LockC], state.Count, nil)
	out.KeyholdersMissing = lack(union[custody.LockT], state.Count, l.Keyholders.Threshold)
	out.OfficersMissing = lack(union[custody.LockC], state.Count, l.Officers.Threshold)
	return out, nil
}

// partsOpen tells how far the parts are that open after the publication, and after the release of their moment.
func (s *Service) partsOpen(ctx context.Context, l tender.LotState, state State) ([]Progress, error) {
	var list []Progress
	for _, rule := range l.Kinds {
		if rule.Kind == seal.KindReadout || !state.Released(rule.Moment) {
			continue
		}
		kind := rule.Kind
		b, _, err := s.book(ctx, l.ID, kind)
		if err != nil {
			return nil, wrap("status", l.ID, err)
		}
		done, err := s.store.OpenedParts(ctx, l.ID, kind)
		if err != nil {
			return nil, wrap("status", l.ID, err)
		}
		list = append(list, Progress{Kind: kind, Moment: rule.Moment, Done: len(done), Of: len(b.items)})
	}
	return list, nil
}

func holders(seats []tender.Seat, answered map[int]map[canon.Hash]bool, count int, why map[int]string) []Holder {
	list := make([]Holder, len(seats))
	for i, h := range seats {
		list[i] = Holder{Index: h.Index, Name: h.Name, Role: h.Role, Done: len(answered[h.Index]) >= count, Why: why[h.Index]}
	}
	return list
}

// lack is how many more holders some part needs.
func lack(parts map[canon.Hash]int, count, threshold int) int {
	if len(parts) < count {
		return threshold
	}
	missing := 0
	for _, n := range parts {
		missing = max(missing, threshold-n)
	}
	return missing
}
