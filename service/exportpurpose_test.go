package service_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	tumenv1 "tumen/proto/tumen/v1"
)

const (
	forRecord  = tumenv1.ReleasePurpose_RELEASE_PURPOSE_RECORD
	forPublish = tumenv1.ReleasePurpose_RELEASE_PURPOSE_PUBLISH
	forShare   = tumenv1.ReleasePurpose_RELEASE_PURPOSE_SHARE_WITH_PARTNERS
)

// releases has a person agree to some purposes, and to no others.
func (i *identities) releases(name string, purposes ...tumenv1.ReleasePurpose) {
	i.t.Helper()
	var terms []*tumenv1.Release
	for _, p := range purposes {
		terms = append(terms, &tumenv1.Release{Purpose: p, Basis: tumenv1.ReleaseBasis_RELEASE_BASIS_OWN_CONSENT})
	}
	p, err := i.worker.persons.GetPerson(i.ctx, &tumenv1.GetPersonRequest{Name: name})
	ok(i.t, err)
	_, err = i.worker.persons.UpdatePerson(i.ctx, &tumenv1.UpdatePersonRequest{Person: &tumenv1.Person{Name: name, Etag: p.GetPerson().GetEtag(), Releases: terms}, Reason: "asked again", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"releases"}}})
	ok(i.t, err)
}

// TestIdentityLeavesOnlyForWhatItWasReleasedFor, by who is cleared, whoever recorded it;
// and that is in the ledger, out of their budget.
func TestIdentityLeavesOnlyForWhatItWasReleasedFor(t *testing.T) {
	i := startIdentities(t)
	both := i.cleared("both", 0, identity, sourceIdentity)
	classes := []tumenv1.Protection{tumenv1.Protection_PROTECTION_CONTENT, identity, sourceIdentity}
	export := func(m *member, purpose tumenv1.ReleasePurpose, classes ...tumenv1.Protection) (*taken, error) {
		return i.takes(m, &tumenv1.ExportRecordsRequest{Query: &tumenv1.ExportQuery{Case: caseOf(i.october), Purpose: purpose}, Disclose: classes})
	}
	tells := func(x *taken) (told []string) {
		for _, r := range x.records {
			if strings.Contains(string(r.GetLine()), "Unseen") {
				told = append(told, r.GetName())
			}
		}
		return told
	}
	_, err := export(both, 0, classes...)
	refused(t, err, codes.InvalidArgument, "PURPOSE_MISSING", "query.purpose")
	_, err = export(both, forRecord, classes...)
	refused(t, err, codes.InvalidArgument, "ENUM_NOT_IN", "query.purpose")

	i.releases(i.person, forRecord, forPublish)
	for _, tc := range []struct {
		name    string
		who     *member
		purpose tumenv1.ReleasePurpose
		classes []tumenv1.Protection
		told    bool
	}{
		{"who is cleared, for what it was released for", both, forPublish, classes, true},
		{"for something else", both, forShare, classes, false},
		{"who recorded it, and is not cleared", i.worker, forPublish, classes, false},
		{"who did not ask for it", both, forPublish, classes[:1], false},
	} {
		x, err := export(tc.who, tc.purpose, tc.classes...)
		ok(t, err)
		if told := tells(x); slices.Contains(told, i.person) != tc.told || slices.Contains(told, i.nameClaim) != tc.told || slices.Contains(told, i.src) {
			t.Errorf("%s: %q", tc.name, told)
		}
	}
	all := disclosures(t, both)
	if len(all) != 1 || all[0].Purpose != "publish: for the commission" || all[0].Method != "ExportService/ExportRecords" || !slices.ContainsFunc(all[0].Records, func(r struct {
		Record   string
		Revision int64
		Classes  []string
	}) bool {
		return r.Record == i.person && slices.Equal(r.Classes, []string{"IDENTITY"})
	}) {
		t.Errorf("in the ledger: %+v", all)
	}
	few := i.cleared("few", 1, identity)
	_, err = export(few, forPublish, classes...)
	refused(t, err, codes.ResourceExhausted, "IDENTITY_BUDGET_SPENT")

	// What was withdrawn since is in no part that is still to come.
	x, err := export(both, forPublish, classes...)
	ok(t, err)
	i.withdraws(i.person, &tumenv1.Withdrawal{Purposes: []tumenv1.ReleasePurpose{forPublish}})
	again, err := i.continues(both, x.header.GetName(), 0)
	ok(t, err)
	if told := tells(again); len(told) > 0 {
		t.Errorf("withdrawn, it is told by %q", told)
	}
	i.agrees(i.person, tumenv1.ReleaseBasis_RELEASE_BASIS_REFUSED)
	x, err = export(both, forPublish, classes...)
	ok(t, err)
	if told := tells(x); len(told) > 0 {
		t.Errorf("refused altogether, it is told by %q", told)
	}
}

// TestTextsLeaveForAPurposeOnceTheyAreMarkedFree: what may name anybody stays, and is said
// to, until somebody has read it through; reasons stay in any case.
func TestTextsLeaveForAPurposeOnceTheyAreMarkedFree(t *testing.T) {
	o, _ := decidedOctober(t)
	reviewer := o.member("third", tumenv1.Role_ROLE_REVIEWER)
	f := o.finding(reviewer, "E1", count)
	export := func(purpose tumenv1.ReleasePurpose) (text string, rules []withheldFields) {
		t.Helper()
		x, err := o.takes(reviewer, &tumenv1.ExportRecordsRequest{Query: &tumenv1.ExportQuery{Case: caseOf(o), Purpose: purpose}})
		ok(t, err)
		for _, r := range x.records {
			if r.GetName() == f.GetName() {
				revisions := lineOf(t, r).Revisions
				last := revisions[len(revisions)-1]
				return string(r.GetLine()), last.Withheld
			}
		}
		t.Fatal("the finding is not in it")
		return "", nil
	}
	rationale := f.GetConclusion().GetRationale()
	byTexts := func(all []withheldFields) bool {
		return slices.ContainsFunc(all, func(w withheldFields) bool { return w.Class == "CONTENT" && w.Rule == "texts" })
	}
	if text, rules := export(0); !strings.Contains(text, rationale) || !strings.Contains(text, "change_reason") || byTexts(rules) {
		t.Errorf("without a purpose: %s", text)
	}
	if text, rules := export(forPublish); strings.Contains(text, rationale) || strings.Contains(text, "change_reason") || !byTexts(rules) {
		t.Errorf("for a purpose: %s", text)
	}
	_, err := reviewer.records.MarkFreeOfIdentities(o.ctx, &tumenv1.MarkFreeOfIdentitiesRequest{Name: f.GetName(), Etag: f.GetEtag(), Reason: "read through"})
	ok(t, err)
	name := o.names["C-S1-E1-"+count.String()]
	c, err := reviewer.claims.GetClaim(o.ctx, &tumenv1.GetClaimRequest{Name: name})
	ok(t, err)
	_, err = reviewer.records.MarkFreeOfIdentities(o.ctx, &tumenv1.MarkFreeOfIdentitiesRequest{Name: name, Etag: c.GetClaim().GetEtag(), Reason: "read through"})
	ok(t, err)
	if f = o.finding(reviewer, "E1", count); f.GetStale() || f.GetState() != tumenv1.FindingState_FINDING_STATE_CORROBORATED {
		t.Errorf("that texts were read through makes it stale: %v", f.GetStaleReasons())
	}
	if text, _ := export(forPublish); !strings.Contains(text, rationale) || strings.Contains(text, "read through") {
		t.Errorf("marked: %s", text)
	}
}
