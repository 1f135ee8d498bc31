package records

import (
	"context"
	"errors"
	"iter"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/service/gazetteer"
	"tumen/storage"
)

// View reads records from one consistent snapshot; inside a change, with what
// the change has written so far. It is for one goroutine, and only until the
// function that it was given to returns.
//
// Records that it returns are shared and must not be modified: clone first.
type View struct {
	store *Store
	ctx   context.Context
	base  storage.Reader
	wrote *overlay // nil outside a change
	reads *readSet // nil outside a change
	cache map[Key]Record
	kept  map[Key]keptRow // what was opened, where that is kept

	sight    Sight
	withheld map[string]struct{} // what was left out, if that is counted
	epochal  *bool               // whether something was looked up under a key of the epoch
	failed   *error              // what Fail was told; all views of a snapshot share it
}

// Fail has the View, or the change, end with an error though the function that it
// was given to returns none: for what is asked where no error can be returned, such
// as whether a reader may be shown something.
func (v *View) Fail(err error) {
	if *v.failed == nil {
		*v.failed = err
	}
}

// outcome is how a function on a snapshot ended: whatever it made of a failure that it
// was not told of.
func (v *View) outcome(err error) error {
	if *v.failed != nil {
		return *v.failed
	}
	return err
}

// get returns a row's value, or nil; that of a revision as it is stored. Inside a
// change the key becomes part of the
// read set: it has to stay as it is.
func (v *View) get(key []byte) ([]byte, error) {
	if v.wrote != nil {
		if value, ok := v.wrote.get(key); ok {
			return value, nil
		}
	}
	value, err := v.getBase(key)
	if err != nil {
		return nil, err
	}
	return v.store.sealer.openRow(key, value)
}

// getBase is get for what is stored, as it is stored.
func (v *View) getBase(key []byte) ([]byte, error) {
	value, err := v.base.Get(key)
	if errors.Is(err, storage.ErrNotFound) {
		value, err = nil, nil
	}
	if err == nil && v.reads != nil {
		v.reads.add(key, value)
	}
	return value, err
}

// scan gives the rows of a range. Inside a change the range becomes part of the
// read set as far as it was read.
func (v *View) scan(r storage.Range) iter.Seq2[storage.Row, error] {
	if v.reads == nil {
		return opening{v.base, v.store.sealer}.Scan(r)
	}
	return func(yield func(storage.Row, error) bool) {
		hash := newRangeHash()
		seen := r // as far as the stored rows were read
		watched := watchedReader{v.base, func(row storage.Row) { hash.add(row); seen = upTo(r, row.Key) }, func() { seen = r }}
		defer func() { v.reads.ranges = append(v.reads.ranges, readRange{seen, hash.h.Sum64()}) }()
		for row, err := range v.wrote.scan(opening{watched, v.store.sealer}, r) {
			if !yield(row, err) {
				return
			}
		}
	}
}

// watchedReader tells of every row that a scan reads.
type watchedReader struct {
	storage.Reader
	saw func(storage.Row)
	end func() // all rows of the range have been read
}

func (w watchedReader) Scan(r storage.Range) iter.Seq2[storage.Row, error] {
	return func(yield func(storage.Row, error) bool) {
		for row, err := range w.Reader.Scan(r) {
			if err == nil {
				w.saw(row)
			}
			if !yield(row, err) {
				return
			}
		}
		w.end()
	}
}

// upTo cuts a range behind the last key that was read.
func upTo(r storage.Range, key []byte) storage.Range {
	if r.Reverse {
		r.Start = append([]byte(nil), key...)
		return r
	}
	r.End = append(append([]byte(nil), key...), 0)
	return r
}

// Key parses a name and checks its kind; NoKind takes any. The error is a fault
// for the field "name".
func (v *View) Key(name string, kind Kind) (Key, error) {
	k, err := v.store.names.Parse(name)
	if err != nil || (kind != NoKind && k.Kind != kind) {
		return Key{}, fault.Missing(name)
	}
	return k, nil
}

// Read returns the current revision of a record of any kind, deleted or not. A
// record that is not there, or not for the reader, is fault.Missing.
func (v *View) Read(name string) (Record, error) {
	k, err := v.Key(name, NoKind)
	if err != nil {
		return nil, err
	}
	rec, err := v.read(k)
	if err != nil {
		return nil, err
	}
	if rec == nil || rec.GetName() != name {
		return nil, v.missing(name, k)
	}
	if !v.shows(rec) {
		v.Withhold(rec) // it was asked for by name, whatever has become of it
		return nil, fault.Missing(name)
	}
	return rec, nil
}

// Get returns the current revision of a record of one kind, deleted or not. A
// record that is not there, or of another kind, is fault.Missing.
func Get[T Record](v *View, name string) (T, error) {
	var none T
	rec, err := v.Read(name)
	if err != nil {
		return none, err
	}
	typed, ok := rec.(T)
	if !ok {
		return none, fault.Missing(name)
	}
	return typed, nil
}

// read returns the current revision, or nil, as of one that was set aside; whether
// the reader sees it is for those who ask.
func (v *View) read(k Key) (Record, error) {
	if rec, ok := v.cache[k]; ok {
		return rec, nil
	}
	if rec := builtIn(k); rec != nil {
		return rec, nil
	}
	value, err := v.get(currentKey(k))
	if value == nil || err != nil {
		return nil, err
	}
	rec, err := v.decode(k, value)
	if errors.Is(err, errSetAside) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v.makeRoom()
	v.keep(k, rec)
	return rec, nil
}

func (v *View) makeRoom() {
	if len(v.cache) >= maxCached {
		clear(v.cache) // what a change has written, it reads again from its rows
	}
}

// maxCached bounds what a long search keeps in memory.
const maxCached = 4096

func (v *View) keep(k Key, rec Record) {
	if v.cache == nil {
		v.cache = make(map[Key]Record, 8)
	}
	v.cache[k] = rec
}

// builtIns are the places and terms that come with the program.
var builtIns = func() map[Key]Record {
	m := make(map[Key]Record)
	for _, p := range gazetteer.Places() {
		m[Key{Place, builtInPlaceID(p.GetName()[len("places/"):])}] = p
	}
	for _, t := range gazetteer.Terms() {
		m[Key{Term, termID(vocabularySegment(t.GetVocabulary()), t.GetCode())}] = t
	}
	return m
}()

func builtIn(k Key) Record {
	if k.Kind != Place && k.Kind != Term {
		return nil
	}
	if rec, ok := builtIns[k]; ok {
		return rec
	}
	return nil
}

func vocabularySegment(v tumenv1.Vocabulary) string {
	switch v {
	case tumenv1.Vocabulary_VOCABULARY_ACTS:
		return "acts"
	case tumenv1.Vocabulary_VOCABULARY_SOURCE_KINDS:
		return "source-kinds"
	case tumenv1.Vocabulary_VOCABULARY_CUSTODY_STATUSES:
		return "custody-statuses"
	}
	return ""
}

// TermName is the name of a term.
func TermName(vocabulary tumenv1.Vocabulary, code string) string {
	return "vocabularies/" + vocabularySegment(vocabulary) + "/terms/" + code
}

// Term returns a term of a code list, or nil where there is none or it is
// deleted.
func (v *View) Term(vocabulary tumenv1.Vocabulary, code string) (*tumenv1.Term, error) {
	if code == "" {
		return nil, nil
	}
	rec, err := v.read(Key{Term, termID(vocabularySegment(vocabulary), code)})
	if rec == nil || err != nil || rec.GetDeleteTime() != nil || !v.Sees(rec) {
		return nil, err
	}
	return rec.(*tumenv1.Term), nil
}

// Lasting says whether an act lasts rather than being momentary. That its term
// has been deleted, or is not shown to a reader, changes nothing for the events
// that bear it: it says how their time is read.
func (v *View) Lasting(act string) (bool, error) {
	rec, err := v.read(Key{Term, termID(vocabularySegment(tumenv1.Vocabulary_VOCABULARY_ACTS), act)})
	t, _ := rec.(*tumenv1.Term)
	return t.GetLasting(), err
}
