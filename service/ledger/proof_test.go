package ledger

import (
	"slices"
	"testing"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// What two verifiers of other people say, which must be the same.
func included(t *rapid.T, path []Hash, size, index int64, root, commitment Hash) bool {
	leaf := tlog.RecordHash(commitment[:])
	theirs := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(index), uint64(size), leaf[:], slicesOf(path), root[:]) == nil
	if again := tlog.CheckRecord(path, size, root, index, leaf) == nil; again != theirs {
		t.Fatalf("the verifiers don't agree on leaf %d of %d", index, size)
	}
	return theirs
}

func consistent(t *rapid.T, path []Hash, from, to int64, before, after Hash) bool {
	theirs := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(from), uint64(to), slicesOf(path), before[:], after[:]) == nil
	if again := tlog.CheckTree(path, to, after, from, before) == nil; from > 0 && again != theirs {
		t.Fatalf("the verifiers don't agree on %d to %d", from, to)
	}
	return theirs
}

func slicesOf(hashes []Hash) [][]byte {
	var all [][]byte
	for _, h := range hashes {
		all = append(all, slices.Clone(h[:]))
	}
	return all
}

// alter changes a proof in one place.
func alter(t *rapid.T, path []Hash) []Hash {
	path = slices.Clone(path)
	ways := []string{"one more"}
	if len(path) > 0 {
		ways = append(ways, "one less", "a bit")
	}
	switch at := 0; rapid.SampledFrom(ways).Draw(t, "way") {
	case "one more":
		at = rapid.IntRange(0, len(path)).Draw(t, "at")
		return slices.Insert(path, at, Hash{7})
	case "one less":
		at = rapid.IntRange(0, len(path)-1).Draw(t, "at")
		return slices.Delete(path, at, at+1)
	default:
		at = rapid.IntRange(0, len(path)-1).Draw(t, "at")
		path[at] = flip(t, path[at])
		return path
	}
}

func flip(t *rapid.T, h Hash) Hash {
	h[rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
	return h
}

func TestInclusionIsProvedAndNothingElse(t *testing.T) {
	l := grown(t, leavesOf(600))
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(1, 600).Draw(t, "size")
		index := rapid.Int64Range(0, size-1).Draw(t, "index")
		root, err := Root(l, size)
		if err != nil {
			t.Fatal(err)
		}
		path, err := Inclusion(l, size, index)
		if err != nil || !included(t, path, size, index, root, l.leaves[index]) {
			t.Fatalf("leaf %d of %d is not proved: %v", index, size, err)
		}
		if included(t, alter(t, path), size, index, root, l.leaves[index]) {
			t.Fatal("an altered proof verifies")
		}
		if included(t, path, size, index, flip(t, root), l.leaves[index]) || included(t, path, size, index, root, flip(t, l.leaves[index])) {
			t.Fatal("a proof verifies for another root or leaf")
		}
		if other := rapid.Int64Range(0, size-1).Draw(t, "other"); other != index && included(t, path, size, other, root, l.leaves[index]) {
			t.Fatal("a proof verifies for another index")
		}
	})
}

func TestConsistencyIsProvedAndNothingElse(t *testing.T) {
	l := grown(t, leavesOf(600))
	rapid.Check(t, func(t *rapid.T) {
		to := rapid.Int64Range(1, 600).Draw(t, "to")
		from := rapid.Int64Range(0, to).Draw(t, "from")
		before, err1 := Root(l, from)
		after, err2 := Root(l, to)
		path, err := Consistency(l, from, to)
		if err != nil || err1 != nil || err2 != nil || !consistent(t, path, from, to, before, after) {
			t.Fatalf("%d to %d is not proved: %v, %v, %v", from, to, err, err1, err2)
		}
		if consistent(t, alter(t, path), from, to, before, after) {
			t.Fatal("an altered proof verifies")
		}
		if from == 0 {
			if len(path) != 0 {
				t.Fatal("there is nothing to prove from the empty tree on")
			}
			return
		}
		if consistent(t, path, from, to, flip(t, before), after) || consistent(t, path, from, to, before, flip(t, after)) {
			t.Fatal("a proof verifies for another root")
		}
	})
}

func TestWhatCantBeProved(t *testing.T) {
	l, s := grown(t, leavesOf(9)), vectorSigner(t)
	for _, at := range [][2]int64{{9, 9}, {9, -1}, {0, 0}, {-1, -2}, {maxSize + 1, 3}, {20, 3}} {
		if path, err := Inclusion(l, at[0], at[1]); err == nil {
			t.Errorf("leaf %d of %d: %v", at[1], at[0], path)
		}
	}
	for _, at := range [][2]int64{{5, 4}, {-1, 4}, {3, maxSize + 1}, {3, 20}} {
		if path, err := Consistency(l, at[0], at[1]); err == nil {
			t.Errorf("%d to %d: %v", at[0], at[1], path)
		}
	}
	signed, err := s.SignCheckpoint(9, l.tree.Root())
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		rule       string
		index      int64
		checkpoint string
	}{
		{"a leaf beyond the checkpoint", 9, string(signed)},
		{"a checkpoint without signature", 1, "tumen-ledger-aaaqeayeaudaocaj/1\n9\ncrn+XoM5o1yWQZN1z3HGGhnYoAgrD9cDy3mhjnYAWHg=\n"},
		{"a note that is no checkpoint", 1, "text\n\n— name MznZ6axpn1rAFTq7\n"},
		{"nothing", 1, ""},
	} {
		if got, err := AppendProof([]byte("before"), l, tc.index, []byte(tc.checkpoint)); err == nil || string(got) != "before" {
			t.Errorf("%s: %q, %v", tc.rule, got, err)
		}
	}
}
