package web_test

import (
	"bytes"
	"io"
	"net/http"
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
		if made := o.typed()[key]; made != nil {
			o.names[key] = made()
		} else if beside := o.beside(key); beside != "" {
			o.names[key] = beside
		} else if subject, aspect, finding := strings.Cut(key, "/"); finding {
			o.names[key] = o.finding(o.name(subject), tumenv1.Aspect(tumenv1.Aspect_value["ASPECT_"+strings.ToUpper(aspect)]))
		} else {
			o.names[key] = o.record(key)
		}
	}
	return o.names[key]
}

// typed are what pages are about that nobody has recorded in the matter.
func (o *octoberSite) typed() map[string]func() string {
	return map[string]func() string{"draft": o.draft, "intake-draft": o.intakeDraft, "table-draft": o.tableDraft, "copied-source": o.copiedSource}
}

// intakeDraft is an intake of which everything is typed, and one thing wrong.
func (o *octoberSite) intakeDraft() string {
	b := o.signedIn("case-worker", "en")
	b.beginsIntake()
	b.typesOctober(map[string]string{"source/f.title": "Another statement", "case/f.title": "Another matter", "event/f.time.edtf": "2019-01"})
	draft := b.form(nil).Get("draft")
	b.get("/intake/claims?draft=" + draft)
	b.sends("next", map[string]string{"claims/count/f.value.count.low": "many"})
	return draft
}

// tableDraft is a table of claims in which something is wrong with some cells.
func (o *octoberSite) tableDraft() string {
	b := o.signedIn("case-worker", "en")
	page := "/" + o.name("october-2023") + "/bulk?kind=claim"
	b.get(page)
	status(o.t, b.sendsTable(page, "claims.csv", "key,source,subjects,aspect,stance,value.count.low,quote.text\n"+
		"T1,S1,E1,count,asserts,many,a quote that goes on for longer than a cell of a table has room for on a telephone\nT2,S1,E1,number,asserts,5,\n,S99,E1,count,,5,\n"), http.StatusSeeOther)
	return b.form(nil).Get("draft")
}

// copiedSource is a source with a preserved copy that is text, and one that is not.
func (o *octoberSite) copiedSource() string {
	made, err := o.conn.Sources.CreateSource(o.t.Context(), &tumenv1.CreateSourceRequest{Reason: "x", Source: &tumenv1.Source{Kind: "news", Title: "A report with copies", Language: "ko"}})
	ok(o.t, err)
	for file, kind := range map[string]string{"report.txt": "text/plain", "report.html": "text/html"} {
		_, err := o.conn.UploadCapture(o.t.Context(), &tumenv1.CaptureHeader{Parent: made.GetSource().GetName(), Reason: "x", Capture: &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL, FileName: file, MediaType: kind}}, strings.NewReader(strings.Repeat("2023년 10월 9일 밤에 있었던 일이다.\n", 3000)), nil)
		ok(o.t, err)
	}
	return made.GetSource().GetName()
}

// beside is a record that the matter itself does not call by a key; empty for none.
func (o *octoberSite) beside(key string) string {
	ctx := o.t.Context()
	switch key {
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
