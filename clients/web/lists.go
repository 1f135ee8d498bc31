package web

import (
	"net/http"
	"strings"

	"tumen/clients/client"
	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// sourcesPage is a page of sources, with what was asked for.
type sourcesPage struct {
	Shelf      *shelf
	Kind, Case string
	Kinds      []option
	Sources    []*tumenv1.Source
	Next       string
}

func (s *Site) sources(v *visit) error {
	p := &sourcesPage{Shelf: v.shelf(), Kind: v.got("kind"), Case: v.got("case")}
	var err error
	if p.Kinds, err = v.choices(v.context(), "").terms("source-kinds"); err != nil {
		return err
	}
	request := &tumenv1.ListSourcesRequest{PageSize: perPage, PageToken: v.got("page"), Kind: p.Kind}
	if p.Case != "" {
		names, err := v.find(p.Case)
		if err != nil {
			return err
		}
		for _, name := range names {
			if strings.HasPrefix(name, "cases/") && strings.Count(name, "/") == 1 {
				request.Case = name
			}
		}
		if request.Case == "" {
			return v.render(http.StatusOK, "sources", v.say().Say("list.sources"), p)
		}
	}
	reply, err := s.conn.Sources.ListSources(v.context(), request)
	if err != nil {
		return err
	}
	p.Sources, p.Next = reply.GetSources(), v.next("page", reply.GetNextPageToken())
	return v.render(http.StatusOK, "sources", v.say().Say("list.sources"), p)
}

// personsPage is a page of persons. They are listed without who they are.
type personsPage struct {
	Persons []*tumenv1.Person
	Next    string
}

func (s *Site) persons(v *visit) error {
	reply, err := s.conn.Persons.ListPersons(v.context(), &tumenv1.ListPersonsRequest{PageSize: perPage, PageToken: v.got("page")})
	if err != nil {
		return err
	}
	p := &personsPage{Persons: reply.GetPersons(), Next: v.next("page", reply.GetNextPageToken())}
	return v.render(http.StatusOK, "persons", v.say().Say("list.persons"), p)
}

// find asks who is called so, as [labels.CalledSo] reads it.
func (v *visit) find(text string) ([]string, error) {
	request := labels.CalledSo(v.session.self.GetOrganisation().GetHandle(), text)
	if request == nil {
		return nil, nil
	}
	reply, err := v.site.conn.Records.FindRecord(v.context(), request)
	if client.Unseen(err) {
		return nil, nil
	}
	return reply.GetNames(), err
}

// findPage is what was found by a key.
type findPage struct {
	Shelf *shelf
	Key   string
	Found []string
}

// findRecord leads to the one record that is called so, or lists those that are.
func (s *Site) findRecord(v *visit) error {
	p := &findPage{Shelf: v.shelf(), Key: v.got("key")}
	if p.Key != "" {
		names, err := v.find(p.Key)
		if err != nil {
			return err
		}
		if len(names) == 1 && pageOf(names[0]) != "" {
			return v.redirect(pageOf(names[0]))
		}
		p.Found = names
		if err := v.fetchAny(p.Shelf, names); err != nil {
			return err
		}
	}
	return v.render(http.StatusOK, "find", v.say().Say("list.find"), p)
}

// fetchAny puts records of any kind on a shelf.
func (v *visit) fetchAny(s *shelf, names []string) error {
	for _, name := range names {
		reply, err := v.site.conn.Records.GetRecord(v.context(), &tumenv1.GetRecordRequest{Name: name})
		if client.Unseen(err) {
			continue
		}
		if err != nil {
			return err
		}
		s.records[name] = labels.Unwrap(reply.GetRecord())
	}
	return nil
}
