package web_test

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"

	"tumen/clients/cli"
	"tumen/clients/client"
	"tumen/clients/web"
	"tumen/clients/web/browsertest"
	"tumen/clients/web/wording"
	"tumen/cmd/tumend/daemontest"
	"tumen/demo"
	tumenv1 "tumen/proto/tumen/v1"
)

// octoberSite is a site, set up as a demonstration, before a server that holds the matter of
// October 2023.
type octoberSite struct {
	*place
	conn  *client.Conn      // the case worker's
	names map[string]string // of records, by what the matter calls them
}

func startOctober(t testing.TB) *octoberSite {
	t.Helper()
	server := daemontest.Start(t, daemontest.Options{})
	var complaint bytes.Buffer
	apply := []string{"--profile", server.Profiles["case-worker"], "apply", "-f", "-", "--reason", "first report"}
	if code := cli.Run(t.Context(), apply, bytes.NewReader(demo.October2023), io.Discard, &complaint); code != 0 {
		t.Fatalf("the matter was refused: %s", complaint.Bytes())
	}
	o := &octoberSite{place: behind(t, server), conn: server.Connect("case-worker"), names: map[string]string{}}
	o.open(func(c *web.Config) {
		for _, member := range []string{"administrator", "case-worker", "reviewer", "reviewer-2", "auditor", "partner"} {
			c.Demonstration = append(c.Demonstration, web.Member{Name: member, Token: o.profiles[member].Token})
		}
	})
	return o
}

// path puts names of records into the path of a sight.
func (o *octoberSite) path(of string) string {
	o.t.Helper()
	return placeholder.ReplaceAllStringFunc(of, func(key string) string { return o.name(strings.Trim(key, "{}")) })
}

// name is that of the record that the matter calls by a key, or of a finding: E1/occurrence.
func (o *octoberSite) name(key string) string {
	o.t.Helper()
	if o.names[key] == "" {
		if beside := o.beside(key); beside != "" {
			o.names[key] = beside
		} else if subject, aspect, finding := strings.Cut(key, "/"); finding {
			o.names[key] = o.finding(o.name(subject), tumenv1.Aspect(tumenv1.Aspect_value["ASPECT_"+strings.ToUpper(aspect)]))
		} else {
			o.names[key] = o.record(key)
		}
	}
	return o.names[key]
}

// beside is a record that the matter itself does not call by a key; empty for none.
func (o *octoberSite) beside(key string) string {
	ctx := o.t.Context()
	switch key {
	case "draft":
		return o.draft()
	case "claim":
		found, err := o.conn.Claims.ListClaims(ctx, &tumenv1.ListClaimsRequest{Parent: "cases/-", Subject: o.name("E1"), Source: o.name("S4"), Aspect: tumenv1.Aspect_ASPECT_COUNT})
		ok(o.t, err)
		return found.GetMatches()[0].GetClaim().GetName()
	case "person":
		made, err := o.conn.Persons.CreatePerson(ctx, &tumenv1.CreatePersonRequest{Reason: "first report", Person: &tumenv1.Person{Names: []*tumenv1.PersonName{{Text: secretPerson}}, Sex: tumenv1.Sex_SEX_FEMALE}})
		ok(o.t, err)
		return made.GetPerson().GetName()
	case "shared":
		made, err := o.conn.Cases.CreateCase(ctx, &tumenv1.CreateCaseRequest{Reason: "first report", Case: &tumenv1.Case{Title: "A case that is shared", Marking: tumenv1.Marking_MARKING_AMBER}})
		ok(o.t, err)
		o.share(made.GetCase().GetName())
		return made.GetCase().GetName()
	case "submission":
		sent, err := o.as("partner").Submissions.CreateSubmission(ctx, &tumenv1.CreateSubmissionRequest{Reason: "we heard", Submission: offer(o.name("shared"))})
		ok(o.t, err)
		return sent.GetSubmission().GetName()
	}
	return ""
}

// draft is one that the case worker keeps, of a case.
func (o *octoberSite) draft() string {
	o.t.Helper()
	b := o.signedIn("case-worker", "en")
	b.get("/new/case")
	leadsTo(o.t, b.post("/new/case", b.form(map[string]string{"f.title": "Half a title", "do": "keep"})), "/drafts")
	b.get("/drafts")
	return strings.TrimPrefix(draftPath.FindString(b.page), "/")
}

var draftPath = regexp.MustCompile(`/drafts/[0-9a-z]{26}`)

func (o *octoberSite) record(key string) string {
	o.t.Helper()
	found, err := o.conn.Records.FindRecord(o.t.Context(), &tumenv1.FindRecordRequest{
		By: &tumenv1.FindRecordRequest_ExternalId{ExternalId: &tumenv1.ExternalId{Issuer: daemontest.Organisation, Id: key}},
	})
	ok(o.t, err)
	if len(found.GetNames()) != 1 {
		o.t.Fatalf("%d records are called %s", len(found.GetNames()), key)
	}
	return found.GetNames()[0]
}

func (o *octoberSite) finding(subject string, aspect tumenv1.Aspect) string {
	o.t.Helper()
	found, err := o.conn.Verification.ListFindings(o.t.Context(), &tumenv1.ListFindingsRequest{Parent: "cases/-", Subject: subject, Aspect: aspect})
	ok(o.t, err)
	if len(found.GetFindings()) != 1 {
		o.t.Fatalf("%d findings on %v of %s", len(found.GetFindings()), aspect, subject)
	}
	return found.GetFindings()[0].GetName()
}

// arrive opens a window and signs a member in, by the page, in a language; nobody if the
// member is empty.
func (o *octoberSite) arrive(t testing.TB, b *browsertest.Browser, member string, language wording.Language) *browsertest.Window {
	t.Helper()
	w := b.Window(t, o.url)
	w.Go("/sign-in?language=" + string(language))
	if member != "" {
		w.Follow(member)
		w.Says(wording.In(language).Say("layout.sign_out"))
	}
	return w
}
