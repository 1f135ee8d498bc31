package records

import (
	"iter"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage"
)

// What rests on a record, by the indexes.

// PartsOf gives the events that say they are part of an event, deleted ones left
// out.
func (v *View) PartsOf(event string) iter.Seq2[*tumenv1.Event, error] {
	return kept(each[*tumenv1.Event](v, Event, v.ids(byWhole, v.idOf(event))))
}

// PlacesIn gives the places recorded directly inside a place, deleted ones left
// out.
func (v *View) PlacesIn(place string) iter.Seq2[*tumenv1.Place, error] {
	return kept(each[*tumenv1.Place](v, Place, v.ids(byContainer, v.idOf(place))))
}

// PlacedAt gives what puts an event of an owner at a place: the events
// themselves, by what is recorded or decided, and active claims; deleted ones
// left out.
func (v *View) PlacedAt(owner, place string) iter.Seq2[Record, error] {
	return kept(func(yield func(Record, error) bool) {
		for row, err := range v.scan(storage.Prefix(indexKey(byPlace, v.store.blind.place(v.idOf(owner), v.idOf(place))))) {
			var rec Record
			if err == nil && len(row.Key) != 2+16+16+16 {
				err = errRow
			}
			if err == nil {
				k := Key{Claim, ID(row.Key[34:])}
				if k.ID == (ID{}) {
					k = Key{Event, ID(row.Key[18:])}
				}
				rec, err = v.read(k)
				if rec == nil && err == nil {
					err = errRow
				}
			}
			if err == nil && !v.Sees(rec) {
				continue
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
	})
}

// BearersOf gives the records that bear the code of an organisation's own term:
// events by their act, sources by their kind, involvements and active claims by
// the custody status; deleted ones left out.
func (v *View) BearersOf(t *tumenv1.Term) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for _, kind := range []Kind{Event, Source, Involvement, Claim} {
			ids := v.ids(byTerm, v.store.blind.code(t.GetVocabulary(), t.GetCode()), []byte{byte(kind)})
			if kind == Event && t.GetVocabulary() == tumenv1.Vocabulary_VOCABULARY_ACTS {
				ids = v.ids(byAct, v.store.blind.act(t.GetCode()))
			}
			for rec, err := range kept(each[Record](v, kind, ids)) {
				if !yield(rec, err) || err != nil {
					return
				}
			}
		}
	}
}

// code is the term of a code in its list.
func (b blinder) code(vocabulary tumenv1.Vocabulary, code string) []byte {
	return b.term("code", string([]byte{byte(vocabulary)}), code)
}

// code indexes a record by a code that it bears. Those that come with the program
// are never deleted, so that nobody asks who bears them.
func (b *indexBuilder) code(vocabulary tumenv1.Vocabulary, code string) {
	if code == "" || builtIn(Key{Term, termID(vocabularySegment(vocabulary), code)}) != nil {
		return
	}
	b.add(indexKey(byTerm, b.view.store.blind.code(vocabulary, code), b.keyBytes()), nothing)
}
