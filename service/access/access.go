// Package access says who may call what, and what a given reader may see of a
// given record. It decides from the contract's own options alone (the roles on
// each RPC, the protection class on each field) and holds no list of its own,
// so that a new RPC or field is closed until the contract opens it.
package access

import (
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
)

// A Reader is a member who calls. The zero Reader is nobody.
type Reader struct {
	Member         string // organisations/{}/members/{}
	Organisation   string // organisations/{}
	Roles          []tumenv1.Role
	HighestMarking tumenv1.Marking // nothing above it is shown; unset means RED, so no limit
	// Clearances are the classes of protected identity that the member may be shown,
	// and Purpose says whether it was stated for what.
	Clearances []tumenv1.Protection
	Purpose    bool
	// Leaving says that what is shown is taken away, for the purpose that Basis is of: to
	// who wrote it, that gives nothing.
	Leaving bool
	// Credentials are what the call was made with, and each has to hold for it: by what
	// the server finds them. They tell nothing of the credentials themselves.
	Credentials []string
	// Until is when what was shown for one of them ends before that does; zero: never.
	Until time.Time
	// Basis says on what the identity that a record tells may be shown today, whatever
	// revision of it this is. nil: as the record itself says, if it does.
	Basis func(record proto.Message) Basis
	// Standing says how the reader stands to the case that a record is or lies in, and
	// whether a RED record that lies in none is one of those that they work on. nil: to
	// none.
	Standing func(record proto.Message) Standing
	// Evidence says whether a record is a decided finding, or what such a one is about or
	// rests on: who does nothing here but audit reads that alone. nil: it is not.
	Evidence func(record proto.Message) bool
}

// Standing is how a reader stands to a record.
type Standing struct {
	InCase   bool            // it is a case, or lies in one
	Marking  tumenv1.Marking // of that case
	Opened   bool            // that case is opened to all workers of its owner
	Assigned bool            // the reader recorded that case, or is assigned to it
	// Granted is how much of it a grant that is in force shows to the reader, who doesn't
	// read it in their own organisation: of what lies in no case, as much as of one that
	// rests on it. Unset: nothing.
	Granted tumenv1.GrantLevel
}

// readsRecords lists the roles that may see their organisation's records at all, and
// readsShared those to whom a case can be shared.
var (
	readsRecords = []tumenv1.Role{
		tumenv1.Role_ROLE_CASE_WORKER, tumenv1.Role_ROLE_REVIEWER, tumenv1.Role_ROLE_AUDITOR,
	}
	readsShared = []tumenv1.Role{
		tumenv1.Role_ROLE_CASE_WORKER, tumenv1.Role_ROLE_REVIEWER, tumenv1.Role_ROLE_PARTNER,
	}
)

// Visible says whether the reader may see the record at all; what of it, is for
// Redact. Members of the owner organisation with a role that reads records see
// it, unless it is marked above their highest marking; whether it is deleted
// makes no difference. Others see what a grant shows them, if it is marked so that it
// may be shared and isn't deleted. Places and terms without an owner are built in, and
// everybody sees them. Whatever is not a record, nobody sees.
func Visible(r Reader, record proto.Message) bool {
	if record == nil {
		return false
	}
	m := record.ProtoReflect()
	p := planOf(m.Descriptor())
	if !m.IsValid() || !p.isRecord() {
		return false
	}
	owner := m.Get(p.owner).String()
	marking := tumenv1.Marking(m.Get(p.marking).Enum())
	if owner == "" {
		if !p.builtIn {
			return false
		}
		if marking == tumenv1.Marking_MARKING_UNSPECIFIED {
			marking = tumenv1.Marking_MARKING_CLEAR
		}
		return reaches(r.HighestMarking, marking)
	}
	if marking == tumenv1.Marking_MARKING_UNSPECIFIED {
		marking = tumenv1.Marking_MARKING_AMBER_STRICT
	}
	if !reaches(r.HighestMarking, marking) {
		return false
	}
	if p.inside(r, m) {
		return p.within(r, m, marking)
	}
	return p.administered && owner == r.Organisation && Administers(r) || p.offered(r, m) || p.granted(r, m, marking)
}

// inside says whether the reader reads a record as one of their own organisation's.
func (p *plan) inside(r Reader, m protoreflect.Message) bool {
	return r.Organisation != "" && m.Get(p.owner).String() == r.Organisation && ReadsRecords(r)
}

// offered says whether a record is what the reader's organisation offered to its owner:
// it stays theirs to see, whatever becomes of it.
func (p *plan) offered(r Reader, m protoreflect.Message) bool {
	return p.submitter != nil && r.Organisation != "" && m.Get(p.submitter).String() == r.Organisation && takesPart(r)
}

// takesPart says whether the reader has a role to which something can be shared.
func takesPart(r Reader) bool {
	return slices.ContainsFunc(r.Roles, func(role tumenv1.Role) bool { return slices.Contains(readsShared, role) })
}

// granted says whether a grant shows a record: that a case is shared is all that is
// shown of it at HEADLINE.
func (p *plan) granted(r Reader, m protoreflect.Message, marking tumenv1.Marking) bool {
	if r.Standing == nil || !MayBeShared(marking) || !takesPart(r) || p.submitter != nil {
		return false
	}
	if p.deleted != nil && m.Has(p.deleted) {
		return false
	}
	s := r.Standing(m.Interface())
	if s.InCase && !(MayBeShared(s.Marking) && reaches(r.HighestMarking, s.Marking)) {
		return false
	}
	return s.Granted >= tumenv1.GrantLevel_GRANT_LEVEL_CONTENT && s.Granted <= tumenv1.GrantLevel_GRANT_LEVEL_IDENTITY ||
		s.Granted == tumenv1.GrantLevel_GRANT_LEVEL_HEADLINE && p.headlined
}

// MayBeShared says whether what bears a marking may leave its organisation by a grant:
// AMBER+STRICT and RED stay.
func MayBeShared(marking tumenv1.Marking) bool {
	return defined(marking) && marking >= tumenv1.Marking_MARKING_AMBER
}

// Outside says whether the reader sees a record, if at all, from outside its
// organisation: by a grant. Its history, and files of it, are not for them.
func Outside(r Reader, record proto.Message) bool {
	m := record.ProtoReflect()
	p := planOf(m.Descriptor())
	return p.isRecord() && p.outside(r, m)
}

func (p *plan) outside(r Reader, m protoreflect.Message) bool {
	owner := m.Get(p.owner).String()
	return owner != "" && !p.inside(r, m) && !(owner == r.Organisation && (p.people || p.administered && Administers(r)))
}

// within says whether a record is for a reader who reads records of their
// organisation: RED stays with those who recorded it or work on its case, and what
// lies in a case is for nobody who may not read that.
func (p *plan) within(r Reader, m protoreflect.Message, marking tumenv1.Marking) bool {
	var s Standing
	if r.Standing != nil {
		s = r.Standing(m.Interface())
	}
	recorded := r.Member != "" && p.creator != nil && m.Get(p.creator).String() == r.Member
	if onlyAudits(r) && !p.known() && (r.Evidence == nil || !r.Evidence(m.Interface())) {
		return false
	}
	switch {
	case marking == tumenv1.Marking_MARKING_RED && !recorded && !s.Assigned:
		return false
	case p.submitter != nil && !takesPart(r): // who audits reads what was decided
		return false
	case !s.InCase:
		return true
	case !reaches(r.HighestMarking, s.Marking):
		return false
	case s.Assigned:
		return true
	}
	return s.Marking != tumenv1.Marking_MARKING_RED && (s.Opened || audits(r))
}

// audits says whether the reader audits, which no assignment limits.
func audits(r Reader) bool { return slices.Contains(r.Roles, tumenv1.Role_ROLE_AUDITOR) }

// Administers says whether the reader administers their organisation. That alone
// shows no case.
func Administers(r Reader) bool {
	return slices.Contains(r.Roles, tumenv1.Role_ROLE_ADMINISTRATOR)
}

// known says whether records of the kind belong to no matter: whoever reads anything
// reads them.
func (p *plan) known() bool { return p.builtIn || p.administered }

// onlyAudits says whether the reader has no other role that reads records.
func onlyAudits(r Reader) bool {
	return audits(r) && !slices.Contains(r.Roles, tumenv1.Role_ROLE_CASE_WORKER) && !slices.Contains(r.Roles, tumenv1.Role_ROLE_REVIEWER)
}

// Unlimited says whether no marking is above the reader.
func Unlimited(r Reader) bool { return reaches(r.HighestMarking, tumenv1.Marking_MARKING_RED) }

// SeesAll says whether the reader sees every record of their own organisation that all
// of its workers may read.
func SeesAll(r Reader) bool {
	return r.Organisation != "" && Unlimited(r) && ReadsRecords(r) && !onlyAudits(r)
}

// ReadsRecords says whether the reader has a role that reads the records of their
// organisation at all.
func ReadsRecords(r Reader) bool {
	return slices.ContainsFunc(r.Roles, func(role tumenv1.Role) bool { return slices.Contains(readsRecords, role) })
}

// reaches says whether a reader with this highest marking may see the marking;
// the stricter a marking, the smaller its number. An undefined one is out of
// anybody's reach, and as a limit lets nothing through.
func reaches(highest, marking tumenv1.Marking) bool {
	if highest == tumenv1.Marking_MARKING_UNSPECIFIED {
		highest = tumenv1.Marking_MARKING_RED
	}
	return defined(highest) && defined(marking) && marking >= highest
}

func defined(m tumenv1.Marking) bool {
	return tumenv1.Marking_MARKING_RED <= m && m <= tumenv1.Marking_MARKING_CLEAR
}

// Editable says whether the reader may change the record: it is visible and the
// reader's organisation owns it. Which roles may is for the rule of the RPC.
func Editable(r Reader, record proto.Message) bool {
	if !Visible(r, record) {
		return false
	}
	m := record.ProtoReflect()
	owner := m.Get(planOf(m.Descriptor()).owner).String()
	return owner != "" && owner == r.Organisation
}

// Shows says whether the reader is shown a top-level field of the record, given
// by its name in the contract. Fields that don't exist are not shown.
func Shows(r Reader, record proto.Message, field protoreflect.Name) bool {
	if record == nil || !record.ProtoReflect().IsValid() {
		return false
	}
	m := record.ProtoReflect()
	p := planOf(m.Descriptor())
	for i := range p.fields {
		if p.fields[i].desc.Name() == field {
			return p.to(r, m).shows(&p.fields[i])
		}
	}
	return false
}

// showing is what one reader is shown of one record.
type showing struct {
	plan   *plan
	reader Reader
	record protoreflect.Message
	known  bool // the basis is
	basis  Basis
	// Of a record of another organisation: how much of it a grant shows.
	outside bool
	level   tumenv1.GrantLevel
	offered bool // it is what they offered themselves
}

func (p *plan) to(r Reader, m protoreflect.Message) *showing {
	s := &showing{plan: p, reader: r, record: m}
	if p.isRecord() && p.outside(r, m) {
		s.outside, s.offered = true, p.offered(r, m)
		if r.Standing != nil && !s.offered {
			s.level = r.Standing(m.Interface()).Granted
		}
	}
	return s
}

// shows says whether a field is shown. Protected identity is shown to who wrote it,
// and to who is cleared for it and has stated a purpose if the person concerned has
// released it; and to nobody, whoever wrote it, where that was refused or withdrawn.
// That it was is shown all the same. Of what leaves, nothing is shown but what was
// released for that, the terms themselves included.
func (s *showing) shows(f *field) bool {
	if s.outside && !s.shared(f) || s.reader.Leaving && s.reader.Purpose && s.names(f) {
		return false
	}
	switch f.class {
	case tumenv1.Protection_PROTECTION_OPEN, tumenv1.Protection_PROTECTION_CONTENT:
		return true
	case tumenv1.Protection_PROTECTION_IDENTITY, tumenv1.Protection_PROTECTION_SOURCE_IDENTITY:
		wrote := (!s.outside || s.offered) && !s.reader.Leaving && s.plan.wrote(s.reader, s.record)
		cleared := s.reader.Purpose && slices.Contains(s.reader.Clearances, f.class)
		if f.terms && !s.reader.Leaving || !wrote && !cleared {
			return wrote || cleared
		}
		return s.on() == Given || s.on() == None && wrote
	default:
		return false
	}
}

// shared says whether a grant shows a field at all: of what is content, at HEADLINE the
// headline alone; texts that may name anybody, once they are marked free of that; who
// somebody is, at IDENTITY; and never what is the business of its organisation alone.
func (s *showing) shared(f *field) bool {
	switch {
	case f.own || f.freeText && !s.free():
		return false
	case s.offered:
		return true
	case f.class == tumenv1.Protection_PROTECTION_OPEN:
		return true
	case f.class == tumenv1.Protection_PROTECTION_CONTENT:
		return s.level >= tumenv1.GrantLevel_GRANT_LEVEL_CONTENT || f.desc.Name() == "headline"
	}
	return s.level == tumenv1.GrantLevel_GRANT_LEVEL_IDENTITY
}

// names says whether a field has texts that may name anybody, and nobody has read them
// through; of why a revision was made, nobody does.
func (s *showing) names(f *field) bool {
	return f.freeText && !s.free() || f.desc.Name() == "change_reason"
}

// free says whether somebody has marked the record's texts free of identities.
func (s *showing) free() bool { return s.plan.free != nil && s.record.Get(s.plan.free).Bool() }

// withheldAs is the class as which a field is said to be withheld.
func (s *showing) withheldAs(f *field) tumenv1.Protection {
	switch {
	case s.outside && f.own:
		return tumenv1.Protection_PROTECTION_INTERNAL
	case s.outside && f.freeText:
		return tumenv1.Protection_PROTECTION_IDENTITY
	}
	return f.class
}

// on is on what the identity that the record tells is shown.
func (s *showing) on() Basis {
	if !s.known {
		s.known, s.basis = true, s.plan.basis(s.reader, s.record)
	}
	return s.basis
}

// bare says whether a field has the terms of who has refused.
func (s *showing) bare(f *field) bool { return f.terms && s.on() == Refused }

// value is what of a field is shown that is: of the terms of who has refused, the
// purposes and the bases alone, as their texts name people.
func (s *showing) value(f *field) protoreflect.Value {
	v := s.record.Get(f.desc)
	if s.outside && f.time {
		return toTheDay(v)
	}
	if !s.bare(f) {
		return v
	}
	bare := s.record.NewField(f.desc)
	for i := range v.List().Len() {
		r := v.List().Get(i).Message()
		one := bare.List().AppendMutable().Message()
		for _, name := range []protoreflect.Name{"purpose", "basis"} {
			part := r.Descriptor().Fields().ByName(name)
			one.Set(part, r.Get(part))
		}
	}
	return bare
}

// toTheDay is a moment rounded down to its day: outside, nobody learns an office's hours.
func toTheDay(v protoreflect.Value) protoreflect.Value {
	t, ok := v.Message().Interface().(*timestamppb.Timestamp)
	if !ok {
		return v
	}
	return protoreflect.ValueOfMessage(timestamppb.New(t.AsTime().Truncate(24 * time.Hour)).ProtoReflect())
}

// ClassOf gives the class of a top-level field of a kind of record, by its name
// in the contract; UNSPECIFIED, which is withheld, for one that does not exist.
func ClassOf(record proto.Message, field protoreflect.Name) tumenv1.Protection {
	kind := record.ProtoReflect().Descriptor()
	if f := kind.Fields().ByName(field); f != nil {
		return planOf(kind).fields[f.Index()].class
	}
	return tumenv1.Protection_PROTECTION_UNSPECIFIED
}
