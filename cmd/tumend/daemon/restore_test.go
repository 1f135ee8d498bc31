package daemon

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"tumen/service/escrow"
	"tumen/service/seal"
)

// TestSharesAreInTheBookBeforeThereAreKeys: a restoring that is broken off between
// the two goes on with the keys and without the shares, which then nobody could
// remember; an erasure would be called complete while they open what it erased.
func TestSharesAreInTheBookBeforeThereAreKeys(t *testing.T) {
	c := newCustody(t, 3)
	out := filepath.Join(t.TempDir(), "shares")
	if said, ok := c.run(t, c.settings.KeysDir, append([]string{"keys", "escrow", "--threshold", "2", "--out", out}, c.flags...)...); !ok {
		t.Fatal(said)
	}
	given, err := escrow.Read(c.settings.KeysDir)
	if err != nil {
		t.Fatal(err)
	}
	r := &restoring{settings: settingsIn(t, folder(t))}
	entries, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries[:2] {
		r.shares = append(r.shares, filepath.Join(out, e.Name()))
	}
	for i, identity := range c.identities {
		path := filepath.Join(t.TempDir(), "identity")
		if err := os.WriteFile(path, []byte(identity.(interface{ String() string }).String()), 0o600); err != nil {
			t.Fatalf("identity %d: %v", i, err)
		}
		r.shareIdentities = append(r.shareIdentities, path)
	}
	// Something is in the way of the keys, so that the book is all that comes to be.
	if err := os.MkdirAll(r.settings.KeysDir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.settings.KeysDir, seal.EpochFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.keys(t.Context()); !errors.Is(err, fs.ErrExist) {
		t.Fatalf("keys were made beside others: %v", err)
	}
	book, err := escrow.Read(r.settings.KeysDir)
	if err != nil {
		t.Fatal(err)
	}
	if len(book.Superseded) != 1 || book.Superseded[0].ID != given.Current.ID {
		t.Errorf("the book has %+v, and the shares are of %s", book.Superseded, given.Current.ID)
	}
}
