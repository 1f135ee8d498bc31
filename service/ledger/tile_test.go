package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

// A mirror reads tiles as torchwood's client does from a server.
type mirror struct {
	rows Rows
	size int64
	read map[string]bool
}

func (m *mirror) ReadTiles(_ context.Context, tiles []tlog.Tile) (read [][]byte, err error) {
	for _, tile := range tiles {
		path := torchwood.TilePath(tile)
		tile, err := AppendTile(nil, m.rows, m.size, path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		m.read[path] = true
		read = append(read, tile)
	}
	return read, nil
}

func (m *mirror) SaveTiles([]tlog.Tile, [][]byte) {}

func (m *mirror) ReadEndpoint(context.Context, string) ([]byte, error) { return nil, ErrNoTile }

func TestTorchwoodReadsTheTiles(t *testing.T) {
	const stored = 70_000 // three levels of tiles
	l := grown(t, leavesOf(stored))
	for _, size := range []int64{1, 2, 255, 256, 257, 1000, 65_535, 65_536, 65_537, stored} {
		root, err := Root(l, size)
		if err != nil {
			t.Fatal(err)
		}
		m := &mirror{l, size, map[string]bool{}}
		client, err := torchwood.NewClient(m)
		if err != nil {
			t.Fatal(err)
		}
		next, tree := int64(0), tlog.Tree{N: size, Hash: root}
		for index, entry := range client.AllEntries(t.Context(), tree, 0) {
			if index != next || Hash(entry) != l.leaves[index] {
				t.Fatalf("leaf %d of %d is %x", index, size, entry)
			}
			next++
		}
		if err := client.Err(); err != nil || next != size {
			t.Errorf("of %d leaves %d are read: %v", size, next, err)
		}
		paths, err := Tiles(0, size)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			delete(m.read, path)
			if _, err := AppendTile(nil, l, size, path); err != nil {
				t.Errorf("%s of %d: %v", path, size, err)
			}
		}
		if len(m.read) != 0 {
			t.Errorf("of %d the client read what Tiles does not name: %v", size, m.read)
		}
		if _, _, err := client.Entry(t.Context(), tree, size/2); err != nil {
			t.Errorf("leaf %d of %d: %v", size/2, size, err)
		}
	}
}

func TestTilesOfATree(t *testing.T) {
	l := grown(t, leavesOf(600))
	for _, tc := range []struct {
		path  string
		bytes int // 0 where there is no such tile
	}{
		{"tile/0/000", 8192},
		{"tile/0/001", 8192},
		{"tile/0/002.p/88", 88 * 32},
		{"tile/0/002.p/1", 32},
		{"tile/0/000.p/255", 255 * 32},
		{"tile/1/000.p/2", 64},
		{"tile/entries/000", 256 * 34},
		{"tile/entries/002.p/88", 88 * 34},
		{"tile/0/002", 0},
		{"tile/0/002.p/89", 0},
		{"tile/0/003.p/1", 0},
		{"tile/1/000", 0},
		{"tile/1/000.p/3", 0},
		{"tile/2/000.p/1", 0},
		{"tile/63/000.p/1", 0},
		{"tile/64/000.p/1", 0},
		{"tile/entries/002", 0},
		{"tile/entries/002.p/89", 0},
		{"tile/data/000", 0},
		{"tile/-1/000", 0},
		{"tile/8/0/000", 0},
		{"/tile/0/000", 0},
		{"tile/0/0", 0},
		{"tile/0/x000/000", 0},
		{"tile/00/000", 0},
		{"tile/0/000.p/256", 0},
		{"tile/0/000.p/0", 0},
		{"tile/0/000.p/01", 0},
		{"tile/0/x999/x999/x999/x999/x999/x999/999", 0},
		{"tile/0/", 0},
		{"tile/", 0},
		{"", 0},
	} {
		got, err := AppendTile([]byte("before"), l, 600, tc.path)
		if tc.bytes == 0 {
			if !errors.Is(err, ErrNoTile) || string(got) != "before" {
				t.Errorf("%q gives %d bytes, %v", tc.path, len(got), err)
			}
		} else if err != nil || len(got) != len("before")+tc.bytes {
			t.Errorf("%q gives %d bytes, %v", tc.path, len(got), err)
		}
	}
	if _, err := AppendTile(nil, l, 601, "tile/0/002.p/89"); !errors.Is(err, errMissing) {
		t.Errorf("a row that is missing: %v", err)
	}
	if _, err := AppendTile(nil, l, -1, "tile/0/000"); !errors.Is(err, ErrNoTile) {
		t.Errorf("a size below 0: %v", err)
	}
}

func TestNewTiles(t *testing.T) {
	got, err := Tiles(250, 300)
	want := []string{"tile/0/000", "tile/entries/000", "tile/0/001.p/44", "tile/entries/001.p/44", "tile/1/000.p/1"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	for _, at := range [][2]int64{{-1, 3}, {4, 3}, {0, maxSize + 1}} {
		if _, err := Tiles(at[0], at[1]); err == nil {
			t.Errorf("%d to %d has tiles", at[0], at[1])
		}
	}
}
