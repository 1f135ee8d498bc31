package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8 // of every tile in C2SP tlog-tiles
	entries    = "tile/entries/"
)

// ErrNoTile is that of a path which names no tile of the tree: to HTTP a 404.
var ErrNoTile = errors.New("ledger: no such tile")

// AppendTile appends to dst what C2SP tlog-tiles serves under a path, of a tree
// of the given size, which need not be all that is stored: outsiders see the
// tree of the last published checkpoint. Under "tile/L/N" that is 32 bytes for
// each of 256 hashes of the tree (at most 8 KiB), under "tile/entries/N" the
// same number of commitments, each with its length before it as two bytes
// (8,704 bytes); "….p/W" has the first W of them only. The path has no leading
// slash. Any other path and what the tree doesn't reach are ErrNoTile; further
// errors are those of rows. Then dst comes back as it was.
func AppendTile(dst []byte, rows Rows, size int64, path string) ([]byte, error) {
	t, err := parseTilePath(path)
	if err != nil {
		return dst, err
	}
	level := max(t.L, 0) * tileHeight
	if size < 0 || size > maxSize {
		return dst, ErrNoTile
	}
	there := size >> level // hashes of this level
	first := t.N << tileHeight
	if t.N > there>>tileHeight || first+int64(t.W) > there {
		return dst, ErrNoTile
	}
	out := slices.Grow(dst, t.W*(2+tlog.HashSize))
	for n := first; n < first+int64(t.W); n++ {
		var h Hash
		if t.L < 0 {
			out = binary.BigEndian.AppendUint16(out, uint16(len(h)))
			h, err = rows.Commitment(n)
		} else {
			h, err = readHash(rows, level, n)
		}
		if err != nil {
			return dst, err
		}
		out = append(out, h[:]...)
	}
	return out, nil
}

// parseTilePath reads a path of C2SP tlog-tiles, in its one form. It differs
// from that of Go's checksum database, which tlog reads, in its first elements.
func parseTilePath(path string) (tlog.Tile, error) {
	theirs := ""
	if n, ok := strings.CutPrefix(path, entries); ok {
		theirs = "tile/8/data/" + n
	} else if rest, ok := strings.CutPrefix(path, "tile/"); ok && !strings.HasPrefix(rest, "data/") {
		theirs = "tile/8/" + rest
	}
	t, err := tlog.ParseTilePath(theirs)
	if err != nil || t.L > 63 {
		return tlog.Tile{}, ErrNoTile
	}
	return t, nil
}

// tilePath writes what parseTilePath reads.
func tilePath(t tlog.Tile) string {
	if t.L < 0 {
		return entries + strings.TrimPrefix(t.Path(), "tile/8/data/")
	}
	return "tile/" + strings.TrimPrefix(t.Path(), "tile/8/")
}

// Tiles gives the paths of the tiles and entry bundles that are new in a tree
// of size to for those who have all of one of size from: what a mirror fetches
// and a publication by files writes. Sizes out of order are an error.
func Tiles(from, to int64) ([]string, error) {
	if from < 0 || from > to || to > maxSize {
		return nil, fmt.Errorf("ledger: a tree of %d does not grow out of one of %d", to, from)
	}
	var paths []string
	for _, t := range tlog.NewTiles(tileHeight, from, to) {
		paths = append(paths, tilePath(t))
		if t.L == 0 {
			t.L = -1
			paths = append(paths, tilePath(t))
		}
	}
	return paths, nil
}
