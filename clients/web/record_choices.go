package web

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"

	"tumen/clients/client"
	"tumen/clients/labels"
	"tumen/clients/web/entry"
	tumenv1 "tumen/proto/tumen/v1"
)

// offered is how many records of a kind a form offers. Others can be named by their key.
const offered = 200

// choices are the records and terms that the fields of one form offer, each list asked
// for once.
type choices struct {
	ctx    context.Context
	v      *visit
	in     string // the case; empty for what lies in none
	shelf  *shelf
	lists  map[string][]option
	offers map[string][]option // what a field offers alone, by its path without rows
}

func (v *visit) choices(ctx context.Context, in string) *choices {
	return &choices{ctx: ctx, v: v, in: in, shelf: v.shelf(), lists: map[string][]option{}}
}

// offering are the choices of the form that a request is about: what was typed is looked
// up in the lists that the form, shown again, offers.
func (v *visit) offering(ctx context.Context, in string) *choices {
	if v.offered == nil || v.offered.in != in {
		v.offered = v.choices(ctx, in)
	}
	return v.offered
}

// once asks for a list the first time.
func (c *choices) once(of string, ask func() ([]option, error)) ([]option, error) {
	if _, asked := c.lists[of]; !asked {
		list, err := ask()
		if client.Unseen(err) {
			list, err = nil, nil // a key can still be typed
		}
		if err != nil {
			return nil, err
		}
		c.lists[of] = list
	}
	return slices.Clone(c.lists[of]), nil
}

// terms are those of a vocabulary, in the reader's language.
func (c *choices) terms(vocabulary string) ([]option, error) {
	return c.once(vocabulary, func() ([]option, error) {
		n, _ := labels.EnumNumber(tumenv1.Vocabulary(0).Descriptor(), vocabulary)
		reply, err := c.v.site.conn.Vocabulary.ListTerms(c.ctx, &tumenv1.ListTermsRequest{Vocabulary: tumenv1.Vocabulary(n), PageSize: 1000})
		var all []option
		for _, t := range reply.GetTerms() {
			all = append(all, option{Value: t.GetCode(), Label: c.v.say().Term(t.GetCode(), labels.Term(t, string(c.v.say().Language())))})
		}
		return all, err
	})
}

// records are those that a field may name, and how it asks for them: by boxes and lists
// where these are few and of the case at hand, else by a field that finds them by what
// they are called.
func (c *choices) records(k *entry.Kind, path string, kinds []string, many bool) (string, []option, error) {
	if own, ok := c.offers[entry.Plain(path)]; ok {
		if many {
			return "boxes", slices.Clone(own), nil
		}
		return "choice", slices.Clone(own), nil
	}
	if k.Name == "claim" && path == "subjects" {
		kinds = []string{"Event", "Involvement", "Person"}
	}
	if k.Name == "tie" && len(kinds) == 0 {
		kinds = []string{"Source"}
	}
	var all []option
	near := true
	for _, kind := range kinds {
		list, err := c.once(kind, func() ([]option, error) { return c.list(kind) })
		if err != nil {
			return "", nil, err
		}
		near = near && (c.in != "" && (kind == "Event" || kind == "Involvement") || kind == "Person" && c.in != "" && path == "subjects" || kind == "Member")
		all = append(all, list...)
	}
	switch {
	case near && many:
		return "boxes", all, nil
	case near:
		return "choice", all, nil
	case many:
		return "long", all, nil
	}
	return "find", all, nil
}

// list asks for the first records of a kind, with what they are called.
func (c *choices) list(kind string) ([]option, error) {
	conn, s := c.v.site.conn, c.shelf
	if c.in == "" && (kind == "Event" || kind == "Involvement") {
		return nil, nil // a case that is not there yet has none
	}
	switch kind {
	case "Event":
		reply, err := conn.Cases.ListEvents(c.ctx, &tumenv1.ListEventsRequest{Parent: c.in, PageSize: offered})
		var events []*tumenv1.Event
		for _, m := range reply.GetMatches() {
			events = append(events, m.GetEvent())
		}
		return optionsOf(s, events), err
	case "Involvement":
		reply, err := conn.Cases.ListInvolvements(c.ctx, &tumenv1.ListInvolvementsRequest{Parent: c.in, PageSize: offered})
		return optionsOf(s, reply.GetInvolvements()), err
	case "Case":
		reply, err := conn.Cases.ListCases(c.ctx, &tumenv1.ListCasesRequest{PageSize: offered})
		return optionsOf(s, casesIn(reply)), err
	case "Source":
		reply, err := conn.Sources.ListSources(c.ctx, &tumenv1.ListSourcesRequest{PageSize: offered})
		return optionsOf(s, reply.GetSources()), err
	case "Person":
		return c.persons()
	case "Place":
		reply, err := conn.Places.ListPlaces(c.ctx, &tumenv1.ListPlacesRequest{PageSize: offered})
		return optionsOf(s, reply.GetPlaces()), err
	case "Member":
		reply, err := conn.Access.ListColleagues(c.ctx, &tumenv1.ListColleaguesRequest{PageSize: offered})
		var all []option
		for _, m := range reply.GetMembers() {
			all = append(all, option{Value: m.GetName(), Label: strings.TrimSpace(m.GetHandle() + " " + m.GetDisplayName())})
		}
		return all, err
	}
	return nil, nil
}

// persons are those of the case at hand, or those that one sees.
func (c *choices) persons() ([]option, error) {
	conn := c.v.site.conn
	if c.in == "" {
		reply, err := conn.Persons.ListPersons(c.ctx, &tumenv1.ListPersonsRequest{PageSize: offered})
		return optionsOf(c.shelf, reply.GetPersons()), err
	}
	reply, err := conn.Cases.ListInvolvements(c.ctx, &tumenv1.ListInvolvementsRequest{Parent: c.in, PageSize: offered})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, i := range reply.GetInvolvements() {
		if i.GetPerson() != "" && !slices.Contains(names, i.GetPerson()) {
			names = append(names, i.GetPerson())
		}
	}
	if err := c.v.fetch(c.ctx, c.shelf, names...); err != nil {
		return nil, err
	}
	var all []option
	for _, name := range names {
		all = append(all, option{Value: name, Label: c.shelf.Label(name)})
	}
	return all, nil
}

// optionsOf offers records under what each is called, told apart where two are called
// the same.
func optionsOf[T labels.Record](s *shelf, records []T) []option {
	put(s, records...)
	seen := map[string]bool{}
	var all []option
	for _, r := range records {
		label := s.Label(r.GetName())
		if seen[label] {
			label += " (" + labels.Short(r.GetName()) + ")"
		}
		seen[label] = true
		all = append(all, option{Value: r.GetName(), Label: label})
	}
	return all
}

// resolve gives the name of the record that a text stands for: a name, what a form called
// it, a key of one's own organisation, issuer:key, or a reference.
func (c *choices) resolve(k *entry.Kind) entry.Resolve {
	return func(path string, kinds []string, text string) (string, entry.Problem) {
		if labels.KindOf(text) != "" {
			return text, ""
		}
		_, options, err := c.records(k, path, kinds, false)
		if err != nil {
			return "", entry.NoRecord
		}
		for _, o := range options {
			if o.Label == text {
				return o.Value, ""
			}
		}
		return c.v.calledSo(c.ctx, kinds, text)
	}
}

// calledSo asks the server who is called so.
func (v *visit) calledSo(ctx context.Context, kinds []string, text string) (string, entry.Problem) {
	request := labels.CalledSo(v.session.self.GetOrganisation().GetHandle(), text)
	if request == nil {
		return "", entry.NoRecord
	}
	reply, err := v.site.conn.Records.FindRecord(ctx, request)
	if e := client.AsError(err); err != nil && (e == nil || e.Code != codes.NotFound && e.Code != codes.InvalidArgument) {
		return "", entry.NoRecord
	}
	var fitting []string
	for _, name := range reply.GetNames() {
		if len(kinds) == 0 || slices.Contains(kinds, labels.KindOf(name)) {
			fitting = append(fitting, name)
		}
	}
	switch len(fitting) {
	case 0:
		return "", entry.NoRecord
	case 1:
		return fitting[0], ""
	}
	return "", entry.Ambiguous
}
