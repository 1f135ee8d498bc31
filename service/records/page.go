package records

import (
	"iter"
	"slices"
	"sort"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/fault"
	"tumen/storage"
)

// List says which records of a kind to go through, by what narrows them most.
// Exactly one of the fields is set.
type List struct {
	Parent string // what lies directly under this record
	Owner  string // what this organisation owns
	Event  string // involvements in this event
	Person string // involvements of this person
	Record string // ties of this record
	Names  []string
}

// stream gives the ids of a list in ascending order, from behind after on.
func (v *View) stream(kind Kind, l List, after ID) iter.Seq2[ID, error] {
	switch {
	case l.Names != nil:
		return v.namedAfter(kind, l.Names, after)
	case l.Event != "":
		return v.idsAfter(after, byEvent, v.idOf(l.Event))
	case l.Person != "":
		return v.idsAfter(after, byPerson, v.idOf(l.Person))
	case l.Record != "":
		return v.idsAfter(after, byTied, v.idOf(l.Record))
	case l.Parent != "":
		return v.under(kind, l.Parent, after)
	case v.foreign(l.Owner):
		return v.shared(kind, l.Owner, after)
	default:
		return v.idsAfter(after, byOwner, v.idOf(l.Owner), []byte{byte(kind)})
	}
}

// namedAfter gives the ids of the names that are of the kind.
func (v *View) namedAfter(kind Kind, names []string, after ID) iter.Seq2[ID, error] {
	set := make(map[ID]struct{}, len(names))
	for _, n := range names {
		if k, err := v.store.names.Parse(n); err == nil && k.Kind == kind {
			set[k.ID] = struct{}{}
		}
	}
	return sortedAfter(set, after)
}

// sortedAfter gives the ids of a set in ascending order, from behind after on.
func sortedAfter(set map[ID]struct{}, after ID) iter.Seq2[ID, error] {
	all := make([]ID, 0, len(set))
	for id := range set {
		all = append(all, id)
	}
	slices.SortFunc(all, ID.compare)
	from := sort.Search(len(all), func(i int) bool { return all[i].compare(after) > 0 })
	return func(yield func(ID, error) bool) {
		for _, id := range all[from:] {
			if !yield(id, nil) {
				return
			}
		}
	}
}

// Page returns up to limit records of a list that the reader sees and keep
// accepts, in the order in which they were recorded, from behind a cursor on (nil: from the beginning),
// and the cursor of the next page, nil on the last.
func (v *View) Page(kind Kind, l List, cursor []byte, limit int, keep func(Record) (bool, error)) ([]Record, []byte, error) {
	after, err := cursorID(cursor)
	if err != nil {
		return nil, nil, err
	}
	var page []Record
	var last ID
	for id, err := range v.stream(kind, l, after) {
		if err != nil {
			return nil, nil, err
		}
		rec, err := v.read(Key{kind, id})
		if err != nil {
			return nil, nil, err
		}
		if rec == nil {
			if l.Names != nil {
				continue // a name that never was
			}
			return nil, nil, storage.ErrCorrupt
		}
		if !v.Sees(rec) {
			continue
		}
		if ok, err := keep(rec); err != nil {
			return nil, nil, err
		} else if !ok {
			continue
		}
		if len(page) == limit {
			return page, last[:], nil
		}
		page = append(page, rec)
		last = id
	}
	return page, nil, nil
}

// Cursor is where the page begins that follows a record, in a list in the order
// in which records were made.
func (v *View) Cursor(rec Record) []byte { return v.idOf(rec.GetName()) }

// errCursor: a cursor belongs to another list.
var errCursor = fault.Field("page_token", "PAGE_TOKEN_INVALID", "this token belongs to another list; begin again without one")

// owned gives the ids of the records of a kind that an organisation owns, those
// with another marking left out if one is asked for.
func (v *View) owned(kind Kind, owner string, marking tumenv1.Marking, after ID) iter.Seq2[ID, error] {
	if v.foreign(owner) {
		return v.shared(kind, owner, after) // those who ask look at the marking, too
	}
	ids := v.rowsAfter(after, byOwner, v.idOf(owner), []byte{byte(kind)})
	return func(yield func(ID, error) bool) {
		for row, err := range ids {
			if err == nil && (len(row.Value) < 1 || len(row.Value) > 2) {
				err = errRow
			}
			switch {
			case err != nil:
				yield(ID{}, err)
				return
			case marking != 0 && row.Value[0] != byte(marking):
			case !yield(lastID(row.Key), nil):
				return
			}
		}
	}
}

func cursorID(cursor []byte) (ID, error) {
	if len(cursor) == 0 {
		return ID{}, nil
	}
	if len(cursor) != 16 {
		return ID{}, errCursor
	}
	return ID(cursor), nil
}
