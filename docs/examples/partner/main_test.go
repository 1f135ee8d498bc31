package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tumen/clients/client"
	"tumen/cmd/tumend/daemontest"
	tumenv1 "tumen/proto/tumen/v1"
)

func try(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestAPartnerStartsFromThis: against a real server, before and after a case is shared,
// and once a worker has decided.
func TestAPartnerStartsFromThis(t *testing.T) {
	r := daemontest.Start(t, daemontest.Options{})
	said := func() string {
		t.Helper()
		var out strings.Builder
		try(t, run(t.Context(), r.Profiles["partner"], &out))
		return out.String()
	}
	if got := said(); got != "nothing is shared with us\n" {
		t.Errorf("before: %s", got)
	}
	worker := r.Connect("case-worker")
	share(t, worker)
	shared := regexp.MustCompile(`^ngo shares 20[0-9]{2}-[0-9A-Z]{5} for a joint submission: occurrence: nobody has spoken to it\noffered 2 claims\nOur field office: waiting\n$`)
	if got := said(); !shared.MatchString(got) {
		t.Errorf("shared: %s", got)
	}
	waiting, err := worker.Submissions.ListSubmissions(t.Context(), &tumenv1.ListSubmissionsRequest{})
	try(t, err)
	first := waiting.GetSubmissions()[0]
	_, err = worker.Submissions.AcceptSubmission(t.Context(), &tumenv1.AcceptSubmissionRequest{Name: first.GetName(), Etag: first.GetEtag(), Reason: "credible", Answer: "Thank you."})
	try(t, err)
	if got := said(); !strings.HasSuffix(got, "Our field office: accepted. Thank you.\nOur field office: waiting\n") || !strings.Contains(got, "occurrence: reported") {
		t.Errorf("decided: %s", got)
	}
}

// share records a case with its event and shares it with the partner.
func share(t *testing.T, worker *client.Conn) {
	t.Helper()
	ctx, amber := t.Context(), tumenv1.Marking_MARKING_AMBER
	made, err := worker.Cases.CreateCase(ctx, &tumenv1.CreateCaseRequest{Reason: "r", Case: &tumenv1.Case{Title: "A case", Marking: amber}})
	try(t, err)
	c := made.GetCase()
	event, err := worker.Cases.CreateEvent(ctx, &tumenv1.CreateEventRequest{Parent: c.GetName(), Reason: "r", Event: &tumenv1.Event{Act: "refoulement", Marking: amber}})
	try(t, err)
	c.PrincipalEvent = event.GetEvent().GetName()
	_, err = worker.Cases.UpdateCase(ctx, &tumenv1.UpdateCaseRequest{Case: c, Reason: "r", UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"principal_event"}}})
	try(t, err)
	to, err := worker.Grants.FindGrantee(ctx, &tumenv1.FindGranteeRequest{Organisation: daemontest.Partner})
	try(t, err)
	_, err = worker.Grants.CreateGrant(ctx, &tumenv1.CreateGrantRequest{Parent: c.GetName(), Reason: "r", Grant: &tumenv1.Grant{
		Grantee: to.GetName(), Level: tumenv1.GrantLevel_GRANT_LEVEL_CONTENT, Purpose: "a joint submission", ExpireTime: timestamppb.New(time.Now().Add(time.Hour)),
	}})
	try(t, err)
}
