package records

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
)

// aDate draws an expression that edtf reads.
func aDate() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		year := func() string {
			return rapid.OneOf(
				rapid.Map(rapid.IntRange(2019, 2026), func(y int) string { return fmt.Sprint(y) }),
				rapid.SampledFrom([]string{"201X", "202X", "20XX", "-0044", "Y17000", "Y-20000", "1950", "0000", "9999"})).Draw(t, "year")
		}
		sign := func() string { return rapid.SampledFrom([]string{"", "", "", "?", "~", "%"}).Draw(t, "sign") }
		single := func() string {
			y := year()
			switch rapid.IntRange(0, 5).Draw(t, "precision") {
			case 0:
				return y + sign()
			case 1:
				return fmt.Sprintf("%s-%02d%s", y, rapid.IntRange(1, 12).Draw(t, "month"), sign())
			case 2:
				return fmt.Sprintf("%s-%d%s", y, rapid.IntRange(21, 24).Draw(t, "season"), sign())
			case 3:
				return fmt.Sprintf("%s-%s-%s", y, rapid.SampledFrom([]string{"XX", "1X", "0X", "12", "02"}).Draw(t, "masked month"), rapid.SampledFrom([]string{"XX", "3X", "X1", "15"}).Draw(t, "masked day"))
			default:
				return fmt.Sprintf("%s-%02d-%02d%s", y, rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 31).Draw(t, "day"), sign())
			}
		}
		end := func() string {
			if rapid.IntRange(0, 3).Draw(t, "end") == 0 {
				return rapid.SampledFrom([]string{"", ".."}).Draw(t, "no end")
			}
			return single()
		}
		switch rapid.IntRange(0, 4).Draw(t, "form") {
		case 0:
			return "[" + single() + "," + single() + "]"
		case 1:
			return rapid.SampledFrom([]string{"[..%s]", "[%s..]", "[%s]", "[..%s,2099]"}).Draw(t, "set") + "|" + single()
		case 2, 3:
			return end() + "/" + end()
		}
		return single()
	}).Filter(func(s string) bool {
		_, err := edtf.Parse(spelled(s))
		return err == nil
	})
}

// spelled puts the date into the pattern of a set.
func spelled(s string) string {
	if pattern, date, ok := strings.Cut(s, "|"); ok {
		return fmt.Sprintf(pattern, date)
	}
	return s
}

func aTime() *rapid.Generator[*tumenv1.Time] {
	return rapid.Custom(func(t *rapid.T) *tumenv1.Time {
		if rapid.IntRange(0, 9).Draw(t, "undated") == 0 {
			return nil
		}
		return &tumenv1.Time{Edtf: spelled(aDate().Draw(t, "edtf")), Night: rapid.IntRange(0, 7).Draw(t, "night") == 0}
	})
}

func aPeriod() *rapid.Generator[*edtf.Interval] {
	return rapid.Custom(func(t *rapid.T) *edtf.Interval {
		d, err := edtf.Parse(rapid.OneOf(
			rapid.SampledFrom([]string{"2023-10", "2023", "2021-02-28", "2020/2024", "../2021", "2022/.."}),
			rapid.Map(aDate(), spelled)).Draw(t, "period"))
		if err != nil {
			t.Fatal(err)
		}
		i := d.Interval()
		switch rapid.IntRange(0, 15).Draw(t, "bounds") {
		case 1:
			i.Earliest, i.Latest = 5, 4 // empty
		case 2:
			i.Earliest, i.Latest = edtf.Min, edtf.Max
		}
		return &i
	})
}

// archive is an office full of events, claims and findings, drawn at random.
type archive struct {
	*office
	orgs, cases, events, involvements, sources, claims, places []string
}

var (
	someActs   = []string{"arrest", "detention", "refoulement", "forced-labour"}
	somePlaces = []string{"places/hunchun", "places/tumen", "places/jilin", "places/china", "places/north-korea"}
)

func (a *archive) at(t *rapid.T, from []string, what string) string {
	return rapid.SampledFrom(from).Draw(t, what)
}

// fill draws what is in the archive, in a few changes, and then changes some of
// it.
func (a *archive) fill(t *rapid.T) {
	a.orgs = []string{a.org}
	a.do(func(tx *Tx) error {
		other := &tumenv1.Organisation{Handle: fmt.Sprint("o", len(a.orgs))}
		if err := tx.Create(other, ""); err != nil {
			return err
		}
		a.orgs = append(a.orgs, other.GetName())
		return nil
	})
	a.places = slices.Clone(somePlaces)
	a.do(func(tx *Tx) error {
		own := &tumenv1.Place{Names: []*tumenv1.PlaceName{{Text: "a cell"}}, ContainedIn: "places/hunchun", Marking: aMarking(t)}
		inner := &tumenv1.Place{Names: []*tumenv1.PlaceName{{Text: "a corner"}}}
		if err := tx.Create(own, ""); err != nil {
			return err
		}
		inner.ContainedIn = own.GetName()
		if err := tx.Create(inner, ""); err != nil {
			return err
		}
		a.places = append(a.places, own.GetName(), inner.GetName())
		return nil
	})
	org := a.org
	var all archive
	for i, owner := range a.orgs {
		a.org = owner
		a.do(func(tx *Tx) error {
			if err := a.records(t, tx, i); err != nil {
				return err
			}
			return a.edits(t, tx)
		})
		a.do(func(tx *Tx) error { return a.edits(t, tx) })
		all.cases, all.events = append(all.cases, a.cases...), append(all.events, a.events...)
		all.involvements, all.sources = append(all.involvements, a.involvements...), append(all.sources, a.sources...)
	}
	a.org, a.cases, a.events, a.involvements, a.sources = org, all.cases, all.events, all.involvements, all.sources
}

func (a *archive) make(tx *Tx, rec Record, parent string, list *[]string) error {
	if err := tx.Create(rec, parent); err != nil {
		return err
	}
	*list = append(*list, rec.GetName())
	return nil
}

func (a *archive) records(t *rapid.T, tx *Tx, round int) error {
	marking := func() tumenv1.Marking { return aMarking(t) }
	a.cases, a.events, a.involvements, a.sources, a.claims = nil, nil, nil, nil, nil
	for i := range 2 {
		if err := a.make(tx, &tumenv1.Case{Title: "x", Reference: fmt.Sprintf("2026-%d%d", round, i), Marking: marking(), Assignees: []string{a.member}[:i]}, "", &a.cases); err != nil {
			return err
		}
		if err := a.make(tx, &tumenv1.Source{Kind: "x", Title: "y"}, "", &a.sources); err != nil {
			return err
		}
	}
	for i := range rapid.IntRange(1, 9).Draw(t, "events") {
		e := &tumenv1.Event{Act: a.at(t, someActs, "act"), Time: aTime().Draw(t, "time"), Marking: marking()}
		for range rapid.IntRange(0, 2).Draw(t, "places") {
			e.Places = append(e.Places, &tumenv1.PlaceValue{Place: a.at(t, a.places, "place")})
		}
		if i == 0 {
			e.ExternalIds = called("un", "event")
		}
		if err := a.make(tx, e, a.at(t, a.cases, "case"), &a.events); err != nil {
			return err
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "involvements") {
		event := a.at(t, a.events, "event")
		if err := a.make(tx, &tumenv1.Involvement{Event: event, Marking: marking()}, ParentOf(event), &a.involvements); err != nil {
			return err
		}
	}
	for range rapid.IntRange(0, 5).Draw(t, "claims") {
		subject := a.at(t, append(slices.Clone(a.events), a.involvements...), "subject")
		c := a.claim(a.at(t, a.sources, "source"), tumenv1.Aspect_ASPECT_PLACE, subject)
		c.Marking = marking()
		c.Value = &tumenv1.Value{Kind: &tumenv1.Value_Places{Places: &tumenv1.Places{Places: []*tumenv1.PlaceValue{{Place: a.at(t, a.places, "claimed place")}}}}}
		c.Stance = tumenv1.Stance(rapid.IntRange(1, 2).Draw(t, "stance"))
		if err := a.make(tx, c, ParentOf(subject), &a.claims); err != nil {
			return err
		}
	}
	return nil
}

// edits changes what is there: dates, acts, places, deletions, and findings on
// time, place and occurrence, which are decided, opened again and marked stale.
func (a *archive) edits(t *rapid.T, tx *Tx) error {
	for range rapid.IntRange(0, 6).Draw(t, "edits") {
		var err error
		switch rapid.IntRange(0, 7).Draw(t, "edit") {
		case 0:
			err = edited(tx, a.at(t, a.events, "event"), func(e *tumenv1.Event) { e.Time = aTime().Draw(t, "time") })
		case 1:
			err = edited(tx, a.at(t, a.events, "event"), func(e *tumenv1.Event) { e.Act = a.at(t, someActs, "act") })
		case 2:
			err = edited(tx, a.at(t, a.events, "event"), func(e *tumenv1.Event) {
				e.Places = []*tumenv1.PlaceValue{{Place: a.at(t, a.places, "place")}}
				e.Marking = tumenv1.Marking_MARKING_GREEN
			})
		case 3:
			var rec Record
			if rec, err = tx.Read(a.at(t, a.events, "event")); err == nil {
				err = tx.Delete(rec)
			}
		case 4:
			if len(a.claims) > 0 {
				err = edited(tx, a.at(t, a.claims, "claim"), func(c *tumenv1.Claim) { c.State = tumenv1.ClaimState_CLAIM_STATE_RETRACTED })
			}
		default:
			err = a.decide(t, tx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *archive) decide(t *rapid.T, tx *Tx) error {
	subject := a.at(t, append(slices.Clone(a.events), a.involvements...), "subject")
	aspect := rapid.SampledFrom([]tumenv1.Aspect{tumenv1.Aspect_ASPECT_TIME, tumenv1.Aspect_ASPECT_PLACE, tumenv1.Aspect_ASPECT_OCCURRENCE}).Draw(t, "aspect")
	f, err := tx.FindingOn(subject, aspect)
	if err != nil {
		return err
	}
	if f == nil {
		f = &tumenv1.Finding{Subject: subject, Aspect: aspect, State: tumenv1.FindingState_FINDING_STATE_REPORTED, Marking: aMarking(t)}
		if err := tx.Create(f, ParentOf(subject)); err != nil {
			return err
		}
	}
	name := f.GetName()
	f = proto.Clone(f).(*tumenv1.Finding)
	f.State = tumenv1.FindingState(rapid.IntRange(1, 9).Draw(t, "state"))
	value := &tumenv1.Value{}
	switch aspect {
	case tumenv1.Aspect_ASPECT_TIME:
		if d := aTime().Draw(t, "found time"); d != nil {
			value.Kind = &tumenv1.Value_Time{Time: d}
		}
	case tumenv1.Aspect_ASPECT_PLACE:
		value.Kind = &tumenv1.Value_Places{Places: &tumenv1.Places{Places: []*tumenv1.PlaceValue{{Place: a.at(t, a.places, "found place")}}}}
	}
	f.Conclusion = &tumenv1.Conclusion{Outcome: f.State, Value: value}
	if err := tx.Put(f); err != nil {
		return err
	}
	return tx.MarkStale(name, rapid.Bool().Draw(t, "stale"))
}

// query draws what is asked for.
func (a *archive) query(t *rapid.T, v *View) Query {
	q := Query{Owner: a.at(t, a.orgs, "owner")}
	one := func(what string, of int) bool { return rapid.IntRange(1, of).Draw(t, what) == 1 }
	if one("by case", 6) {
		q.Parent = a.at(t, a.cases, "case")
	}
	if one("within", 2) {
		q.Within = aPeriod().Draw(t, "within")
	}
	if one("ongoing", 3) {
		q.OngoingIn = aPeriod().Draw(t, "ongoing in")
	}
	if one("by place", 3) {
		q.Place = a.at(t, a.places, "place")
	}
	if one("by act", 4) {
		q.Act = a.at(t, someActs, "act")
	}
	if one("by outcome", 6) {
		q.Outcome = tumenv1.FindingState(rapid.IntRange(1, 9).Draw(t, "outcome"))
	}
	if one("by source", 6) {
		q.Source = a.at(t, a.sources, "source")
	}
	if one("by external id", 9) {
		q.ExternalID = called("un", "event")[0]
	}
	if one("by marking", 6) {
		q.Marking = tumenv1.Marking(rapid.IntRange(1, 4).Draw(t, "marking"))
	}
	if one("stale", 6) {
		q.Stale = map[string]bool{}
		for f, err := range v.StaleFindings() {
			if err != nil {
				t.Fatal(err)
			}
			q.Stale[f.GetSubject()] = true
		}
	}
	q.ShowDeleted = rapid.Bool().Draw(t, "deleted too")
	return q
}

// sight draws who asks: half of the time somebody who sees nothing RED.
func (a *archive) sight(t *rapid.T) Sight {
	few := Sight{Shows: func(rec Record) bool { return rec.GetMarking() != tumenv1.Marking_MARKING_RED }}
	everything := func(Record) bool { return true }
	return rapid.SampledFrom([]Sight{few, few, few, {}, {Shows: everything}, {Shows: everything, Whole: a.org}}).Draw(t, "sight")
}

func aMarking(t *rapid.T) tumenv1.Marking {
	return tumenv1.Marking(rapid.IntRange(1, 3).Draw(t, "marking"))
}
