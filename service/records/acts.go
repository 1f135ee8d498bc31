package records

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"time"

	"tumen/storage"
)

// Acts: by what statements are found. Beside each statement there is a row (rowAct)
// with its kind, who made it and which records it is about, so that who looks for those
// of a member, or about a person, opens none of the others. The rows lie in the order
// of time; to go through a million takes about a second.
//
// In a row stand the kind's place in actKinds, the inner id of the member (zero for
// none), and four bytes of the inner id of each record, ascending, each once: of two
// records these may be the same, so a statement that is found has to be looked at.

// actKinds gives kinds of statements the numbers under which rows have them; part of
// the store's format.
var actKinds = []string{"export", "erased", "restored", "disclosure", "local", "aside", "denial"}

// actRow is rowAct and the id of the statement.
func actRow(id ID) []byte { return append([]byte{rowAct}, id[:]...) }

// mark is what stands in a row of a record.
func mark(k Key) [4]byte { return [4]byte(k.ID[12:]) }

// actValue is what a statement's row holds.
func (s *Store) actValue(kind, member string, about []string) []byte {
	var by ID
	if k, err := s.names.Parse(member); err == nil && k.Kind == Member {
		by = k.ID
	}
	marks := make([][4]byte, 0, len(about))
	for _, name := range about {
		if k, err := s.names.Parse(name); err == nil {
			marks = append(marks, mark(k))
		}
	}
	slices.SortFunc(marks, func(a, b [4]byte) int { return bytes.Compare(a[:], b[:]) })
	value := make([]byte, 0, 17+4*len(marks))
	value = append(append(value, byte(slices.Index(actKinds, kind))), by[:]...)
	for _, m := range slices.Compact(marks) {
		value = append(value, m[:]...)
	}
	return value
}

// act is a row that was read.
type act struct {
	kind   string
	member ID
	marks  []byte
}

func parseAct(value []byte) (act, error) {
	if len(value) < 17 || len(value)%4 != 1 || int(value[0]) >= len(actKinds) {
		return act{}, errRow
	}
	return act{actKinds[value[0]], ID(value[1:17]), value[17:]}, nil
}

// about says whether the statement may be about one of some records.
func (a act) about(marks map[[4]byte]bool) bool {
	for rest := a.marks; len(rest) > 0; rest = rest[4:] {
		if marks[[4]byte(rest)] {
			return true
		}
	}
	return false
}

// Acts says which statements to go through; what is empty does not narrow them.
type Acts struct {
	Kinds        []string // all of them, if empty
	Member       string   // made by this member
	About        []string // about any of these records
	Since, Until time.Time
	Before       []byte // only older ones than the statement that this cursor is of
}

// Act is a statement that was found, or the end of what was looked at.
type Act struct {
	Statement *Statement // nil: a row that is something else, to be counted as looked at
	Cursor    []byte     // for Acts.Before
}

// Acts gives statements, newest first. Whoever asks has to be told apart by the caller.
// A nil Statement says that a row was passed over, so that who asks may stop.
func (v *View) Acts(q Acts) iter.Seq2[Act, error] {
	return func(yield func(Act, error) bool) {
		rows, err := actRange(q)
		if err != nil {
			yield(Act{}, err)
			return
		}
		member, marks := v.narrowed(q)
		for row, err := range (opening{v.base, v.store.sealer}).Scan(rows) {
			found := Act{}
			if err == nil {
				found, err = v.actOf(row, q, member, marks)
			}
			if !yield(found, err) || err != nil {
				return
			}
		}
	}
}

// actRange is the part of the rows that a query is about. An id begins with the
// milliseconds at which it was made.
func actRange(q Acts) (storage.Range, error) {
	rows := storage.Prefix([]byte{rowAct})
	rows.Reverse = true
	if !q.Since.IsZero() {
		rows.Start = append([]byte{rowAct}, milliseconds(q.Since)...)
	}
	if !q.Until.IsZero() {
		rows.End = append([]byte{rowAct}, milliseconds(q.Until)...)
	}
	if len(q.Before) > 0 {
		if len(q.Before) != 16 {
			return rows, errCursor
		}
		if before := actRow(ID(q.Before)); bytes.Compare(before, rows.End) < 0 {
			rows.End = before
		}
	}
	if bytes.Compare(rows.Start, rows.End) > 0 {
		rows.End = rows.Start
	}
	return rows, nil
}

// milliseconds is how the ids of that moment begin.
func milliseconds(t time.Time) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(max(t.UnixMilli(), 0)))[2:]
}

func (v *View) narrowed(q Acts) (member ID, marks map[[4]byte]bool) {
	if k, err := v.store.names.Parse(q.Member); err == nil {
		member = k.ID
	}
	if len(q.About) > 0 {
		marks = make(map[[4]byte]bool, len(q.About))
	}
	for _, name := range q.About {
		if k, err := v.store.names.Parse(name); err == nil {
			marks[mark(k)] = true
		}
	}
	return member, marks
}

func (v *View) actOf(row storage.Row, q Acts, member ID, marks map[[4]byte]bool) (Act, error) {
	if len(row.Key) != 17 {
		return Act{}, errRow
	}
	found := Act{Cursor: bytes.Clone(row.Key[1:])}
	a, err := parseAct(row.Value)
	if err != nil {
		return found, err
	}
	switch {
	case len(q.Kinds) > 0 && !slices.Contains(q.Kinds, a.kind),
		q.Member != "" && a.member != member,
		marks != nil && !a.about(marks):
		return found, nil
	}
	id := ID(row.Key[1:])
	stored, err := v.getBase(statementKey(id))
	if stored == nil || err != nil {
		return found, err
	}
	found.Statement, err = v.openStatement(id, stored)
	if errors.Is(err, errSetAside) {
		err = nil
	}
	return found, err
}

// act checks that a row belongs to a statement, and can be read.
func (c *checker) act(row storage.Row) error {
	if len(row.Key) != 17 {
		return c.stray(row)
	}
	if _, err := parseAct(row.Value); err != nil {
		return c.stray(row)
	}
	stated, err := c.view.getBase(statementKey(ID(row.Key[1:])))
	if err == nil && stated == nil {
		c.problem("statement %x: it is found, and is not there", row.Key[1:])
	}
	return err
}

// findable checks that a statement is found as what it is.
func (c *checker) findable(id ID, s *Statement) error {
	value, err := c.view.get(actRow(id))
	if err != nil {
		return err
	}
	if want := c.store.actValue(s.Kind, s.Member, aboutOf(s.Content)); !bytes.Equal(value, want) {
		c.problem("statement %x: it is not found as what it is", id)
	}
	return nil
}

// aboutOf names the records that a statement is about: in every kind they stand in a
// member records, as names or as objects with a member record, or in a member record.
func aboutOf(content []byte) []string {
	var st struct {
		Record  string
		Records []aboutRecord
	}
	if json.Unmarshal(content, &st) != nil {
		return nil
	}
	names := make([]string, 0, 1+len(st.Records))
	for _, r := range append(st.Records, aboutRecord{st.Record}) {
		if r.Record != "" {
			names = append(names, r.Record)
		}
	}
	return names
}

// aboutRecord is a name, or what has one.
type aboutRecord struct{ Record string }

// UnmarshalJSON implements json.Unmarshaler.
func (r *aboutRecord) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &r.Record)
	}
	type plain aboutRecord
	return json.Unmarshal(b, (*plain)(r))
}

// findable gives the statements of a store of an earlier build the rows by which they
// are found, once.
func (s *Store) findable(ctx context.Context) error {
	var missing []ID
	err := s.backend.View(ctx, func(r storage.Reader) error {
		for row, err := range r.Scan(storage.Prefix([]byte{rowStatement})) {
			if err != nil {
				return err
			}
			if len(row.Key) != 17 {
				return errRow
			}
			id := ID(row.Key[1:])
			_, err := r.Get(actRow(id))
			if !errors.Is(err, storage.ErrNotFound) {
				return err // it is there, and so are those of all that came later
			}
			missing = append(missing, id)
		}
		return nil
	})
	for len(missing) > 0 && err == nil {
		some := missing[max(0, len(missing)-renewEach):] // the oldest last: it says whether all is done
		missing = missing[:len(missing)-len(some)]
		err = s.backend.Update(ctx, func(w storage.Writer) error { return s.putActs(w, some) })
	}
	return err
}

func (s *Store) putActs(w storage.Writer, ids []ID) error {
	v := &View{store: s, base: w, failed: new(error)}
	for _, id := range ids {
		row, err := v.getBase(statementKey(id))
		if err != nil {
			return err
		}
		st, err := v.openStatement(id, row)
		if IsDamage(err) || errors.Is(err, errSetAside) {
			continue
		}
		if err != nil {
			return err
		}
		value := s.actValue(st.Kind, st.Member, aboutOf(st.Content))
		if err := w.Put(actRow(id), s.sealer.sealRow(actRow(id), value)); err != nil {
			return err
		}
	}
	return nil
}
