package service

import (
	"context"
	"slices"
	"strings"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/edtf"
	"tumen/service/fault"
	"tumen/service/gate"
	"tumen/service/records"
)

// everywhere says whether a parent stands for all: "cases/-".
func everywhere(parent string) bool { return strings.HasSuffix(parent, "/-") }

// ownOrganisation is the organisation of the caller, whose records lists go
// through where no other is named.
func ownOrganisation(ctx context.Context) string {
	return gate.ReaderOf(ctx).Organisation
}

// parentOrOwn lists what lies under a parent, which has to be visible, or all
// that the caller's organisation has.
func (s *Server) parentOrOwn(ctx context.Context, parent string) (records.List, error) {
	if everywhere(parent) {
		return records.List{Owner: ownOrganisation(ctx)}, nil
	}
	return records.List{Parent: parent}, s.read(ctx, func(v *records.View, _ access.Reader) error { return visibleParent(v, parent) })
}

// namesVisible refuses a filter that names what the caller can't see; an empty
// one is none.
func (s *Server) namesVisible(ctx context.Context, filters ...[2]string) error {
	return s.read(ctx, func(v *records.View, _ access.Reader) error {
		for _, f := range filters {
			if f[1] == "" {
				continue
			}
			if err := visibleReference(v, f[0], f[1]); err != nil {
				return err
			}
		}
		return nil
	})
}

// under says whether a record lies under a parent that may stand for all.
func under(rec records.Record, parent string) bool {
	return everywhere(parent) || records.ParentOf(rec.GetName()) == parent
}

func isCalled(rec records.Record, x *tumenv1.ExternalId) bool {
	return slices.ContainsFunc(rec.GetExternalIds(), func(y *tumenv1.ExternalId) bool {
		return y.GetIssuer() == x.GetIssuer() && y.GetId() == x.GetId()
	})
}

// ownedOrCalled is the narrowest list for an owner and an external id, either of
// which may be missing.
func (s *Server) ownedOrCalled(ctx context.Context, owner string, x *tumenv1.ExternalId) (records.List, error) {
	if owner == "" {
		owner = ownOrganisation(ctx)
	}
	if err := ownFilter(gate.ReaderOf(ctx), owner, x); err != nil {
		return records.List{}, err
	}
	if x == nil {
		return records.List{Owner: owner}, nil
	}
	l := records.List{Names: []string{}}
	err := s.read(ctx, func(v *records.View, _ access.Reader) error {
		rec, err := v.ByExternalID(owner, x.GetIssuer(), x.GetId())
		if rec != nil {
			l.Names = append(l.Names, rec.GetName())
		}
		return err
	})
	return l, err
}

// ownFilter refuses to look for records of others by what these call them, which is not
// shown to who sees them by a grant.
func ownFilter(r access.Reader, owner string, x *tumenv1.ExternalId) error {
	if x == nil || readsAsOwn(r, owner) {
		return nil
	}
	return fault.Field("external_id", "OTHER_ORGANISATION", "what another organisation calls its records is not shown to you; ask without")
}

// readsAsOwn says whether the reader reads the records of an organisation as its own, and
// not by what is shared with them.
func readsAsOwn(r access.Reader, owner string) bool {
	return owner == r.Organisation && access.ReadsRecords(r)
}

// visibleParent refuses a list under what the caller can't see.
func visibleParent(v *records.View, parent string) error {
	if everywhere(parent) {
		return nil
	}
	_, err := v.Read(parent)
	return err
}

// eventFilters are the filters that the lists of cases, events and claims share.
type eventFilters interface {
	listRequest
	GetWithin() string
	GetOngoingIn() string
	GetPlace() string
	GetAct() string
	GetOutcome() tumenv1.FindingState
	GetSource() string
	GetOwner() string
	GetMarking() tumenv1.Marking
	GetExternalId() *tumenv1.ExternalId
	GetStale() bool
}

// query turns the filters of a request into a search, for one caller.
func query(v *records.View, r access.Reader, req eventFilters, parent string) (records.Query, error) {
	q := records.Query{
		Owner: r.Organisation, Place: req.GetPlace(), Act: req.GetAct(), Outcome: req.GetOutcome(), Source: req.GetSource(),
		Marking: req.GetMarking(), ExternalID: req.GetExternalId(), ShowDeleted: showDeleted(req),
	}
	if req.GetOwner() != "" {
		q.Owner = req.GetOwner()
	}
	if parent != "" && !everywhere(parent) {
		above, err := v.Read(parent)
		if err != nil {
			return q, err
		}
		if q.Parent = parent; req.GetOwner() == "" {
			q.Owner = above.GetOwner() // which may be another organisation that shares it
		}
	}
	if err := ownFilter(r, q.Owner, q.ExternalID); err != nil {
		return q, err
	}
	var err error
	if q.Within, err = period("within", req.GetWithin()); err != nil {
		return q, err
	}
	if q.OngoingIn, err = period("ongoing_in", req.GetOngoingIn()); err != nil {
		return q, err
	}
	if err := knownCode(v, "act", tumenv1.Vocabulary_VOCABULARY_ACTS, q.Act); err != nil {
		return q, err
	}
	if q.Place != "" {
		if err := visibleReference(v, "place", q.Place); err != nil {
			return q, err
		}
	}
	if q.Source != "" {
		if err := visibleReference(v, "source", q.Source); err != nil {
			return q, err
		}
	}
	if req.GetStale() {
		q.Stale, err = staleSubjects(v)
	}
	return q, err
}

func visibleReference(v *records.View, field, name string) error {
	_, err := v.Read(name)
	if isMissing(err) {
		return fault.Field(field, "REFERENCE_NOT_FOUND", "%s does not exist, or is not visible to you", name)
	}
	return err
}

// failed says whether reading on a view came to nothing, and has the view fail unless what
// was asked for is merely not there.
func failed(v *records.View, err error) bool {
	if err != nil && !isMissing(err) {
		v.Fail(err)
	}
	return err != nil
}

// isMissing says whether an error says that a record is not there, be it only for
// the reader.
func isMissing(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Kind == fault.NotFound
}

// isErased says whether a record is not there because it was erased, which is told
// only to who saw it.
func isErased(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Reason == "ERASED"
}

// knownCode refuses a filter by a code that no list has: an empty answer to a
// mistyped one would read as "there are none". Deleted codes still find what
// was recorded with them.
func knownCode(v *records.View, field string, vocabulary tumenv1.Vocabulary, code string) error {
	if code == "" {
		return nil
	}
	_, err := v.Read(records.TermName(vocabulary, code))
	if isMissing(err) {
		return fault.Field(field, "UNKNOWN_CODE", "no such code; `tumen term list` shows them")
	}
	return err
}

// period reads a period that is asked for: an EDTF expression, read as the days
// from its first to its last.
func period(field, s string) (*edtf.Interval, error) {
	if s == "" {
		return nil, nil
	}
	d, err := edtf.Parse(s)
	if err != nil {
		return nil, fault.Field(field, "INVALID_DATE", "not a period in EDTF: %v", err)
	}
	i := d.Interval()
	return &i, nil
}

func staleSubjects(v *records.View) (map[string]bool, error) {
	stale, err := staleFindings(v)
	subjects := make(map[string]bool, len(stale))
	for _, f := range stale {
		subjects[f.GetSubject()] = true
	}
	return subjects, err
}

// ListCases implements tumenv1.CaseServiceServer.
func (s cases) ListCases(ctx context.Context, req *tumenv1.ListCasesRequest) (*tumenv1.ListCasesResponse, error) {
	out := new(tumenv1.ListCasesResponse)
	err := s.read(ctx, func(v *records.View, r access.Reader) error {
		cursor, err := s.openToken(r, req)
		if err != nil {
			return err
		}
		q, err := query(v, r, req, "")
		if err != nil {
			return err
		}
		if req.GetAssignee() != "" && !readsAsOwn(r, q.Owner) {
			return fault.Field("assignee", "OTHER_ORGANISATION", "who works on cases that are only shared with you is not shown to you; ask without")
		}
		page, next, err := v.Cases(records.CaseQuery{Query: q, Assignee: req.GetAssignee(), State: req.GetState()}, cursor, pageSize(req))
		if err != nil {
			return err
		}
		all := make([]found, 0, len(page))
		for _, m := range page {
			all = append(all, foundRecord(v, m.Record, func(shown records.Record) {
				out.Matches = append(out.Matches, &tumenv1.CaseMatch{Case: shown.(*tumenv1.Case), Dating: m.Dating, Events: m.Events})
			}))
		}
		out.NextPageToken, err = s.reply(v, r, req, all, next)
		return err
	})
	return out, err
}

// ListEvents implements tumenv1.CaseServiceServer.
func (s cases) ListEvents(ctx context.Context, req *tumenv1.ListEventsRequest) (*tumenv1.ListEventsResponse, error) {
	out := new(tumenv1.ListEventsResponse)
	err := s.read(ctx, func(v *records.View, r access.Reader) error {
		cursor, err := s.openToken(r, req)
		if err != nil {
			return err
		}
		q, err := query(v, r, req, req.GetParent())
		if err != nil {
			return err
		}
		page, next, err := v.EventPage(q, cursor, pageSize(req))
		if err != nil {
			return err
		}
		all := make([]found, 0, len(page))
		for _, m := range page {
			all = append(all, found{m.Event, m.Cursor(), func(shown records.Record) {
				e := shown.(*tumenv1.Event)
				out.Matches = append(out.Matches, &tumenv1.EventMatch{Event: e, Dating: m.Dating, UsedTime: e.GetUsedTime()})
			}})
		}
		out.NextPageToken, err = s.reply(v, r, req, all, next)
		return err
	})
	return out, err
}

// ListClaims implements tumenv1.ClaimServiceServer.
func (s claims) ListClaims(ctx context.Context, req *tumenv1.ListClaimsRequest) (*tumenv1.ListClaimsResponse, error) {
	out := new(tumenv1.ListClaimsResponse)
	err := s.read(ctx, func(v *records.View, r access.Reader) error {
		cursor, err := s.openToken(r, req)
		if err != nil {
			return err
		}
		q, err := query(v, r, req, req.GetParent())
		if err != nil {
			return err
		}
		if req.GetSubject() != "" {
			if err := visibleReference(v, "subject", req.GetSubject()); err != nil {
				return err
			}
		}
		page, next, err := v.Claims(records.ClaimQuery{
			Query: q, Subject: req.GetSubject(), Aspect: req.GetAspect(), Stance: req.GetStance(), State: req.GetState(),
		}, cursor, pageSize(req))
		if err != nil {
			return err
		}
		all := make([]found, 0, len(page))
		for _, m := range page {
			all = append(all, foundRecord(v, m.Record, func(shown records.Record) {
				out.Matches = append(out.Matches, &tumenv1.ClaimMatch{Claim: shown.(*tumenv1.Claim), Dating: m.Dating, Events: m.Events})
			}))
		}
		out.NextPageToken, err = s.reply(v, r, req, all, next)
		return err
	})
	return out, err
}
