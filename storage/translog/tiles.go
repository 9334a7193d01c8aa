package translog

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"

	"sunbid/crypto/canon"
	"sunbid/crypto/tlog"
)

// tiles reads nodes of the log's tree. A tile only ever grows, so what was read once stays true.
type tiles struct {
	db querier

	mu    sync.Mutex
	known map[tlog.Tile][]canon.Hash // at most cachedTiles of them
}

const cachedTiles = 1024 // 8 KiB each

func newTiles(db querier) *tiles { return &tiles{db: db, known: map[tlog.Tile][]canon.Hash{}} }

// Node returns the hash over 2^level leaves from index·2^level on, all of which must be in the log.
func (t *tiles) Node(ctx context.Context, level uint, index uint64) (canon.Hash, error) {
	span := level % tlog.TileHeight
	offset := int(index << span % tlog.TileWidth)
	hashes, err := t.read(ctx, tlog.TileOf(level, index), offset+1<<span)
	if err != nil {
		return canon.Hash{}, err
	}
	return fold(hashes[offset : offset+1<<span]), nil
}

// fold is the root over a power of two of nodes.
func fold(hashes []canon.Hash) canon.Hash {
	if len(hashes) == 1 {
		return hashes[0]
	}
	half := len(hashes) / 2
	return tlog.NodeHash(fold(hashes[:half]), fold(hashes[half:]))
}

const selectTile = `SELECT hashes FROM log_tile WHERE level = $1 AND tile = $2`

// read returns at least the first need hashes of a tile.
func (t *tiles) read(ctx context.Context, at tlog.Tile, need int) ([]canon.Hash, error) {
	t.mu.Lock()
	hashes := t.known[at]
	t.mu.Unlock()
	if len(hashes) >= need {
		return hashes, nil
	}
	var packed []byte
	err := t.db.QueryRow(ctx, selectTile, int32(at.Level), int64(at.Index)).Scan(&packed)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("log tile %d/%d: %w", at.Level, at.Index, err)
	}
	if hashes = unpack(packed); len(hashes) < need {
		return nil, fmt.Errorf("log tile %d/%d has %d hashes of %d", at.Level, at.Index, len(hashes), need)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.known) >= cachedTiles {
		for old := range t.known { // any one: the cache is far larger than one proof
			delete(t.known, old)
			break
		}
	}
	t.known[at] = hashes
	return hashes, nil
}

// querier is a pool or a connection.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// hashOf reads 32 bytes of a column.
func hashOf(b []byte) (h canon.Hash, err error) {
	if len(b) != len(h) {
		return h, fmt.Errorf("a hash of %d bytes", len(b))
	}
	copy(h[:], b)
	return h, nil
}

// unpack cuts a tile's hashes apart.
func unpack(b []byte) []canon.Hash {
	hashes := make([]canon.Hash, len(b)/32)
	for i := range hashes {
		copy(hashes[i][:], b[32*i:])
	}
	return hashes
}

// frontierOf are the roots of the perfect subtrees that a tree of this size consists of, largest first.
func frontierOf(ctx context.Context, nodes tlog.Nodes, size uint64) ([]canon.Hash, error) {
	var frontier []canon.Hash
	var done uint64
	for level := 63; level >= 0; level-- {
		width := uint64(1) << level
		if size&width == 0 {
			continue
		}
		node, err := nodes.Node(ctx, uint(level), done>>level)
		if err != nil {
			return nil, err
		}
		frontier = append(frontier, node)
		done += width
	}
	return frontier, nil
}
