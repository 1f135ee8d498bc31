package service_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
)

// logged lists what a member reads in the log, page by page.
func logged(t testing.TB, m *member, req *tumenv1.ListAuditEntriesRequest) []*tumenv1.AuditEntry {
	t.Helper()
	var all []*tumenv1.AuditEntry
	for {
		page, err := tumenv1.NewAuditServiceClient(m.conn).ListAuditEntries(t.Context(), req)
		ok(t, err)
		all = append(all, page.GetEntries()...)
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			return all
		}
	}
}

// seen lists who has seen an identity, and how much of that is withheld.
func seen(t testing.TB, m *member, name string) (all []*tumenv1.Sighting, withheld int64) {
	t.Helper()
	req := &tumenv1.ListSightingsRequest{Name: name, PageSize: 2}
	for {
		page, err := tumenv1.NewAuditServiceClient(m.conn).ListSightings(t.Context(), req)
		ok(t, err)
		all, withheld = append(all, page.GetSightings()...), withheld+page.GetWithheld()
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			return all, withheld
		}
	}
}

// TestTheLogIsForWhomItIsFor: members read what they did; auditors what colleagues did,
// and changes of what they see; administrators what concerns members, and of cases and
// persons nothing, not even a name.
func TestTheLogIsForWhomItIsFor(t *testing.T) {
	i := startIdentities(t)
	auditor, low := i.member("auditor", tumenv1.Role_ROLE_AUDITOR), i.limited("low", tumenv1.Role_ROLE_AUDITOR)
	administrator := i.member("administrator", tumenv1.Role_ROLE_ADMINISTRATOR)
	other := i.member("other", tumenv1.Role_ROLE_CASE_WORKER)
	_, err := i.admin.CreateOrganisation(i.ctx, &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: "elsewhere", DisplayName: "Elsewhere"}})
	ok(t, err)
	foreign, chief := i.memberOf("elsewhere", "auditor", tumenv1.Role_ROLE_AUDITOR), i.memberOf("elsewhere", "chief", tumenv1.Role_ROLE_ADMINISTRATOR)
	partner := i.memberOf("elsewhere", "partner", tumenv1.Role_ROLE_PARTNER)
	_ = i.etag() // the worker reads a person
	i.mark("N-S1", red)
	_, err = foreign.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: i.person})
	refused(t, err, codes.NotFound, "NOT_FOUND")
	_, err = i.worker.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: nowhere})
	refused(t, err, codes.NotFound, "NOT_FOUND")
	_, err = partner.cases.CreateCase(i.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "x"}, Reason: "x"})
	refused(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")

	// Who reads entries of which kinds, made by whom.
	for _, tc := range []struct {
		name string
		who  *member
		want string
	}{
		{"the worker", i.worker, "change by worker, denial by worker, disclosure by worker"},
		{"a colleague who did nothing", other, ""},
		{"an auditor", auditor, "change by the server, denial by worker, disclosure by worker"}, // nothing has been decided
		{"an auditor from whom something is withheld", low, "change by the server"},
		{"an administrator", administrator, "change by the server, denial by worker, local by the server"},
		{"another organisation's auditor", foreign, "change by the server, denial by auditor, denial by partner"},
		{"another organisation's administrator", chief, "change by the server, denial by auditor, denial by partner, local by the server"},
		{"a partner", partner, "denial by partner"},
	} {
		var got []string
		for _, e := range logged(t, tc.who, &tumenv1.ListAuditEntriesRequest{}) {
			by := map[string]string{i.worker.name: "worker", foreign.name: "auditor", partner.name: "partner", "": "the server"}[e.GetMember()]
			got = append(got, strings.ToLower(strings.TrimPrefix(e.GetKind().String(), "AUDIT_KIND_"))+" by "+by)
		}
		slices.Sort(got)
		if got := strings.Join(slices.Compact(got), ", "); got != tc.want {
			t.Errorf("%s reads %q", tc.name, got)
		}
	}
	for _, m := range []*member{administrator, chief} {
		for _, e := range logged(t, m, &tumenv1.ListAuditEntriesRequest{}) {
			for _, r := range e.GetRecords() {
				if !strings.HasPrefix(r.GetName(), "organisations/") {
					t.Errorf("an administrator reads %v", e)
				}
			}
			if text := protojson.Format(e); strings.Contains(text, "persons/") || strings.Contains(text, "cases/") || e.GetKind() == tumenv1.AuditKind_AUDIT_KIND_DENIAL && e.GetMember() == i.worker.name && e.GetMoreRecords() != 1 {
				t.Errorf("an administrator reads %s", text)
			}
		}
		if got := logged(t, m, &tumenv1.ListAuditEntriesRequest{Record: nowhere}); len(got) > 0 {
			t.Errorf("an administrator confirms a guess: %v", got)
		}
	}
	for _, e := range logged(t, low, &tumenv1.ListAuditEntriesRequest{}) {
		if slices.ContainsFunc(e.GetRecords(), func(r *tumenv1.AuditedRecord) bool { return r.GetName() == i.nameClaim }) {
			t.Errorf("what is RED shows through: %v", e)
		}
	}
	_, err = tumenv1.NewAuditServiceClient(other.conn).ListAuditEntries(i.ctx, &tumenv1.ListAuditEntriesRequest{Member: i.worker.name})
	refused(t, err, codes.PermissionDenied, "NOT_YOURS_TO_AUDIT")
}

// TestTheLogIsNarrowed by member, record, kind and time, in pages of any size.
func TestTheLogIsNarrowed(t *testing.T) {
	var seconds atomic.Int64
	start := time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)
	seconds.Store(start.Unix())
	w := startAt(t, nil, func() time.Time { return time.Unix(seconds.Add(1), 0) })
	worker, other, auditor := w.member("worker", tumenv1.Role_ROLE_CASE_WORKER), w.member("other", tumenv1.Role_ROLE_CASE_WORKER), w.member("auditor", tumenv1.Role_ROLE_AUDITOR, tumenv1.Role_ROLE_REVIEWER)
	record := func(m *member) string {
		made, err := m.persons.CreatePerson(w.ctx, &tumenv1.CreatePersonRequest{Reason: "told by phone", Person: &tumenv1.Person{Notes: secret}})
		ok(t, err)
		return made.GetPerson().GetName()
	}
	one, two := record(worker), record(other)
	for range 3 {
		_, err := worker.persons.GetPerson(forPurpose(w.ctx), &tumenv1.GetPersonRequest{Name: one})
		ok(t, err)
	}
	noon := time.Unix(seconds.Add(1), 0)
	_, err := worker.persons.DeletePerson(w.ctx, &tumenv1.DeletePersonRequest{Name: one, Etag: "stale", Reason: "x"})
	refused(t, err, codes.Aborted, "ETAG_STALE")
	_, err = other.persons.GetPerson(w.ctx, &tumenv1.GetPersonRequest{Name: nowhere})
	refused(t, err, codes.NotFound, "NOT_FOUND")

	text := func(all []*tumenv1.AuditEntry) string {
		var lines []string
		for n, e := range all {
			if n > 0 && all[n-1].GetLeaf() <= e.GetLeaf() {
				t.Errorf("leaf %d is before %d", all[n-1].GetLeaf(), e.GetLeaf())
			}
			_, call, _ := strings.Cut(e.GetMethod(), "/")
			line := fmt.Sprint(call, " ", e.GetReason(), e.GetDenial())
			if strings.Contains(e.GetReason(), "local administration") {
				continue // of which an auditor reads, too
			}
			if len(e.GetRecords()) > 0 {
				line += map[string]string{one: " of one", two: " of two"}[e.GetRecords()[0].GetName()]
			}
			lines = append(lines, line)
		}
		return strings.Join(lines, "; ")
	}
	shown, made := "GetPerson to warn the family of one", "CreatePerson told by phone of "
	shown3 := shown + "; " + shown + "; " + shown
	for name, tc := range map[string]struct {
		req  *tumenv1.ListAuditEntriesRequest
		want string
	}{
		"all":                    {&tumenv1.ListAuditEntriesRequest{}, "GetPerson NOT_FOUND; " + shown3 + "; " + made + "two; " + made + "one"},
		"one member's":           {&tumenv1.ListAuditEntriesRequest{Member: other.name}, "GetPerson NOT_FOUND; " + made + "two"},
		"about a record":         {&tumenv1.ListAuditEntriesRequest{Record: one}, shown3 + "; " + made + "one"},
		"about a guess":          {&tumenv1.ListAuditEntriesRequest{Record: nowhere}, "GetPerson NOT_FOUND"},
		"changes":                {&tumenv1.ListAuditEntriesRequest{Kinds: []tumenv1.AuditKind{tumenv1.AuditKind_AUDIT_KIND_CHANGE}}, made + "two; " + made + "one"},
		"readings of a record":   {&tumenv1.ListAuditEntriesRequest{Record: one, Kinds: []tumenv1.AuditKind{tumenv1.AuditKind_AUDIT_KIND_DISCLOSURE}}, shown3},
		"until noon":             {&tumenv1.ListAuditEntriesRequest{Until: timestamppb.New(noon)}, shown3 + "; " + made + "two; " + made + "one"},
		"since noon":             {&tumenv1.ListAuditEntriesRequest{Since: timestamppb.New(noon)}, "GetPerson NOT_FOUND"},
		"of a member since noon": {&tumenv1.ListAuditEntriesRequest{Since: timestamppb.New(noon), Member: worker.name}, ""},
	} {
		whole := logged(t, auditor, tc.req)
		if got := text(whole); got != tc.want {
			t.Errorf("%s: %q", name, got)
		}
		tc.req.PageSize = 1
		if got := text(logged(t, auditor, tc.req)); got != tc.want {
			t.Errorf("%s, one by one: %q", name, got)
		}
	}
	log := tumenv1.NewAuditServiceClient(auditor.conn)
	first, err := log.ListAuditEntries(w.ctx, &tumenv1.ListAuditEntriesRequest{PageSize: 1})
	ok(t, err)
	_, err = log.ListAuditEntries(w.ctx, &tumenv1.ListAuditEntriesRequest{PageToken: first.GetNextPageToken(), Member: worker.name})
	refused(t, err, codes.InvalidArgument, "PAGE_TOKEN_INVALID")
	_, err = tumenv1.NewAuditServiceClient(other.conn).ListAuditEntries(w.ctx, &tumenv1.ListAuditEntriesRequest{PageToken: first.GetNextPageToken()})
	refused(t, err, codes.InvalidArgument, "PAGE_TOKEN_INVALID")
	_, err = log.ListAuditEntries(w.ctx, &tumenv1.ListAuditEntriesRequest{Since: timestamppb.New(noon), Until: timestamppb.New(start)})
	refused(t, err, codes.InvalidArgument, "PERIOD_EMPTY", "until")
}

// TestWhoHasSeenAnIdentityIsTold: in whatever way, with the purpose, to auditors; also
// when the person has been erased.
func TestWhoHasSeenAnIdentityIsTold(t *testing.T) {
	i := startIdentities(t)
	auditor, low := i.member("auditor", tumenv1.Role_ROLE_AUDITOR), i.limited("low", tumenv1.Role_ROLE_AUDITOR)
	i.releases(i.person, forRecord, forPublish)
	earlier, _ := seen(t, auditor, i.person)
	_, err := i.worker.persons.GetPerson(forPurpose(i.ctx), &tumenv1.GetPersonRequest{Name: i.person})
	ok(t, err)
	_, err = i.worker.persons.ListPersons(i.ctx, &tumenv1.ListPersonsRequest{})
	ok(t, err)
	_, err = i.worker.claims.GetClaim(i.ctx, &tumenv1.GetClaimRequest{Name: i.nameClaim})
	ok(t, err)
	stream, err := i.worker.exchange.ExportMatter(i.ctx, &tumenv1.ExportMatterRequest{Name: caseOf(i.october)})
	ok(t, err)
	ok(t, drained(stream.Recv))
	whole := &tumenv1.ExportQuery{Case: caseOf(i.october)}
	public := &tumenv1.ExportQuery{Case: caseOf(i.october), Purpose: forPublish}
	withIdentity := []tumenv1.Protection{tumenv1.Protection_PROTECTION_CONTENT, identity}
	_, err = i.takes(i.worker, &tumenv1.ExportRecordsRequest{Query: public, Disclose: withIdentity}) // by who is not cleared
	ok(t, err)
	exporter := i.cleared("exporter", 0, identity)
	_, err = i.takes(exporter, &tumenv1.ExportRecordsRequest{Query: public, Disclose: withIdentity})
	ok(t, err)
	_, err = i.takes(i.worker, &tumenv1.ExportRecordsRequest{Query: whole}) // without identity
	ok(t, err)
	_, err = i.worker.sources.GetSource(i.ctx, &tumenv1.GetSourceRequest{Name: i.src}) // of another
	ok(t, err)

	want := []string{"EXPORT ExportRecords publish: for the commission", "FILE ExportMatter ", "ABOUT GetClaim ", "LIST ListPersons ", "DIRECT GetPerson to warn the family"}
	check := func(later int) {
		t.Helper()
		all, withheld := seen(t, auditor, i.person)
		all = all[later : len(all)-len(earlier)]
		var got []string
		for _, s := range all {
			_, call, _ := strings.Cut(s.GetEntry().GetMethod(), "/")
			got = append(got, strings.TrimPrefix(s.GetWay().String(), "SIGHTING_WAY_")+" "+call+" "+s.GetEntry().GetReason())
			by := i.worker.name
			if s.GetWay() == tumenv1.SightingWay_SIGHTING_WAY_EXPORT {
				by = exporter.name
			}
			if s.GetEntry().GetMember() != by || len(s.GetEntry().GetRecords()) == 0 || !slices.Equal(s.GetEntry().GetRecords()[0].GetClasses(), []tumenv1.Protection{identity}) || s.GetEntry().GetRecords()[0].GetRevision() == 0 {
				t.Errorf("%v", s)
			}
			for _, r := range s.GetEntry().GetRecords() {
				if r.GetName() == i.src {
					t.Errorf("a report on one tells of another: %v", s)
				}
			}
		}
		if !slices.Equal(got, want) || withheld != 0 {
			t.Errorf("%q, and %d withheld", got, withheld)
		}
	}
	check(0)
	if all, withheld := seen(t, low, i.person); len(all) > 0 || withheld != int64(len(want)+len(earlier)) {
		t.Errorf("an auditor from whom something is withheld reads %v, and that %d are", all, withheld)
	}
	if all, _ := seen(t, auditor, i.src); len(all) != 2 || all[0].GetWay() != tumenv1.SightingWay_SIGHTING_WAY_DIRECT {
		t.Errorf("of the source: %v", all)
	}
	_, err = tumenv1.NewAuditServiceClient(i.worker.conn).ListSightings(i.ctx, &tumenv1.ListSightingsRequest{Name: i.person})
	refused(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
	_, err = tumenv1.NewAuditServiceClient(auditor.conn).ListSightings(i.ctx, &tumenv1.ListSightingsRequest{Name: nowhere})
	refused(t, err, codes.NotFound, "NOT_FOUND")

	reach := i.withdraws(i.person, &tumenv1.Withdrawal{})
	seenErasure, err := i.first.erasures.GetErasure(i.ctx, &tumenv1.GetErasureRequest{Name: reach.GetErasure().GetName()})
	ok(t, err)
	_, err = i.first.erasures.ConfirmErasure(i.ctx, &tumenv1.ConfirmErasureRequest{Name: reach.GetErasure().GetName(), Etag: seenErasure.GetErasure().GetEtag(), Reason: "agreed"})
	ok(t, err)
	check(2) // its etag was read, and its terms were in the answer
}
