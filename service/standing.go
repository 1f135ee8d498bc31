package service

import (
	"slices"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/records"
)

// standings tells how a member stands to records, on one snapshot.
type standings struct {
	view    *records.View
	reader  access.Reader
	cases   map[string]access.Standing    // to what lies in them, and to what is RED there
	granted map[string]tumenv1.GrantLevel // of what lies in no case, and of cases
}

// nowhere is the standing to what lies in a case that isn't there.
var nowhere = access.Standing{InCase: true, Marking: tumenv1.Marking_MARKING_RED}

func (s *standings) of(record proto.Message) access.Standing {
	rec, ok := record.(records.Record)
	switch {
	case !ok:
		return nowhere
	case access.Outside(s.reader, record):
		return s.byGrant(rec)
	case records.LiesInCase(rec):
		return s.inCase(rec)
	case records.KindOf(rec) == records.Submission && rec.(*tumenv1.Submission).GetCase() != "":
		return s.toItsCase(rec.(*tumenv1.Submission))
	case rec.GetMarking() != tumenv1.Marking_MARKING_RED:
		return access.Standing{}
	}
	return access.Standing{Assigned: s.worksOn(rec)}
}

func (s *standings) inCase(rec records.Record) access.Standing {
	name := records.ParentOf(rec.GetName())
	if rec.GetMarking() == tumenv1.Marking_MARKING_RED {
		name += " RED" // of which more has to be known
	}
	if known, ok := s.cases[name]; ok {
		return known
	}
	member := s.reader.Member
	reach, ok, err := s.view.ReachOf(rec)
	if err != nil {
		s.view.Fail(err)
	}
	switch {
	case err == nil && !ok && member != "" && rec.GetCreator() == member: // it is being made, and its case yet to be
		return access.Standing{InCase: true, Marking: tumenv1.Marking_MARKING_CLEAR, Assigned: true}
	case err != nil || !ok:
		return nowhere
	}
	standing := access.Standing{InCase: true, Marking: reach.Marking, Opened: reach.Opened, Assigned: member != "" && slices.Contains(reach.Assigned, member)}
	if records.KindOf(rec) != records.Case { // of a case, this may be an earlier revision
		if s.cases == nil {
			s.cases = map[string]access.Standing{}
		}
		s.cases[name] = standing
	}
	return standing
}

// worksOn says whether a person or source that is RED is in a case to which the
// member is assigned.
func (s *standings) worksOn(rec records.Record) bool {
	switch rec := rec.(type) {
	case *tumenv1.Capture:
		source, err := records.Get[*tumenv1.Source](s.view, records.ParentOf(rec.GetName()))
		if failed(s.view, err) {
			return false
		}
		return source.GetCreator() == s.reader.Member || s.worksOn(source)
	case *tumenv1.Source, *tumenv1.Person:
		return s.inAny(rec, s.worksIn)
	}
	return false
}

// inAny says whether any of what stands in a case for a person or source (the
// involvements of a person, and what is claimed about them; the claims of a source) is
// such that the caller is satisfied.
func (s *standings) inAny(rec records.Record, satisfied func(records.Record) bool) bool {
	claims := s.view.ClaimsOf(rec.GetName())
	if _, person := rec.(*tumenv1.Person); person {
		involved, _, err := s.view.Page(records.Involvement, records.List{Person: rec.GetName()}, nil, maxErased, func(records.Record) (bool, error) { return true, nil })
		if failed(s.view, err) {
			return false
		}
		if slices.ContainsFunc(involved, satisfied) {
			return true
		}
		claims = s.view.ClaimsOn(rec.GetName(), tumenv1.Aspect_ASPECT_UNSPECIFIED)
	}
	return oneOf(s.view, claims, func(c *tumenv1.Claim) bool { return satisfied(c) })
}

// toItsCase is the standing to the case that a submission is on.
func (s *standings) toItsCase(rec *tumenv1.Submission) access.Standing {
	of, err := s.view.Read(rec.GetCase())
	if failed(s.view, err) {
		return nowhere
	}
	return s.inCase(of)
}

// worksIn says whether the member is assigned to the case that a record lies in. The
// case is asked: of what is not RED in an opened one, its reach doesn't list them.
func (s *standings) worksIn(rec records.Record) bool {
	in, err := records.Get[*tumenv1.Case](s.view, records.ParentOf(rec.GetName()))
	if failed(s.view, err) {
		return false
	}
	return s.inCase(in).Assigned
}
