package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"filippo.io/torchwood"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// rows is what is stored of a tree.
type rows struct {
	stored
	leaves [][32]byte
}

func (r rows) Commitments(first int64, n int) ([][32]byte, error) { return r.leaves[first:][:n], nil }

func grownRows(n int64) rows {
	_, hashes, leaves := grown(n)
	return rows{hashes, leaves}
}

// mirror reads tiles as torchwood's client does from a server.
type mirror struct {
	rows Rows
	size int64
}

func (m mirror) ReadTiles(_ context.Context, tiles []tlog.Tile) (read [][]byte, err error) {
	for _, tile := range tiles {
		path, err := ParseTilePath(torchwood.TilePath(tile))
		if err != nil {
			return nil, err
		}
		b, err := AppendTile(nil, m.rows, m.size, path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", torchwood.TilePath(tile), err)
		}
		read = append(read, b)
	}
	return read, nil
}

func (mirror) SaveTiles([]tlog.Tile, [][]byte) {}

func (mirror) ReadEndpoint(context.Context, string) ([]byte, error) { return nil, ErrNoTile }

// TestTorchwoodReadsTheTiles: of trees of many sizes, while the stored one has
// grown further.
func TestTorchwoodReadsTheTiles(t *testing.T) {
	r := grownRows(66_000) // three levels of tiles
	for _, size := range []int64{1, 2, 255, 256, 257, 1000, 65_535, 65_536, 65_537, 66_000} {
		root, err := RootAt(size, r)
		if err != nil {
			t.Fatal(err)
		}
		client, err := torchwood.NewClient(mirror{r, size})
		if err != nil {
			t.Fatal(err)
		}
		next, tree := int64(0), tlog.Tree{N: size, Hash: root}
		for index, entry := range client.AllEntries(t.Context(), tree, 0) {
			if index != next || [32]byte(entry) != r.leaves[index] {
				t.Fatalf("leaf %d of %d is %x", index, size, entry)
			}
			next++
		}
		if err := client.Err(); err != nil || next != size {
			t.Errorf("of %d leaves %d are read: %v", size, next, err)
		}
	}
}

func TestTilesReachNoFurtherThanTheTree(t *testing.T) {
	r := grownRows(700)
	for _, tc := range []struct {
		path  string
		bytes int // 0 where there is no such tile
	}{
		{"tile/0/000", 8192}, {"tile/0/001", 8192}, {"tile/0/002.p/88", 88 * 32}, {"tile/0/002.p/1", 32},
		{"tile/0/000.p/255", 255 * 32}, {"tile/1/000.p/2", 64}, {"tile/entries/000", 256 * 34}, {"tile/entries/002.p/88", 88 * 34},
		{"tile/0/002", 0}, {"tile/0/002.p/89", 0}, {"tile/0/003.p/1", 0}, {"tile/1/000", 0}, {"tile/1/000.p/3", 0}, {"tile/2/000.p/1", 0},
		{"tile/7/000.p/1", 0}, {"tile/8/000.p/1", 0}, {"tile/63/000.p/1", 0}, {"tile/64/000.p/1", 0}, {"tile/entries/002", 0}, {"tile/entries/002.p/89", 0},
		{"tile/data/000", 0}, {"tile/-1/000", 0}, {"tile/8/0/000", 0}, {"/tile/0/000", 0}, {"tile/0/0", 0}, {"tile/0/x000/000", 0},
		{"tile/00/000", 0}, {"tile/0/000.p/256", 0}, {"tile/0/000.p/0", 0}, {"tile/0/000.p/01", 0},
		{"tile/0/x999/x999/x999/x999/x999/x999/999", 0}, {"tile/0/", 0}, {"tile/", 0}, {"", 0},
	} {
		var got []byte
		path, err := ParseTilePath(tc.path)
		if err == nil {
			got, err = AppendTile([]byte("before"), r, 600, path)
		}
		if tc.bytes == 0 {
			if !errors.Is(err, ErrNoTile) || len(got) > len("before") {
				t.Errorf("%q gives %d bytes, %v", tc.path, len(got), err)
			}
		} else if err != nil || len(got) != len("before")+tc.bytes {
			t.Errorf("%q gives %d bytes, %v", tc.path, len(got), err)
		}
	}
}

func FuzzParseTilePath(f *testing.F) {
	for _, path := range []string{"tile/0/000", "tile/entries/x001/234.p/7", "tile/1/x999/999", "tile/8/data/000"} {
		f.Add(path)
	}
	r := grownRows(300)
	f.Fuzz(func(t *testing.T, path string) {
		read, err := ParseTilePath(path)
		if err != nil {
			return
		}
		if again := torchwood.TilePath(read.tile); again != path {
			t.Fatalf("%q is read as %q", path, again)
		}
		if b, err := AppendTile(nil, r, 290, read); err == nil && len(b) == 0 {
			t.Fatalf("%q is an empty tile", path)
		} else if err != nil && !errors.Is(err, ErrNoTile) {
			t.Fatal(err)
		}
	})
}

// TestGrowthIsProved: from every size to every other, to another implementation.
func TestGrowthIsProved(t *testing.T) {
	r := grownRows(40)
	for to := int64(1); to <= 36; to++ {
		newer, err := RootAt(to, r)
		if err != nil {
			t.Fatal(err)
		}
		for from := int64(1); from <= to; from++ {
			older, err := RootAt(from, r)
			if err != nil {
				t.Fatal(err)
			}
			found, err := ProveGrowth(from, to, r)
			if err != nil {
				t.Fatal(err)
			}
			if err := grows(from, to, found, older, newer); err != nil {
				t.Fatalf("%d to %d: %v", from, to, err)
			}
			if from < to && grows(from, to, found, newer, newer) == nil {
				t.Fatalf("%d to %d: another tree is taken for the older one", from, to)
			}
		}
	}
	if p, err := ProveGrowth(0, 7, r); err != nil || len(p) != 0 {
		t.Errorf("from nothing: %v %v", p, err)
	}
	for _, bad := range [][2]int64{{-1, 3}, {4, 3}} {
		if _, err := ProveGrowth(bad[0], bad[1], r); err == nil {
			t.Errorf("%v is proved", bad)
		}
	}
}

func grows(from, to int64, hashes []Hash, older, newer Hash) error {
	var path [][]byte
	for _, h := range hashes {
		path = append(path, h[:])
	}
	return proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(from), uint64(to), path, older[:], newer[:])
}

func cosigner(t *testing.T, name string, seed byte) *torchwood.CosignatureSigner {
	t.Helper()
	s, err := torchwood.NewCosignatureSigner(name, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// cosign gives the line by which a witness answers.
func cosign(t *testing.T, by note.Signer, checkpoint []byte) []byte {
	t.Helper()
	text, _, _ := bytes.Cut(checkpoint, []byte("\n\n"))
	signed, err := note.Sign(&note.Note{Text: string(text) + "\n"}, by)
	if err != nil {
		t.Fatal(err)
	}
	return signed[len(text)+2:]
}

func TestACosignatureIsOfOneCheckpointAndOneWitness(t *testing.T) {
	signer, _ := testSigner(t)
	tree, _, _ := grown(9)
	other, _, _ := grown(10)
	one, another := cosigner(t, "witness.example/one", 1), cosigner(t, "witness.example/other", 2)
	checkpoint, err := signer.Checkpoint(tree)
	if err != nil {
		t.Fatal(err)
	}
	bigger, err := signer.Checkpoint(other)
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWitness(one.Verifier().String())
	if err != nil {
		t.Fatal(err)
	}
	line := cosign(t, one, checkpoint)
	got, err := w.Cosignature(checkpoint, append(cosign(t, another, checkpoint), line...))
	if err != nil || !bytes.Equal(got, line) {
		t.Fatalf("%q, %v", got, err)
	}
	cosigned := append(bytes.Clone(checkpoint), got...)
	if size, err := signer.Size(cosigned); err != nil || size != 9 || signer.Open(cosigned, tree) != nil {
		t.Errorf("the cosigned checkpoint is of %d leaves: %v", size, err)
	}
	for name, lines := range map[string][]byte{
		"of another checkpoint": cosign(t, one, bigger),
		"of another witness":    cosign(t, another, checkpoint),
		"nothing":               nil,
		"cut":                   line[:len(line)-1],
		"another note":          append(append(bytes.Clone(bigger), '\n'), line...),
		"much":                  bytes.Repeat(line, 1000),
	} {
		if got, err := w.Cosignature(checkpoint, lines); err == nil {
			t.Errorf("%s: %q is taken", name, got)
		}
	}
	for i := range line {
		changed := bytes.Clone(line)
		changed[i] ^= 1
		if got, err := w.Cosignature(checkpoint, changed); err == nil {
			t.Errorf("with byte %d changed, %q is taken", i, got)
		}
	}
	log := signer.VerifierKey()
	for _, bad := range []string{"", log, one.Verifier().String() + "=", "x" + one.Verifier().String(), "a b" + one.Verifier().String()[len("witness.example/one"):]} {
		if _, err := NewWitness(bad); err == nil {
			t.Errorf("%q is taken for a witness", bad)
		}
	}
}

func FuzzNewWitness(f *testing.F) {
	s, err := torchwood.NewCosignatureSigner("witness.example", ed25519.NewKeyFromSeed(make([]byte, 32)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.Verifier().String())
	f.Add("a+00000000+BAAA")
	f.Fuzz(func(t *testing.T, text string) {
		ours, err := NewWitness(text)
		theirs, their := torchwood.NewCosignatureVerifier(text)
		if err == nil && (their != nil || ours.Name() != theirs.Name() || ours.KeyHash() != theirs.KeyHash()) {
			t.Fatalf("%q is a witness here, and to torchwood: %v", text, their)
		}
	})
}

func FuzzCosignature(f *testing.F) {
	s, err := torchwood.NewCosignatureSigner("witness.example", ed25519.NewKeyFromSeed(make([]byte, 32)))
	if err != nil {
		f.Fatal(err)
	}
	w, err := NewWitness(s.Verifier().String())
	if err != nil {
		f.Fatal(err)
	}
	const text = "tumen-ledger-test/1\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	signed, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed[len(text)+1:])
	f.Fuzz(func(t *testing.T, lines []byte) {
		line, err := w.Cosignature(signed, lines)
		if err != nil {
			return
		}
		n, err := note.Open(append([]byte(text+"\n"), line...), note.VerifierList(s.Verifier()))
		if err != nil || len(n.Sigs) != 1 || n.Text != text {
			t.Fatalf("%q is taken for a cosignature, and is none: %v", line, err)
		}
	})
}

// FuzzCheckpointSize: of what somebody has signed, only checkpoints of the ledger
// have a size.
func FuzzCheckpointSize(f *testing.F) {
	seed := sha256.Sum256([]byte("a seed"))
	signer, err := NewSigner("tumen-ledger-test/1", seed[:])
	if err != nil {
		f.Fatal(err)
	}
	f.Add("tumen-ledger-test/1\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
	f.Add("tumen-ledger-test/1\n-1\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		signed, err := note.Sign(&note.Note{Text: text}, signer.signer)
		if err != nil {
			return
		}
		size, err := signer.Size(signed)
		if err == nil && (size < 0 || !strings.HasPrefix(text, fmt.Sprintf("tumen-ledger-test/1\n%d\n", size))) {
			t.Fatalf("%q is of %d leaves", text, size)
		}
	})
}
