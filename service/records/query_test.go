package records

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/edtf"
)

// days reads a period.
func days(t testing.TB, s string) edtf.Interval {
	t.Helper()
	d, err := edtf.Parse(s)
	must(t, err)
	return d.Interval()
}

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
		own := &tumenv1.Place{Names: []*tumenv1.PlaceName{{Text: "a cell"}}, ContainedIn: "places/hunchun"}
		if err := tx.Create(own, ""); err != nil {
			return err
		}
		a.places = append(a.places, own.GetName())
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
	marking := func() tumenv1.Marking { return tumenv1.Marking(rapid.IntRange(1, 3).Draw(t, "marking")) }
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
		if err := a.make(tx, &tumenv1.Involvement{Event: event}, ParentOf(event), &a.involvements); err != nil {
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
		f = &tumenv1.Finding{Subject: subject, Aspect: aspect, State: tumenv1.FindingState_FINDING_STATE_REPORTED}
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
	if one("seen by few", 6) {
		q.Visible = func(rec Record) bool { return rec.GetMarking() != tumenv1.Marking_MARKING_RED }
	}
	return q
}

// slow answers a query by looking at every record, with edtf as the judge.
type slow struct {
	*View
	t *rapid.T
	q Query
}

func everything[T Record](s slow, kind Kind) []T {
	var all []T
	for rec, err := range All[T](s.View, kind) {
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, rec)
	}
	return all
}

// about says whether a record is about an event: it, or an involvement in it.
func (s slow) about(subject, event string) bool {
	if subject == event {
		return true
	}
	for _, i := range everything[*tumenv1.Involvement](s, Involvement) {
		if i.GetName() == subject && i.GetEvent() == event {
			return true
		}
	}
	return false
}

func (s slow) inside(place string) bool {
	for place != "" && place != s.q.Place {
		rec, err := s.Read(place)
		if err != nil {
			s.t.Fatal(err)
		}
		place = rec.(*tumenv1.Place).GetContainedIn()
	}
	return place != ""
}

func (s slow) finding(event string, aspect tumenv1.Aspect) *tumenv1.Finding {
	for _, f := range everything[*tumenv1.Finding](s, Finding) {
		if f.GetSubject() == event && f.GetAspect() == aspect {
			return f
		}
	}
	return nil
}

func (s slow) places(e *tumenv1.Event) bool {
	all := slices.Clone(e.GetPlaces())
	if f := s.finding(e.GetName(), tumenv1.Aspect_ASPECT_PLACE); f.GetState() >= 4 && f.GetState() <= 6 {
		all = append(all, f.GetConclusion().GetValue().GetPlaces().GetPlaces()...)
	}
	for _, c := range everything[*tumenv1.Claim](s, Claim) {
		if c.GetState() == tumenv1.ClaimState_CLAIM_STATE_ACTIVE && c.GetStance() == tumenv1.Stance_STANCE_ASSERTS && slices.Contains(c.GetSubjects(), e.GetName()) {
			all = append(all, c.GetValue().GetPlaces().GetPlaces()...)
		}
	}
	return slices.ContainsFunc(all, func(p *tumenv1.PlaceValue) bool { return s.inside(p.GetPlace()) })
}

func (s slow) dating(e *tumenv1.Event) (edtf.Certainty, bool) {
	used := e.GetTime()
	if f := s.finding(e.GetName(), tumenv1.Aspect_ASPECT_TIME); f.GetState() >= 4 && f.GetState() <= 6 && f.GetConclusion().GetValue().GetTime() != nil {
		used = f.GetConclusion().GetValue().GetTime()
	}
	sure := edtf.DatedSo
	if s.q.Within == nil && s.q.OngoingIn == nil {
		return sure, true
	}
	if used.GetEdtf() == "" {
		return edtf.No, false
	}
	d, err := edtf.Parse(used.GetEdtf())
	if err != nil {
		s.t.Fatal(err)
	}
	if used.GetNight() {
		d = d.NightOf()
	}
	lasting := e.GetAct() == "detention" || e.GetAct() == "forced-labour"
	if s.q.Within != nil {
		sure = min(sure, edtf.Within(d, lasting, *s.q.Within))
	}
	if s.q.OngoingIn != nil {
		if !lasting {
			return edtf.No, false
		}
		sure = min(sure, edtf.OngoingIn(d, *s.q.OngoingIn))
	}
	return sure, sure != edtf.No
}

func (s slow) linked(e *tumenv1.Event) bool {
	if s.q.Source != "" && !slices.ContainsFunc(everything[*tumenv1.Claim](s, Claim), func(c *tumenv1.Claim) bool {
		return c.GetSource() == s.q.Source && c.GetState() == tumenv1.ClaimState_CLAIM_STATE_ACTIVE &&
			slices.ContainsFunc(c.GetSubjects(), func(subject string) bool { return s.about(subject, e.GetName()) })
	}) {
		return false
	}
	if s.q.Stale == nil {
		return true
	}
	for subject := range s.q.Stale {
		if s.about(subject, e.GetName()) {
			return true
		}
	}
	return false
}

func (s slow) own(rec Record) bool {
	q := s.q
	return rec.GetOwner() == q.Owner && (q.ShowDeleted || rec.GetDeleteTime() == nil) && (q.Visible == nil || q.Visible(rec)) &&
		(q.Marking == 0 || rec.GetMarking() == q.Marking) && (q.ExternalID == nil || len(rec.GetExternalIds()) > 0)
}

// events are the names of the events that the query asks for, with their dating.
func (s slow) events() map[string]tumenv1.Dating {
	found := map[string]tumenv1.Dating{}
	for _, e := range everything[*tumenv1.Event](s, Event) {
		sure, ok := s.dating(e)
		if !ok || !s.own(e) || s.q.Parent != "" && ParentOf(e.GetName()) != s.q.Parent || s.q.Act != "" && e.GetAct() != s.q.Act ||
			s.q.Place != "" && !s.places(e) || s.q.Outcome != 0 && s.finding(e.GetName(), tumenv1.Aspect_ASPECT_OCCURRENCE).GetState() != s.q.Outcome ||
			!s.linked(e) {
			continue
		}
		found[e.GetName()] = 0
		if s.q.Within != nil || s.q.OngoingIn != nil {
			found[e.GetName()] = tumenv1.Dating_DATING_MAY_BE
			if sure == edtf.DatedSo {
				found[e.GetName()] = tumenv1.Dating_DATING_DATED_SO
			}
		}
	}
	return found
}

// TestSearches: whatever is in the archive and whatever is asked, the indexes
// give what looking at every record gives, and pages of any size at any place
// give the same list.
func TestSearches(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := &archive{office: openOffice(t, nil)}
		defer a.store.Close()
		a.fill(rt)
		a.view(func(v *View) error {
			for range 12 {
				q := a.query(rt, v)
				a.searchEvents(rt, v, q)
				a.searchCases(rt, v, q)
				a.searchClaims(rt, v, q)
			}
			return nil
		})
		a.agrees()
	})
}

func (a *archive) searchEvents(t *rapid.T, v *View, q Query) {
	want := slow{v, t, q}.events()
	all, _, err := v.EventPage(q, nil, 1000)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]tumenv1.Dating{}
	for _, m := range all {
		got[m.Event.GetName()] = m.Dating
	}
	if len(got) != len(all) {
		t.Fatalf("some of %d events are given twice", len(all))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%+v: got %v, want %v", q, got, want)
	}
	paged(t, all, func(cursor []byte, limit int) ([]EventMatch, []byte, error) { return v.EventPage(q, cursor, limit) },
		func(a, b EventMatch) int { return cmp.Compare(a.Event.GetName(), b.Event.GetName()) })
}

// paged checks that pages of every size give the whole list.
func paged[T any](t *rapid.T, all []T, page func([]byte, int) ([]T, []byte, error), compare func(a, b T) int) {
	for size := 1; size <= len(all)+1; size += 1 + size/3 {
		var got []T
		for cursor := []byte(nil); ; {
			some, next, err := page(cursor, size)
			if err != nil {
				t.Fatal(err)
			}
			if len(some) > size || next != nil && len(some) != size {
				t.Fatalf("a page of %d has %d", size, len(some))
			}
			got = append(got, some...)
			if cursor = next; next == nil {
				break
			}
		}
		if slices.CompareFunc(got, all, compare) != 0 {
			t.Fatalf("pages of %d give another list: %v, want %v", size, got, all)
		}
	}
}

func (a *archive) searchCases(t *rapid.T, v *View, q Query) {
	cq := CaseQuery{Query: q}
	if rapid.IntRange(0, 4).Draw(t, "assigned") == 0 {
		cq.Assignee = a.member
	}
	s := slow{v, t, q}
	of := s
	of.q.Marking, of.q.ExternalID, of.q.ShowDeleted = 0, nil, false
	want := map[string]tumenv1.Dating{}
	through := of.events()
	for _, c := range everything[*tumenv1.Case](s, Case) {
		if !s.own(c) || cq.Assignee != "" && len(c.GetAssignees()) == 0 {
			continue
		}
		if !q.aboutEvents() {
			want[c.GetName()] = 0
		}
		for event, dating := range through {
			if q.aboutEvents() && ParentOf(event) == c.GetName() && (want[c.GetName()] == 0 || dating < want[c.GetName()]) {
				want[c.GetName()] = dating
			}
		}
	}
	all, _, err := v.Cases(cq, nil, 1000)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]tumenv1.Dating{}
	for _, m := range all {
		got[m.Record.GetName()] = m.Dating
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("cases of %+v: got %v, want %v", cq, got, want)
	}
	paged(t, all, func(cursor []byte, limit int) ([]Match[*tumenv1.Case], []byte, error) {
		return v.Cases(cq, cursor, limit)
	},
		func(a, b Match[*tumenv1.Case]) int { return cmp.Compare(a.Record.GetName(), b.Record.GetName()) })
}

func (a *archive) searchClaims(t *rapid.T, v *View, q Query) {
	cq := ClaimQuery{Query: q}
	if rapid.IntRange(0, 3).Draw(t, "about") == 0 {
		cq.Subject = a.at(t, append(slices.Clone(a.events), a.involvements...), "subject")
	}
	cq.Stance = tumenv1.Stance(rapid.IntRange(0, 2).Draw(t, "stance"))
	s := slow{v, t, q}
	of := s
	of.q.Marking, of.q.ExternalID, of.q.ShowDeleted, of.q.Source = 0, nil, false, ""
	through := of.events()
	var want []string
	for _, c := range everything[*tumenv1.Claim](s, Claim) {
		if !s.own(c) || q.Source != "" && c.GetSource() != q.Source || q.Parent != "" && ParentOf(c.GetName()) != q.Parent ||
			cq.Subject != "" && c.GetSubjects()[0] != cq.Subject || cq.Stance != 0 && c.GetStance() != cq.Stance {
			continue
		}
		ok := !of.q.aboutEvents()
		for event := range through {
			ok = ok || s.about(c.GetSubjects()[0], event)
		}
		if ok {
			want = append(want, c.GetName())
		}
	}
	all, _, err := v.Claims(cq, nil, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range all {
		got = append(got, m.Record.GetName())
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("claims of %+v: got %v, want %v", cq, got, want)
	}
	paged(t, all, func(cursor []byte, limit int) ([]Match[*tumenv1.Claim], []byte, error) {
		return v.Claims(cq, cursor, limit)
	},
		func(a, b Match[*tumenv1.Claim]) int { return cmp.Compare(a.Record.GetName(), b.Record.GetName()) })
}
