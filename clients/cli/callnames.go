package cli

import (
	"context"
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"

	"tumen/clients/client"
	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// register is what records are called that were looked up in one run, by name;
// each is asked for once. What cannot be looked up is called nothing.
type register struct {
	session *session
	known   map[string]string
	members map[string]*tumenv1.Member
}

// lookers is how many records are asked for at a time.
const lookers = 8

// lookUp asks for those of the names that are not known yet.
func (r *register) lookUp(ctx context.Context, names ...string) {
	if r.known == nil {
		r.known, r.members = map[string]string{}, map[string]*tumenv1.Member{}
	}
	var missing []string
	for _, name := range names {
		if _, asked := r.known[name]; !asked && labels.KindOf(name) != "" {
			r.known[name] = ""
			missing = append(missing, name)
		}
	}
	sources := map[string]string{} // of claims that nobody gave a key
	for i, record := range r.fetch(ctx, missing) {
		if c, ok := record.(*tumenv1.Claim); ok && labels.Key(r.session.profile.Organisation, c) == "" {
			sources[missing[i]] = c.GetSource()
			continue
		}
		if m, ok := record.(*tumenv1.Member); ok {
			r.members[m.GetName()] = m
		}
		r.known[missing[i]] = r.calls(record)
	}
	if len(sources) == 0 {
		return
	}
	var says []string
	for _, source := range sources {
		says = append(says, source)
	}
	r.lookUp(ctx, says...)
	for claim, source := range sources {
		if label := r.known[source]; label != "" {
			r.known[claim] = "a claim of " + label
		}
	}
}

// fetch reads records, several at a time; nil stands for one that cannot be read.
func (r *register) fetch(ctx context.Context, names []string) []proto.Message {
	found := make([]proto.Message, len(names))
	colleagues := r.colleagues(ctx, names)
	each(names, func(i int, name string) {
		if m := colleagues[name]; m != nil {
			found[i] = m
			return
		}
		reply, err := r.session.conn.Records.GetRecord(ctx, &tumenv1.GetRecordRequest{Name: name})
		if err == nil {
			found[i] = labels.Unwrap(reply.GetRecord())
		}
	})
	return found
}

// colleagues are the members of one's own organisation, by name, if any of the names may
// be theirs: administrators, too, are told who these are, and of records nothing else.
func (r *register) colleagues(ctx context.Context, names []string) map[string]*tumenv1.Member {
	if !slices.ContainsFunc(names, isMember) {
		return nil
	}
	all := map[string]*tumenv1.Member{}
	for m, err := range client.Items(ctx, r.session.conn.Access.ListColleagues, &tumenv1.ListColleaguesRequest{PageSize: 1000}, (*tumenv1.ListColleaguesResponse).GetMembers) {
		if err != nil {
			break // what they are called is a help and no more
		}
		all[m.GetName()] = m
	}
	return all
}

// each does something with all names, several at a time.
func each(names []string, do func(i int, name string)) {
	var wait sync.WaitGroup
	places := make(chan struct{}, lookers)
	for i, name := range names {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			do(i, name)
		})
	}
	wait.Wait()
}

// calls is what a record is called in short; empty if nothing but its name.
func (r *register) calls(m proto.Message) string {
	switch record := m.(type) {
	case *tumenv1.Member:
		return memberLabel(record)
	case *tumenv1.Case:
		return firstOf(labels.Key(r.session.profile.Organisation, record), record.GetReference())
	case *tumenv1.Person:
		return firstOf(labels.Key(r.session.profile.Organisation, record), record.GetReference())
	case *tumenv1.Place:
		return firstOf(placeLabel(record), labels.Key(r.session.profile.Organisation, record))
	case record:
		return labels.Key(r.session.profile.Organisation, record)
	}
	return ""
}

// of is what a record is called, else its name.
func (r *register) of(name string) string { return firstOf(r.known[name], name) }

func memberLabel(m *tumenv1.Member) string { return firstOf(m.GetDisplayName(), m.GetHandle()) }

// isMember says whether a name is that of a member.
func isMember(name string) bool {
	return strings.HasPrefix(name, "organisations/") && strings.Contains(name, "/members/")
}
