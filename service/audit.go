package service

import (
	"context"
	"encoding/binary"
	"iter"
	"maps"
	"math"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/fault"
	"tumen/service/ledger"
	"tumen/service/records"
)

// audits is the AuditService.
type audits struct {
	tumenv1.UnimplementedAuditServiceServer
	*Server
}

// ListAuditEntries implements tumenv1.AuditServiceServer.
func (s audits) ListAuditEntries(ctx context.Context, req *tumenv1.ListAuditEntriesRequest) (*tumenv1.ListAuditEntriesResponse, error) {
	s.denials.settle()
	out := new(tumenv1.ListAuditEntriesResponse)
	err := s.read(ctx, func(v *records.View, r access.Reader) error {
		cursor, err := s.openToken(r, req)
		if err != nil {
			return err
		}
		l := &auditList{view: v, reader: r, request: req, page: out, before: math.MaxInt64}
		if len(cursor) >= 8 {
			l.before, l.cursor = int64(binary.BigEndian.Uint64(cursor)), cursor[8:]
		}
		if err := l.narrow(); err != nil {
			return err
		}
		more, err := l.run()
		if more {
			out.NextPageToken = s.sealToken(r, req, append(binary.BigEndian.AppendUint64(nil, uint64(l.before)), l.cursor...))
		}
		return err
	})
	return out, err
}

// isMembership says whether a record is a member or an organisation.
func isMembership(rec records.Record) bool {
	kind := records.KindOf(rec)
	return kind == records.Member || kind == records.Organisation
}

// What one call looks at is bounded: a row costs one, and to open what it leads to as
// much as a hundred.
const (
	mostEffort = 100_000
	openEffort = 100
)

// auditList merges a page of entries, newest first, from two streams: the leaves of
// revisions and the rows of statements.
type auditList struct {
	view         *records.View
	reader       access.Reader
	request      *tumenv1.ListAuditEntriesRequest
	member       string // made by this one alone; "": by anybody
	since, until time.Time
	before       int64  // revisions before this leaf are still to come
	cursor       []byte // and statements behind this one
	effort       int
	size         int
	page         *tumenv1.ListAuditEntriesResponse
}

// narrow finds out what is asked for, and refuses what is for others to ask.
func (l *auditList) narrow() error {
	l.member = l.request.GetMember()
	if !l.holds(tumenv1.Role_ROLE_AUDITOR) && !access.Administers(l.reader) {
		if l.member != "" && l.member != l.reader.Member {
			return fault.New(fault.Denied, "NOT_YOURS_TO_AUDIT", "what others did is for auditors to read, and for administrators as far as it is no case's; leave the member out, and you are told what you did")
		}
		l.member = l.reader.Member
	}
	if t := l.request.GetSince(); t != nil {
		l.since = t.AsTime()
	}
	if t := l.request.GetUntil(); t != nil {
		l.until = t.AsTime()
	}
	if !l.since.IsZero() && !l.until.IsZero() && !l.since.Before(l.until) {
		return fault.Field("until", "PERIOD_EMPTY", "this is not after since: nothing lies between them")
	}
	return nil
}

func (l *auditList) holds(role tumenv1.Role) bool { return slices.Contains(l.reader.Roles, role) }

// asked says whether entries of a kind are.
func (l *auditList) asked(kind tumenv1.AuditKind) bool {
	return len(l.request.GetKinds()) == 0 || slices.Contains(l.request.GetKinds(), kind)
}

// auditStep is what a stream has next: an entry, or that it looked at something else.
type auditStep struct {
	entry *tumenv1.AuditEntry
	pass  func() // moves the cursor behind it
}

func (l *auditList) run() (more bool, err error) {
	revisions, stopRevisions := iter.Pull2(l.revisions())
	defer stopRevisions()
	statements, stopStatements := iter.Pull2(l.statements())
	defer stopStatements()
	var heads [2]*auditStep
	for {
		for i, next := range []func() (auditStep, error, bool){revisions, statements} {
			for heads[i] == nil {
				found, err, ok := next()
				if err != nil {
					return false, err
				}
				if !ok {
					heads[i] = &auditStep{}
					break
				}
				if found.entry == nil {
					found.pass()
					if l.effort > mostEffort {
						return true, nil
					}
					continue
				}
				heads[i] = &found
			}
		}
		newest := l.newest(heads)
		switch {
		case newest < 0:
			return false, nil
		case len(l.page.GetEntries()) >= pageSize(l.request), l.size > replyBytes:
			return true, nil
		}
		l.page.Entries = append(l.page.Entries, heads[newest].entry)
		l.size += proto.Size(heads[newest].entry)
		heads[newest].pass()
		heads[newest] = nil
	}
}

// newest is the stream with the newer entry; -1 where both have ended.
func (l *auditList) newest(heads [2]*auditStep) int {
	switch a, b := heads[0].entry, heads[1].entry; {
	case a == nil && b == nil:
		return -1
	case b == nil, a != nil && a.GetLeaf() > b.GetLeaf():
		return 0
	}
	return 1
}

// within says whether a moment is in the period asked for.
func (l *auditList) within(t time.Time) bool {
	return !t.Before(l.since) && (l.until.IsZero() || t.Before(l.until))
}

// disorder bounds how long before its leaf a change may have been made.
const disorder = time.Hour

// revisions gives the changes, newest first.
func (l *auditList) revisions() iter.Seq2[auditStep, error] {
	if !l.asked(tumenv1.AuditKind_AUDIT_KIND_CHANGE) || l.before == 0 {
		return func(func(auditStep, error) bool) {}
	}
	return func(yield func(auditStep, error) bool) {
		for e, err := range l.leaves() {
			found := auditStep{pass: func() { l.before = e.Leaf }}
			l.effort++
			if err == nil && e.Looked {
				l.effort += openEffort
			}
			if err == nil && e.Revision != nil {
				made := e.Revision.Record.GetUpdateTime().AsTime()
				if made.Before(l.since.Add(-disorder)) && l.request.GetRecord() == "" {
					l.before = 0
					return
				}
				if l.within(made) && l.seesChange(e.Revision.Record) {
					found.entry = l.change(e)
				}
			}
			if !yield(found, err) || err != nil {
				return
			}
		}
		l.before = 0
	}
}

// leaves gives what is looked at for changes: the revisions of the record that is asked
// for, else all.
func (l *auditList) leaves() iter.Seq2[records.Entry, error] {
	name := l.request.GetRecord()
	if name == "" {
		var of []records.Kind
		if !access.ReadsRecords(l.reader) { // of all others, they see none
			of = []records.Kind{records.Organisation, records.Member, records.Erasure}
		}
		return l.view.RevisionsBack(l.before, of, l.until)
	}
	return func(yield func(records.Entry, error) bool) {
		rec, err := l.view.Read(name)
		if err != nil {
			if !isMissing(err) {
				yield(records.Entry{}, err)
			}
			return // of what isn't there, or not for the reader, there is nothing to tell
		}
		for n := rec.GetRevision(); n >= 1 && rec.GetOwner() != ""; n-- {
			c, err := l.view.Outline(name, n)
			if err == nil && c.Leaf >= l.before {
				continue
			}
			e := records.Entry{Revision: c, Looked: true}
			if err == nil {
				e.Leaf = c.Leaf
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// seesChange says whether a change is for the reader: their own; for auditors those of
// what they see; for administrators those of members and organisations.
func (l *auditList) seesChange(rec records.Record) bool {
	if !l.view.Sees(rec) || l.member != "" && rec.GetUpdater() != l.member {
		return false
	}
	if rec.GetUpdater() == l.reader.Member || l.holds(tumenv1.Role_ROLE_AUDITOR) {
		return true
	}
	return access.Administers(l.reader) && isMembership(rec)
}

func (l *auditList) change(e records.Entry) *tumenv1.AuditEntry {
	rec := access.Redact(l.reader, e.Revision.Record)
	return &tumenv1.AuditEntry{
		Leaf: e.Leaf, Kind: tumenv1.AuditKind_AUDIT_KIND_CHANGE, Time: rec.GetUpdateTime(), Member: rec.GetUpdater(), Method: entryMethod(e.Revision.Entry), Reason: rec.GetChangeReason(),
		Records: []*tumenv1.AuditedRecord{{Name: rec.GetName(), Revision: rec.GetRevision()}},
	}
}

// entryMethod is the call by which an entry came about.
func entryMethod(entry []byte) string {
	e, err := ledger.ParseEntry(entry)
	if err != nil {
		return "" // the store has worked it out again, and found it right
	}
	return e.Method
}

// statements gives the statements that are for the reader, newest first.
func (l *auditList) statements() iter.Seq2[auditStep, error] {
	q := records.Acts{Member: l.member, Since: l.since, Until: l.until, Before: l.cursor}
	for kind, is := range maps.All(auditKinds) {
		if l.asked(is) {
			q.Kinds = append(q.Kinds, kind)
		}
	}
	if name := l.request.GetRecord(); name != "" {
		q.About = []string{name}
	}
	if len(q.Kinds) == 0 {
		return func(func(auditStep, error) bool) {}
	}
	return func(yield func(auditStep, error) bool) {
		for act, err := range l.view.Acts(q) {
			found := auditStep{pass: func() { l.cursor = act.Cursor }}
			l.effort++
			if err == nil && act.Statement != nil {
				l.effort += openEffort
				found.entry, err = l.statement(act.Statement)
			}
			if !yield(found, err) || err != nil {
				return
			}
		}
	}
}

// statement puts one into words; nil where it is not for the reader, or not about the
// record that is asked for.
func (l *auditList) statement(st *records.Statement) (*tumenv1.AuditEntry, error) {
	much := statementFor(l.view, l.reader, st)
	if name := l.request.GetRecord(); name != "" {
		about := slices.ContainsFunc(said(st).Records, func(r saidRecord) bool { return r.Record == name })
		if !about || much != whole {
			return nil, nil
		}
	}
	if much == nothing || !l.within(st.Time) {
		return nil, nil
	}
	e, err := audited(l.view, l.reader, st, much, nil)
	return e, err
}
