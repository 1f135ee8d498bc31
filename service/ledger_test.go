package service_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/ledger"
	"tumen/service/records"
)

// entries lists all entries that a member is shown, page by page.
func entries(t testing.TB, m *member, req *tumenv1.ListLedgerEntriesRequest) []*tumenv1.LedgerEntry {
	t.Helper()
	var all []*tumenv1.LedgerEntry
	for {
		page, err := tumenv1.NewLedgerServiceClient(m.conn).ListLedgerEntries(t.Context(), req)
		ok(t, err)
		all = append(all, page.GetEntries()...)
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			return all
		}
	}
}

// TestEveryEntryIsInTheTreeOfTheCheckpoint: as an outsider works it out.
func TestEveryEntryIsInTheTreeOfTheCheckpoint(t *testing.T) {
	i := startIdentities(t)
	log := tumenv1.NewLedgerServiceClient(i.worker.conn)
	c, err := log.GetCheckpoint(t.Context(), &tumenv1.GetCheckpointRequest{})
	ok(t, err)
	v, err := note.NewVerifier(c.GetVerifierKey())
	ok(t, err)
	signed, err := note.Open([]byte(c.GetCheckpoint()), note.VerifierList(v))
	ok(t, err)
	root, err := base64.StdEncoding.DecodeString(strings.Split(signed.Text, "\n")[2])
	ok(t, err)
	all := entries(t, i.worker, &tumenv1.ListLedgerEntriesRequest{PageSize: 7})
	if len(all) < 30 || c.GetPublished() != "" || !slices.IsSortedFunc(all, func(a, b *tumenv1.LedgerEntry) int { return int(a.GetLeaf() - b.GetLeaf()) }) {
		t.Fatalf("%d entries under %v", len(all), c)
	}
	for _, e := range all {
		p, err := log.ProveInclusion(t.Context(), &tumenv1.ProveInclusionRequest{Leaf: e.GetLeaf(), TreeSize: c.GetTreeSize()})
		ok(t, err)
		commitment := sha256.Sum256(append(slices.Clone(e.GetSalt()), e.GetEntry()...))
		leaf := rfc6962.DefaultHasher.HashLeaf(commitment[:])
		if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(e.GetLeaf()), uint64(p.GetTreeSize()), leaf, p.GetHashes(), root); err != nil {
			t.Fatalf("%v: %v", e, err)
		}
		if string(p.GetLeafHash()) != string(leaf) || string(p.GetRoot()) != string(root) || !strings.HasSuffix(p.GetProof(), "\n\n"+c.GetCheckpoint()) {
			t.Errorf("%v", p)
		}
		entry, err := ledger.ParseEntry([]byte(e.GetEntry()))
		ok(t, err)
		if entry.Record != e.GetRecord() || entry.Revision != e.GetRevision() || entryTells(t, e, "day") == "" || len(e.GetDisclosures()) != 2 {
			t.Errorf("%v", e)
		}
	}
	for from := int64(1); from <= c.GetTreeSize(); from += 5 {
		p, err := log.ProveConsistency(t.Context(), &tumenv1.ProveConsistencyRequest{FromSize: from})
		ok(t, err)
		if err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(from), uint64(p.GetToSize()), p.GetHashes(), p.GetFromRoot(), p.GetToRoot()); err != nil || string(p.GetToRoot()) != string(root) {
			t.Errorf("from %d: %v", from, err)
		}
	}
	_, err = log.ProveInclusion(t.Context(), &tumenv1.ProveInclusionRequest{Leaf: c.GetTreeSize()})
	refused(t, err, codes.NotFound, "NO_SUCH_LEAF")
	_, err = log.ProveInclusion(t.Context(), &tumenv1.ProveInclusionRequest{TreeSize: c.GetTreeSize() + 1})
	refused(t, err, codes.NotFound, "NO_SUCH_TREE")
	_, err = log.ProveConsistency(t.Context(), &tumenv1.ProveConsistencyRequest{FromSize: 3, ToSize: 2})
	refused(t, err, codes.InvalidArgument, "TREES_OUT_OF_ORDER")
	_, err = log.ListLedgerEntries(t.Context(), &tumenv1.ListLedgerEntriesRequest{Kind: "rumour"})
	refused(t, err, codes.InvalidArgument, "KIND_UNKNOWN")
}

// TestEntriesAreThoseOfOneRecordOrOfSomeLeaves.
func TestEntriesAreThoseOfOneRecordOrOfSomeLeaves(t *testing.T) {
	i := startIdentities(t)
	_, err := i.worker.persons.UpdatePerson(t.Context(), &tumenv1.UpdatePersonRequest{Person: &tumenv1.Person{Name: i.person, Etag: i.etag(), Notes: "x"}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"notes"}}, Reason: "a test"})
	ok(t, err)
	all := entries(t, i.worker, &tumenv1.ListLedgerEntriesRequest{})
	of := entries(t, i.worker, &tumenv1.ListLedgerEntriesRequest{Record: i.person, PageSize: 1, ExactTimes: true})
	if len(of) != 2 || of[0].GetRevision() != 1 || of[1].GetRevision() != 2 {
		t.Fatalf("%v", of)
	}
	for _, e := range of {
		at := entryTells(t, e, "time")
		entry, err := ledger.ParseEntry([]byte(e.GetEntry()))
		ok(t, err)
		if len(e.GetDisclosures()) != 3 || entry.Time != ledger.Digest([]byte(e.GetDisclosures()[0])) || entry.Day != ledger.Digest([]byte(e.GetDisclosures()[1])) || entry.Member != ledger.Digest([]byte(e.GetDisclosures()[2])) || len(at) < len("2026-01-01T00:00:00Z") || entryTells(t, e, "member") != i.worker.name {
			t.Errorf("%v", e)
		}
	}
	from, to := all[3].GetLeaf(), all[8].GetLeaf()
	some := entries(t, i.worker, &tumenv1.ListLedgerEntriesRequest{FromLeaf: from, ToLeaf: to, PageSize: 2})
	if len(some) != 5 || some[0].GetLeaf() != from || some[4].GetLeaf() != all[7].GetLeaf() {
		t.Errorf("%d to %d: %v", from, to, some)
	}
}

// entryTells is the value of what an entry discloses.
func entryTells(t testing.TB, e *tumenv1.LedgerEntry, name string) string {
	t.Helper()
	for _, d := range e.GetDisclosures() {
		text, err := base64.RawURLEncoding.DecodeString(d)
		ok(t, err)
		var parts [3]string
		ok(t, json.Unmarshal(text, &parts))
		if parts[1] == name {
			return parts[2]
		}
	}
	t.Fatalf("%v discloses no %s", e, name)
	return ""
}

// TestEntriesTellNoMoreThanTheRecordsDo: to each role.
func TestEntriesTellNoMoreThanTheRecordsDo(t *testing.T) {
	i := startIdentities(t)
	limited := i.limited("low", tumenv1.Role_ROLE_AUDITOR, tumenv1.Role_ROLE_CASE_WORKER)
	auditor := i.member("auditor", tumenv1.Role_ROLE_AUDITOR)
	administrator := i.member("administrator", tumenv1.Role_ROLE_ADMINISTRATOR)
	_, err := i.admin.CreateOrganisation(t.Context(), &tumenv1.CreateOrganisationRequest{Organisation: &tumenv1.Organisation{Handle: "elsewhere", DisplayName: "Elsewhere"}})
	ok(t, err)
	elsewhere := i.memberOf("elsewhere", "auditor", tumenv1.Role_ROLE_AUDITOR)
	chief := i.memberOf("elsewhere", "chief", tumenv1.Role_ROLE_ADMINISTRATOR)
	partner := i.memberOf("elsewhere", "partner", tumenv1.Role_ROLE_PARTNER)
	_ = i.etag() // the worker reads a person
	i.mark("N-S1", red)
	count := func(m *member, of func(*tumenv1.LedgerEntry) bool) (n int) {
		for _, e := range entries(t, m, &tumenv1.ListLedgerEntriesRequest{}) {
			if of(e) {
				n++
			}
		}
		return n
	}
	ofRecords := func(e *tumenv1.LedgerEntry) bool {
		return strings.HasPrefix(e.GetRecord(), "persons/") || strings.HasPrefix(e.GetRecord(), "cases/")
	}
	kind := func(kind string) func(*tumenv1.LedgerEntry) bool {
		return func(e *tumenv1.LedgerEntry) bool { return e.GetKind() == kind }
	}
	for _, tc := range []struct {
		name                        string
		who                         *member
		records, disclosures, local bool
	}{
		{"the case worker who read", i.worker, true, true, false},
		{"an auditor", auditor, false, true, false}, // nothing has been decided
		{"one with a limited marking", limited, true, false, false},
		{"an administrator", administrator, false, false, true},
		{"another organisation's auditor", elsewhere, false, false, false},
		{"another organisation's administrator", chief, false, false, true},
	} {
		if n := count(tc.who, ofRecords); n > 0 != tc.records {
			t.Errorf("%s sees %d entries about records", tc.name, n)
		}
		if n := count(tc.who, kind("disclosure")); n > 0 != tc.disclosures {
			t.Errorf("%s sees %d disclosures", tc.name, n)
		}
		if n := count(tc.who, kind("local")); n > 0 != tc.local {
			t.Errorf("%s sees %d local acts", tc.name, n)
		}
	}
	for _, e := range entries(t, limited, &tumenv1.ListLedgerEntriesRequest{}) {
		if e.GetRecord() == i.nameClaim || e.GetStatementName() != "" {
			t.Errorf("one with a limited marking sees %v", e)
		}
	}
	for _, e := range entries(t, chief, &tumenv1.ListLedgerEntriesRequest{}) {
		if strings.Contains(string(e.GetStatement()), administrator.name) || e.GetKind() != "local" && !strings.HasPrefix(e.GetRecord(), organisationOf(chief)) {
			t.Errorf("another organisation's administrator sees %v", e)
		}
	}
	_, err = tumenv1.NewLedgerServiceClient(limited.conn).ListLedgerEntries(t.Context(), &tumenv1.ListLedgerEntriesRequest{Record: i.nameClaim})
	refused(t, err, codes.NotFound, "NOT_FOUND")
	_, err = tumenv1.NewLedgerServiceClient(auditor.conn).ListLedgerEntries(t.Context(), &tumenv1.ListLedgerEntriesRequest{Record: "persons/00000000000000000000000000"})
	refused(t, err, codes.NotFound, "NOT_FOUND")
	_, err = tumenv1.NewLedgerServiceClient(partner.conn).GetCheckpoint(t.Context(), &tumenv1.GetCheckpointRequest{})
	refused(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
}

// TestALocalCommandStandsInTheLedger: what it did and what it was about, and nothing
// of a token.
func TestALocalCommandStandsInTheLedger(t *testing.T) {
	w := start(t, nil)
	administrator := w.member("administrator", tumenv1.Role_ROLE_ADMINISTRATOR)
	_, err := w.admin.RevokeTokens(t.Context(), &tumenv1.RevokeTokensRequest{Organisation: "ngo", Member: "nobody"})
	refused(t, err, codes.NotFound, "NO_SUCH_MEMBER")
	var got []string
	for _, e := range entries(t, administrator, &tumenv1.ListLedgerEntriesRequest{Kind: "local"}) {
		if !strings.HasPrefix(e.GetStatementName(), "local-acts/") || entryTells(t, e, "day") == "" {
			t.Errorf("%v", e)
		}
		got = append(got, string(e.GetStatement()))
	}
	organisation, _, _ := strings.Cut(administrator.name, "/members/")
	want := []string{
		`{"v":1,"method":"AdminService/CreateOrganisation","records":["` + organisation + `"]}`,
		`{"v":1,"method":"AdminService/CreateMember","records":["` + administrator.name + `"]}`,
		`{"v":1,"method":"AdminService/CreateToken","records":["` + administrator.name + `"]}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestALongWayToAnEntryIsGoneInSteps: a page may be empty though more follow.
func TestALongWayToAnEntryIsGoneInSteps(t *testing.T) {
	w := start(t, nil)
	worker := w.member("worker", tumenv1.Role_ROLE_CASE_WORKER)
	_, err := w.records.Change(t.Context(), records.Author{Method: "AdminService/CreateOrganisation", Reason: "a test"}, func(tx *records.Tx) error {
		for n := range 1100 {
			if err := tx.Create(&tumenv1.Organisation{Handle: fmt.Sprint("ngo-", n), DisplayName: "another"}, ""); err != nil {
				return err
			}
		}
		return nil
	})
	ok(t, err)
	made, err := worker.cases.CreateCase(t.Context(), &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "A case"}, Reason: "a test"})
	ok(t, err)
	request := &tumenv1.ListLedgerEntriesRequest{FromLeaf: 10}
	first, err := tumenv1.NewLedgerServiceClient(worker.conn).ListLedgerEntries(t.Context(), request)
	ok(t, err)
	if len(first.GetEntries()) > 0 || first.GetNextPageToken() == "" {
		t.Fatalf("%v", first)
	}
	all := entries(t, worker, request)
	if len(all) != 1 || all[0].GetRecord() != made.GetCase().GetName() {
		t.Errorf("%v", all)
	}
}
