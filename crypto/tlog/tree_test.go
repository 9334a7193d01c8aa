package tlog_test

import (
	"context"
	"errors"
	"math/bits"
	"math/rand/v2"
	"testing"

	"sunbid/crypto/canon"
	"sunbid/crypto/tlog"
)

// naive is RFC 6962 section 2.1 word for word.
func naive(leaves []canon.Hash) canon.Hash {
	switch n := len(leaves); n {
	case 0:
		return canon.Sum()
	case 1:
		return leaves[0]
	default:
		k := 1 << (bits.Len(uint(n-1)) - 1)
		l, r := naive(leaves[:k]), naive(leaves[k:])
		return canon.Sum([]byte{1}, l[:], r[:])
	}
}

type at struct {
	level uint
	index uint64
}

// store keeps nodes by place; tiles too, as a test of what TilesTouched says.
type store struct {
	nodes map[at]canon.Hash
	tiles map[tlog.Tile][]canon.Hash
}

var errNoNode = errors.New("no such node")

func (s *store) Node(_ context.Context, level uint, index uint64) (canon.Hash, error) {
	h, ok := s.nodes[at{level, index}]
	if !ok {
		return h, errNoNode
	}
	return h, nil
}

func (s *store) Tile(_ context.Context, t tlog.Tile) ([]canon.Hash, error) {
	h, ok := s.tiles[t]
	if !ok {
		return nil, errNoNode
	}
	return h, nil
}

// grow appends leaves to t and stores what is visited.
func (s *store) grow(t *testing.T, tree *tlog.Tree, leaves []canon.Hash) {
	t.Helper()
	from := tree.Size()
	for _, leaf := range leaves {
		tree.Append(leaf, func(level uint, index uint64, h canon.Hash) {
			if _, again := s.nodes[at{level, index}]; again {
				t.Errorf("node %d/%d visited twice", level, index)
			}
			s.nodes[at{level, index}] = h
		})
	}
	for _, tile := range tlog.TilesTouched(from, tree.Size()) {
		hashes := make([]canon.Hash, tile.Width(tree.Size()))
		for i := range hashes {
			hashes[i] = s.nodes[at{tile.Level * tlog.TileHeight, tile.Index*tlog.TileWidth + uint64(i)}]
		}
		s.tiles[tile] = hashes
	}
}

func leaves(n int, seed uint64) []canon.Hash {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]canon.Hash, n)
	for i := range out {
		for j := range out[i] {
			out[i][j] = byte(r.Uint32())
		}
	}
	return out
}

func newTree(t testing.TB) *tlog.Tree {
	t.Helper()
	tree, err := tlog.NewTree(0, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestTreeAgainstTheStandard(t *testing.T) {
	t.Parallel()
	all := leaves(130, 1)
	tree := newTree(t)
	s := &store{map[at]canon.Hash{}, map[tlog.Tile][]canon.Hash{}}
	roots := []canon.Hash{tree.Root()}
	for i := range all {
		s.grow(t, tree, all[i:i+1])
		roots = append(roots, tree.Root())
		restored, err := tlog.NewTree(tree.Size(), tree.Frontier())
		if err != nil || restored.Root() != tree.Root() {
			t.Fatalf("size %d: not restored: %v", tree.Size(), err)
		}
	}
	for n := range roots {
		if roots[n] != naive(all[:n]) {
			t.Fatalf("root of %d leaves", n)
		}
	}
	ctx := t.Context()
	for n := int64(1); n <= int64(len(all)); n += 7 {
		for i := range n {
			path, err := tlog.InclusionProof(ctx, s, i, n)
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.VerifyInclusion(all[i], i, n, path, roots[n]); err != nil {
				t.Fatalf("leaf %d of %d: %v", i, n, err)
			}
			if err := tlog.VerifyInclusion(all[i], (i+1)%n, n, path, roots[n]); err == nil && n > 1 {
				t.Fatalf("leaf %d of %d passes at another place", i, n)
			}
		}
		for m := range n + 1 {
			path, err := tlog.ConsistencyProof(ctx, s, m, n)
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.VerifyConsistency(m, n, path, roots[m], roots[n]); err != nil {
				t.Fatalf("from %d to %d: %v", m, n, err)
			}
			if m > 0 && m < n {
				if err := tlog.VerifyConsistency(m, n, path, roots[m-1], roots[n]); err == nil {
					t.Fatalf("from %d to %d: another old root passes", m, n)
				}
			}
		}
	}
}

func TestTiles(t *testing.T) {
	t.Parallel()
	const size = 70_000
	all := leaves(size, 2)
	tree := newTree(t)
	s := &store{map[at]canon.Hash{}, map[tlog.Tile][]canon.Hash{}}
	r := rand.New(rand.NewPCG(3, 3))
	for begin := 0; begin < size; {
		end := min(size, begin+1+r.IntN(900))
		s.grow(t, tree, all[begin:end])
		begin = end
	}
	if want := []tlog.Tile{{0, 273}, {1, 1}, {2, 0}}; len(s.tiles[want[0]]) != 70_000-273*256 || len(s.tiles[want[1]]) != 17 || len(s.tiles[want[2]]) != 1 {
		t.Fatal("widths of the last tiles")
	}
	ctx := t.Context()
	for range 300 {
		n := 1 + r.Int64N(size)
		i, m := r.Int64N(n), r.Int64N(n+1)
		for _, proof := range []func(tlog.Nodes) ([]canon.Hash, error){
			func(x tlog.Nodes) ([]canon.Hash, error) { return tlog.InclusionProof(ctx, x, i, n) },
			func(x tlog.Nodes) ([]canon.Hash, error) { return tlog.ConsistencyProof(ctx, x, m, n) },
		} {
			a, err := proof(s)
			if err != nil {
				t.Fatal(err)
			}
			b, err := proof(tlog.NewTiledNodes(s))
			if err != nil {
				t.Fatal(err)
			}
			if len(a) != len(b) {
				t.Fatal("tiles give another proof")
			}
			for j := range a {
				if a[j] != b[j] {
					t.Fatal("tiles give another proof")
				}
			}
		}
	}
	if _, err := tlog.NewTiledNodes(s).Node(ctx, 0, size); code(err) != "tree-malformed" {
		t.Errorf("beyond the end: %v", err)
	}
}

func TestTreeRefuses(t *testing.T) {
	t.Parallel()
	if _, err := tlog.NewTree(3, leaves(1, 1)); code(err) != "tree-malformed" {
		t.Errorf("short frontier: %v", err)
	}
	if _, err := tlog.NewTree(-1, nil); code(err) != "tree-malformed" {
		t.Errorf("negative size: %v", err)
	}
	s := &store{}
	for name, c := range map[string][2]int64{"beyond": {5, 5}, "negative": {-1, 5}} {
		if _, err := tlog.InclusionProof(t.Context(), s, c[0], c[1]); code(err) != "proof-path" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := tlog.InclusionProof(t.Context(), s, 0, 5); !errors.Is(err, errNoNode) {
		t.Errorf("missing node: %v", err)
	}
	if _, err := tlog.ConsistencyProof(t.Context(), s, 6, 5); code(err) != "checkpoint-inconsistent" {
		t.Errorf("backwards: %v", err)
	}
	tree := newTree(t)
	clone := tree.Clone()
	clone.Append(canon.Hash{1}, nil)
	if tree.Size() != 0 || tree.Root() != tlog.EmptyRoot() {
		t.Error("a clone changes its original")
	}
}
