package records

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/encoding"
	"tumen/service/ledger"
	"tumen/service/seal"
	"tumen/storage"
)

func testNamer(t testing.TB) *Namer {
	t.Helper()
	n, err := NewNamer([]byte("0123456789abcdef0123456789abcdef"))
	must(t, err)
	return n
}

// TestNamesRoundTrip: every key has a name of its own, and only that name is its.
func TestNamesRoundTrip(t *testing.T) {
	n := testNamer(t)
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Custom(func(t *rapid.T) ID {
			return ID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		})
		k := Key{rapid.SampledFrom(Kinds()).Draw(t, "kind"), id.Draw(t, "id")}
		if k.Kind == Term {
			return
		}
		parent := ""
		if p := k.Kind.Parent(); p != NoKind {
			parent = n.Name(Key{p, id.Draw(t, "parent")}, "")
		}
		name := n.Name(k, parent)
		if got, err := n.Parse(name); err != nil || got != k {
			t.Fatalf("%s: %v %v, want %v", name, got, err, k)
		}
		if ParentOf(name) != parent {
			t.Fatalf("%s lies under %q, want %q", name, ParentOf(name), parent)
		}
		if strings.ToLower(name) != name || len(name)-strings.LastIndexByte(name, '/') != 27 {
			t.Fatalf("%s: an id is 26 lower-case characters", name)
		}
	})
}

// TestNamesThatAreNone: each is refused.
func TestNamesThatAreNone(t *testing.T) {
	n := testNamer(t)
	name := n.Name(Key{Case, ID{5}}, "")
	id := name[len("cases/"):]
	for _, s := range []string{
		"", "/", "cases", "cases/", "/" + id, id, name + "/", name + "x", name[:len(name)-1], strings.ToUpper(name), "case/" + id,
		"cases/" + id + "/events", "cases/" + id + "/events/", "events/" + id, "cases/" + id + "/cases/" + id, "sources/" + id + "/events/" + id,
		"cases/x/events/" + id, "cases/" + id + "/events/" + id + "/x/y", "organisations/" + id + "/members/x", "persons/" + id + "/captures/" + id,
		"places/", "vocabularies/acts/terms", "vocabularies/acts/x/arrest", "terms/" + id,
		"cases/" + id[:12] + "\n" + id[13:], "cases/" + id[:25] + "z", "cases/" + strings.Repeat("l", 26), " " + name,
	} {
		if k, err := n.Parse(s); err == nil {
			t.Errorf("%q is read as %v", s, k)
		}
	}
}

// TestNamesAreStable: a name that has been printed stays the name of its record.
func TestNamesAreStable(t *testing.T) {
	n := testNamer(t)
	matter := n.Name(Key{Case, ID{1, 2, 3, 15: 9}}, "")
	for got, want := range map[string]string{
		matter: "cases/sm22z2gqyyceag7vcya27t1q94",
		n.Name(Key{Event, ID{0xff, 15: 0xff}}, matter): "cases/sm22z2gqyyceag7vcya27t1q94/events/5a4syvpzbck0sm6ph0gwjm1ryg",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestKeysOfAnotherLength(t *testing.T) {
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := NewNamer(make([]byte, n)); err == nil {
			t.Errorf("an id key of %d bytes is taken", n)
		}
	}
}

func FuzzParseName(f *testing.F) {
	n := testNamer(f)
	f.Add("cases/" + strings.Repeat("0", 26) + "/events/" + strings.Repeat("z", 26))
	f.Add("vocabularies/acts/terms/arrest")
	f.Add("places/hunchun")
	f.Fuzz(func(t *testing.T, name string) {
		k, err := n.Parse(name)
		if err != nil {
			return
		}
		if k.Kind == NoKind || int(k.Kind) >= len(kinds) {
			t.Fatalf("%q is of kind %d", name, k.Kind)
		}
		if k.ID[0]&0x80 == 0 || k.Kind != Place && k.Kind != Term {
			if again := n.Name(k, ParentOf(name)); again != name {
				t.Fatalf("%q is printed as %q", name, again)
			}
		}
		if p := ParentOf(name); p != "" {
			if _, err := n.Parse(p); err != nil {
				t.Fatalf("%q lies under %q, which is no name", name, p)
			}
		}
	})
}

// FuzzOpenRow: whatever stands in the row of a revision, it opens as it was sealed
// or is ErrCorrupt.
func FuzzOpenRow(f *testing.F) {
	key := seal.NewDataKey()
	for _, fields := range []string{"", "x", strings.Repeat("the same again ", 100)} {
		row, err := sealRevision(Key{Case, ID{1}}, 3, key, []byte("entry"), []byte(fields))
		must(f, err)
		f.Add(byte(Case), row)
	}
	f.Fuzz(func(t *testing.T, kind byte, row []byte) {
		stored, err := parseRevision(row)
		if err == nil {
			_, err = stored.open(Key{Kind(kind), ID{1}}, key)
		}
		if err != nil && !errors.Is(err, storage.ErrCorrupt) {
			t.Fatal(err)
		}
	})
}

// FuzzOpened: whatever a revision holds once it is opened, it is a record in its
// one form or ErrCorrupt.
func FuzzOpened(f *testing.F) {
	for _, rec := range []Record{
		&tumenv1.Case{Name: "cases/x", Revision: 1, Title: "t"},
		&tumenv1.Event{Revision: 2, Time: &tumenv1.Time{Edtf: "2023"}},
		&tumenv1.Claim{Revision: 300, Subjects: []string{"a"}},
	} {
		fields, err := encoding.Append(nil, rec)
		must(f, err)
		f.Add(byte(KindOf(rec)), rec.GetRevision(), append([]byte{formPlain}, appendBytes(nil, []byte("entry"))...), fields)
		f.Add(byte(KindOf(rec)), rec.GetRevision(), pack(nil, fields), fields)
	}
	f.Fuzz(func(t *testing.T, kind byte, revision int64, packed, fields []byte) {
		if b, err := unpack(packed); err == nil {
			if again, err := unpack(pack(nil, b)); err != nil || !bytes.Equal(again, b) {
				t.Fatalf("%x is packed as something else: %v", b, err)
			}
		} else if !errors.Is(err, storage.ErrCorrupt) {
			t.Fatal(err)
		}
		k := Key{Kind: Kinds()[int(kind)%len(Kinds())]}
		o := openedRevision{entry: []byte("x"), fields: fields}
		rec, err := o.record(k, revision)
		if err != nil {
			if !errors.Is(err, storage.ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		if again, err := encoding.Append(nil, rec); err != nil || !bytes.Equal(again, fields) {
			t.Fatalf("%q comes back as %q", fields, again)
		}
		if _, err := o.method(); !errors.Is(err, storage.ErrCorrupt) {
			t.Fatal("a method out of nothing")
		}
	})
}

// FuzzParseLeaf: the row of a leaf is read as it was written, or not at all.
func FuzzParseLeaf(f *testing.F) {
	f.Add((&storedLeaf{leaf: leaf{of: Key{Case, ID{1}}, revision: 3}, above: make([]ledger.Hash, 2), checkpoint: []byte("signed")}).value())
	f.Add(make([]byte, leafHead))
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := parseLeaf(b); err == nil && !bytes.Equal(l.value(), b) {
			t.Fatalf("%x comes back as %x", b, l.value())
		}
	})
}

func FuzzKeyOf(f *testing.F) {
	f.Add(make([]byte, 17))
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := keyOf(b); err == nil && !bytes.Equal(append([]byte{byte(k.Kind)}, k.ID[:]...), b) {
			t.Fatalf("%x is read as %v", b, k)
		} else if err == nil {
			if got, ok := parseCurrentKey(currentKey(k)); !ok || got != k {
				t.Fatalf("%v comes back as %v", k, got)
			}
		}
		part, rest, ok := cutBytes(b)
		if ok && !bytes.HasSuffix(b, rest) || ok && len(part)+len(rest) >= len(b) {
			t.Fatalf("%x is cut into %x and %x", b, part, rest)
		}
	})
}

// TestDamageIsTold: whatever row a read meets that can't be one, it says
// ErrCorrupt and does not panic.
func TestDamageIsTold(t *testing.T) {
	p := days(t, "2023-10")
	for _, damage := range []struct {
		name string
		edit func(key, value []byte) ([]byte, []byte)
	}{
		{"values cut short", func(k, v []byte) ([]byte, []byte) { return k, v[:len(v)/2] }},
		{"values grown", func(k, v []byte) ([]byte, []byte) { return k, append(bytes.Clone(v), 0xee) }},
		{"values of one byte", func(k, v []byte) ([]byte, []byte) { return k, []byte{0xff} }},
		{"keys cut short", func(k, v []byte) ([]byte, []byte) { return k[:max(2, len(k)-9)], v }},
		{"records gone", func(k, v []byte) ([]byte, []byte) {
			if k[0] == rowCurrent {
				return nil, nil
			}
			return k, v
		}},
	} {
		t.Run(damage.name, func(t *testing.T) {
			o := openOffice(t, nil)
			event := o.event("detention", "2023-10-09", "places/hunchun")
			update(o, event, func(e *tumenv1.Event) { e.Title = "again" })
			o.do(func(tx *Tx) error {
				if err := tx.Create(&tumenv1.Finding{Subject: event, Aspect: tumenv1.Aspect_ASPECT_TIME}, o.matter); err != nil {
					return err
				}
				return tx.PutCredential(&tumenv1.Credential{TokenHash: make([]byte, 32), Member: o.member})
			})
			_, _, err := o.once(nil)
			must(t, err)
			spoil(o, damage.edit)
			o.store.decoded.rows, o.store.decoded.before = nil, nil
			for i, read := range []func(v *View) error{
				func(v *View) error { _, err := v.Read(event); return err },
				func(v *View) error { _, err := v.Revision(event, 1); return err },
				func(v *View) error { _, err := v.Revisions(event, 0, 9); return err },
				func(v *View) error { _, err := v.FindingOn(event, tumenv1.Aspect_ASPECT_TIME); return err },
				func(v *View) error { _, err := v.OrganisationByHandle("ngo"); return err },
				func(v *View) error { _, err := v.Credential(make([]byte, 32)); return err },
				func(v *View) error { return all(v.Credentials()) },
				func(v *View) error { return all(All[*tumenv1.Event](v, Event)) },
				func(v *View) error { return all(Owned[*tumenv1.Event](v, Event, o.org)) },
				func(v *View) error { return all(Children[*tumenv1.Event](v, Event, o.matter)) },
				func(v *View) error { return all(v.FindingsIn(0, 0)) },
				func(v *View) error { return all(v.ChangedSources()) },
				func(v *View) error { _, _, err := v.EventPage(Query{Owner: o.org, Within: &p}, nil, 9); return err },
				func(v *View) error {
					_, _, err := v.EventPage(Query{Owner: o.org, Place: "places/china"}, nil, 9)
					return err
				},
				func(v *View) error { _, _, err := v.EventPage(Query{Owner: o.org}, nil, 9); return err },
				func(v *View) error { _, _, err := v.Cases(CaseQuery{Query: Query{Owner: o.org}}, nil, 9); return err },
				func(v *View) error {
					_, _, err := v.Page(Source, List{Owner: o.org}, nil, 9, func(Record) (bool, error) { return true, nil })
					return err
				},
			} {
				if err := o.store.View(context.Background(), read); err != nil && !errors.Is(err, storage.ErrCorrupt) && !strings.Contains(err.Error(), "not exist") {
					t.Errorf("read %d: %v", i, err)
				}
			}
			if _, _, err := o.once(nil); err != nil && !errors.Is(err, storage.ErrCorrupt) {
				t.Errorf("the request repeated: %v", err)
			}
			report, err := Check(context.Background(), o.store.backend, testKeys, nil)
			must(t, err)
			if report.Found == 0 {
				t.Error("check finds nothing")
			}
			must(t, o.store.Close())
		})
	}
}

func all[T any](seq func(func(T, error) bool)) error {
	for _, err := range seq {
		if err != nil {
			return err
		}
	}
	return nil
}

// spoil rewrites every row of a store but those that name its format.
func spoil(o *office, edit func(key, value []byte) ([]byte, []byte)) {
	o.t.Helper()
	must(o.t, o.store.backend.Update(context.Background(), func(w storage.Writer) error {
		var rows []row
		for r, err := range w.Scan(storage.Range{}) {
			if err != nil {
				return err
			}
			if r.Key[0] != rowMeta {
				rows = append(rows, row{bytes.Clone(r.Key), bytes.Clone(r.Value)})
			}
		}
		for _, r := range rows {
			if err := w.Delete(r.key); err != nil {
				return err
			}
			if k, v := edit(r.key, r.value); k != nil {
				if err := w.Put(k, v); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// TestEveryKindFitsIntoAPayload: with decoys left over, and a salt for every field.
func TestEveryKindFitsIntoAPayload(t *testing.T) {
	for k, numbers := range fieldNumbers {
		if len(numbers) >= payloadSize {
			t.Errorf("%s: %d fields, and a payload has %d digests", k, len(numbers), payloadSize)
		}
		for name, n := range numbers {
			if n < 1 || n > seal.MaxField {
				t.Errorf("%s.%s: no salt for the number %d", k, name, n)
			}
		}
	}
}
