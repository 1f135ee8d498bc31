package records

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/encoding"
	"tumen/service/ledger"
	"tumen/service/seal"
	"tumen/storage"
	"tumen/storage/bolt"
)

// checked is an office with something of everything in it.
type checked struct {
	*office
	event, finding, claim, person, statement string
}

func openChecked(t *testing.T) *checked {
	o := openOffice(t, nil)
	o.unchecked = true
	c := &checked{office: o}
	c.event = o.event("detention", "2023-10-09/..", "places/hunchun")
	for range 3 {
		update(o, c.event, func(e *tumenv1.Event) { e.Title += "!" })
	}
	o.event("arrest", "2023")
	c.person = o.create(&tumenv1.Person{Reference: "P-1", ExternalIds: called("un", "1")}, "")
	c.finding = o.create(&tumenv1.Finding{Subject: c.event, Aspect: tumenv1.Aspect_ASPECT_TIME, State: tumenv1.FindingState_FINDING_STATE_DISPUTED}, o.matter)
	o.create(&tumenv1.Finding{Subject: c.person, Aspect: tumenv1.Aspect_ASPECT_BIRTH, State: tumenv1.FindingState_FINDING_STATE_REPORTED}, o.matter)
	c.claim = o.create(o.claim(o.source, tumenv1.Aspect_ASPECT_TIME, c.event, c.person), o.matter)
	o.create(&tumenv1.Involvement{Event: c.event, Who: &tumenv1.Involvement_Person{Person: c.person}}, o.matter)
	other := o.create(&tumenv1.Source{Kind: "x", Title: "y", Relays: []*tumenv1.Relay{{Source: o.source}}}, "")
	o.create(&tumenv1.Tie{A: o.source, B: other}, "")
	o.create(&tumenv1.Capture{}, o.source)
	o.create(&tumenv1.Place{ContainedIn: "places/hunchun"}, "")
	o.do(func(tx *Tx) error {
		err := tx.MarkStale(c.finding, true)
		if err != nil {
			return err
		}
		if err := tx.SourceChanged(o.source); err != nil {
			return err
		}
		c.statement, err = tx.State("export", []byte("what was taken"))
		must(c.t, err)
		return tx.PutCredential(&tumenv1.Credential{TokenHash: bytes.Repeat([]byte{7}, 32), Member: o.member})
	})
	_, _, err := o.once(nil)
	must(t, err)
	return c
}

func (c *checked) check() *Report {
	c.t.Helper()
	r, err := Check(context.Background(), c.store.backend, testKeys, nil)
	must(c.t, err)
	return r
}

func (c *checked) key(name string) Key {
	k, err := c.store.names.Parse(name)
	must(c.t, err)
	return k
}

// putSealed puts a row as the store seals it.
func (c *checked) putSealed(w storage.Writer, key, value []byte) error {
	return w.Put(key, c.store.sealer.sealRow(key, value))
}

// plant puts a revision that opens, in a place of its own, with a key of its own.
func (c *checked) plant(w storage.Writer, k Key, rec Record) error {
	key := seal.NewDataKey()
	wrapped, err := c.store.sealer.wrap(k, key)
	must(c.t, err)
	fields, err := encoding.Append(nil, rec)
	must(c.t, err)
	room := new(workroom)
	room.salts = key.Derive(uint64(rec.GetRevision()))
	row, err := sealRevision(k, rec.GetRevision(), key, room.entry(nil, k.Kind, rec, fields, "x", [32]byte{}), fields)
	must(c.t, err)
	copy(row, "\xff\xff\xff\xff") // there is no such leaf
	return errors.Join(w.Put(dataKeyKey(k), wrapped), w.Put(currentKey(k), row))
}

func (c *checked) dataKey(r storage.Reader, name string) *seal.DataKey {
	key, err := (&View{store: c.store, base: r}).dataKey(c.key(name))
	must(c.t, err)
	return key
}

// rewrite changes what the row of a record holds, as who has its key could.
func (c *checked) rewrite(w storage.Writer, name string, edit func(*openedRevision)) error {
	k := c.key(name)
	row, err := w.Get(currentKey(k))
	must(c.t, err)
	stored, opened, err := (&View{store: c.store, base: w}).openRow(k, row)
	must(c.t, err)
	edit(&opened)
	again, err := sealRevision(k, stored.revision, c.dataKey(w, name), opened.entry, opened.fields)
	must(c.t, err)
	copy(again, row[:8])
	return w.Put(currentKey(k), again)
}

func (c *checked) editLeaf(w storage.Writer, index uint64, edit func(*storedLeaf)) error {
	l, err := leafRows{w}.leaf(int64(index))
	must(c.t, err)
	edit(l)
	return w.Put(leafKey(index), l.value())
}

func TestCheckCountsWhatIsSound(t *testing.T) {
	c := openChecked(t)
	rows := 0
	must(t, c.store.backend.View(context.Background(), func(r storage.Reader) error {
		for range r.Scan(storage.Range{}) {
			rows++
		}
		return nil
	}))
	last := -1
	r, err := Check(context.Background(), c.store.backend, testKeys, func(done int) {
		if done < last {
			t.Errorf("progress went from %d to %d", last, done)
		}
		last = done
	})
	must(t, err)
	if r.Found != 0 || len(r.Problems) != 0 {
		t.Error(r.Problems)
	}
	want := map[Kind]int{
		Organisation: 1, Member: 1, Case: 1, Source: 3, Event: 2, Person: 1, Finding: 2, Claim: 1, Involvement: 1, Tie: 1, Capture: 1, Place: 1,
	}
	if fmt.Sprint(r.Records) != fmt.Sprint(want) || r.Rows != rows || last != rows {
		t.Errorf("%v, %d rows, %d at last; want %v, %d rows", r.Records, r.Rows, last, want, rows)
	}
}

// TestCheckFinds: each kind of damage is found, and told without content.
func TestCheckFinds(t *testing.T) {
	for _, d := range []struct {
		name, problem string
		damage        func(*checked, storage.Writer) error
	}{
		{"a record that can't be read", "can't be read", func(c *checked, w storage.Writer) error {
			return w.Put(currentKey(c.key(c.source)), []byte("x"))
		}},
		{"a record that bears another's name", "name of another", func(c *checked, w storage.Writer) error {
			return c.plant(w, Key{Source, ID{1}}, &tumenv1.Source{Name: c.source, Revision: 1})
		}},
		{"a record under a key that is none", "malformed key", func(c *checked, w storage.Writer) error {
			return w.Put([]byte{rowCurrent, 99, 1}, nil)
		}},
		{"a record that comes with the program", "comes with the program", func(c *checked, w storage.Writer) error {
			p, _ := builtIns[Key{Place, builtInPlaceID("hunchun")}].(*tumenv1.Place)
			p = proto.Clone(p).(*tumenv1.Place)
			p.Revision = 1
			return c.plant(w, c.key("places/hunchun"), p)
		}},
		{"a revision that is missing", "stands where revision 2 should", func(c *checked, w storage.Writer) error {
			return w.Delete(historyKey(c.key(c.event), 2))
		}},
		{"the last of the earlier revisions missing", "there are 2 before it", func(c *checked, w storage.Writer) error {
			return w.Delete(historyKey(c.key(c.event), 3))
		}},
		{"a revision too many", "there are 4 before it", func(c *checked, w storage.Writer) error {
			row, err := w.Get(currentKey(c.key(c.event)))
			must(c.t, err)
			return w.Put(historyKey(c.key(c.event), 4), row)
		}},
		{"a record in the place of another", "can't be read", func(c *checked, w storage.Writer) error {
			row, err := w.Get(currentKey(c.key(c.event)))
			must(c.t, err)
			return w.Put(currentKey(Key{Event, ID{1}}), bytes.Clone(row))
		}},
		{"a record that nothing in the ledger commits to", "has no leaf in the ledger", func(c *checked, w storage.Writer) error {
			k := Key{Source, ID{1}}
			return c.plant(w, k, &tumenv1.Source{Name: c.store.names.Name(k, ""), Revision: 1})
		}},
		{"a record changed by who has its key", "is not what its entry in the ledger commits to", func(c *checked, w storage.Writer) error {
			return c.rewrite(w, c.source, func(o *openedRevision) { o.fields = bytes.Replace(o.fields, []byte("report"), []byte("repart"), 1) })
		}},
		{"a record changed together with its entry", "is not what the ledger's leaf", func(c *checked, w storage.Writer) error {
			return c.rewrite(w, c.source, func(o *openedRevision) {
				rec, err := openedRevision{fields: o.fields}.record(c.key(c.source), 1)
				must(c.t, err)
				rec.(*tumenv1.Source).Title = "Another"
				o.fields, err = encoding.Append(nil, rec)
				must(c.t, err)
				var room workroom
				room.salts = c.dataKey(w, c.source).Derive(1)
				o.entry = room.entry(nil, Source, rec, o.fields, "CaseService/Test", [32]byte{})
			})
		}},
		{"an entry that continues another", "does not continue the one before", func(c *checked, w storage.Writer) error {
			return c.rewrite(w, c.event, func(o *openedRevision) {
				e, err := ledger.ParseEntry(o.entry)
				must(c.t, err)
				e.Previous[0] ^= 1
				o.entry = ledger.AppendEntry(nil, e)
			})
		}},
		{"the key of a record missing", "can't be read", func(c *checked, w storage.Writer) error {
			return w.Delete(dataKeyKey(c.key(c.claim)))
		}},
		{"the key of another record", "can't be read", func(c *checked, w storage.Writer) error {
			row, err := w.Get(dataKeyKey(c.key(c.event)))
			must(c.t, err)
			return w.Put(dataKeyKey(c.key(c.claim)), bytes.Clone(row))
		}},
		{"a key of nothing", "a key without a record", func(c *checked, w storage.Writer) error {
			k := Key{Source, ID{1}}
			key := seal.NewDataKey()
			wrapped, err := c.store.sealer.wrap(k, key)
			must(c.t, err)
			return w.Put(dataKeyKey(k), wrapped)
		}},
		{"a statement missing", "is not there", func(c *checked, w storage.Writer) error {
			return w.Delete(c.statementKey())
		}},
		{"a statement in the place of another", "statement", func(c *checked, w storage.Writer) error {
			row, err := w.Get(c.statementKey())
			must(c.t, err)
			return w.Put(statementKey(ID{1}), bytes.Clone(row))
		}},
		{"a statement changed", "is not what its entry in the ledger commits to", func(c *checked, w storage.Writer) error {
			return c.restate(w, func(o *openedRevision) { o.fields = append(o.fields, '!') })
		}},
		{"a statement with another entry", "it is not what the ledger's leaf", func(c *checked, w storage.Writer) error {
			return c.restate(w, func(o *openedRevision) {
				n, err := ledger.ParseNotice(o.entry)
				must(c.t, err)
				n.Method = "Another/Call"
				o.entry = ledger.AppendNotice(nil, n)
			})
		}},
		{"the key of a statement missing", "statement", func(c *checked, w storage.Writer) error {
			return w.Delete(dataKeyKey(Key{NoKind, ID(c.statementKey()[1:])}))
		}},
		{"a leaf missing in the middle", "stands where leaf 3 should", func(c *checked, w storage.Writer) error {
			return w.Delete(leafKey(3))
		}},
		{"the newest leaf missing", "has no leaf in the ledger", func(c *checked, w storage.Writer) error {
			return w.Delete(leafKey(uint64(c.store.log.tree.Size() - 1)))
		}},
		{"a leaf too many", "is not there", func(c *checked, w storage.Writer) error {
			return w.Put(leafKey(uint64(c.store.log.tree.Size())), (&storedLeaf{leaf: leaf{of: Key{Source, ID{1}}, revision: 1}}).value())
		}},
		{"a commitment changed", "is not that of the tree", func(c *checked, w storage.Writer) error {
			return c.editLeaf(w, 3, func(l *storedLeaf) { l.commitment[5] ^= 1 })
		}},
		{"a hash of the tree changed", "the hashes stored with leaf 3", func(c *checked, w storage.Writer) error {
			return c.editLeaf(w, 3, func(l *storedLeaf) { l.above[0][5] ^= 1 })
		}},
		{"an entry said to be another record's", "is not what the ledger's leaf 3", func(c *checked, w storage.Writer) error {
			return c.editLeaf(w, 3, func(l *storedLeaf) { l.of.ID[5] ^= 1 })
		}},
		{"a checkpoint changed", "the checkpoint over", func(c *checked, w storage.Writer) error {
			return c.editLeaf(w, uint64(c.store.log.tree.Size()-1), func(l *storedLeaf) { l.checkpoint[len(l.checkpoint)-9] ^= 1 })
		}},
		{"the newest checkpoint missing", "under no checkpoint", func(c *checked, w storage.Writer) error {
			return c.editLeaf(w, uint64(c.store.log.tree.Size()-1), func(l *storedLeaf) { l.checkpoint = nil })
		}},
		{"a sealed row in the place of another", "does not open", func(c *checked, w storage.Writer) error {
			row, err := w.Get(c.store.blind.unique(uniqueHandle, "ngo"))
			must(c.t, err)
			return w.Put(c.store.blind.unique(uniqueHandle, "un"), bytes.Clone(row))
		}},
		{"two revisions swapped", "says that it is another", func(c *checked, w storage.Writer) error {
			row, err := w.Get(historyKey(c.key(c.event), 1))
			must(c.t, err)
			return w.Put(historyKey(c.key(c.event), 2), bytes.Clone(row))
		}},
		{"revisions without their record", "without a record", func(c *checked, w storage.Writer) error {
			return w.Put(historyKey(Key{Event, ID{1}}, 1), []byte("x"))
		}},
		{"revisions behind the last record", "without a record", func(c *checked, w storage.Writer) error {
			return w.Put(historyKey(Key{Term, ID{0xff}}, 1), []byte("x"))
		}},
		{"a record without what it lies under", "what it lies under is not there", func(c *checked, w storage.Writer) error {
			return w.Delete(currentKey(c.key(c.matter)))
		}},
		{"a mark on a finding that is not decided", "not decided", func(c *checked, w storage.Writer) error {
			return w.Put(indexKey(byStale, bytes.Repeat([]byte{3}, 16)), nil)
		}},
		{"a note of a source that is not there", "noted as changed", func(c *checked, w storage.Writer) error {
			return w.Put(changedKey(Key{Source, ID{3}}), nil)
		}},
		{"a request that made what is not there", "is not there", func(c *checked, w storage.Writer) error {
			return c.putSealed(w, append([]byte{rowRequest}, make([]byte, requestKeyLen-1)...), appendBytes(appendBytes(appendBytes(nil, []byte("d")), []byte("cases/x")), nil))
		}},
		{"a request that can't be read", "can't be read", func(c *checked, w storage.Writer) error {
			return c.putSealed(w, append([]byte{rowRequest}, make([]byte, requestKeyLen-1)...), []byte{9})
		}},
		{"a credential of another token", "another token", func(c *checked, w storage.Writer) error {
			row, err := proto.Marshal(&tumenv1.Credential{TokenHash: make([]byte, 32), Member: c.member})
			must(c.t, err)
			return c.putSealed(w, append([]byte{rowToken}, bytes.Repeat([]byte{8}, 32)...), row)
		}},
		{"a credential of nobody", "its member is not there", func(c *checked, w storage.Writer) error {
			row, err := proto.Marshal(&tumenv1.Credential{TokenHash: make([]byte, 32), Member: c.matter})
			must(c.t, err)
			return c.putSealed(w, append([]byte{rowToken}, make([]byte, 32)...), row)
		}},
		{"rows of no known sort", "no known sort", func(c *checked, w storage.Writer) error {
			return errors.Join(w.Put([]byte{0}, nil), w.Put([]byte("e"), nil), w.Put([]byte{0xff, 1}, nil), w.Put([]byte("mine"), nil))
		}},
		{"an index of no known sort", "that no record implies", func(c *checked, w storage.Writer) error {
			return w.Put([]byte{rowIndex, '?', 1, 2, 3}, nil)
		}},
	} {
		t.Run(d.name, func(t *testing.T) {
			c := openChecked(t)
			must(t, c.store.backend.Update(context.Background(), func(w storage.Writer) error { return d.damage(c, w) }))
			r := c.check()
			if r.Found == 0 || !strings.Contains(strings.Join(r.Problems, "\n"), d.problem) {
				t.Errorf("%d problems: %q", r.Found, r.Problems)
			}
			for _, p := range r.Problems {
				if strings.Contains(p, "report") || strings.Contains(p, "hunchun") && !strings.Contains(p, "places/hunchun") {
					t.Errorf("content in %q", p)
				}
			}
		})
	}
}

// TestCheckFindsEveryIndexRow: take any one row of an index away, change it, or
// put another beside it, and Check says so.
func TestCheckFindsEveryIndexRow(t *testing.T) {
	c := openChecked(t)
	var rows []row
	must(t, c.store.backend.View(context.Background(), func(r storage.Reader) error {
		for row_, err := range r.Scan(storage.Range{Start: []byte{rowUnique}}) {
			if err != nil {
				return err
			}
			if row_.Key[1] != byStale || row_.Key[0] == rowUnique {
				value, err := c.store.sealer.openRow(row_.Key, row_.Value)
				must(t, err)
				rows = append(rows, row{bytes.Clone(row_.Key), bytes.Clone(value)})
			}
		}
		return nil
	}))
	if len(rows) < 40 {
		t.Fatalf("only %d rows", len(rows))
	}
	put := func(key, value []byte) {
		t.Helper()
		must(t, c.store.backend.Update(context.Background(), func(w storage.Writer) error {
			if value == nil {
				return w.Delete(key)
			}
			return c.putSealed(w, key, value)
		}))
	}
	for _, r := range rows {
		put(r.key, nil)
		if c.check().Found != 1 {
			t.Errorf("%q %x: that it is missing is not found", r.key[:2], r.key)
		}
		put(r.key, append(bytes.Clone(r.value), 1))
		if c.check().Found == 0 {
			t.Errorf("%q %x: that it says something else is not found", r.key[:2], r.key)
		}
		put(r.key, r.value)
		beside := bytes.Clone(r.key)
		beside[max(2, len(beside)-20)] ^= 1
		put(beside, r.value)
		if c.check().Found != 1 {
			t.Errorf("%q %x: a row beside it is not found: %v", r.key[:2], r.key, c.check().Problems)
		}
		put(beside, nil)
	}
	if r := c.check(); r.Found != 0 {
		t.Errorf("%v", r.Problems)
	}
}

// TestCheckBoundsItsList: however much is wrong.
func TestCheckBoundsItsList(t *testing.T) {
	c := openChecked(t)
	must(t, c.store.backend.Update(context.Background(), func(w storage.Writer) error {
		for i := range 3 * maxProblems {
			if err := w.Put([]byte{'e', byte(i), byte(i >> 8)}, nil); err != nil {
				return err
			}
		}
		return nil
	}))
	if r := c.check(); r.Found != 3*maxProblems || len(r.Problems) != maxProblems {
		t.Errorf("%d found, %d listed", r.Found, len(r.Problems))
	}
}

// TestCheckOnlyReads: of a file opened for reading; and says whose it is not.
func TestCheckOnlyReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tumen.db")
	empty := boltAt(t, path)
	if r, err := Check(context.Background(), empty, testKeys, nil); err != nil || r.Rows != 0 || r.Found != 0 {
		t.Errorf("empty: %+v %v", r, err)
	}
	o := openOffice(t, empty)
	must(t, o.store.Close())
	backend, err := bolt.Open(path, bolt.Options{ReadOnly: true})
	must(t, err)
	defer backend.Close()
	if r, err := Check(context.Background(), backend, testKeys, nil); err != nil || r.Found != 0 || r.Rows == 0 {
		t.Errorf("%+v %v", r, err)
	}
	for _, c := range []struct {
		want error
		edit func(*Options)
	}{
		{ErrWrongKeys, func(o *Options) { o.IDKey = make([]byte, 32) }},
		{ErrWrongKeys, func(o *Options) { o.IndexKey = make([]byte, 32) }},
		{ErrWrongKeys, func(o *Options) { o.Epoch = anotherEpoch(t) }},
		{ErrDemo, func(o *Options) { o.Demo = true }},
	} {
		o := testKeys
		c.edit(&o)
		if _, err := Check(context.Background(), backend, o, nil); !errors.Is(err, c.want) {
			t.Errorf("%v, want %v", err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Check(ctx, backend, testKeys, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func anotherEpoch(t *testing.T) *seal.Epoch {
	t.Helper()
	return keysIn(t.TempDir()).Epoch
}

// TestOpen: a store opens with what it was made with, and with nothing else.
func TestOpen(t *testing.T) {
	open := func(path string, o Options) (*Store, error) {
		b := boltAt(t, path)
		s, err := Open(context.Background(), b, o)
		if err != nil {
			must(t, b.Close())
		}
		return s, err
	}
	for _, demo := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "tumen.db")
		o := testKeys
		o.Demo = demo
		s, err := open(path, o)
		must(t, err)
		if s.Demo() != demo {
			t.Error("not what it was opened as")
		}
		must(t, s.Close())
		for _, c := range []struct {
			name string
			want error
			edit func(*Options)
		}{
			{"the same", nil, func(*Options) {}},
			{"demonstration and real", ErrDemo, func(o *Options) { o.Demo = !demo }},
			{"another id key", ErrWrongKeys, func(o *Options) { o.IDKey = make([]byte, 32) }},
			{"another index key", ErrWrongKeys, func(o *Options) { o.IndexKey = make([]byte, 32) }},
			{"another epoch key", ErrWrongKeys, func(o *Options) { o.Epoch = anotherEpoch(t) }},
			{"another key of the ledger", ErrWrongKeys, func(o *Options) { o.Ledger = make([]byte, 32) }},
		} {
			changed := o
			c.edit(&changed)
			s, err := open(path, changed)
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v", c.name, err)
			}
			if s != nil {
				must(t, s.Close())
			}
		}
	}
	path := filepath.Join(t.TempDir(), "other.db")
	b := boltAt(t, path)
	must(t, b.Update(context.Background(), func(w storage.Writer) error { return w.Put([]byte("x"), nil) }))
	must(t, b.Close())
	if _, err := open(path, testKeys); !errors.Is(err, ErrFormat) {
		t.Errorf("what is no store of ours: %v", err)
	}
	for name, edit := range map[string]func(*Options){
		"no id key": func(o *Options) { o.IDKey = nil }, "a short id key": func(o *Options) { o.IDKey = o.IDKey[1:] },
		"no index key": func(o *Options) { o.IndexKey = nil }, "no key for rows": func(o *Options) { o.RowKey = nil },
		"no epoch": func(o *Options) { o.Epoch = nil }, "no key of the ledger": func(o *Options) { o.Ledger = nil },
	} {
		o := testKeys
		edit(&o)
		if _, err := open(filepath.Join(t.TempDir(), "short.db"), o); err == nil {
			t.Errorf("%s, and it opens", name)
		}
	}
}
