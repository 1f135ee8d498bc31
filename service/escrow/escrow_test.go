package escrow_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"tumen/service/escrow"
	"tumen/service/seal"
)

var now = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

var owner = []byte("a record")

// office is a keys folder and the custodians that it knows.
type office struct {
	dir        string
	keys       *seal.Keys
	custodians []escrow.Custodian
	identities map[string]age.Identity // by name
}

func newOffice(t *testing.T, names ...string) *office {
	t.Helper()
	o := &office{dir: filepath.Join(t.TempDir(), "keys"), identities: map[string]age.Identity{}}
	var err error
	if o.keys, err = seal.Create(t.Context(), o.dir, newRoot(t), now); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		identity, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		o.identities[name] = identity
		o.custodians = append(o.custodians, escrow.Custodian{Name: name, Recipient: identity.Recipient().String()})
	}
	return o
}

func newRoot(t *testing.T) seal.Root {
	t.Helper()
	root, err := seal.MakeIdentityFile(filepath.Join(t.TempDir(), "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func (o *office) give(t *testing.T, threshold int) *escrow.Set {
	t.Helper()
	set, err := escrow.Give(o.keys, filepath.Join(t.TempDir(), "shares"), threshold, o.custodians, now)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// shares decrypts the files of a set as its custodians would.
func (o *office) shares(t *testing.T, set *escrow.Set) []seal.Share {
	t.Helper()
	entries, err := os.ReadDir(set.Folder)
	if err != nil || len(entries) != len(set.Custodians) {
		t.Fatalf("%d files for %d custodians: %v", len(entries), len(set.Custodians), err)
	}
	var shares []seal.Share
	for i, custodian := range set.Custodians {
		path := filepath.Join(set.Folder, set.File(i+1))
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("%v, %v", info, err)
		}
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		share, err := seal.OpenShare(file, o.identities[custodian.Name])
		if err != nil {
			t.Fatal(err)
		}
		if share.Set != set.ID || share.Epoch != set.Epoch || share.Index != i+1 || share.K != set.Threshold {
			t.Errorf("%s holds %v, and the book says %+v", custodian.Name, share, set)
		}
		shares = append(shares, share)
	}
	return shares
}

// restore makes keys from shares, in another folder under another root key.
func restore(t *testing.T, shares []seal.Share) *seal.Keys {
	t.Helper()
	restored, err := seal.Combine(shares)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := restored.Create(t.Context(), filepath.Join(t.TempDir(), "keys"), newRoot(t))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func (o *office) book(t *testing.T) *escrow.Book {
	t.Helper()
	book, err := escrow.Read(o.dir)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// TestAnyKCustodiansRestoreTheKeys with the files that they were given, and fewer do
// not.
func TestAnyKCustodiansRestoreTheKeys(t *testing.T) {
	o := newOffice(t, "ada", "bo", "cho")
	wrapped, err := o.keys.Epoch().Wrap(seal.NewDataKey(), owner)
	if err != nil {
		t.Fatal(err)
	}
	set := o.give(t, 2)
	shares := o.shares(t, set)
	for _, some := range [][]seal.Share{shares[:2], shares[1:], {shares[2], shares[0]}} {
		if _, err := restore(t, some).Epoch().Unwrap(wrapped, owner); err != nil {
			t.Error(err)
		}
	}
	if _, err := seal.Combine(shares[:1]); !errors.Is(err, seal.ErrTooFew) {
		t.Errorf("one of them alone: %v", err)
	}
	if book := o.book(t); book.Current == nil || book.Current.ID != set.ID || !slices.Equal(book.Current.Custodians, o.custodians) || !book.Current.Made.Equal(now) || len(book.Superseded) != 0 {
		t.Errorf("the book says %+v", book)
	}
}

// TestATurnoverRenewsTheShares between Begin and Finish: what is wrapped afterwards
// is restored by the new ones alone, and the book tells what the old ones could.
func TestATurnoverRenewsTheShares(t *testing.T) {
	ctx := context.Background()
	o := newOffice(t, "ada", "bo", "cho")
	if _, err := escrow.Renew(o.keys, "", now); !errors.Is(err, escrow.ErrNobody) {
		t.Errorf("nobody has shares: %v", err)
	}
	first := o.give(t, 2)
	former := o.shares(t, first)
	old, err := o.keys.Epoch().Wrap(seal.NewDataKey(), owner)
	if err == nil {
		err = o.keys.Epoch().Begin(ctx, now.Add(time.Hour))
	}
	if err != nil {
		t.Fatal(err)
	}
	survivor, err := o.keys.Epoch().Rewrap(old, owner)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := escrow.Give(o.keys, filepath.Join(t.TempDir(), "x"), 2, o.custodians, now); !errors.Is(err, seal.ErrTurnover) {
		t.Errorf("during a turnover: %v", err)
	}
	set, err := escrow.Renew(o.keys, "", now)
	if err != nil || set.Epoch != 2 || set.Folder != filepath.Join(o.dir, "shares", "epoch-2") || set.Threshold != 2 {
		t.Fatalf("%+v, %v", set, err)
	}
	if again, err := escrow.Renew(o.keys, "", now); err != nil || again.ID != set.ID {
		t.Errorf("renewed once more: %+v, %v", again, err)
	}
	if _, err := escrow.ConfirmDestroyed(o.keys, []escrow.Share{{Set: first.ID, Index: 1}}); !errors.Is(err, seal.ErrTurnover) || len(o.book(t).Superseded[0].Destroyed) > 0 {
		t.Errorf("shares were said to be destroyed on which backups rest: %v", err)
	}
	if err := o.keys.Epoch().Finish(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := restore(t, o.shares(t, set)[1:]).Epoch().Unwrap(survivor, owner); err != nil {
		t.Error(err)
	}
	before := restore(t, former[:2])
	if _, err := before.Epoch().Unwrap(survivor, owner); !errors.Is(err, seal.ErrSealed) {
		t.Errorf("the former shares open what was wrapped since: %v", err)
	}
	if _, err := before.Epoch().Unwrap(old, owner); err != nil {
		t.Errorf("the former shares open what was erased, until they are destroyed: %v", err)
	}
	if _, err := seal.Combine([]seal.Share{former[0], o.shares(t, set)[1]}); !errors.Is(err, seal.ErrMixed) {
		t.Errorf("one of each: %v", err)
	}

	recoverable := func(want ...string) {
		t.Helper()
		var got []string
		for _, set := range o.book(t).Recoverable(1) {
			got = append(got, fmt.Sprintf("%s missing %d", set.ID, set.Missing()))
		}
		if !slices.Equal(got, want) {
			t.Errorf("recoverable %v, want %v", got, want)
		}
	}
	recoverable(first.ID + " missing 2")
	for _, step := range []struct {
		index int
		want  []string
	}{{3, []string{first.ID + " missing 1"}}, {3, []string{first.ID + " missing 1"}}, {1, nil}} {
		if _, err := escrow.ConfirmDestroyed(o.keys, []escrow.Share{{Set: first.ID, Index: step.index}}); err != nil {
			t.Fatal(err)
		}
		recoverable(step.want...)
	}
	if found := o.book(t).Recoverable(2); len(found) != 1 || found[0].ID != set.ID {
		t.Errorf("of epoch 2: %v", found)
	}
}

// TestSharesThatRestoredTheKeysAreRemembered though the book was lost with the
// machine: they still restore the keys, also after an erasure.
func TestSharesThatRestoredTheKeysAreRemembered(t *testing.T) {
	o := newOffice(t, "ada", "bo", "cho")
	set := o.give(t, 2)
	shares := o.shares(t, set)
	restored, err := seal.Combine(shares[:2])
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "keys")
	if _, err := restored.Create(t.Context(), dir, newRoot(t)); err != nil {
		t.Fatal(err)
	}
	for range 2 { // once
		if err := escrow.Remember(dir, shares[:2], now); err != nil {
			t.Fatal(err)
		}
	}
	book, err := escrow.Read(dir)
	if err != nil || book.Current != nil || len(book.Superseded) != 1 {
		t.Fatalf("%+v, %v", book, err)
	}
	if found := book.Recoverable(1); len(found) != 1 || found[0].ID != set.ID || found[0].Missing() != 2 {
		t.Errorf("recoverable: %+v", found)
	}
	if err := escrow.Remember(o.dir, shares[:1], now); err != nil || o.book(t).Current == nil {
		t.Errorf("where the book is there: %v", err)
	}
}

// TestABackupTellsWhoHasShares: a machine is lost with its book, and the keys are
// restored with shares. What a backup says of sets makes it whole again: else an
// erasure would be called complete that custodians can undo.
func TestABackupTellsWhoHasShares(t *testing.T) {
	o := newOffice(t, "ada", "bo", "cho")
	first := o.give(t, 2)
	second := o.give(t, 2)
	if _, err := escrow.ConfirmDestroyed(o.keys, []escrow.Share{{Set: first.ID, Index: 1}, {Set: first.ID, Index: 3}}); err != nil {
		t.Fatal(err)
	}
	sealed, err := o.book(t).Seal(o.keys)
	if err != nil {
		t.Fatal(err)
	}
	third := o.give(t, 2)
	restoredWith := func(set *escrow.Set, indices ...int) *escrow.Book {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "keys")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		all := o.shares(t, set)
		var shares []seal.Share
		for _, i := range indices {
			shares = append(shares, all[i-1])
		}
		for range 2 { // once
			if err := errors.Join(escrow.Remember(dir, shares, now), escrow.Join(dir, o.keys, sealed)); err != nil {
				t.Fatal(err)
			}
		}
		book, err := escrow.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		return book
	}
	for name, c := range map[string]struct {
		book    *escrow.Book
		current string
		former  []string // with how many more have to be destroyed
	}{
		"with the shares that were current":     {restoredWith(second, 1, 2), second.ID, []string{first.ID + " ada 0"}},
		"with former ones":                      {restoredWith(first, 2), "", []string{first.ID + " ada 0", second.ID + " ada 2"}},
		"with some that were said destroyed":    {restoredWith(first, 1, 3), "", []string{first.ID + " ada 2", second.ID + " ada 2"}},
		"with some that the backup knew not of": {restoredWith(third, 1, 2), "", []string{first.ID + " ada 0", second.ID + " ada 2", third.ID + " custodian-1 2"}},
	} {
		var current string
		var former []string
		if c.book.Current != nil {
			current = c.book.Current.ID
		}
		for _, set := range c.book.Superseded {
			former = append(former, fmt.Sprintf("%s %s %d", set.ID, set.Custodians[0].Name, set.Missing()))
		}
		slices.Sort(former)
		slices.Sort(c.former)
		if current != c.current || !slices.Equal(former, c.former) {
			t.Errorf("%s: current %q, former %q", name, current, former)
		}
	}

	// Where the book is there, it knows better, but for what custodians said.
	before := o.book(t)
	if err := escrow.Join(o.dir, o.keys, sealed); err != nil {
		t.Fatal(err)
	}
	if after := o.book(t); after.Current.ID != third.ID || len(after.Superseded) != len(before.Superseded) {
		t.Errorf("joined to itself: %+v", after)
	}
}

// TestNobodyElseSaysWhoHasShares: whoever keeps a backup reads of no custodian, and
// puts in no other: the next shares would be theirs.
func TestNobodyElseSaysWhoHasShares(t *testing.T) {
	o := newOffice(t, "ada", "bo", "cho")
	set := o.give(t, 2)
	sealed, err := o.book(t).Seal(o.keys)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := o.book(t).Text()
	if err != nil {
		t.Fatal(err)
	}
	for _, told := range []string{"ada", set.Custodians[0].Recipient, set.ID, set.Folder} {
		if strings.Contains(string(sealed), told) {
			t.Errorf("a backup tells %q", told)
		}
	}
	theirs := newOffice(t, "eve", "mal", "zed")
	theirs.give(t, 2)
	other, err := theirs.book(t).Seal(theirs.keys)
	if err != nil {
		t.Fatal(err)
	}
	changed := slices.Clone(sealed)
	changed[len(changed)/2] ^= 1
	for name, book := range map[string][]byte{"in the clear": plain, "of other keys": other, "changed": changed, "cut": sealed[:len(sealed)-1], "empty": {}} {
		if err := escrow.Join(o.dir, o.keys, book); !errors.Is(err, seal.ErrDamaged) {
			t.Errorf("a book %s: %v", name, err)
		}
	}
	if after := o.book(t); len(after.Superseded) > 0 || after.Current.ID != set.ID {
		t.Errorf("the book: %+v", after)
	}
}

func TestWhatWasNotGivenCannotBeDestroyed(t *testing.T) {
	o := newOffice(t, "ada", "bo")
	first, second := o.give(t, 2), o.give(t, 2)
	for name, shares := range map[string][]escrow.Share{
		"of the current set":   {{first.ID, 1}, {second.ID, 1}},
		"of an unknown set":    {{first.ID, 1}, {strings.Repeat("A", 22), 1}},
		"with the index 0":     {{first.ID, 1}, {first.ID, 0}},
		"beyond the last":      {{first.ID, 1}, {first.ID, 3}},
		"with a negative one ": {{first.ID, -1}},
	} {
		if _, err := escrow.ConfirmDestroyed(o.keys, shares); err == nil {
			t.Errorf("a share %s was taken", name)
		}
		if left := o.book(t).Superseded[0].Destroyed; len(left) > 0 {
			t.Errorf("a share %s: %v were noted", name, left)
		}
	}
	for _, text := range []string{first.ID + ":2", first.File(2), filepath.Join("stick", first.File(2))} {
		if share, err := escrow.ParseShare(text); err != nil || share != (escrow.Share{Set: first.ID, Index: 2}) {
			t.Errorf("%q is read as %v, %v", text, share, err)
		}
	}
	for _, text := range []string{"", "1", first.ID, first.ID + ":", first.ID + ":x", "short:1", ":1"} {
		if _, err := escrow.ParseShare(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

// TestNothingIsGivenByHalf: what is refused leaves neither files nor a line in the
// book.
func TestNothingIsGivenByHalf(t *testing.T) {
	o := newOffice(t, "ada", "bo")
	used := t.TempDir()
	if err := os.WriteFile(filepath.Join(used, "a file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	secret := fmt.Sprint(o.identities["bo"])
	for name, tc := range map[string]struct {
		out        string
		threshold  int
		custodians []escrow.Custodian
		want       error
	}{
		"a folder in use":       {used, 2, o.custodians, fs.ErrExist},
		"a file":                {filepath.Join(used, "a file"), 2, o.custodians, nil},
		"one that can't be":     {"/proc/shares", 2, o.custodians, nil},
		"any one of them":       {filepath.Join(used, "x"), 1, o.custodians, nil},
		"more than all":         {filepath.Join(used, "x"), 3, o.custodians, nil},
		"one twice":             {filepath.Join(used, "x"), 2, []escrow.Custodian{o.custodians[0], {Name: "bo", Recipient: o.custodians[0].Recipient}}, nil},
		"a name twice":          {filepath.Join(used, "x"), 2, []escrow.Custodian{o.custodians[0], {Name: "ada", Recipient: o.custodians[1].Recipient}}, nil},
		"a name that leads out": {filepath.Join(used, "x"), 2, []escrow.Custodian{o.custodians[0], {Name: "../bo", Recipient: o.custodians[1].Recipient}}, nil},
		"a secret key":          {filepath.Join(used, "x"), 2, []escrow.Custodian{o.custodians[0], {Name: "bo", Recipient: secret}}, nil},
		"a secret key as name":  {filepath.Join(used, "x"), 2, []escrow.Custodian{o.custodians[0], {Name: secret, Recipient: o.custodians[1].Recipient}}, nil},
	} {
		set, err := escrow.Give(o.keys, tc.out, tc.threshold, tc.custodians, now)
		if set != nil || err == nil || tc.want != nil && !errors.Is(err, tc.want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v, %v", name, set, err)
		}
		if book := o.book(t); book.Current != nil || len(book.Superseded) > 0 {
			t.Errorf("%s is in the book: %+v", name, book)
		}
		if entries, err := os.ReadDir(used); err != nil || len(entries) != 1 {
			t.Errorf("%s left %v, %v", name, entries, err)
		}
	}
}

// TestGivingThatWasCutShortIsDecided by where the files are when the book is read
// again.
func TestGivingThatWasCutShortIsDecided(t *testing.T) {
	for name, tc := range map[string]struct {
		move                func(set *escrow.Set, staged string) error
		current, superseded int
	}{
		"still staged: nobody has them":   {func(set *escrow.Set, staged string) error { return os.Rename(set.Folder, staged) }, 0, 0},
		"in their folder: they are given": {func(*escrow.Set, string) error { return nil }, 1, 0},
		"gone: somebody may have them":    {func(set *escrow.Set, _ string) error { return os.RemoveAll(set.Folder) }, 0, 1},
	} {
		o := newOffice(t, "ada", "bo")
		set := o.give(t, 2)
		book := filepath.Join(o.dir, escrow.BookFile)
		text, err := os.ReadFile(book)
		if err != nil {
			t.Fatal(err)
		}
		pending := strings.Replace(string(text), `"current"`, `"pending"`, 1)
		staged := filepath.Join(filepath.Dir(set.Folder), ".shares."+set.ID+".new")
		if err := errors.Join(os.WriteFile(book, []byte(pending), 0o600), tc.move(set, staged)); err != nil {
			t.Fatal(err)
		}
		for range 2 { // decided once
			found := o.book(t)
			if (found.Current != nil) != (tc.current == 1) || len(found.Superseded) != tc.superseded {
				t.Errorf("%s: %+v", name, found)
			}
		}
		if _, err := os.Stat(staged); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: files are left: %v", name, err)
		}
	}
}

// TestKeysThatChangedMeanwhileAreNotGiven: the shares would be of a destroyed epoch.
func TestKeysThatChangedMeanwhileAreNotGiven(t *testing.T) {
	ctx := context.Background()
	root, dir := newRoot(t), filepath.Join(t.TempDir(), "keys")
	stale, err := seal.Create(ctx, dir, root, now)
	if err != nil {
		t.Fatal(err)
	}
	other, err := seal.Open(ctx, dir, root)
	if err := errors.Join(err, other.Epoch().Begin(ctx, now), other.Epoch().Finish(ctx)); err != nil {
		t.Fatal(err)
	}
	o := newOffice(t, "ada", "bo")
	out := filepath.Join(t.TempDir(), "shares")
	if _, err := escrow.Give(stale, out, 2, o.custodians, now); err == nil || !strings.Contains(err.Error(), "changed by another process") {
		t.Error(err)
	}
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("files were written: %v", err)
	}
	// And whoever was refused has let go of the folder.
	if _, err := escrow.Give(other, out, 2, o.custodians, now); err != nil {
		t.Error(err)
	}
}

const golden = `{
  "version": 1,
  "current": {
    "set": "BBBBBBBBBBBBBBBBBBBBBB",
    "epoch": 2,
    "threshold": 2,
    "custodians": [
      {
        "name": "ada",
        "recipient": "age1a"
      },
      {
        "name": "bo",
        "recipient": "age1b"
      }
    ],
    "made": "2026-05-04T12:00:00Z",
    "folder": "/srv/shares"
  },
  "superseded": [
    {
      "set": "AAAAAAAAAAAAAAAAAAAAAA",
      "epoch": 1,
      "threshold": 2,
      "custodians": [
        {
          "name": "ada",
          "recipient": "age1a"
        },
        {
          "name": "bo",
          "recipient": "age1b"
        }
      ],
      "made": "2026-05-04T12:00:00Z",
      "folder": "/srv/former",
      "destroyed": [
        2
      ]
    }
  ]
}
`

func TestABookIsReadExactly(t *testing.T) {
	book, err := escrow.Parse([]byte(golden))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := book.Text(); err != nil || string(text) != golden {
		t.Errorf("written as %s, %v", text, err)
	}
	for name, replace := range map[string][2]string{
		"another version":          {`"version": 1`, `"version": 2`},
		"a member more":            {`"version": 1`, `"version": 1, "x": 2`},
		"a set twice":              {"AAAAAAAAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBBBBBBBB"},
		"no set":                   {"AAAAAAAAAAAAAAAAAAAAAA", "--"},
		"a threshold of 1":         {`"threshold": 2`, `"threshold": 1`},
		"a threshold above all":    {`"threshold": 2`, `"threshold": 3`},
		"epoch 0":                  {`"epoch": 1`, `"epoch": 0`},
		"a name that is none":      {`"name": "ada"`, `"name": "../ada"`},
		"a name twice":             {`"name": "ada"`, `"name": "bo"`},
		"a share that isn't there": {"        2\n", "        3\n"},
		"a share twice":            {"        2\n", "        2, 2\n"},
		"no folder":                {"/srv/shares", ""},
		"cut short":                {"\n}\n", ""},
		"something behind it":      {"\n}\n", "\n}\n{}"},
	} {
		if _, err := escrow.Parse([]byte(strings.Replace(golden, replace[0], replace[1], 1))); !errors.Is(err, seal.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(golden))
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		book, err := escrow.Parse(text)
		if err != nil {
			if !errors.Is(err, seal.ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		book.Recoverable(1 << 63)
		written, err := book.Text()
		if err != nil {
			t.Fatal(err)
		}
		again, err := escrow.Parse(written)
		if err != nil {
			t.Fatal(err)
		}
		if rewritten, err := again.Text(); err != nil || string(rewritten) != string(written) {
			t.Fatalf("%s is read as %s, %v", written, rewritten, err)
		}
	})
}

func FuzzParseShare(f *testing.F) {
	f.Add("AAAAAAAAAAAAAAAAAAAAAA:1")
	f.Add("stick/epoch-1-AAAAAAAAAAAAAAAAAAAAAA-1-ada.age")
	f.Fuzz(func(t *testing.T, text string) {
		share, err := escrow.ParseShare(text)
		if err != nil {
			return
		}
		if again, err := escrow.ParseShare(fmt.Sprintf("%s:%d", share.Set, share.Index)); err != nil || again != share {
			t.Fatalf("%q is read as %v, and that as %v, %v", text, share, again, err)
		}
	})
}
