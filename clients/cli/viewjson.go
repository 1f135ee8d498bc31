package cli

import (
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// json writes a view as one object of the contract's messages: the record itself,
// first, and all those that a person is shown of it.
func (v *matterView) json(s *session, kind string, subject proto.Message) error {
	object := s.out.jsonObject()
	object.add(kind, subject)
	addAll(object, "events", v.events)
	addAll(object, "involvements", v.involvements)
	addAll(object, "claims", v.inOrder(v.claims))
	if kind != "finding" {
		addAll(object, "findings", v.findings)
		addAll(object, "interventions", v.interventions)
	}
	addAll(object, "sources", inKeyOrder(v, v.sources))
	addAll(object, "persons", inKeyOrder(v, v.persons))
	addAll(object, "ties", inKeyOrder(v, v.ties))
	addAll(object, "places", inKeyOrder(v, v.places))
	addAll(object, "terms", v.actsUsed())
	addAll(object, "members", v.members(s))
	return object.end()
}

// inKeyOrder gives records in the order of what they are called.
func inKeyOrder[R record](v *matterView, all map[string]R) []R {
	return slices.SortedFunc(maps.Values(all), func(a, b R) int { return labels.Compare(v.key(a), v.key(b)) })
}

// inOrder gives claims in the order in which they were recorded.
func (v *matterView) inOrder(all map[string]*tumenv1.Claim) []*tumenv1.Claim {
	return slices.SortedFunc(maps.Values(all), func(a, b *tumenv1.Claim) int {
		if c := a.GetCreateTime().AsTime().Compare(b.GetCreateTime().AsTime()); c != 0 {
			return c
		}
		return labels.Compare(v.key(a), v.key(b))
	})
}

// actsUsed are the terms of the acts of the events.
func (v *matterView) actsUsed() []*tumenv1.Term {
	used := map[string]*tumenv1.Term{}
	for _, e := range v.events {
		if t := v.terms[e.GetAct()]; t != nil {
			used[e.GetAct()] = t
		}
	}
	return slices.SortedFunc(maps.Values(used), func(a, b *tumenv1.Term) int { return labels.Compare(a.GetCode(), b.GetCode()) })
}

// members are those whom the findings speak of.
func (v *matterView) members(s *session) []*tumenv1.Member {
	known := map[string]*tumenv1.Member{}
	for _, f := range v.findings {
		for _, name := range []string{f.GetProposer(), f.GetApprover()} {
			if m := s.register.members[name]; m != nil {
				known[name] = m
			}
		}
	}
	return slices.SortedFunc(maps.Values(known), func(a, b *tumenv1.Member) int { return labels.Compare(a.GetHandle(), b.GetHandle()) })
}

// only leaves of a view what its finding speaks of.
func (v *matterView) only() {
	names := map[string]bool{}
	for _, f := range v.findings {
		labels.NamesIn(f.ProtoReflect(), names)
	}
	for name, c := range v.claims {
		if names[name] {
			labels.NamesIn(c.ProtoReflect(), names)
		}
	}
	unnamed := func(name string) bool { return !names[name] }
	maps.DeleteFunc(v.claims, func(name string, _ *tumenv1.Claim) bool { return unnamed(name) })
	maps.DeleteFunc(v.sources, func(name string, _ *tumenv1.Source) bool { return unnamed(name) })
	maps.DeleteFunc(v.persons, func(name string, _ *tumenv1.Person) bool { return unnamed(name) })
	maps.DeleteFunc(v.ties, func(name string, _ *tumenv1.Tie) bool { return unnamed(name) })
	maps.DeleteFunc(v.places, func(name string, _ *tumenv1.Place) bool { return unnamed(name) })
	v.events = slices.DeleteFunc(v.events, func(e *tumenv1.Event) bool { return unnamed(e.GetName()) })
	v.involvements = slices.DeleteFunc(v.involvements, func(i *tumenv1.Involvement) bool { return unnamed(i.GetName()) })
}
