package web_test

import (
	"net/http"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	tumenv1 "tumen/proto/tumen/v1"
)

// share shares a matter with the partner, without who anybody is.
func (p *place) share(matter string) {
	p.t.Helper()
	conn := p.as("case-worker")
	grantee, err := conn.Grants.FindGrantee(p.t.Context(), &tumenv1.FindGranteeRequest{Organisation: "partner-ngo"})
	ok(p.t, err)
	_, err = conn.Grants.CreateGrant(p.t.Context(), &tumenv1.CreateGrantRequest{Parent: matter, Reason: "they know more", Grant: &tumenv1.Grant{
		Grantee: grantee.GetName(), Level: tumenv1.GrantLevel_GRANT_LEVEL_CONTENT, Purpose: "to compare notes", ExpireTime: timestamppb.New(time.Now().Add(24 * time.Hour)),
	}})
	ok(p.t, err)
}

// offer is what a partner sends to a case.
func offer(matter string) *tumenv1.Submission {
	return &tumenv1.Submission{
		Case: matter, Note: "from a colleague in Seoul", Source: &tumenv1.SubmittedSource{Kind: "ngo-statement", Title: "What we heard", Publisher: "A partner"},
		Claims: []*tumenv1.SubmittedClaim{{Aspect: tumenv1.Aspect_ASPECT_OCCURRENCE, Stance: tumenv1.Stance_STANCE_ASSERTS, Quote: &tumenv1.Quote{Text: "그날 밤", Language: "ko"}}},
	}
}

func TestAPartnerReadsWhatIsSharedAndSendsWhatTheyKnow(t *testing.T) {
	p := start(t)
	x := p.whole()
	_, err := p.as("case-worker").Cases.UpdateCase(t.Context(), followUp(t, p, x.matter))
	ok(t, err)
	p.share(x.matter)
	sent, err := p.as("partner").Submissions.CreateSubmission(t.Context(), &tumenv1.CreateSubmissionRequest{Reason: "we heard", Submission: offer(x.matter)})
	ok(t, err)
	name := sent.GetSubmission().GetName()

	partner := p.signedIn("partner", "en")
	for page, path := range x.pagesOf() {
		if reply := partner.get(path); reply.StatusCode == http.StatusInternalServerError || (page == "case" || page == "grants" || page == "source" || page == "finding" || page == "claim" || page == "person") && reply.StatusCode != http.StatusOK {
			t.Errorf("%s: %s\n%s", page, reply.Status, partner.page)
		}
		partner.hides(secretPerson, secretSource, secretBirth, `href="/history/`, "Download the export")
	}
	status(t, partner.get("/submissions?sent=1"), http.StatusOK)
	partner.shows("What we heard", `href="/`+name+`"`)

	worker := p.signedIn("case-worker", "en")
	worker.get("/")
	worker.shows("Intake from partners", "What we heard", "partner-ngo", "To look at again")
	status(t, worker.get("/"+name), http.StatusOK)
	worker.shows("from a colleague in Seoul", `<blockquote lang="ko" dir="auto">그날 밤`, "A return in October", "waiting for a decision")
	status(t, worker.get("/"+x.matter+"/grants"), http.StatusOK)
	worker.shows("partner-ngo", "to compare notes", "in force")
}

// followUp asks to look at a case again on a day that has passed, and assigns it to who
// recorded it.
func followUp(t *testing.T, p *place, matter string) *tumenv1.UpdateCaseRequest {
	conn := p.as("case-worker")
	self, err := conn.Access.GetSelf(t.Context(), &tumenv1.GetSelfRequest{})
	ok(t, err)
	read, err := conn.Cases.GetCase(t.Context(), &tumenv1.GetCaseRequest{Name: matter})
	ok(t, err)
	c := read.GetCase()
	c.FollowUpDate, c.Assignees = "2024-01-31", []string{self.GetMember().GetName()}
	return &tumenv1.UpdateCaseRequest{Case: c, Reason: "look again", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"follow_up_date", "assignees"}}}
}

func TestMembersAreListedAndEverybodySeesWhatTheyMay(t *testing.T) {
	p := start(t)
	for member, want := range map[string][]string{
		"administrator": {"reviewer-2", "auditor", "active", "administrator"},
		"case-worker":   {"reviewer-2", "case worker"},
		"partner":       {"partner"},
	} {
		b := p.signedIn(member, "en")
		status(t, b.get("/members"), http.StatusOK)
		b.shows(want...)
		status(t, b.get("/me"), http.StatusOK)
		b.shows("(in use now)", "API token", member)
	}
	b := p.signedIn("partner", "en")
	b.get("/members")
	b.hides("reviewer-2")
}
