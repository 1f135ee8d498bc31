package cli

import (
	"cmp"
	"slices"
	"strings"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// matterView is what a person is shown of a case: records, and what to call
// those that they refer to. It is filled by a loader and rendered without the
// server.
type matterView struct {
	issuer        string // whose keys are shown
	matter        *tumenv1.Case
	events        []*tumenv1.Event
	involvements  []*tumenv1.Involvement
	interventions []*tumenv1.Intervention
	findings      []*tumenv1.Finding
	claims        map[string]*tumenv1.Claim
	sources       map[string]*tumenv1.Source
	persons       map[string]*tumenv1.Person
	ties          map[string]*tumenv1.Tie
	places        map[string]*tumenv1.Place
	terms         map[string]*tumenv1.Term // of the acts, by code
	called        called                   // places and members
}

func newMatterView(issuer string) *matterView {
	return &matterView{
		issuer:  issuer,
		claims:  map[string]*tumenv1.Claim{},
		sources: map[string]*tumenv1.Source{},
		persons: map[string]*tumenv1.Person{},
		ties:    map[string]*tumenv1.Tie{},
		places:  map[string]*tumenv1.Place{},
		terms:   map[string]*tumenv1.Term{},
		called:  called{},
	}
}

// key is what the reader's own organisation calls a record, else its first
// issuer, else the end of its name.
func (v *matterView) key(r record) string {
	return firstOf(labels.Key(v.issuer, r), labels.Short(r.GetName()))
}

// label is the shortest handle of a record that is at hand, else of its name.
func (v *matterView) label(name string) string {
	if s, found := v.sources[name]; found {
		return v.key(s)
	}
	if c, found := v.claims[name]; found {
		if s := v.sources[c.GetSource()]; s != nil && len(c.GetExternalIds()) == 0 {
			return "a claim of " + v.key(s)
		}
		return v.key(c)
	}
	if p, found := v.persons[name]; found {
		if len(p.GetNames()) > 0 {
			return personNames(p)
		}
		return firstOf(p.GetReference(), v.key(p))
	}
	for _, e := range v.events {
		if e.GetName() == name {
			return v.key(e)
		}
	}
	if label := v.called[name]; label != "" {
		return label
	}
	return labels.Short(name)
}

// list labels several records, in the order of their labels.
func (v *matterView) list(names []string) string {
	return strings.Join(sorted(names, v.label), ", ")
}

// sourceLabel is a source's handle and who it is.
func (v *matterView) sourceLabel(name string) string {
	s := v.sources[name]
	if s == nil {
		return v.label(name)
	}
	return v.key(s) + " " + firstOf(s.GetPublisher(), s.GetAuthor(), s.GetTitle())
}

// subjectLabel is what a finding is about.
func (v *matterView) subjectLabel(name string) string {
	for _, e := range v.events {
		if e.GetName() == name {
			return v.eventTitle(e)
		}
	}
	for _, i := range v.involvements {
		if i.GetName() == name {
			return v.involvementTitle(i)
		}
	}
	if p := v.persons[name]; p != nil {
		return "Person " + v.label(name)
	}
	return v.label(name)
}

func (v *matterView) eventTitle(e *tumenv1.Event) string {
	return v.key(e) + " · " + firstOf(e.GetTitle(), v.act(e)) + " · " + v.eventTime(e)
}

func (v *matterView) act(e *tumenv1.Event) string {
	if t := v.terms[e.GetAct()]; t != nil {
		return termLabel(t)
	}
	return e.GetAct()
}

// eventTime is the time used for an event, with what kind of time it is: "between"
// two dates, somewhere, or "from" one "to" the other, all the while.
func (v *matterView) eventTime(e *tumenv1.Event) string {
	t := e.GetUsedTime().GetTime()
	if t.GetEdtf() == "" {
		t = e.GetTime()
	}
	if t.GetEdtf() == "" {
		return firstOf(timeWords(t), "time not known")
	}
	lasting := v.terms[e.GetAct()].GetLasting()
	from, to, interval := strings.Cut(t.GetEdtf(), "/")
	closed := interval && from != "" && to != "" && from != ".." && to != ".."
	switch {
	case closed && lasting:
		return annotated("from "+from+" to "+to, timeRemarks(t)...)
	case closed:
		return annotated("between "+from+" and "+to, timeRemarks(t)...)
	case lasting:
		return timeWords(t) + ", lasts"
	}
	return timeWords(t)
}

// sortEvents puts events in the order of the first day on which they may have
// been; those without a time come last.
func (v *matterView) sortEvents() {
	slices.SortStableFunc(v.events, func(a, b *tumenv1.Event) int {
		x, y := labels.Earliest(a), labels.Earliest(b)
		return cmp.Or(cmp.Compare(x, y), labels.Compare(v.key(a), v.key(b)))
	})
}

func (v *matterView) involvementTitle(i *tumenv1.Involvement) string {
	who := firstOf(i.GetUnnamed(), i.GetAuthority())
	if i.GetPerson() != "" {
		who = v.label(i.GetPerson())
	}
	return v.key(i) + " · " + firstOf(who, "(withheld)") + ", " + words(i.GetRole()) + " in " + v.label(i.GetEvent())
}
