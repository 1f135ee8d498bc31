package service_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/records"
	"tumen/storage"
)

// deniedTo lists what the ledger tells of what was denied to a member: reason, method,
// record, and how many more before.
func deniedTo(t testing.TB, m *member) []string {
	t.Helper()
	var all []string
	for _, e := range entries(t, m, &tumenv1.ListLedgerEntriesRequest{Kind: "denial"}) {
		var st struct {
			V                      int
			Method, Reason, Record string
			Before                 int64
		}
		ok(t, json.Unmarshal(e.GetStatement(), &st))
		if st.V != 1 || entryTells(t, e, "member") == "" {
			t.Errorf("%s", e.GetStatement())
		}
		all = append(all, fmt.Sprintf("%s %s %s %d", st.Reason, st.Method, st.Record, st.Before))
	}
	return all
}

const nowhere = "persons/00000000000000000000000000"

// TestWhatIsDeniedToAMemberStandsInTheLedger: once for each call, with what was asked
// for, and the same for what is hidden and what isn't there; for what is no denial,
// nothing.
func TestWhatIsDeniedToAMemberStandsInTheLedger(t *testing.T) {
	i := startIdentities(t)
	_, err := i.admin.CreateOrganisation(i.ctx, &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: "elsewhere", DisplayName: "Elsewhere"}})
	ok(t, err)
	stranger := i.memberOf("elsewhere", "stranger", tumenv1.Role_ROLE_CASE_WORKER)
	for _, name := range []string{i.person, nowhere} {
		_, err = stranger.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: name})
		refused(t, err, codes.NotFound, "NOT_FOUND")
	}
	auditor := i.member("auditor", tumenv1.Role_ROLE_AUDITOR)
	_, err = auditor.cases.CreateCase(i.ctx, &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "x"}, Reason: "x"})
	refused(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
	_, err = auditor.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: "nonsense"})
	refused(t, err, codes.InvalidArgument, "STRING_PATTERN")
	err = auditor.conn.Invoke(i.ctx, "/tumen.v1.CaseService/Guess", &tumenv1.GetCaseRequest{}, &tumenv1.GetCaseResponse{})
	refused(t, err, codes.PermissionDenied, "UNKNOWN_METHOD")
	stream, err := auditor.exchange.ExportMatter(i.ctx, &tumenv1.ExportMatterRequest{Name: "cases/00000000000000000000000000"})
	ok(t, err)
	refused(t, drained(stream.Recv), codes.NotFound, "NOT_FOUND")
	curious := i.cleared("curious", 1, identity)
	_, err = curious.persons.GetPerson(forPurpose(i.ctx), &tumenv1.GetPersonRequest{Name: i.person})
	ok(t, err)
	_, err = curious.persons.GetPerson(forPurpose(i.ctx), &tumenv1.GetPersonRequest{Name: i.person})
	refused(t, err, codes.ResourceExhausted, "IDENTITY_BUDGET_SPENT")

	want := map[*member][]string{
		stranger: {"NOT_FOUND PersonService/GetPerson " + i.person + " 0", "NOT_FOUND PersonService/GetPerson " + nowhere + " 0"},
		curious:  {"IDENTITY_BUDGET_SPENT PersonService/GetPerson  0"},
	}
	for m, want := range want {
		if got := deniedTo(t, m); !slices.Equal(got, want) {
			t.Errorf("%s was denied %q", m.name, got)
		}
	}
	got := deniedTo(t, auditor)
	for _, want := range []string{"ROLE_NOT_ALLOWED CaseService/CreateCase  0", "UNKNOWN_METHOD unknown  0", "NOT_FOUND ExchangeService/ExportMatter cases/00000000000000000000000000 0", "IDENTITY_BUDGET_SPENT PersonService/GetPerson  0"} {
		if !slices.Contains(got, want) {
			t.Errorf("an auditor reads %q, and not %s", got, want)
		}
	}
	if len(got) != 4 {
		t.Errorf("an auditor reads %q", got)
	}
	before := leaves(t, i.worker)
	_, err = i.connect("").cases.ListCases(i.ctx, &tumenv1.ListCasesRequest{})
	refused(t, err, codes.Unauthenticated, "CREDENTIALS_MISSING")
	if deniedTo(t, auditor); leaves(t, i.worker) != before {
		t.Error("what an unknown caller asked for is in the ledger")
	}
	i.sound()
}

// TestDenialsDoNotFloodTheLedger: so many a minute for each member, the rest are
// counted into the next entry, and those still left when the server ends.
func TestDenialsDoNotFloodTheLedger(t *testing.T) {
	var seconds atomic.Int64
	seconds.Store(time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC).Unix())
	w := startAt(t, nil, func() time.Time { return time.Unix(seconds.Load(), 0) })
	worker, other := w.member("worker", tumenv1.Role_ROLE_CASE_WORKER), w.member("other", tumenv1.Role_ROLE_CASE_WORKER)
	knock := func(m *member, times int) {
		for range times {
			_, err := m.persons.GetPerson(w.ctx, &tumenv1.GetPersonRequest{Name: nowhere})
			refused(t, err, codes.NotFound, "NOT_FOUND")
		}
	}
	knock(worker, 17)
	knock(other, 1)
	seconds.Add(60)
	knock(worker, 7)
	one := "NOT_FOUND PersonService/GetPerson " + nowhere + " 0"
	want := []string{one, one, one, one, one, "NOT_FOUND PersonService/GetPerson " + nowhere + " 12", one, one, one, one}
	if got := deniedTo(t, worker); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := deniedTo(t, other); !slices.Equal(got, []string{one}) {
		t.Errorf("what is denied to one is counted for another: %q", got)
	}
	ok(t, w.server.Close())
	var last string
	ok(t, w.records.View(w.ctx, func(v *records.View) error {
		for found, err := range v.Acts(records.Acts{Kinds: []string{"denial"}, Member: worker.name}) {
			if err != nil {
				return err
			}
			if last == "" && found.Statement != nil {
				last = string(found.Statement.Content)
			}
		}
		return nil
	}))
	if last != `{"v":1,"method":"","reason":"DENIED_BEFORE","record":"","before":2}` {
		t.Errorf("the last entry when the server ended is %s", last)
	}
	w.sound()
}

// TestADenialIsDeniedWithoutItsEntry: what can't be written now is counted, and written
// when it can.
func TestADenialIsDeniedWithoutItsEntry(t *testing.T) {
	var now atomic.Bool
	w := start(t, func(s storage.Store) storage.Store { return full{s, &now} })
	worker := w.member("worker", tumenv1.Role_ROLE_CASE_WORKER)
	now.Store(true)
	_, err := worker.persons.GetPerson(w.ctx, &tumenv1.GetPersonRequest{Name: nowhere})
	refused(t, err, codes.NotFound, "NOT_FOUND")
	if got := deniedTo(t, worker); len(got) > 0 {
		t.Errorf("a full store holds %q", got)
	}
	now.Store(false)
	_, err = worker.persons.GetPerson(w.ctx, &tumenv1.GetPersonRequest{Name: nowhere})
	refused(t, err, codes.NotFound, "NOT_FOUND")
	if got := deniedTo(t, worker); !slices.Equal(got, []string{"NOT_FOUND PersonService/GetPerson " + nowhere + " 1"}) {
		t.Errorf("%q", got)
	}
}

// TestWhoOnlyHasAMatterCheckedIsDeniedLikeOthers: what they can't see is not to be looked
// for by way of what is never applied.
func TestWhoOnlyHasAMatterCheckedIsDeniedLikeOthers(t *testing.T) {
	w := start(t, nil)
	m := w.member("worker", tumenv1.Role_ROLE_CASE_WORKER)
	_, err := applyMatter(w, m, true, source("A", "news", "x", relayed, "sources/00000000000000000000000000"))
	ok(t, err)
	if got := deniedTo(t, m); !slices.Equal(got, []string{"REFERENCE_NOT_FOUND ExchangeService/ApplyMatter  0"}) {
		t.Errorf("denied: %q", got)
	}
}
