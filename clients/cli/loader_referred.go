package cli

import (
	"context"
	"strings"

	"tumen/clients/client"
	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// referred fetches the records that those at hand refer to, each once.
func (l *loader) referred(ctx context.Context) error {
	names := map[string]bool{}
	for _, f := range l.view.findings {
		labels.NamesIn(f.ProtoReflect(), names)
		names[f.GetProposer()], names[f.GetApprover()] = true, true
	}
	for _, c := range l.view.claims {
		labels.NamesIn(c.ProtoReflect(), names)
	}
	for _, e := range l.view.events {
		labels.NamesIn(e.ProtoReflect(), names)
	}
	for _, i := range l.view.involvements {
		labels.NamesIn(i.ProtoReflect(), names)
	}
	var order, members []string
	for name := range names {
		switch {
		case isMember(name):
			members = append(members, name)
		case name != "" && l.view.sources[name] == nil && l.view.claims[name] == nil:
			order = append(order, name)
		}
	}
	l.register.lookUp(ctx, append(members, l.mentioned()...)...)
	for name, label := range l.register.known {
		if label != "" {
			l.view.called[name] = label
		}
	}
	return l.fetchAll(ctx, order)
}

// fetchAll fetches records, several at a time, and gives the first error.
func (l *loader) fetchAll(ctx context.Context, names []string) error {
	failed := make([]error, len(names))
	each(names, func(i int, name string) { failed[i] = l.fetch(ctx, name) })
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// mentioned are the records that reasons speak of and that are not at hand:
// claims that were deleted, sources that nothing rests on any more.
func (l *loader) mentioned() []string {
	var names []string
	for _, f := range l.view.findings {
		for _, name := range labels.RecordName.FindAllString(strings.Join(f.GetStaleReasons(), " "), -1) {
			if l.view.claims[name] == nil && l.view.sources[name] == nil && !strings.HasPrefix(name, "places/") {
				names = append(names, name)
			}
		}
	}
	return names
}

// fetch reads a record that others refer to; several goroutines may call it.
func (l *loader) fetch(ctx context.Context, name string) error {
	switch kind, _, _ := strings.Cut(name, "/"); {
	case strings.Contains(name, "/captures/"):
		return nil
	case kind == "sources":
		return l.source(ctx, name)
	case kind == "places":
		reply, err := l.conn.Places.GetPlace(ctx, &tumenv1.GetPlaceRequest{Name: name})
		return l.keep(err, func() {
			l.view.called[name], l.view.places[name] = placeLabel(reply.GetPlace()), reply.GetPlace()
		})
	case kind == "persons":
		reply, err := l.conn.Persons.GetPerson(ctx, &tumenv1.GetPersonRequest{Name: name})
		return l.keep(err, func() { l.view.persons[name] = reply.GetPerson() })
	case kind == "ties":
		reply, err := l.conn.Sources.GetTie(ctx, &tumenv1.GetTieRequest{Name: name})
		return l.keep(err, func() { l.view.ties[name] = reply.GetTie() })
	}
	return nil
}

// keep puts what was read where the view finds it.
func (l *loader) keep(err error, put func()) error {
	if err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		put()
	}
	if client.Unseen(err) {
		return nil
	}
	return err
}
