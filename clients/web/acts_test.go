package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	tumenv1 "tumen/proto/tumen/v1"
)

func TestACaseIsSharedAndWhatComesBackIsDecided(t *testing.T) {
	p := start(t)
	name := p.matter("A return in October", "Justice For North Korea")
	b := p.signedIn("case-worker", "en")
	b.get("/" + name + "/grants")
	b.shows(`href="/act/grant?case=cases`)
	path := "/act/grant?case=" + name
	form := func(typed map[string]string) url.Values {
		status(t, b.get(path), http.StatusOK)
		return b.typedStep(typed)
	}
	given := map[string]string{"f.grantee": "nobody-here", "f.level": "content", "f.purpose": "to compare notes", "until": time.Now().Add(72 * time.Hour).Format(time.DateOnly)}
	status(t, b.post(path, form(given)), http.StatusUnprocessableEntity)
	b.shows(`href="#f-grantee"`, "to compare notes")
	given["f.grantee"] = "partner-ngo"
	status(t, b.post(path, form(given)), http.StatusConflict)
	b.shows("stays in its organisation", "to compare notes")
	b.get("/edit/" + name)
	leadsTo(t, b.post("/edit/"+name, b.typedStep(map[string]string{"f.marking": "amber"})), "/"+name)
	for _, wrong := range []string{"", "tomorrow", "2020-01-01", "2099-01-01"} {
		f := form(given)
		f.Set("until", wrong)
		status(t, b.post(path, f), http.StatusUnprocessableEntity)
		b.shows(`href="#until"`)
	}
	leadsTo(t, b.post(path, form(given)), "/"+name+"/grants")
	b.get("/" + name + "/grants")
	b.shows("partner-ngo", "to compare notes")
	revoke := regexp.MustCompile(`/do/revoke/cases/[^"]+`).FindString(b.page)

	send := func(title string, of string) string {
		t.Helper()
		sent, err := p.as("partner").Submissions.CreateSubmission(t.Context(), &tumenv1.CreateSubmissionRequest{Reason: "we heard", Submission: &tumenv1.Submission{
			Case: of, Source: &tumenv1.SubmittedSource{Kind: "ngo-statement", Title: title, Publisher: "A partner"},
			Claims: []*tumenv1.SubmittedClaim{{Aspect: tumenv1.Aspect_ASPECT_OCCURRENCE, Stance: tumenv1.Stance_STANCE_ASSERTS}},
		}})
		ok(t, err)
		return "/" + sent.GetSubmission().GetName()
	}
	good, bad := send("What we heard", name), send("Something else", name)
	status(t, b.step("/do/return"+bad, nil), http.StatusUnprocessableEntity)
	b.shows(`href="#f-answer"`)
	leadsTo(t, b.step("/do/return"+bad, map[string]string{"f.answer": "who told you?"}), bad)
	partner := p.signedIn("partner", "en")
	partner.get(bad)
	partner.shows("who told you?")
	partner.hides("/do/accept", "/do/return")
	status(t, partner.get("/do/accept"+good), http.StatusNotFound)
	status(t, b.step("/do/accept"+good, map[string]string{"f.answer": "thank you"}), http.StatusUnprocessableEntity)
	b.shows(`href="#f-into_event"`, "thank you")
	event := p.firstFinding(name).GetSubject()
	leadsTo(t, b.post("/do/accept"+good, b.typedStep(map[string]string{"f.into_event": event})), good)
	b.get(good)
	b.shows("thank you")
	b.hides("/do/accept")
	status(t, b.step("/do/accept"+good, nil), http.StatusConflict)

	leadsTo(t, b.step(revoke, nil), "/"+name+"/grants")
	status(t, partner.get("/"+name), http.StatusNotFound)
	status(t, partner.get(path), http.StatusNotFound)
	status(t, p.signedIn("auditor", "en").get(path), http.StatusNotFound)
}

func TestMembersAreLookedAfter(t *testing.T) {
	p := start(t)
	p.cleared("second", tumenv1.Role_ROLE_ADMINISTRATOR)
	first, second := p.signedIn("administrator", "en"), p.signedIn("second", "zh-Hans")
	first.get("/members")
	first.shows(`href="/act/invite"`)
	member := func(handle string) *tumenv1.Member {
		t.Helper()
		list, err := p.as("second").Access.ListColleagues(t.Context(), &tumenv1.ListColleaguesRequest{})
		ok(t, err)
		for _, m := range list.GetMembers() {
			if m.GetHandle() == handle {
				return m
			}
		}
		t.Fatalf("there is no %s", handle)
		return nil
	}
	auditor := member("auditor").GetName()

	leadsTo(t, first.step("/do/suspend/"+auditor, nil), "/members")
	if member("auditor").GetSuspendTime() == nil {
		t.Error("not suspended")
	}
	leadsTo(t, first.step("/do/restore/"+auditor, nil), "/members")

	form := func() url.Values {
		first.get("/do/update/" + auditor)
		return first.typedStep(nil)
	}
	more := form()
	more["f.roles"] = []string{"auditor", "reviewer"}
	leadsTo(t, first.post("/do/update/"+auditor, more), "/members")
	if m := member("auditor"); len(m.GetRoles()) != 1 || len(m.GetPending().GetRoles()) != 1 {
		t.Errorf("before it is confirmed: %v", m)
	}
	first.get("/members")
	first.hides("/do/confirm/" + auditor)
	status(t, first.step("/do/confirm/"+auditor, nil), http.StatusForbidden)
	second.get("/members")
	second.shows(`href="/do/confirm/` + auditor)
	leadsTo(t, second.step("/do/confirm/"+auditor, nil), "/members")
	if m := member("auditor"); len(m.GetRoles()) != 2 {
		t.Errorf("after it was confirmed: %v", m)
	}

	first.get("/act/invite")
	invite := first.typedStep(map[string]string{"f.handle": "newcomer"})
	invite["f.roles"] = []string{"case-worker"}
	status(t, first.post("/act/invite", invite), http.StatusOK)
	first.shows("Shown once", "works once")
	if got := member("newcomer"); len(got.GetRoles()) != 0 {
		t.Errorf("nobody confirmed %v", got)
	}
	leadsTo(t, second.step("/do/reject/"+member("newcomer").GetName(), nil), "/members")

	worker := p.signedIn("case-worker", "en")
	worker.get("/members")
	worker.hides("/do/update", "/do/restore", "/do/confirm", "/act/")
	worker.shows("/do/suspend/") // whoever notices that somebody's token is in other hands
	for _, path := range []string{"/act/invite", "/do/restore/" + auditor, "/do/update/" + auditor, "/do/confirm/" + auditor} {
		status(t, worker.get(path), http.StatusNotFound)
		status(t, worker.post(path, url.Values{"do": {"save"}, "reason": {"x"}}), http.StatusNotFound)
	}
}

func TestOwnCredentialsAreIssuedAndEnded(t *testing.T) {
	p := start(t)
	b := p.signedIn("case-worker", "en")
	b.get("/me")
	b.shows(`href="/act/token"`, "Sign out everywhere")
	b.get("/act/token")
	status(t, b.post("/act/token", b.typedStep(map[string]string{"until": time.Now().Add(24 * time.Hour).Format(time.DateOnly)})), http.StatusOK)
	token := regexp.MustCompile(`<code>([^<]+)</code>`).FindStringSubmatch(b.page)[1]
	second := *p.profiles["case-worker"]
	second.Token = token
	p.profiles["second-token"] = &second
	other := p.signedIn("second-token", "ko")
	status(t, other.get("/cases"), http.StatusOK)

	b.get("/me")
	b.hides(token)
	var name string
	for _, m := range regexp.MustCompile(`name="name" value="([^"]+)"`).FindAllStringSubmatch(b.page, -1) {
		name = m[1]
	}
	list, err := p.as("case-worker").Credentials.ListCredentials(t.Context(), &tumenv1.ListCredentialsRequest{})
	ok(t, err)
	for _, c := range list.GetCredentials() {
		if !c.GetCurrent() && c.GetRevokeTime() == nil {
			name = c.GetName()
		}
	}
	status(t, other.post("/me/end", url.Values{"name": {name}, "form": {b.token}}), http.StatusForbidden)
	leadsTo(t, b.post("/me/end", url.Values{"name": {name}}), "/me")
	if where := other.get("/cases").Header.Get("Location"); !strings.HasPrefix(where, "/sign-in") {
		t.Errorf("its session led to %q", where)
	}
	status(t, b.get("/cases"), http.StatusOK)
}
