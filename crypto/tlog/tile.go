package tlog

import (
	"context"

	"sunbid/crypto/canon"
)

const (
	// TileHeight is how many levels of the log a tile spans.
	TileHeight = 8
	// TileWidth is how many nodes of its lowest level a full tile holds.
	TileWidth = 1 << TileHeight
)

// Tile names a storage unit of the log: the nodes Index·256 … Index·256+255 of tree level Level·8, from which the seven
// levels above follow. A full tile never changes; the last of a level grows at its end.
type Tile struct {
	Level uint
	Index uint64
}

// TileOf is the tile from which the node at a tree level and index is read.
func TileOf(level uint, index uint64) Tile {
	return Tile{level / TileHeight, index >> (TileHeight - level%TileHeight)}
}

// Width is how many nodes the tile holds in a log of this size: 0 if it is not begun, TileWidth if it is full.
func (t Tile) Width(size int64) int {
	whole := uint64(size) >> (TileHeight * t.Level)
	begin := t.Index << TileHeight
	if whole <= begin {
		return 0
	}
	return int(min(whole-begin, TileWidth))
}

// TilesTouched lists the tiles that get new nodes when the log grows from one size to a larger, lowest level first.
func TilesTouched(from, to int64) []Tile {
	var tiles []Tile
	for level := uint(0); ; level++ {
		a, b := uint64(from)>>(TileHeight*level), uint64(to)>>(TileHeight*level)
		if a >= b {
			return tiles
		}
		for i := a >> TileHeight; i <= (b-1)>>TileHeight; i++ {
			tiles = append(tiles, Tile{level, i})
		}
	}
}

// Tiles reads stored tiles: the nodes of a tile's lowest level, as many as there are, or an error.
type Tiles interface {
	Tile(ctx context.Context, t Tile) ([]canon.Hash, error)
}

// TiledNodes reads nodes from tiles. It serves one proof: tiles it read it keeps.
type TiledNodes struct {
	tiles Tiles
	read  map[Tile][]canon.Hash
}

// NewTiledNodes is Nodes over tiles, for one goroutine and one proof.
func NewTiledNodes(tiles Tiles) *TiledNodes {
	return &TiledNodes{tiles, map[Tile][]canon.Hash{}}
}

// Node is the node at a tree level and index. A tile too short to hold it is ErrTree.
func (n *TiledNodes) Node(ctx context.Context, level uint, index uint64) (canon.Hash, error) {
	t := TileOf(level, index)
	hashes, ok := n.read[t]
	if !ok {
		var err error
		if hashes, err = n.tiles.Tile(ctx, t); err != nil {
			return canon.Hash{}, err
		}
		n.read[t] = hashes
	}
	up := level % TileHeight
	first := (index << up) & (TileWidth - 1)
	if first+1<<up > uint64(len(hashes)) {
		return canon.Hash{}, ErrTree
	}
	return subtree(hashes[first : first+1<<up]), nil
}

// subtree is the root over a power of two of nodes.
func subtree(nodes []canon.Hash) canon.Hash {
	if len(nodes) == 1 {
		return nodes[0]
	}
	half := len(nodes) / 2
	return NodeHash(subtree(nodes[:half]), subtree(nodes[half:]))
}
