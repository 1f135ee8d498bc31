// Package access says who may call what, and what a given reader may see of a
// given record. It decides from the contract's own options alone (the roles on
// each RPC, the protection class on each field) and holds no list of its own,
// so that a new RPC or field is closed until the contract opens it.
package access

import (
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
)

// A Reader is a member who calls. The zero Reader is nobody.
type Reader struct {
	Member         string // organisations/{}/members/{}
	Organisation   string // organisations/{}
	Roles          []tumenv1.Role
	HighestMarking tumenv1.Marking // nothing above it is shown; unset means RED, so no limit
}

// readsRecords lists the roles that may see their organisation's records at all.
var readsRecords = []tumenv1.Role{
	tumenv1.Role_ROLE_CASE_WORKER, tumenv1.Role_ROLE_REVIEWER, tumenv1.Role_ROLE_AUDITOR,
}

// Visible says whether the reader may see the record at all; what of it, is for
// Redact. Members of the owner organisation with a role that reads records see
// it, unless it is marked above their highest marking; whether it is deleted
// makes no difference. Places and terms without an owner are built in, and
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
	return owner == r.Organisation && reaches(r.HighestMarking, marking) && (ReadsRecords(r) || p.administered && administers(r))
}

// administers says whether the reader administers their organisation. That alone
// shows no case.
func administers(r Reader) bool {
	return slices.Contains(r.Roles, tumenv1.Role_ROLE_ADMINISTRATOR)
}

// SeesAll says whether the reader sees every record of their own organisation.
func SeesAll(r Reader) bool {
	return r.Organisation != "" && reaches(r.HighestMarking, tumenv1.Marking_MARKING_RED) && ReadsRecords(r)
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
			return shows(p.fields[i].class, p.wrote(r, m))
		}
	}
	return false
}

// shows says whether a class is shown, to its author or to somebody else.
func shows(class tumenv1.Protection, author bool) bool {
	switch class {
	case tumenv1.Protection_PROTECTION_OPEN, tumenv1.Protection_PROTECTION_CONTENT:
		return true
	case tumenv1.Protection_PROTECTION_IDENTITY, tumenv1.Protection_PROTECTION_SOURCE_IDENTITY:
		return author
	default:
		return false
	}
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
