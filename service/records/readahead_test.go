package records

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/storage"
)

// claimsOf makes claims on one event, each fifth of two revisions.
func claimsOf(o *office, n int) (names []string) {
	event := o.event("arrest", "2023")
	o.do(func(tx *Tx) error {
		for i := range n {
			c := o.claim(o.source, tumenv1.Aspect_ASPECT_COUNT, event)
			c.Notes = fmt.Sprint("note ", i)
			if err := tx.Create(c, o.matter); err != nil {
				return err
			}
			names = append(names, c.GetName())
		}
		return nil
	})
	o.do(func(tx *Tx) error {
		for i := 0; i < n; i += 5 {
			if err := edited(tx, names[i], func(c *tumenv1.Claim) { c.Notes += " again" }); err != nil {
				return err
			}
		}
		return nil
	})
	return names
}

// told is all that a view tells of the claims of the case: what it gives of them in
// order, and what each is committed by.
func told(v *View, matter string) string {
	var b strings.Builder
	for c, err := range Children[*tumenv1.Claim](v, Claim, matter) {
		if err != nil {
			fmt.Fprintln(&b, err)
			break
		}
		fmt.Fprintln(&b, c.GetName(), c.GetNotes())
		for n := int64(1); n <= c.GetRevision(); n++ {
			o, err := v.Outline(c.GetName(), n)
			if err != nil {
				fmt.Fprintln(&b, err)
				continue
			}
			fmt.Fprintf(&b, "%d %s", o.Leaf, o.Entry)
			for _, f := range o.Fields {
				fmt.Fprintf(&b, " %s=%s", f.Field, f.Value)
			}
			fmt.Fprintln(&b, o.Record.(*tumenv1.Claim).GetNotes())
		}
	}
	return b.String()
}

// TestWhatIsDecodedAheadIsTheSame: also where a row is damaged, which fails in its
// turn.
func TestWhatIsDecodedAheadIsTheSame(t *testing.T) {
	o := openOffice(t, nil)
	o.unchecked = true // it is damaged on purpose
	names := claimsOf(o, 2*readAhead+readAhead/2)
	compare := func() (plain string) {
		o.view(func(v *View) error { plain = told(v, o.matter); return nil })
		o.view(func(v *View) error {
			if ahead := told(v.Keeping(), o.matter); ahead != plain {
				t.Errorf("ahead\n%s\nwant\n%s", ahead, plain)
			}
			return nil
		})
		return plain
	}
	if plain := compare(); strings.Count(plain, "\n") < 2*len(names) {
		t.Errorf("%d claims give\n%s", len(names), plain)
	}
	k, err := o.store.names.Parse(names[readAhead+3])
	must(t, err)
	must(t, o.store.backend.Update(context.Background(), func(w storage.Writer) error {
		row, err := w.Get(currentKey(k))
		if err != nil {
			return err
		}
		damaged := bytes.Clone(row)
		damaged[len(damaged)-1] ^= 1
		return w.Put(currentKey(k), damaged)
	}))
	if plain := compare(); !strings.HasSuffix(plain, errSealed.Error()+"\n") {
		t.Errorf("ends %q", plain[max(0, len(plain)-100):])
	}
}

// TestAnOutlineIsOfWhatIsCommitted: with less of it.
func TestAnOutlineIsOfWhatIsCommitted(t *testing.T) {
	o := openOffice(t, nil)
	name := claimsOf(o, 1)[0]
	o.view(func(v *View) error {
		for n := int64(1); n <= 2; n++ {
			whole, err := v.Committed(name, n)
			must(t, err)
			some, err := v.Outline(name, n)
			must(t, err)
			if some.Leaf != whole.Leaf || !bytes.Equal(some.Entry, whole.Entry) || !proto.Equal(some.Record, whole.Record) || len(some.Fields) != len(whole.Fields) {
				t.Errorf("revision %d: %+v", n, some)
			}
			for i, f := range some.Fields {
				if f.Field != whole.Fields[i].Field || !bytes.Equal(f.Value, whole.Fields[i].Value) || f.Text != nil {
					t.Errorf("revision %d: field %d: %+v", n, i, f)
				}
			}
		}
		for _, n := range []int64{0, 3} {
			if _, err := v.Outline(name, n); reasonOf(t, err) != "NO_SUCH_REVISION" {
				t.Errorf("revision %d: %v", n, err)
			}
		}
		if _, err := v.As(Sight{Shows: func(Record) bool { return false }}).Outline(name, 1); reasonOf(t, err) != "NOT_FOUND" {
			t.Errorf("what the reader does not see: %v", err)
		}
		return nil
	})
}

// TestReadingAheadEndsWithItsReader: whoever stops gets no more, and what fails to
// be listed is told after what was.
func TestReadingAheadEndsWithItsReader(t *testing.T) {
	o := openOffice(t, nil)
	claimsOf(o, readAhead+readAhead/2)
	broken := errors.New("broken")
	o.view(func(v *View) error {
		ids := func(yield func(ID, error) bool) {
			for c, err := range Children[*tumenv1.Claim](v, Claim, o.matter) {
				must(t, err)
				k, err := v.Key(c.GetName(), Claim)
				must(t, err)
				if !yield(k.ID, nil) {
					return
				}
			}
			yield(ID{}, broken)
		}
		for _, stop := range []int{1, readAhead, readAhead + 1} {
			n := 0
			for range v.Keeping().ahead(Claim, ids) {
				if n++; n == stop {
					break
				}
			}
			if n != stop {
				t.Errorf("%d ids, to stop at %d", n, stop)
			}
		}
		n, last := 0, error(nil)
		for _, err := range v.Keeping().ahead(Claim, ids) {
			n, last = n+1, err
		}
		if n != readAhead+readAhead/2+1 || last != broken {
			t.Errorf("%d ids, the last with %v", n, last)
		}
		return nil
	})
}
