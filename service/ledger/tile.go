package ledger

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Rows gives what is stored of a tree, on one snapshot. What is not there is an
// error: a tree asks only for what it was told was put.
type Rows interface {
	tlog.HashReader
	// Commitments gives the commitments that are the leaves first to first+n-1.
	Commitments(first int64, n int) ([][32]byte, error)
}

const (
	tileHeight = 8 // of every tile in C2SP tlog-tiles
	bundles    = "tile/entries/"
)

// ErrNoTile is that of a path which names no tile of the tree: to HTTP a 404.
var ErrNoTile = errors.New("ledger: no such tile")

// TilePath is a path of C2SP tlog-tiles, read.
type TilePath struct{ tile tlog.Tile }

// ParseTilePath reads "tile/L/N" and "tile/entries/N", with ".p/W" for the first W
// entries of what is not yet whole, without a leading slash. What is not in the
// one form of tlog-tiles is ErrNoTile.
func ParseTilePath(path string) (TilePath, error) {
	theirs := "" // as Go's checksum database writes it, which tlog reads
	if n, ok := strings.CutPrefix(path, bundles); ok {
		theirs = "tile/8/data/" + n
	} else if rest, ok := strings.CutPrefix(path, "tile/"); ok && !strings.HasPrefix(rest, "data/") {
		theirs = "tile/8/" + rest
	}
	t, err := tlog.ParseTilePath(theirs)
	if err != nil || t.L > 63/tileHeight {
		return TilePath{}, ErrNoTile
	}
	return TilePath{t}, nil
}

// Whole says whether the tile has all its 256 entries, and so never changes.
func (p TilePath) Whole() bool { return p.tile.W == 1<<tileHeight }

// AppendTile appends what C2SP tlog-tiles serves under a path, of a tree of that
// size, which need not be all that is stored. A tile is 32 bytes for each hash; a
// bundle of entries the commitments, each with its length before it in two bytes.
// What the tree does not reach is ErrNoTile; other errors are those of rows.
func AppendTile(dst []byte, rows Rows, size int64, path TilePath) ([]byte, error) {
	t := path.tile
	level := max(t.L, 0) * tileHeight
	there := size >> level // hashes of this level
	first := t.N << tileHeight
	if t.N > there>>tileHeight || first+int64(t.W) > there {
		return dst, ErrNoTile
	}
	if t.L < 0 {
		commitments, err := rows.Commitments(first, t.W)
		if err != nil {
			return dst, err
		}
		dst = slices.Grow(dst, t.W*(2+len(Hash{})))
		for _, c := range commitments {
			dst = append(binary.BigEndian.AppendUint16(dst, uint16(len(c))), c[:]...)
		}
		return dst, nil
	}
	hashes, err := tileHashes(rows, level, first, t.W)
	if err != nil {
		return dst, err
	}
	for _, h := range hashes {
		dst = append(dst, h[:]...)
	}
	return dst, nil
}

func tileHashes(rows Rows, level int, first int64, n int) ([]Hash, error) {
	if level == 0 {
		commitments, err := rows.Commitments(first, n)
		hashes := make([]Hash, len(commitments))
		for i, c := range commitments {
			hashes[i] = LeafHash(c)
		}
		return hashes, err
	}
	indexes := make([]int64, n)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(level, first+int64(i))
	}
	return rows.ReadHashes(indexes)
}
