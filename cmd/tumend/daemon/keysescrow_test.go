package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"tumen/internal/disk"
	"tumen/service/escrow"
	"tumen/service/seal"
)

// custody is a store, and custodians that may be given its keys.
type custody struct {
	settings   *Settings
	identities []age.Identity
	flags      []string // --custodian for each
}

func newCustody(t *testing.T, n int) *custody {
	t.Helper()
	dir := folder(t)
	c := &custody{settings: settingsIn(t, dir)}
	if err := Init(t.Context(), c.settings, firstIn(dir), false); err != nil {
		t.Fatal(err)
	}
	for range n {
		identity, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		c.identities = append(c.identities, identity)
		c.flags = append(c.flags, "--custodian", identity.Recipient().String())
	}
	return c
}

// run runs a command on the store, with its keys in a folder, and gives what it said.
func (c *custody) run(t *testing.T, keysDir string, args ...string) (said string, ok bool) {
	t.Helper()
	var out bytes.Buffer
	code := Run(t.Context(), append(args, "--data-dir", c.settings.DataDir, "--keys-dir", keysDir), &out, &out)
	return out.String(), code == exitOK
}

// TestCustodiansRestoreTheKeysOfAStore with what the command wrote for them, when
// nothing is left of the keys folder.
func TestCustodiansRestoreTheKeysOfAStore(t *testing.T) {
	c := newCustody(t, 3)
	out := filepath.Join(t.TempDir(), "shares")
	if said, ok := c.run(t, c.settings.KeysDir, append([]string{"keys", "escrow", "--threshold", "2", "--out", out}, c.flags...)...); !ok {
		t.Fatal(said)
	}
	if err := os.RemoveAll(c.settings.KeysDir); err != nil {
		t.Fatal(err)
	}
	var shares []seal.Share
	for i := range 2 {
		files, err := filepath.Glob(filepath.Join(out, fmt.Sprintf("epoch-1-*-%d-custodian-%d.age", i+1, i+1)))
		if err != nil || len(files) != 1 {
			t.Fatalf("%v, %v", files, err)
		}
		file, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		share, err := seal.OpenShare(file, c.identities[i])
		if err != nil {
			t.Fatal(err)
		}
		shares = append(shares, share)
	}
	if _, err := seal.Combine(shares[:1]); !errors.Is(err, seal.ErrTooFew) {
		t.Errorf("one custodian alone: %v", err)
	}
	restored, err := seal.Combine(shares)
	if err != nil {
		t.Fatal(err)
	}
	again := folder(t)
	root, err := seal.MakeIdentityFile(filepath.Join(again, rootName))
	if err == nil {
		_, err = restored.Create(t.Context(), again, root)
	}
	if err != nil {
		t.Fatal(err)
	}
	if said, ok := c.run(t, again, "member", "list"); !ok || !strings.Contains(said, "administrator") {
		t.Error(said)
	}
}

// TestDuringATurnover shares are shown and not given: those of before are for the
// epoch that is about to be destroyed.
func TestDuringATurnover(t *testing.T) {
	c := newCustody(t, 2)
	first := filepath.Join(t.TempDir(), "first")
	if said, ok := c.run(t, c.settings.KeysDir, append([]string{"keys", "escrow", "--threshold", "2", "--out", first}, c.flags...)...); !ok {
		t.Fatal(said)
	}
	keys, err := findKeys(t.Context(), c.settings)
	if err == nil {
		err = keys.Epoch().Begin(t.Context(), time.Now())
	}
	if err != nil {
		t.Fatal(err)
	}
	said, ok := c.run(t, c.settings.KeysDir, "keys", "status")
	for _, want := range []string{"epoch 2, made ", "a turnover is under way: epoch 1 still opens", "shares: none", "former shares of epoch 1 (set "} {
		if !ok || !strings.Contains(said, want) {
			t.Errorf("%q is missing in\n%s", want, said)
		}
	}
	second := filepath.Join(t.TempDir(), "second")
	said, ok = c.run(t, c.settings.KeysDir, append([]string{"keys", "escrow", "--threshold", "2", "--out", second}, c.flags...)...)
	if ok || !strings.Contains(said, "a turnover of the epoch is under way") || !strings.Contains(said, "nothing was changed") {
		t.Error(said)
	}
	if found, err := disk.Exists(second); found || err != nil {
		t.Errorf("shares were written; %v", err)
	}

	// The turnover renews them.
	if _, err := escrow.Renew(keys, "", time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := keys.Epoch().Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	said, ok = c.run(t, c.settings.KeysDir, "keys", "status", "--json")
	var status KeysStatus
	if err := json.Unmarshal([]byte(said), &status); err != nil || !ok {
		t.Fatalf("%v\n%s", err, said)
	}
	if status.Turnover || status.Epoch != 2 || status.Escrow == nil || status.Escrow.Epoch != 2 || len(status.Superseded) != 1 || status.Superseded[0].Missing != 1 {
		t.Errorf("%+v", status)
	}
}
