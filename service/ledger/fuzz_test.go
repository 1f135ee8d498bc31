package ledger

import (
	"strings"
	"testing"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
)

// Whatever a parser takes is the one form of what it read.

func FuzzEntry(f *testing.F) {
	files := vectors(f)
	for _, name := range []string{"entry/first", "entry/second", "entry/restored"} {
		f.Add(files[name])
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := ParseEntry([]byte(text))
		if err != nil {
			return
		}
		if again, err := AppendEntry(nil, e); err != nil || string(again) != text {
			t.Errorf("%q was written as %q, %v", text, again, err)
		}
	})
}

func FuzzCheckpoint(f *testing.F) {
	s := vectorSigner(f)
	signed := vectors(f)["checkpoint"]
	text, signatures, _ := strings.Cut(signed, "\n\n")
	f.Add(text+"\n", signatures)
	f.Fuzz(func(t *testing.T, text, signatures string) {
		c, err := parseCheckpoint(text)
		if err == nil && c.String() != text {
			t.Errorf("%q was written as %q", text, c.String())
		}
		if err == nil {
			if theirs, err := torchwood.ParseCheckpoint(text); err != nil || theirs.N != c.Size || theirs.Hash != c.Root || theirs.Origin != c.Origin.String() {
				t.Errorf("%q is to torchwood %v, %v", text, theirs, err)
			}
		}
		whole := []byte(text + "\n" + signatures)
		opened, _, err := OpenCheckpoint(whole, s.Verifier())
		if err != nil {
			return
		}
		if n, err := note.Open(whole, note.VerifierList(s.Verifier())); err != nil || n.Text != opened.String() {
			t.Errorf("%q opens as %v, %v", whole, opened, err)
		}
	})
}

func FuzzTilePath(f *testing.F) {
	for _, path := range []string{"tile/0/000", "tile/entries/x001/x234/067.p/5", "tile/5/000.p/255", "tile/8/0/000", "tile/data/000"} {
		f.Add(path)
	}
	l := grown(f, leavesOf(300))
	f.Fuzz(func(t *testing.T, path string) {
		tile, err := parseTilePath(path)
		if err == nil && tilePath(tile) != path {
			t.Errorf("%q was written as %q", path, tilePath(tile))
		}
		theirs, theirErr := torchwood.ParseTilePath(path)
		if err == nil && (theirErr != nil || theirs != tile) {
			t.Errorf("%q is to torchwood %v, %v", path, theirs, theirErr)
		}
		if got, err := AppendTile(nil, l, 300, path); err == nil && len(got) != tile.W*32 && len(got) != tile.W*34 {
			t.Errorf("%q has %d bytes", path, len(got))
		}
	})
}

func FuzzKeys(f *testing.F) {
	f.Add(vectorSigner(f).Verifier().String())
	f.Add(newCosigner(f, "witness.example/one", 1).Verifier().String())
	f.Fuzz(func(t *testing.T, key string) {
		if w, err := NewWitness(key); err == nil {
			if theirs, err := torchwood.NewCosignatureVerifier(key); err != nil || theirs.KeyHash() != w.KeyHash() || theirs.Name() != w.Name() {
				t.Errorf("%q is to torchwood %v, %v", key, theirs, err)
			}
		}
		if v, err := NewVerifier(key); err == nil && v.Origin().String() != v.Name() {
			t.Errorf("%q has the origin %s", key, v.Origin())
		}
	})
}
