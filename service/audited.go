package service

import (
	"encoding/json"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/records"
)

// extent is how much of a statement is for a reader.
type extent int

const (
	nothing  extent = iota
	nameless        // without the names of records
	whole
)

// statementFor says how much of a statement is for the reader. All of it: if it is
// their own; if they are an auditor of the organisation whose member made it, whose
// marking is not limited (of what is RED and not theirs to read they learn the names,
// which tell nothing); or if it tells an administrator what was done to their
// organisation, or to all, from beside the server. What was denied to whom is for
// administrators, too; of which cases and persons that was, is not.
func statementFor(v *records.View, r access.Reader, st *records.Statement) extent {
	audits, administers := slices.Contains(r.Roles, tumenv1.Role_ROLE_AUDITOR), access.Administers(r)
	colleague := ofOrganisation(st.Member, r.Organisation)
	switch {
	case st.Member != "" && st.Member == r.Member, colleague && audits && access.Unlimited(r):
		return whole
	case st.Kind == denialKind && colleague && administers:
		return nameless
	case st.Member != "":
		return nothing
	case (st.Kind == setAsideKind || st.Kind == "restored" || st.Kind == issuerKind) && administers,
		st.Kind == localKind && administers && localActOn(st.Content, r.Organisation),
		st.Kind == "erased" && (audits || administers) && erasedFor(v, st):
		return whole
	}
	return nothing
}

// ofOrganisation says whether a member is one of an organisation.
func ofOrganisation(member, organisation string) bool {
	return organisation != "" && strings.HasPrefix(member, organisation+"/")
}

// erasedFor says whether the reader whose view it is sees the erasure that a statement
// is about.
func erasedFor(v *records.View, st *records.Statement) bool {
	var said erasedStatement
	if json.Unmarshal(st.Content, &said) != nil {
		return false
	}
	_, err := v.Read(said.Erasure)
	if err != nil && !isMissing(err) {
		v.Fail(err)
	}
	return err == nil
}

// saidOf is what statements of any kind say.
type saidOf struct {
	Method, Purpose, Reason, Record string
	Before                          int64
	Disclose                        []string
	Records                         []saidRecord
}

// saidRecord is a record in a statement: a name, or an object.
type saidRecord struct {
	Record              string
	Revision, Revisions int64
	Classes             []string
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *saidRecord) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &r.Record)
	}
	type plain saidRecord
	return json.Unmarshal(b, (*plain)(r))
}

// said reads what a statement says; of one that says nothing in this form, nothing.
func said(st *records.Statement) saidOf {
	var s saidOf
	if json.Unmarshal(st.Content, &s) != nil {
		return saidOf{}
	}
	if s.Record != "" {
		s.Records = append(s.Records, saidRecord{Record: s.Record})
	}
	return s
}

// maxNamed bounds how many records one entry names.
const maxNamed = 20

var auditKinds = map[string]tumenv1.AuditKind{
	disclosureKind: tumenv1.AuditKind_AUDIT_KIND_DISCLOSURE, denialKind: tumenv1.AuditKind_AUDIT_KIND_DENIAL, exportKind: tumenv1.AuditKind_AUDIT_KIND_EXPORT,
	localKind: tumenv1.AuditKind_AUDIT_KIND_LOCAL, "erased": tumenv1.AuditKind_AUDIT_KIND_ERASED, "restored": tumenv1.AuditKind_AUDIT_KIND_RESTORED, setAsideKind: tumenv1.AuditKind_AUDIT_KIND_ASIDE,
	issuerKind: tumenv1.AuditKind_AUDIT_KIND_ISSUER,
}

// audited puts a statement into words for a reader, with those of its records that
// pick, which may be nil, asks for.
func audited(v *records.View, r access.Reader, st *records.Statement, much extent, pick func(string) bool) (*tumenv1.AuditEntry, error) {
	s := said(st)
	out := &tumenv1.AuditEntry{
		Leaf: st.Leaf, Kind: auditKinds[st.Kind], Time: timestamppb.New(st.Time), Member: st.Member, Method: s.Method, Reason: s.Purpose, StatementName: st.Name,
	}
	switch st.Kind {
	case denialKind:
		out.Denial, out.DeniedBefore = s.Reason, s.Before
	case exportKind:
		out.Method, out.Reason = exportMethod, st.Reason
	}
	for _, rec := range s.Records {
		if pick != nil && !pick(rec.Record) {
			continue
		}
		shown := much == whole && len(out.Records) < maxNamed
		if shown && st.Member != r.Member {
			var err error
			if shown, err = namedTo(v, rec.Record); err != nil {
				return nil, err
			}
		}
		if !shown {
			out.MoreRecords++
			continue
		}
		out.Records = append(out.Records, &tumenv1.AuditedRecord{Name: rec.Record, Revision: max(rec.Revision, rec.Revisions), Classes: classesOf(rec.Classes)})
	}
	return out, nil
}

// namedTo says whether the reader whose view it is may know of a record: it is there
// for them, or was.
func namedTo(v *records.View, name string) (bool, error) {
	_, err := v.Read(name)
	switch {
	case err == nil, isErased(err):
		return true, nil
	case isMissing(err):
		return false, nil
	}
	return false, err
}

// classesOf reads classes as statements have them.
func classesOf(names []string) []tumenv1.Protection {
	var all []tumenv1.Protection
	for _, name := range names {
		if class := tumenv1.Protection_value["PROTECTION_"+name]; class != 0 {
			all = append(all, tumenv1.Protection(class))
		}
	}
	return all
}
