package web_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
)

// step takes a step as its page asks for it, and gives the reply.
func (b *browser) step(path string, typed map[string]string) *http.Response {
	b.t.Helper()
	status(b.t, b.get(path), http.StatusOK)
	return b.post(path, b.typedStep(typed))
}

func (b *browser) typedStep(typed map[string]string) url.Values {
	form := b.form(typed)
	form.Set("do", "save")
	if form.Get("reason") == "" {
		form.Set("reason", "it is time")
	}
	return form
}

// TestAReviewByTwoPeople takes a finding from the first claim to the second review, each
// of the people in a language of their own.
func TestAReviewByTwoPeople(t *testing.T) {
	p := start(t)
	name := p.matter("A return in October", "Justice For North Korea")
	f := p.firstFinding(name)
	page := "/" + f.GetName()
	worker, reviewer, other := p.signedIn("case-worker", "zh-Hans"), p.signedIn("reviewer", "ko"), p.signedIn("reviewer-2", "en")
	state := func(want tumenv1.FindingState) *tumenv1.Finding {
		t.Helper()
		now := p.firstFinding(name)
		if now.GetState() != want {
			t.Fatalf("it is %v", now.GetState())
		}
		return now
	}

	worker.get(page)
	worker.shows("开始审核", `href="/do/open`+page+`"`)
	worker.hides("/do/propose")
	leadsTo(t, worker.step("/do/open"+page, nil), page)
	state(tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW)

	reviewer.get(page)
	reviewer.shows(`href="/do/propose` + page + `"`)
	reviewer.hides("/do/approve")
	typed := map[string]string{"f.outcome": "corroborated", "f.rationale": "여러 곳에서 같은 말을 한다.", "f.likelihood": "unlikely"}
	status(t, reviewer.step("/do/propose"+page, typed), http.StatusConflict)
	reviewer.shows("독립된 원출처가 2개 이상 필요합니다", "어떻게 평가했는지", "여러 곳에서 같은 말을 한다.", "The ministry", "개연성이 결과와 어긋납니다", `href="#f-addressed_denials-0-rationale"`)
	state(tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW)

	form := reviewer.typedStep(map[string]string{"f.outcome": "disputed", "f.likelihood": ""})
	form.Set("do", "keep")
	leadsTo(t, reviewer.post("/do/propose"+page, form), "/drafts")
	reviewer.get("/drafts")
	draft := draftPath.FindString(reviewer.page)
	reviewer.get(reviewer.get(draft).Header.Get("Location"))
	reviewer.shows("여러 곳에서 같은 말을 한다.", `<option value="disputed" selected>`)
	form = reviewer.typedStep(nil)
	leadsTo(t, reviewer.post("/do/propose"+page, form), page)
	state(tumenv1.FindingState_FINDING_STATE_PROPOSED)
	reviewer.get("/drafts")
	reviewer.hides(draft)

	reviewer.get(page)
	reviewer.hides("/do/approve")
	status(t, reviewer.step("/do/approve"+page, nil), http.StatusConflict)
	reviewer.shows("직접 제안한 것이므로")
	state(tumenv1.FindingState_FINDING_STATE_PROPOSED)

	leadsTo(t, other.step("/do/return"+page, map[string]string{"reason": "say more of the ministry"}), page)
	state(tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW)
	reviewer.get("/do/propose" + page)
	reviewer.shows("여러 곳에서 같은 말을 한다.")
	form = reviewer.typedStep(map[string]string{"f.addressed_denials[0].rationale": "일반적인 부인이다."})
	leadsTo(t, reviewer.post("/do/propose"+page, form), page)
	proposed := state(tumenv1.FindingState_FINDING_STATE_PROPOSED)
	if d := proposed.GetConclusion().GetAddressedDenials(); len(d) != 1 || d[0].GetRationale() != "일반적인 부인이다." {
		t.Errorf("the denial was weighed so: %v", d)
	}
	other.get("/do/approve" + page)
	old := other.typedStep(nil)
	leadsTo(t, other.post("/do/approve"+page, old), page)
	state(tumenv1.FindingState_FINDING_STATE_DISPUTED)
	old.Set("once", "9b1c0f8e-0a5c-4a55-9d65-6b0f7f2b8f11")
	status(t, other.post("/do/approve"+page, old), http.StatusConflict)
	other.shows("Somebody changed this after you opened it")

	_, err := p.as("case-worker").Claims.CreateClaim(t.Context(), &tumenv1.CreateClaimRequest{Parent: name, Reason: "a new voice", Claim: &tumenv1.Claim{
		Source: p.newSource("A third voice"), Subjects: []string{f.GetSubject()}, Aspect: tumenv1.Aspect_ASPECT_OCCURRENCE, Stance: tumenv1.Stance_STANCE_ASSERTS,
	}})
	ok(t, err)
	for _, b := range []*browser{worker, reviewer, other} {
		b.get(page)
		b.shows(`class="stale"`)
	}
	other.shows("needs review again", `href="/do/reopen`+page+`"`)
	leadsTo(t, other.step("/do/reopen"+page, nil), page)
	state(tumenv1.FindingState_FINDING_STATE_UNDER_REVIEW)

	t.Run("who may not has no page for it, nor can a stranger or a stolen token post it", func(t *testing.T) {
		status(t, worker.get("/do/propose"+page), http.StatusNotFound)
		status(t, worker.post("/do/propose"+page, url.Values{"do": {"save"}}), http.StatusNotFound)
		auditor := p.signedIn("auditor", "en")
		auditor.get(page)
		auditor.hides("/do/", "/edit/")
		for _, path := range []string{"/do/open" + page, "/do/none" + page, "/do/open/" + name, "/do/approve/sources/x"} {
			status(t, auditor.get(path), http.StatusNotFound)
		}
		leadsTo(t, p.browser().post("/do/return"+page, url.Values{"do": {"save"}, "form": {"x"}}), "/sign-in")
		status(t, other.post("/do/propose"+page, url.Values{"form": {reviewer.token}, "do": {"save"}}), http.StatusForbidden)
		status(t, other.post("/do/propose"+page, url.Values{"do": {"save"}}, func(r *http.Request) { r.Header.Set("Origin", "https://example.org") }), http.StatusForbidden)
	})
}

// newSource records a source with contacts of its own.
func (p *place) newSource(publisher string) string {
	p.t.Helper()
	made, err := p.as("case-worker").Sources.CreateSource(p.t.Context(), &tumenv1.CreateSourceRequest{Reason: "heard", Source: &tumenv1.Source{Kind: "ngo-statement", Title: "A statement", Publisher: publisher, Basis: tumenv1.Basis_BASIS_OWN_CONTACTS}})
	ok(p.t, err)
	return made.GetSource().GetName()
}

func TestAClaimIsReplacedAndRetracted(t *testing.T) {
	p := start(t)
	name := p.matter("A return in October", "Justice For North Korea")
	conn := p.as("case-worker")
	claims, err := conn.Claims.ListClaims(t.Context(), &tumenv1.ListClaimsRequest{Parent: name})
	ok(t, err)
	first := claims.GetMatches()[0].GetClaim()
	b := p.signedIn("case-worker", "en")
	b.get("/" + first.GetName())
	b.shows("Replace the claim", "Retract the claim", "/edit/"+first.GetName())
	script := `<script>alert(1)</script>`
	reply := b.step("/do/supersede/"+first.GetName(), map[string]string{"f.notes": script, "f.quote.text": script, "reason": script})
	status(t, reply, http.StatusSeeOther)
	next := reply.Header.Get("Location")
	b.get(next)
	b.shows("&lt;script&gt;alert(1)&lt;/script&gt;")
	b.hides("<script")
	read, err := conn.Claims.GetClaim(t.Context(), &tumenv1.GetClaimRequest{Name: strings.TrimPrefix(next, "/")})
	ok(t, err)
	if c := read.GetClaim(); c.GetSource() != first.GetSource() || c.GetSupersedes() != first.GetName() || c.GetNotes() != script {
		t.Errorf("replaced by %v", c)
	}
	status(t, b.step("/do/retract/"+first.GetName(), nil), http.StatusConflict)
	b.shows("replaced or retracted")
	status(t, b.post("/do/retract"+next, url.Values{"do": {"save"}, "etag": {read.GetClaim().GetEtag()}}), http.StatusUnprocessableEntity)
	b.shows("This has to be filled in.")
	leadsTo(t, b.step("/do/retract"+next, nil), next)
	b.get(next)
	b.hides("/do/retract")
}

func TestACaseIsClosedReopenedDeletedAndRestored(t *testing.T) {
	p := start(t)
	full := p.matter("A return in October", "Justice For North Korea")
	made, err := p.as("case-worker").Cases.CreateCase(t.Context(), &tumenv1.CreateCaseRequest{Case: &tumenv1.Case{Title: "An empty one"}, Reason: "by mistake"})
	ok(t, err)
	name := made.GetCase().GetName()
	b := p.signedIn("case-worker", "ko")
	status(t, b.step("/do/delete/"+full, nil), http.StatusConflict)
	b.shows("삭제할 수 없습니다", "it is time")
	for _, word := range []string{"close", "reopen", "delete", "undelete"} {
		b.get("/" + name)
		b.shows(`href="/do/` + word + "/" + name + `"`)
		leadsTo(t, b.step("/do/"+word+"/"+name, nil), "/"+name)
	}
}

// TestEveryReasonOfAGuardHasItsWords reads the reasons out of the guards
// themselves, so that none is forgotten.
func TestEveryReasonOfAGuardHasItsWords(t *testing.T) {
	sources, err := filepath.Glob("../../service/verification/*.go")
	ok(t, err)
	reason := regexp.MustCompile(`(?:missing\(|fault\.Refused, )"([A-Z_]+)"|"([A-Z]+_UNKNOWN)"`)
	reasons := map[string]bool{"EVIDENCE_WITHHELD": true, "ETAG_STALE": true}
	for _, path := range sources {
		text, err := os.ReadFile(path)
		ok(t, err)
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		for _, found := range reason.FindAllStringSubmatch(string(text), -1) {
			reasons[found[1]+found[2]] = true
		}
	}
	if len(reasons) < 35 {
		t.Fatalf("only %d reasons were found", len(reasons))
	}
	for _, language := range []string{"en", "ko", "zh-Hans"} {
		text, err := os.ReadFile("wording/catalogue/" + language + "/refusal.yaml")
		ok(t, err)
		for one := range reasons {
			if !strings.Contains(string(text), "\nrefusal."+strings.ToLower(one)+":") {
				t.Errorf("%s has no words for %s", language, one)
			}
		}
	}
}

// TestScriptIsTextEverywhere types a script into every field of text that a form has.
func TestScriptIsTextEverywhere(t *testing.T) {
	p := start(t)
	name := p.matter("A return in October", "Justice For North Korea")
	f := p.firstFinding(name)
	const script = `"><script>alert(1)</script><img src=x onerror=alert(2)>`
	b, reviewer := p.signedIn("case-worker", "en"), p.signedIn("reviewer", "en")
	texts := func(form url.Values) url.Values {
		for field := range form {
			if strings.HasPrefix(field, "f.") && form.Get(field) == "" {
				form.Set(field, script)
			}
		}
		return form
	}
	shown := func(b *browser) {
		t.Helper()
		b.hides("<script", "<img src=x")
	}
	for _, path := range []string{"/new/case", "/new/source", "/new/event?case=" + name, "/new/involvement?case=" + name, "/new/intervention?case=" + name, "/new/person", "/new/tie", "/new/claim?case=" + name + "&f.aspect=count", "/new/claim?case=" + name + "&f.aspect=name"} {
		b.get(path)
		form := texts(b.typedStep(map[string]string{"reason": script}))
		if reply := b.post(path, form); reply.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %s", path, reply.Status)
		}
		shown(b)
		b.shows("&lt;script&gt;")
	}
	b.get("/edit/" + name)
	leadsTo(t, b.post("/edit/"+name, b.typedStep(map[string]string{"f.title": script, "f.summary": script, "reason": script})), "/"+name)
	leadsTo(t, b.step("/do/open/"+f.GetName(), map[string]string{"reason": script}), "/"+f.GetName())
	leadsTo(t, reviewer.step("/do/propose/"+f.GetName(), map[string]string{"f.outcome": "disputed", "f.rationale": script, "f.tried": script, "f.addressed_denials[0].rationale": script, "reason": script}), "/"+f.GetName())
	for _, path := range []string{"/", "/cases", "/" + name, "/edit/" + name, "/do/close/" + name, "/" + f.GetName(), "/do/approve/" + f.GetName(), "/history/" + name, "/history/" + f.GetName()} {
		reviewer.get(path)
		shown(reviewer)
		b.get(path)
		shown(b)
	}
}
