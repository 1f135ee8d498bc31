package records

import (
	"context"
	"iter"
	"slices"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
)

// namesIn are the names of the records of a sequence.
func namesIn[T Record](t *testing.T, all iter.Seq2[T, error]) []string {
	t.Helper()
	var names []string
	for rec, err := range all {
		must(t, err)
		names = append(names, rec.GetName())
	}
	return names
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// TestLists: each list gives what it says, in the order in which it was recorded,
// and nothing else.
func TestLists(t *testing.T) {
	o := openOffice(t, nil)
	other := o.create(&tumenv1.Case{Title: "another", Reference: "2026-B"}, "")
	a, b := o.event("arrest", "2023"), o.event("detention", "2023")
	away := o.create(anEvent("arrest", "2023"), other)
	person := o.create(&tumenv1.Person{Reference: "P-1"}, "")
	in := o.create(&tumenv1.Involvement{Event: a, Who: &tumenv1.Involvement_Person{Person: person}}, o.matter)
	unnamed := o.create(&tumenv1.Involvement{Event: b}, o.matter)
	relayer := o.create(&tumenv1.Source{Kind: "x", Relays: []*tumenv1.Relay{{Source: o.source}}}, "")
	tie := o.create(&tumenv1.Tie{A: relayer, B: o.source}, "")
	const occurrence, count, birth = tumenv1.Aspect_ASPECT_OCCURRENCE, tumenv1.Aspect_ASPECT_COUNT, tumenv1.Aspect_ASPECT_BIRTH
	onA := o.create(o.claim(o.source, count, a), o.matter)
	onBoth := o.create(o.claim(relayer, occurrence, b, a), o.matter)
	onPerson := o.create(o.claim(o.source, birth, person, in), o.matter)
	elsewhere := o.create(o.claim(o.source, birth, person), other)
	finding := o.create(&tumenv1.Finding{Subject: a, Aspect: count, State: tumenv1.FindingState_FINDING_STATE_REPORTED}, o.matter)
	personal := o.create(&tumenv1.Finding{Subject: person, Aspect: birth, State: tumenv1.FindingState_FINDING_STATE_PROPOSED}, o.matter)
	o.view(func(v *View) error {
		expect(t, "claims on a", namesIn(t, v.ClaimsOn(a, 0)), onA, onBoth)
		expect(t, "claims on the count of a", namesIn(t, v.ClaimsOn(a, count)), onA)
		expect(t, "claims on b", namesIn(t, v.ClaimsOn(b, 0)), onBoth)
		expect(t, "claims on the person", namesIn(t, v.ClaimsOn(person, birth)), onPerson, elsewhere)
		expect(t, "claims on the involvement", namesIn(t, v.ClaimsOn(in, 0)), onPerson)
		expect(t, "claims of the source", namesIn(t, v.ClaimsOf(o.source)), onA, onPerson, elsewhere)
		expect(t, "claims in the case", namesIn(t, Children[*tumenv1.Claim](v, Claim, o.matter)), onA, onBoth, onPerson)
		expect(t, "claims in the other case", namesIn(t, Children[*tumenv1.Claim](v, Claim, other)), elsewhere)
		expect(t, "claims of the owner", namesIn(t, Owned[*tumenv1.Claim](v, Claim, o.org)), onA, onBoth, onPerson, elsewhere)
		expect(t, "findings in the case", namesIn(t, Children[*tumenv1.Finding](v, Finding, o.matter)), finding, personal)
		expect(t, "findings in the other case", namesIn(t, Children[*tumenv1.Finding](v, Finding, other)))
		expect(t, "findings in no case", namesIn(t, Children[*tumenv1.Finding](v, Finding, "x")))
		expect(t, "findings of the owner", namesIn(t, Owned[*tumenv1.Finding](v, Finding, o.org)), finding, personal)
		expect(t, "proposed findings", namesIn(t, v.FindingsIn(tumenv1.FindingState_FINDING_STATE_PROPOSED, 0)), personal)
		expect(t, "reported findings on birth", namesIn(t, v.FindingsIn(tumenv1.FindingState_FINDING_STATE_REPORTED, birth)))
		expect(t, "events in the case", namesIn(t, Children[*tumenv1.Event](v, Event, o.matter)), a, b)
		expect(t, "events in the other case", namesIn(t, Children[*tumenv1.Event](v, Event, other)), away)
		expect(t, "involvements in a", namesIn(t, v.InvolvementsIn(a)), in)
		expect(t, "ties of the source", namesIn(t, v.TiesOf(o.source)), tie)
		expect(t, "ties of the relayer", namesIn(t, v.TiesOf(relayer)), tie)
		expect(t, "relayers", namesIn(t, v.RelayersOf(o.source)), relayer)
		for _, c := range []struct {
			what string
			kind Kind
			l    List
			want []string
		}{
			{"by parent", Claim, List{Parent: o.matter}, []string{onA, onBoth, onPerson}},
			{"findings by parent", Finding, List{Parent: o.matter}, []string{finding, personal}},
			{"by owner", Source, List{Owner: o.org}, []string{o.source, relayer}},
			{"by event", Involvement, List{Event: b}, []string{unnamed}},
			{"by person", Involvement, List{Person: person}, []string{in}},
			{"by record", Tie, List{Record: relayer}, []string{tie}},
			{"by name, of one kind only", Source, List{Names: []string{relayer, a, "x", o.source, relayer, o.store.names.Name(Key{Source, ID{9}}, "")}}, []string{o.source, relayer}},
			{"by no name", Source, List{Names: []string{}}, nil},
			{"by what is no name", Event, List{Parent: "x"}, nil},
		} {
			for size := 1; size <= 4; size++ {
				var got []string
				for cursor := []byte(nil); ; {
					page, next, err := v.Page(c.kind, c.l, cursor, size, func(Record) (bool, error) { return true, nil })
					if err != nil {
						return err
					}
					for _, rec := range page {
						got = append(got, rec.GetName())
					}
					if cursor = next; next == nil {
						break
					}
				}
				expect(t, c.what, got, c.want...)
			}
		}
		return nil
	})
}

// TestMovedReferences: what refers to another record afterwards is found there
// and no more where it was.
func TestMovedReferences(t *testing.T) {
	o := openOffice(t, nil)
	a, b := o.event("arrest", "2023"), o.event("arrest", "2023")
	second := o.create(&tumenv1.Source{Kind: "x", Title: "y"}, "")
	claim := o.create(o.claim(o.source, tumenv1.Aspect_ASPECT_COUNT, a), o.matter)
	in := o.create(&tumenv1.Involvement{Event: a}, o.matter)
	update(o, claim, func(c *tumenv1.Claim) {
		c.Source, c.Subjects, c.Aspect = second, []string{b, in}, tumenv1.Aspect_ASPECT_OCCURRENCE
	})
	update(o, in, func(i *tumenv1.Involvement) { i.Event = b })
	o.view(func(v *View) error {
		expect(t, "claims on a", namesIn(t, v.ClaimsOn(a, 0)))
		expect(t, "claims on b", namesIn(t, v.ClaimsOn(b, tumenv1.Aspect_ASPECT_OCCURRENCE)), claim)
		expect(t, "claims of the first source", namesIn(t, v.ClaimsOf(o.source)))
		expect(t, "claims of the second", namesIn(t, v.ClaimsOf(second)), claim)
		expect(t, "in a", namesIn(t, v.InvolvementsIn(a)))
		expect(t, "in b", namesIn(t, v.InvolvementsIn(b)), in)
		return nil
	})
}

// TestOtherCases: what is about a record of another case is refused.
func TestOtherCases(t *testing.T) {
	o := openOffice(t, nil)
	other := o.create(&tumenv1.Case{Title: "another", Reference: "2026-B"}, "")
	event := o.event("arrest", "2023")
	for _, rec := range []Record{o.claim(o.source, tumenv1.Aspect_ASPECT_COUNT, event), &tumenv1.Finding{Subject: event, Aspect: tumenv1.Aspect_ASPECT_COUNT}} {
		if _, err := o.try(func(tx *Tx) error { return tx.Create(rec, other) }); err == nil {
			t.Errorf("a %s is taken", KindOf(rec))
		}
	}
}

// TestStaleness: marks and notes are found while they stand; a finding that is
// opened again loses its mark.
func TestStaleness(t *testing.T) {
	o := openOffice(t, nil)
	event := o.event("arrest", "2023")
	f := o.create(&tumenv1.Finding{Subject: event, Aspect: tumenv1.Aspect_ASPECT_COUNT, State: tumenv1.FindingState_FINDING_STATE_REPORTED}, o.matter)
	stale := func() (names []string) {
		o.view(func(v *View) error { names = namesIn(t, v.StaleFindings()); return nil })
		return names
	}
	mark := func(is bool) { o.do(func(tx *Tx) error { return tx.MarkStale(f, is) }) }
	set := func(s tumenv1.FindingState) { update(o, f, func(f *tumenv1.Finding) { f.State = s }) }
	mark(true)
	expect(t, "not decided", stale())
	set(tumenv1.FindingState_FINDING_STATE_DISPUTED)
	mark(true)
	mark(true)
	expect(t, "decided", stale(), f)
	set(tumenv1.FindingState_FINDING_STATE_VERIFIED)
	expect(t, "decided otherwise", stale(), f)
	mark(false)
	expect(t, "weighed again", stale())
	mark(true)
	set(tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW)
	expect(t, "opened again", stale())
	changed := func() (names []string) {
		o.view(func(v *View) error { names = namesIn(t, v.ChangedSources()); return nil })
		return names
	}
	o.do(func(tx *Tx) error { return tx.SourceChanged(o.source) })
	expect(t, "changed", changed(), o.source)
	for range 2 {
		o.do(func(tx *Tx) error { return tx.SourceReached(o.source) })
		expect(t, "reached", changed())
	}
}

// TestPlacesInsidePlaces: what lies inside what lies inside a place lies inside
// it, built in or not, deleted or not; circles end.
func TestPlacesInsidePlaces(t *testing.T) {
	o := openOffice(t, nil)
	station := o.create(&tumenv1.Place{ContainedIn: "places/hunchun"}, "")
	cell := o.create(&tumenv1.Place{ContainedIn: station}, "")
	event := o.event("arrest", "2023", cell)
	o.do(func(tx *Tx) error { return tx.Delete(o.read(station)) })
	o.view(func(v *View) error {
		for _, c := range []struct {
			outer, inner string
			want         bool
		}{
			{cell, cell, true}, {station, cell, true}, {"places/hunchun", cell, true}, {"places/china", cell, true},
			{cell, station, false}, {"places/tumen", cell, false}, {"places/north-korea", "places/hunchun", false}, {"places/nowhere", cell, false}, {cell, "x", false},
		} {
			got, err := v.Contains(c.outer, c.inner)
			if err != nil || got != c.want {
				t.Errorf("%s in %s: %v %v", c.inner, c.outer, got, err)
			}
			inside, err := v.Inside(c.outer)
			if err != nil || slices.Contains(inside, c.inner) != c.want {
				t.Errorf("inside %s: %v %v", c.outer, inside, err)
			}
			if c.inner != cell { // where the event is
				continue
			}
			page, _, err := v.EventPage(Query{Owner: o.org, Place: c.outer}, nil, 9)
			if found := len(page) == 1 && page[0].Event.GetName() == event; err != nil || found != c.want {
				t.Errorf("at %s: %v %v", c.outer, page, err)
			}
		}
		return nil
	})
	update(o, station, func(p *tumenv1.Place) { p.ContainedIn = cell })
	o.view(func(v *View) error {
		inside, err := v.Inside(station)
		slices.Sort(inside)
		want := []string{station, cell}
		slices.Sort(want)
		expect(t, "a circle", inside, want...)
		if in, err := v.Contains("places/china", cell); in || err != nil {
			t.Errorf("a circle lies in China: %v %v", in, err)
		}
		return err
	})
}

// TestSnapshots: a view sees what was stored when it began, whatever has been
// read of newer revisions since.
func TestSnapshots(t *testing.T) {
	o := openOffice(t, nil)
	event := o.event("arrest", "2023", "places/hunchun")
	o.view(func(v *View) error {
		done := make(chan error)
		go func() {
			_, err := o.try(func(tx *Tx) error {
				return edited(tx, event, func(e *tumenv1.Event) { e.Title, e.Places = "new", nil })
			})
			if err == nil { // and read, by others
				err = o.store.View(context.Background(), func(v *View) error { _, err := v.Read(event); return err })
			}
			done <- err
		}()
		must(t, <-done)
		e, err := Get[*tumenv1.Event](v, event)
		if err != nil || e.GetTitle() != "an event" || e.GetRevision() != 1 {
			t.Errorf("%v %v", e, err)
		}
		page, _, err := v.EventPage(Query{Owner: o.org, Place: "places/hunchun"}, nil, 9)
		if len(page) != 1 {
			t.Errorf("by place: %v", page)
		}
		return err
	})
	if e := o.read(event).(*tumenv1.Event); e.GetTitle() != "new" {
		t.Errorf("afterwards: %v", e)
	}
}

func TestCredentials(t *testing.T) {
	o := openOffice(t, nil)
	hash := func(n byte) []byte { return append(make([]byte, 31), n) }
	for n := range byte(3) {
		o.do(func(tx *Tx) error { return tx.PutCredential(&tumenv1.Credential{TokenHash: hash(n), Member: o.member}) })
	}
	o.do(func(tx *Tx) error {
		return tx.PutCredential(&tumenv1.Credential{TokenHash: hash(1), Member: o.member, Scope: []tumenv1.Role{tumenv1.Role_ROLE_AUDITOR}})
	})
	o.view(func(v *View) error {
		n := 0
		for _, err := range v.Credentials() {
			must(t, err)
			n++
		}
		c, err := v.Credential(hash(1))
		if n != 3 || err != nil || len(c.GetScope()) != 1 {
			t.Errorf("%d, %v %v", n, c, err)
		}
		if c, err := v.Credential(hash(9)); c != nil || err != nil {
			t.Errorf("%v %v", c, err)
		}
		return nil
	})
}
