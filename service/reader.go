package service

import (
	"context"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/gate"
	"tumen/service/records"
)

// readerOf is who makes the call that ctx belongs to, and whether they have stated
// for what they read protected identity.
func readerOf(ctx context.Context) access.Reader {
	r := gate.ReaderOf(ctx)
	if len(r.Clearances) > 0 { // to others a purpose opens nothing
		purpose, err := purposeOf(ctx) // a malformed one is told where something is disclosed
		r.Purpose = err == nil && purpose != ""
	}
	return r
}

// readerOn is a reader for whom what holds in a view counts: the terms of persons and
// sources, as whatever revision of a record is shown, what was withdrawn since is not;
// and how the reader stands to cases.
func readerOn(v *records.View, r access.Reader) access.Reader {
	whole := v.Entire()
	outsider := r
	r.Basis = func(record proto.Message) access.Basis {
		purpose := tumenv1.ReleasePurpose_RELEASE_PURPOSE_RECORD
		if access.Outside(outsider, record) {
			purpose = tumenv1.ReleasePurpose_RELEASE_PURPOSE_SHARE_WITH_PARTNERS
		}
		return basisOf(whole, purpose, record)
	}
	s := &standings{view: whole}
	r.Standing, r.Evidence = s.of, (&evidential{view: whole}).of
	s.reader = r
	return r
}

// intoFile is a reader, and what they see, whose answer goes into a file, which is to
// leave: who somebody is, is shown there to nobody by clearance, as who agreed to be
// recorded has not agreed to that; and it has nothing that is only shared with them.
func intoFile(v *records.View, r access.Reader) (*records.View, access.Reader) {
	r.Purpose = false
	return fromInside(v, r)
}

// leavingFor is a reader, and what they see, who takes it away for a purpose: who
// somebody is, goes along where the reader is cleared for it and the person has released
// it for that.
func leavingFor(v *records.View, r access.Reader, purpose tumenv1.ReleasePurpose) (*records.View, access.Reader) {
	whole := v.Entire()
	r.Leaving, r.Purpose = true, purpose != 0
	r.Basis = func(record proto.Message) access.Basis { return basisOf(whole, purpose, record) }
	return fromInside(v, r)
}

// auditing is a reader, and what they see, of whom it is asked who has seen an identity:
// of everybody's, whether anything has been decided about them or not.
func auditing(v *records.View, r access.Reader) (*records.View, access.Reader) {
	r.Evidence = func(proto.Message) bool { return true }
	return v.As(sightOf(r)), r
}

// fromInside is a reader, and what they see, for whom no grant counts.
func fromInside(v *records.View, r access.Reader) (*records.View, access.Reader) {
	standing := r.Standing
	r.Standing = func(record proto.Message) access.Standing {
		s := standing(record)
		s.Granted = 0
		return s
	}
	return v.As(sightOf(r)), r
}

// basisOf is on what the identity that a record tells may be used for a purpose: the
// terms of the persons or the source whose it is. Who isn't there gave none.
func basisOf(v *records.View, purpose tumenv1.ReleasePurpose, record proto.Message) access.Basis {
	switch rec := record.(type) {
	case *tumenv1.Person:
		return termsOf(v, purpose, rec.GetName(), rec)
	case *tumenv1.Source:
		return termsOf(v, purpose, rec.GetName(), rec)
	case *tumenv1.Claim:
		return jointTerms(v, purpose, rec.GetSubjects())
	case *tumenv1.Finding:
		return jointTerms(v, purpose, []string{rec.GetSubject()})
	}
	return access.None
}

func jointTerms(v *records.View, purpose tumenv1.ReleasePurpose, subjects []string) access.Basis {
	var all []access.Basis
	for _, name := range subjects {
		all = append(all, termsOf(v, purpose, personBehind(v, name), nil))
	}
	return access.Joint(all...)
}

// personBehind names the person whom an involvement is of.
func personBehind(v *records.View, name string) string {
	rec, err := v.Read(name)
	failed(v, err)
	if i, ok := rec.(*tumenv1.Involvement); ok {
		return i.GetPerson()
	}
	return name
}

// termsOf are the terms of a person or source as they are now, for a purpose; made is one that is
// being made, and is not there yet.
func termsOf(v *records.View, purpose tumenv1.ReleasePurpose, name string, made records.Record) access.Basis {
	rec, err := v.Read(name)
	failed(v, err)
	if isMissing(err) && made != nil && made.GetRevision() == 0 {
		rec = made
	}
	now, ok := rec.(access.Releasing)
	if !ok {
		return access.None
	}
	return access.BasisFor(now.GetReleases(), purpose)
}
