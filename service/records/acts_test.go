package records

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"tumen/storage"
)

// foundActs lists what statements a query finds.
func foundActs(t *testing.T, s *Store, q Acts) []string {
	t.Helper()
	var all []string
	must(t, s.View(t.Context(), func(v *View) error {
		for act, err := range v.Acts(q) {
			if err != nil {
				return err
			}
			if act.Statement != nil {
				all = append(all, string(act.Statement.Content))
			}
		}
		return nil
	}))
	return all
}

// TestStatementsAreFound by kind, by who made them, by what they are about and by when,
// newest first; and so are those of a store that had no rows for that.
func TestStatementsAreFound(t *testing.T) {
	backend := boltStore(t)
	now := time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)
	keys := testKeys
	keys.Clock = func() time.Time { return now }
	o := openOfficeWith(t, leftOpen{backend}, keys)
	a, b := fmt.Sprintf(`{"records":[{"record":%q},{"record":%q}]}`, o.source, o.matter), fmt.Sprintf(`{"record":%q}`, o.source)
	c, d := fmt.Sprintf(`{"records":[%q]}`, o.matter), "no JSON"
	state := func(member, kind, content string) {
		_, err := o.store.Change(t.Context(), Author{Member: member, Method: "x"}, func(tx *Tx) error {
			_, err := tx.State(kind, []byte(content))
			return err
		})
		must(t, err)
		now = now.Add(time.Hour)
	}
	start := now
	state(o.member, "disclosure", a)
	state(o.member, "denial", b)
	state("", "local", c)
	state(o.member, "export", d)
	for range 2 {
		for name, tc := range map[string]struct {
			q    Acts
			want []string
		}{
			"all":         {Acts{}, []string{d, c, b, a}},
			"of a kind":   {Acts{Kinds: []string{"denial", "local"}}, []string{c, b}},
			"by a member": {Acts{Member: o.member}, []string{d, b, a}},
			"by nobody":   {Acts{Member: o.org + "/members/00000000000000000000000000"}, nil},
			"about one":   {Acts{About: []string{o.source}}, []string{b, a}},
			"about any":   {Acts{About: []string{o.source, o.matter}}, []string{c, b, a}},
			"about none":  {Acts{About: []string{o.member}}, nil},
			"since":       {Acts{Since: start.Add(time.Hour)}, []string{d, c, b}},
			"until":       {Acts{Until: start.Add(2 * time.Hour)}, []string{b, a}},
			"between":     {Acts{Since: start.Add(time.Hour), Until: start.Add(2 * time.Hour)}, []string{b}},
			"never":       {Acts{Since: start.Add(time.Hour), Until: start}, nil},
		} {
			if got := foundActs(t, o.store, tc.q); !slices.Equal(got, tc.want) {
				t.Errorf("%s: %q", name, got)
			}
		}
		must(t, o.store.Close())
		must(t, backend.Update(t.Context(), func(w storage.Writer) error {
			var rows [][]byte
			for row, err := range w.Scan(storage.Prefix([]byte{rowAct})) {
				must(t, err)
				rows = append(rows, bytes.Clone(row.Key))
			}
			for _, key := range rows {
				must(t, w.Delete(key))
			}
			return nil
		}))
		var err error
		o.store, err = Open(t.Context(), leftOpen{backend}, keys)
		must(t, err)
	}
	o.agrees()
	must(t, o.store.Close())
	must(t, backend.Close())
}

// TestPagesOfStatementsJoin: each begins where the one before ended.
func TestPagesOfStatementsJoin(t *testing.T) {
	o := openOffice(t, nil)
	for n := range 5 {
		o.do(func(tx *Tx) error {
			_, err := tx.State("local", fmt.Append(nil, n))
			return err
		})
	}
	var cursor []byte
	var got string
	for range 5 {
		o.view(func(v *View) error {
			for act, err := range v.Acts(Acts{Before: cursor}) {
				must(t, err)
				got += string(act.Statement.Content)
				cursor = act.Cursor
				break
			}
			return nil
		})
	}
	if got != "43210" {
		t.Errorf("page by page: %s", got)
	}
}

// TestAStatementThatIsNotFoundIsToldOf by a check, whatever row is missing or wrong.
func TestAStatementThatIsNotFoundIsToldOf(t *testing.T) {
	for name, damage := range map[string]func(*checked, storage.Writer, []byte) error{
		"no row": func(_ *checked, w storage.Writer, key []byte) error { return w.Delete(key) },
		"of another": func(c *checked, w storage.Writer, key []byte) error {
			return c.putSealed(w, key, c.store.actValue("local", "", nil))
		},
		"short": func(c *checked, w storage.Writer, key []byte) error { return c.putSealed(w, key, []byte{1}) },
		"of nothing": func(c *checked, w storage.Writer, _ []byte) error {
			return c.putSealed(w, actRow(ID{1}), c.store.actValue("local", "", nil))
		},
	} {
		c := openChecked(t)
		must(t, c.store.backend.Update(t.Context(), func(w storage.Writer) error {
			return damage(c, w, actRow(ID(c.statementKey()[1:])))
		}))
		if r := c.check(); r.Found == 0 {
			t.Errorf("%s, and nothing is said", name)
		}
	}
}

// FuzzAct: whatever stands in a row, reading it ends, and what the store writes is read
// as it was.
func FuzzAct(f *testing.F) {
	f.Add([]byte{}, []byte(`{"records":["persons/x",{"record":"sources/y"}],"record":"cases/z"}`))
	f.Add(append([]byte{3}, make([]byte, 20)...), []byte(`{"records":3}`))
	f.Fuzz(func(t *testing.T, row, content []byte) {
		if a, err := parseAct(row); err == nil {
			a.about(map[[4]byte]bool{{1}: true})
		}
		names, err := NewNamer(make([]byte, 32))
		must(t, err)
		s := &Store{names: names}
		about := aboutOf(content)
		a, err := parseAct(s.actValue("denial", "", about))
		must(t, err)
		for _, name := range about {
			if k, err := names.Parse(name); err == nil && !a.about(map[[4]byte]bool{mark(k): true}) {
				t.Errorf("it is about %s, and not found so", name)
			}
		}
	})
}
