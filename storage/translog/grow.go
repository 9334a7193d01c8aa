package translog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sunbid/crypto/canon"
	"sunbid/crypto/tlog"
)

// grown is a head that is not saved yet, with the tile hashes that lead to it.
type grown struct {
	head
	was   head
	nodes []tileNode
}

type tileNode struct {
	tlog.Tile
	offset int
	hashes []canon.Hash
}

// grow appends round roots to the tree after the head.
func (s *Sequencer) grow(ctx context.Context, rounds []canon.Hash) (grown, error) {
	frontier, err := frontierOf(ctx, s.log.tiles, uint64(s.head.size))
	if err != nil {
		return grown{}, err
	}
	tree, err := tlog.NewTree(s.head.size, frontier)
	if err != nil {
		return grown{}, err
	}
	if tree.Root() != s.head.root {
		return grown{}, fmt.Errorf("the tiles do not give the root of size %d", s.head.size)
	}
	g := grown{was: s.head, head: s.head}
	for _, root := range rounds {
		tree.Append(tlog.LeafHash(root), func(level uint, index uint64, hash canon.Hash) {
			if level%tlog.TileHeight == 0 {
				g.add(tlog.TileOf(level, index), int(index%tlog.TileWidth), hash)
			}
		})
	}
	g.size, g.root = s.head.size+int64(len(rounds)), tree.Root()
	return g, nil
}

// add joins neighbours, so that adopting many rounds writes each tile once.
func (g *grown) add(at tlog.Tile, offset int, hash canon.Hash) {
	for i := range g.nodes {
		if n := &g.nodes[i]; n.Tile == at && n.offset+len(n.hashes) == offset {
			n.hashes = append(n.hashes, hash)
			return
		}
	}
	g.nodes = append(g.nodes, tileNode{at, offset, []canon.Hash{hash}})
}

const beginTile = `INSERT INTO log_tile (level, tile, hashes) VALUES ($1, $2, $3)`

const extendTile = `UPDATE log_tile SET hashes = hashes || $3 WHERE level = $1 AND tile = $2 AND octet_length(hashes) = $4`

const moveHead = `UPDATE log_head SET size = $1, root = $2, checkpoint = $3 WHERE one AND size = $4 AND root = $5`

// save queues tiles and head. The head moves only from where it was: whoever else moved it meanwhile makes this fail.
func (s *Sequencer) save(b *pgx.Batch, g grown) error {
	for _, n := range g.nodes {
		packed := make([]byte, 0, 32*len(n.hashes))
		for _, h := range n.hashes {
			packed = append(packed, h[:]...)
		}
		if n.offset == 0 {
			b.Queue(beginTile, int32(n.Level), int64(n.Index), packed)
			continue
		}
		b.Queue(extendTile, int32(n.Level), int64(n.Index), packed, 32*n.offset).Exec(exactly(1))
	}
	checkpoint, err := g.checkpoint.Marshal()
	if err != nil {
		return err
	}
	b.Queue(moveHead, g.size, g.root[:], checkpoint, g.was.size, g.was.root[:]).Exec(exactly(1))
	return nil
}

// exactly makes a statement that changed another number of rows an error.
func exactly(n int) func(pgconn.CommandTag) error {
	return func(tag pgconn.CommandTag) error {
		if tag.RowsAffected() != int64(n) {
			return fmt.Errorf("%s where %d rows were meant", tag, n)
		}
		return nil
	}
}
