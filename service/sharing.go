package service

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/records"
)

// byGrant is how somebody from outside stands to a record: what a grant to them, or to
// their organisation, shows of its case, or of a case that rests on it.
func (s *standings) byGrant(rec records.Record) access.Standing {
	if !records.LiesInCase(rec) {
		return access.Standing{Granted: s.restsOn(rec)}
	}
	name := rec.GetName()
	if records.KindOf(rec) != records.Case {
		name = records.ParentOf(name)
	}
	reach, ok, err := s.view.ReachOf(rec)
	if err != nil {
		s.view.Fail(err)
	}
	if err != nil || !ok {
		return nowhere
	}
	standing := access.Standing{InCase: true, Marking: reach.Marking, Granted: s.level(name)}
	if g, is := rec.(*tumenv1.Grant); is && !s.isFor(g) {
		standing.Granted = 0 // who else reads the case is not theirs to know
	}
	return standing
}

// isFor says whether a grant is for the reader, and holds.
func (s *standings) isFor(g *tumenv1.Grant) bool {
	return slices.Contains(granteesOf(s.reader), g.GetGrantee()) && g.GetRevokeTime() == nil && s.view.Now().Before(g.GetExpireTime().AsTime())
}

// granteesOf is what grants call a reader: themselves, and their organisation.
func granteesOf(r access.Reader) []string {
	if r.Member == "" || r.Organisation == "" {
		return nil
	}
	return []string{r.Organisation, r.Member}
}

// level is how much of a case is granted to the reader.
func (s *standings) level(name string) tumenv1.GrantLevel {
	if level, ok := s.granted[name]; ok {
		return level
	}
	level, err := s.view.GrantedOn(name, granteesOf(s.reader)...)
	if err != nil {
		s.view.Fail(err)
	}
	return s.remember(name, level)
}

func (s *standings) remember(name string, level tumenv1.GrantLevel) tumenv1.GrantLevel {
	if s.granted == nil {
		s.granted = map[string]tumenv1.GrantLevel{}
	}
	s.granted[name] = level
	return level
}

// restsOn is how much is granted of what lies in no case: as much as of the cases of its
// owner in which something that the reader sees rests on it. Nobody else shares it.
func (s *standings) restsOn(rec records.Record) tumenv1.GrantLevel {
	name := rec.GetName()
	if level, ok := s.granted[name]; ok {
		return level
	}
	s.remember(name, 0) // while it is worked out, it is not there
	var level tumenv1.GrantLevel
	through := func(in records.Record) bool {
		if in.GetOwner() == rec.GetOwner() && in.GetDeleteTime() == nil && access.Visible(s.reader, in) {
			level = max(level, s.of(in).Granted)
		}
		return level == tumenv1.GrantLevel_GRANT_LEVEL_IDENTITY // there is no more
	}
	switch rec := rec.(type) {
	case *tumenv1.Person, *tumenv1.Source:
		s.inAny(rec, through)
	case *tumenv1.Capture:
		level = s.both(records.ParentOf(name), records.ParentOf(name))
	case *tumenv1.Tie:
		level = s.both(rec.GetA(), rec.GetB())
	case *tumenv1.Place:
		if !oneOf(s.view, s.view.PlacedAt(rec.GetOwner(), name), through) {
			oneOf(s.view, s.view.PlacesIn(name), func(in *tumenv1.Place) bool { return through(in) })
		}
	case *tumenv1.Term:
		oneOf(s.view, s.view.BearersOf(rec), func(in records.Record) bool { return in.GetOwner() == rec.GetOwner() && through(in) })
	}
	return s.remember(name, level)
}

// both is how much is granted of what is about two records that the reader has to see.
func (s *standings) both(a, b string) tumenv1.GrantLevel {
	level := tumenv1.GrantLevel_GRANT_LEVEL_IDENTITY
	for _, name := range []string{a, b} {
		rec, err := s.view.Read(name)
		if failed(s.view, err) {
			return 0
		}
		if !access.Visible(s.reader, rec) {
			return 0
		}
		level = min(level, s.of(rec).Granted)
	}
	return level
}

// asOfContent is a reader who sees of a case of which only the headline is granted as
// much as of one whose content is.
func asOfContent(r access.Reader) access.Reader {
	standing := r.Standing
	r.Standing = func(rec proto.Message) access.Standing {
		s := standing(rec)
		if s.Granted == tumenv1.GrantLevel_GRANT_LEVEL_HEADLINE {
			s.Granted = tumenv1.GrantLevel_GRANT_LEVEL_CONTENT
		}
		return s
	}
	return r
}

// cutUnseen takes out of a record as somebody outside sees it what names a record that
// they don't see, elements of lists and else whole fields, and says of how many: that there
// is such a one, and what it has to do with this, nobody has shared with them. What they
// offered themselves stays.
func cutUnseen(v *records.View, shown records.Record) (cut int, err error) {
	if records.KindOf(shown) == records.Submission {
		return 0, nil
	}
	m := shown.ProtoReflect()
	unseen := map[string]bool{} // fields, and elements of such
	visitReferences(m, "", func(path string, _ []records.Kind, name string) string {
		if err != nil {
			return name
		}
		if _, err = v.Read(name); isMissing(err) {
			field, _, _ := strings.Cut(path, ".")
			unseen[field], err = true, nil
		}
		return name
	})
	for i := range m.Descriptor().Fields().Len() {
		f := m.Descriptor().Fields().Get(i)
		if unseen[string(f.Name())] {
			m.Clear(f)
		}
		if f.IsList() && m.Has(f) {
			m.Set(f, without(m, f, unseen))
		}
	}
	return len(unseen), err
}

// without is a list without the elements that are unseen.
func without(m protoreflect.Message, f protoreflect.FieldDescriptor, unseen map[string]bool) protoreflect.Value {
	all, kept := m.Get(f).List(), m.NewField(f)
	for i := range all.Len() {
		if !unseen[fmt.Sprintf("%s[%d]", f.Name(), i)] {
			kept.List().Append(all.Get(i))
		}
	}
	return kept
}
