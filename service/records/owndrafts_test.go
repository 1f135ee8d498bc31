package records

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/storage"
)

// typing is an office whose clock the test moves.
type typing struct {
	*office
	now  time.Time
	path string // of the store's file
}

func openTyping(t *testing.T) *typing {
	x := &typing{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), path: filepath.Join(t.TempDir(), "tumen.db")}
	keys := testKeys
	keys.Clock = func() time.Time { return x.now }
	x.office = openOfficeWith(t, boltAt(t, x.path), keys)
	return x
}

// save saves a draft of the member, a new one where it has no name.
func (x *typing) save(name, label, content string) string {
	x.t.Helper()
	x.do(func(tx *Tx) error {
		d := &tumenv1.KeptDraft{Draft: &tumenv1.Draft{Kind: "intake"}}
		if name != "" {
			var err error
			if d, err = tx.OwnDraft(x.member, name); err != nil {
				return err
			}
		}
		d.Draft.Label = label
		err := tx.SaveDraft(x.member, d, []byte(content))
		name = d.GetDraft().GetName()
		return err
	})
	return name
}

// typed is the content of a draft, and whether it is there.
func (x *typing) typed(member, name string) (content string, there bool) {
	x.t.Helper()
	err := x.store.View(context.Background(), func(v *View) error {
		d, err := v.OwnDraft(member, name)
		if err != nil {
			return err
		}
		b, err := v.Typed(member, d)
		content = string(b)
		return err
	})
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		return "", false
	}
	must(x.t, err)
	return content, true
}

// rowsOf counts the rows of drafts, and their keys.
func (x *typing) rowsOf() (rows int) {
	x.t.Helper()
	must(x.t, x.store.backend.View(context.Background(), func(r storage.Reader) error {
		for _, prefix := range [][]byte{{rowDraft}, {rowKey, byte(ownDraft)}} {
			for _, err := range r.Scan(storage.Prefix(prefix)) {
				if err != nil {
					return err
				}
				rows++
			}
		}
		return nil
	}))
	return rows
}

func TestASaveTakesThePlaceOfTheOneBefore(t *testing.T) {
	x := openTyping(t)
	size := x.store.log.tree.Size()
	first := x.save("", "one", "a")
	second := x.save("", "two", strings.Repeat("b", 1<<20))
	x.save(first, "one again", "aa")
	if content, there := x.typed(x.member, first); content != "aa" || !there {
		t.Errorf("it reads %q, %v", content, there)
	}
	if content, _ := x.typed(x.member, second); len(content) != 1<<20 {
		t.Errorf("the other has %d bytes", len(content))
	}
	if n := x.rowsOf(); n != 6 {
		t.Errorf("two drafts have %d rows", n)
	}
	var names, labels []string
	x.view(func(v *View) error {
		for d, err := range v.OwnDrafts(x.member, "") {
			must(t, err)
			names, labels = append(names, d.GetDraft().GetName()), append(labels, d.GetDraft().GetLabel())
		}
		for d, err := range v.OwnDrafts(x.member, first) {
			must(t, err)
			names = append(names, d.GetDraft().GetName())
		}
		return nil
	})
	if !slices.Equal(names, []string{first, second, second}) || !slices.Equal(labels, []string{"one again", "two"}) {
		t.Errorf("listed: %v, %v", names, labels)
	}
	x.agrees()
	x.do(func(tx *Tx) error { return tx.DropDraft(x.member, first) })
	if _, there := x.typed(x.member, first); there || x.rowsOf() != 3 {
		t.Errorf("one that was dropped is there: %v, %d rows", there, x.rowsOf())
	}
	if x.store.log.tree.Size() != size {
		t.Error("drafts are in the ledger")
	}
}

func TestADraftIsItsMembersAlone(t *testing.T) {
	x := openTyping(t)
	name := x.save("", "mine", "mine")
	other := x.create(&tumenv1.Member{Handle: "lee", DisplayName: "Lee"}, x.org)
	for _, who := range []string{other, "", x.org} {
		if _, there := x.typed(who, name); there {
			t.Errorf("it is there for %q", who)
		}
	}
	for _, no := range []string{"", "drafts/", x.member, strings.Replace(name, "drafts", "cases", 1), name + "0"} {
		if _, there := x.typed(x.member, no); there {
			t.Errorf("%q is a draft", no)
		}
	}
}

func TestDraftsWhoseTimeIsUpAreDropped(t *testing.T) {
	x := openTyping(t)
	var old []string
	for range droppedAtOnce + 1 {
		old = append(old, x.save("", "old", "old"))
	}
	x.now = x.now.Add(DraftLifetime - time.Second)
	kept := x.save(old[0], "kept", "kept")
	x.now = x.now.Add(time.Second)
	if _, there := x.typed(x.member, old[1]); there {
		t.Error("one is there when its time is up")
	}
	x.view(func(v *View) error {
		n := 0
		for _, err := range v.OwnDrafts(x.member, "") {
			must(t, err)
			n++
		}
		if n != 1 {
			t.Errorf("%d are listed", n)
		}
		return nil
	})
	dropped, err := x.store.DropExpiredDrafts(context.Background())
	must(t, err)
	if n := x.rowsOf(); dropped != droppedAtOnce || n != 3 {
		t.Errorf("%d dropped, and %d rows left", dropped, n)
	}
	if content, there := x.typed(x.member, kept); !there || content != "kept" {
		t.Errorf("what was saved again: %q, %v", content, there)
	}
}

func TestDraftsAreSealedAndRenewed(t *testing.T) {
	const secret = "the name of somebody in Hunchun"
	x := &typing{now: time.Now(), path: filepath.Join(t.TempDir(), "tumen.db")}
	keys := keysIn(t.TempDir())
	x.office = openOfficeWith(t, boltAt(t, x.path), keys)
	name := x.save("", secret, secret)
	gone := x.save("", secret, secret)
	key, before := x.wrappedKey(gone), x.wrappedKey(name)
	x.do(func(tx *Tx) error { return tx.DropDraft(x.member, gone) })
	file, err := os.ReadFile(x.path)
	must(t, err)
	if bytes.Contains(file, []byte(secret)) {
		t.Error("the file shows what was typed")
	}
	ctx := context.Background()
	must(t, keys.Epoch.Begin(ctx, time.Now()))
	must(t, x.store.Renew(ctx, nil, nil))
	must(t, x.store.Renewed(ctx))
	must(t, keys.Epoch.Finish(ctx))
	x.store.Forget()
	if content, there := x.typed(x.member, name); content != secret || !there {
		t.Errorf("in the next epoch it reads %q, %v", content, there)
	}
	x.save(name, secret, "more")
	if bytes.Equal(before, x.wrappedKey(name)) {
		t.Error("its key is wrapped as it was")
	}
	if _, err := keys.Epoch.Unwrap(key, ownerOf(draftKey(x.idIn(gone)))); err == nil {
		t.Error("what was dropped can be read from a copy")
	}
}

func (x *typing) idIn(name string) (id ID) {
	x.t.Helper()
	x.view(func(v *View) (err error) { id, err = v.draftID(name); return err })
	return id
}

func (x *typing) wrappedKey(name string) (wrapped []byte) {
	x.t.Helper()
	key := dataKeyKey(draftKey(x.idIn(name)))
	must(x.t, x.store.backend.View(context.Background(), func(r storage.Reader) error {
		value, err := r.Get(key)
		wrapped = bytes.Clone(value)
		return err
	}))
	return wrapped
}

// TestADamagedDraftIsTold, and holds up no other.
func TestADamagedDraftIsTold(t *testing.T) {
	for _, tc := range []struct {
		name string
		key  func(x *typing, name string) []byte
		told string
	}{
		{"its head", func(x *typing, name string) []byte { return draftHeadKey(ID(x.idOfMember()), x.idIn(name)) }, "can't be read"},
		{"its content", func(x *typing, name string) []byte { return draftTextKey(x.idIn(name)) }, "can't be read"},
		{"its key", func(x *typing, name string) []byte { return dataKeyKey(draftKey(x.idIn(name))) }, "its key can't be read"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			x := openTyping(t)
			x.unchecked = true
			name, other := x.save("", "one", "one"), x.save("", "two", "two")
			x.spoil(tc.key(x, name), func(b []byte) []byte { b[len(b)-1] ^= 1; return b })
			report, err := Check(context.Background(), x.store.backend, x.keys, nil)
			must(t, err)
			if !slices.ContainsFunc(report.Problems, func(p string) bool { return strings.HasPrefix(p, "draft ") && strings.Contains(p, tc.told) }) {
				t.Errorf("told: %q", report.Problems)
			}
			if content, there := x.typed(x.member, other); !there || content != "two" {
				t.Errorf("the other: %q, %v", content, there)
			}
		})
	}
}

func TestContentsCantBeSwapped(t *testing.T) {
	x := openTyping(t)
	x.unchecked = true
	name := x.save("", "one", "first")
	var old []byte
	x.spoil(draftTextKey(x.idIn(name)), func(b []byte) []byte { old = bytes.Clone(b); return b })
	x.save(name, "one", "second")
	x.spoil(draftTextKey(x.idIn(name)), func([]byte) []byte { return old })
	err := x.store.View(context.Background(), func(v *View) error {
		d, err := v.OwnDraft(x.member, name)
		must(t, err)
		_, err = v.Typed(x.member, d)
		return err
	})
	if !IsDamage(err) {
		t.Errorf("an earlier save in the place of the last reads as %v", err)
	}
}

func (x *typing) idOfMember() (id []byte) {
	x.view(func(v *View) error { id = v.idOf(x.member); return nil })
	return id
}

func (x *typing) spoil(key []byte, with func([]byte) []byte) {
	x.t.Helper()
	must(x.t, x.store.backend.Update(context.Background(), func(w storage.Writer) error {
		value, err := w.Get(key)
		if err != nil {
			return err
		}
		return w.Put(key, with(bytes.Clone(value)))
	}))
}

func TestADraftWhoseKeyIsSetAsideIsDropped(t *testing.T) {
	x := openTyping(t)
	name := x.save("", "one", "one")
	x.spoil(dataKeyKey(draftKey(x.idIn(name))), func([]byte) []byte { return keySetAside })
	if _, there := x.typed(x.member, name); there {
		t.Error("it is there")
	}
	dropped, err := x.store.DropExpiredDrafts(context.Background())
	must(t, err)
	if dropped != 1 || x.rowsOf() != 0 {
		t.Errorf("%d dropped, %d rows left", dropped, x.rowsOf())
	}
}
