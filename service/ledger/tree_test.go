package ledger

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// A log keeps the rows of a tree as storage does, and the tree itself.
type log struct {
	leaves []Hash
	hashes map[int64]Hash
	tree   *Tree
}

var errMissing = errors.New("there is no such row")

func (l *log) Commitment(index int64) (Hash, error) {
	if index < 0 || index >= int64(len(l.leaves)) {
		return Hash{}, errMissing
	}
	return l.leaves[index], nil
}

func (l *log) Hash(stored int64) (Hash, error) {
	h, ok := l.hashes[stored]
	if !ok {
		return Hash{}, errMissing
	}
	return h, nil
}

type failer interface {
	Helper()
	Fatal(...any)
}

// append stores a group and makes it current.
func (l *log) append(t failer, group []Hash) {
	t.Helper()
	a, err := l.tree.Append(group)
	if err != nil {
		t.Fatal(err)
	}
	l.leaves = append(l.leaves, group...)
	for _, r := range a.Rows {
		if _, twice := l.hashes[r.Stored]; twice {
			t.Fatal("a row was put twice")
		}
		l.hashes[r.Stored] = r.Hash
	}
	if err := l.tree.Commit(a); err != nil {
		t.Fatal(err)
	}
}

// grown gives a log of these leaves, appended at once.
func grown(t failer, leaves []Hash) *log {
	t.Helper()
	tree, err := Open(nil, 0) // an empty tree reads nothing
	if err != nil {
		t.Fatal(err)
	}
	l := &log{hashes: map[int64]Hash{}, tree: tree}
	l.append(t, leaves)
	return l
}

func leavesOf(size int64) []Hash {
	leaves := make([]Hash, size)
	for i := range leaves {
		leaves[i] = sha256.Sum256(fmt.Appendf(nil, "leaf %d", i))
	}
	return leaves
}

func TestAnyGroupsGiveTheSameTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, alone := grown(t, nil), grown(t, nil)
		for _, size := range rapid.SliceOfN(rapid.IntRange(0, 70), 0, 8).Draw(t, "groups") {
			first := int64(len(l.leaves))
			group := leavesOf(first + int64(size))[first:]
			if rapid.Bool().Draw(t, "fails first") {
				abandoned, err := l.tree.Append(append([]Hash{{1}}, group...))
				if err != nil || abandoned.First != first || abandoned.Size() != first+int64(size)+1 {
					t.Fatalf("appended %+v, %v", abandoned, err)
				}
			}
			l.append(t, group)
			for i := range group {
				alone.append(t, group[i:i+1])
			}
			again, err := Open(l, int64(len(l.leaves)))
			if err != nil {
				t.Fatal(err)
			}
			if again.Root() != l.tree.Root() || again.Size() != l.tree.Size() {
				t.Fatal("the tree that was opened again is another one")
			}
			if rapid.Bool().Draw(t, "opened again") {
				l.tree = again
			}
		}
		want, err := tlog.TreeHash(int64(len(l.leaves)), hashReader(l))
		if err != nil || l.tree.Root() != want || alone.tree.Root() != want {
			t.Fatalf("the roots are %s and %s instead of %s, %v", l.tree.Root(), alone.tree.Root(), want, err)
		}
		if !maps.Equal(l.hashes, alone.hashes) || !slices.Equal(l.leaves, alone.leaves) {
			t.Fatal("the rows differ")
		}
	})
}

// The rows are those that tlog itself would store, less those of the leaves.
func TestRowsAreThoseOfTlog(t *testing.T) {
	const size = 300
	l, all := grown(t, leavesOf(size)), []Hash{}
	for i, leaf := range l.leaves {
		more, err := tlog.StoredHashes(int64(i), leaf[:], tlog.HashReaderFunc(func(stored []int64) ([]Hash, error) {
			var hashes []Hash
			for _, at := range stored {
				hashes = append(hashes, all[at])
			}
			return hashes, nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, more...)
	}
	leaves := 0
	for at, want := range all {
		if level, _ := tlog.SplitStoredHashIndex(int64(at)); level == 0 {
			leaves++
		} else if got := l.hashes[int64(at)]; got != want {
			t.Errorf("row %d is %s instead of %s", at, got, want)
		}
	}
	if leaves != size || len(l.hashes) != len(all)-size {
		t.Errorf("%d rows above %d leaves, of %d", len(l.hashes), leaves, len(all))
	}
}

func TestAppendingKeepsToItsRoom(t *testing.T) {
	for before := range int64(40) {
		for more := range int64(40) {
			l := grown(t, leavesOf(before))
			a, err := l.tree.Append(leavesOf(more))
			if err != nil || len(a.Rows) != cap(a.Rows) {
				t.Fatalf("%d on top of %d: %d rows in room for %d, %v", more, before, len(a.Rows), cap(a.Rows), err)
			}
			if !slices.IsSortedFunc(a.Rows, func(x, y Row) int { return int(x.Stored - y.Stored) }) {
				t.Fatal("the rows are out of order")
			}
		}
	}
}

func TestOnlyOneOfTwoGroupsBecomesCurrent(t *testing.T) {
	l := grown(t, leavesOf(5))
	one, err1 := l.tree.Append(leavesOf(1))
	other, err2 := l.tree.Append(leavesOf(2))
	if err := errors.Join(err1, err2, l.tree.Commit(other)); err != nil {
		t.Fatal(err)
	}
	root := l.tree.Root()
	if root != other.Root() || l.tree.Size() != 7 {
		t.Errorf("the tree is not the one that was committed")
	}
	if l.tree.Commit(one) == nil || l.tree.Root() != root {
		t.Error("a group of an earlier tree became current")
	}
}

func TestSizesThatNoTreeHas(t *testing.T) {
	l := grown(t, leavesOf(5))
	for _, size := range []int64{-1, maxSize + 1} {
		if _, err := Open(l, size); err == nil {
			t.Errorf("a tree of %d opens", size)
		}
	}
	full := &Tree{size: maxSize}
	if _, err := full.Append(leavesOf(1)); err == nil {
		t.Error("a tree grows beyond all sizes")
	}
	if _, err := Open(l, 6); !errors.Is(err, errMissing) {
		t.Errorf("a tree opens on rows that are missing: %v", err)
	}
	if _, err := Open(&log{leaves: l.leaves}, 4); !errors.Is(err, errMissing) {
		t.Errorf("a tree opens on hashes that are missing: %v", err)
	}
}

func BenchmarkAppend256(b *testing.B) {
	tree, err := Open(nil, 0)
	if err != nil {
		b.Fatal(err)
	}
	group := leavesOf(256)
	b.ReportAllocs()
	for b.Loop() {
		a, err := tree.Append(group)
		if err != nil {
			b.Fatal(err)
		}
		if err := tree.Commit(a); err != nil {
			b.Fatal(err)
		}
	}
}
