package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"sunbid/bidding"
)

// memory is what was done in this data folder, in demo/state.json.
type memory struct {
	People map[string]bidding.OrgID `json:"people"` // by folder: who has joined
	Lots   map[string]lot           `json:"lots"`   // by the plan's key: what was announced

	file string
}

// lot of a plan.
type lot struct {
	Tender    bidding.TenderID `json:"tender"`
	Lot       bidding.LotID    `json:"lot"`
	OpeningAt time.Time        `json:"opening_at"`
	Bids      int              `json:"bids"` // handed in so far
	Over      bool             `json:"over"` // failed, or opened and its record signed
}

func recall(file string) (*memory, error) {
	m := &memory{People: map[string]bidding.OrgID{}, Lots: map[string]lot{}, file: file}
	raw, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return m, os.MkdirAll(filepath.Dir(file), 0o700)
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, m); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return m, nil
}

func (m *memory) save() error {
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(m.file+".new", append(raw, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(m.file+".new", m.file)
}
