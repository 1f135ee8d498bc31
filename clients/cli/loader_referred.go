package cli

import (
	"context"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
)

// referred fetches the records that those at hand refer to, each once.
func (l *loader) referred(ctx context.Context) error {
	names := map[string]bool{}
	for _, f := range l.view.findings {
		namesIn(f.ProtoReflect(), names)
		names[f.GetProposer()], names[f.GetApprover()] = true, true
	}
	for _, c := range l.view.claims {
		namesIn(c.ProtoReflect(), names)
	}
	for _, e := range l.view.events {
		namesIn(e.ProtoReflect(), names)
	}
	for _, i := range l.view.involvements {
		namesIn(i.ProtoReflect(), names)
	}
	for name := range names {
		if err := l.fetch(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) fetch(ctx context.Context, name string) error {
	switch kind, _, _ := strings.Cut(name, "/"); {
	case strings.Contains(name, "/captures/"):
		return nil
	case kind == "sources":
		return l.source(ctx, name)
	case kind == "places":
		reply, err := l.conn.Places.GetPlace(ctx, &tumenv1.GetPlaceRequest{Name: name})
		if err == nil {
			l.view.called[name] = placeLabel(reply.GetPlace())
		}
		return unseen(err)
	case strings.Contains(name, "/members/"):
		reply, err := l.conn.Records.GetRecord(ctx, &tumenv1.GetRecordRequest{Name: name})
		if err == nil {
			l.view.called[name] = firstOf(reply.GetRecord().GetMember().GetDisplayName(), reply.GetRecord().GetMember().GetHandle())
		}
		return unseen(err)
	case kind == "persons":
		reply, err := l.conn.Persons.GetPerson(ctx, &tumenv1.GetPersonRequest{Name: name})
		if err == nil {
			l.view.persons[name] = reply.GetPerson()
		}
		return unseen(err)
	case kind == "ties":
		reply, err := l.conn.Sources.GetTie(ctx, &tumenv1.GetTieRequest{Name: name})
		if err == nil {
			l.view.ties[name] = reply.GetTie()
		}
		return unseen(err)
	}
	return nil
}

// namesIn collects the names that a message's reference fields hold.
func namesIn(m protoreflect.Message, names map[string]bool) {
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		_, refers := referenced(fd)
		switch {
		case fd.IsMap():
		case fd.IsList():
			for i := range v.List().Len() {
				if fd.Message() != nil {
					namesIn(v.List().Get(i).Message(), names)
				} else if refers {
					names[v.List().Get(i).String()] = true
				}
			}
		case fd.Message() != nil:
			namesIn(v.Message(), names)
		case refers:
			names[v.String()] = true
		}
		return true
	})
}
