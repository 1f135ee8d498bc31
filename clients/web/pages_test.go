package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tumen/clients/client"
	tumenv1 "tumen/proto/tumen/v1"
)

func TestACaseShowsWhoSaysWhatSideBySide(t *testing.T) {
	p := start(t)
	name := p.matter("A return in October", "Justice For North Korea")
	for language, words := range map[string][]string{
		"en":      {"A return in October", "Justice For North Korea", "The ministry", "around October 2023", "independent origins: at least 1, at most 1", `lang="en"`},
		"ko":      {"A return in October", "2023년 10월경", "독립 출처", `lang="ko"`},
		"zh-Hans": {"A return in October", "2023年10月前后", "独立来源", `lang="zh-Hans"`},
	} {
		t.Run(language, func(t *testing.T) {
			b := p.signedIn("case-worker", language)
			b.get("/cases")
			if !strings.Contains(b.page, `href="/`+name+`"`) {
				t.Error("the case is not in the list")
			}
			status(t, b.get("/"+name), http.StatusOK)
			for _, w := range words {
				if !strings.Contains(b.page, w) {
					t.Errorf("%q is not on the page", w)
				}
			}
			asserts, denies := strings.Index(b.page, `class="asserts"`), strings.Index(b.page, `class="denies"`)
			if asserts < 0 || denies < asserts {
				t.Error("the two sides do not stand side by side")
			}
			if len(b.page) > 100<<10 {
				t.Errorf("the page has %d bytes", len(b.page))
			}
		})
	}
}

func TestALanguageIsSwitchedForTheSession(t *testing.T) {
	p := start(t)
	b := p.signedIn("case-worker", "en")
	leadsTo(t, b.post("/language", url.Values{"language": {"ko"}, "to": {"/cases"}}), "/cases")
	b.get("/cases")
	if !strings.Contains(b.page, `<html lang="ko">`) {
		t.Error("the page is in another language")
	}
	leadsTo(t, b.post("/language", url.Values{"language": {"xx"}, "to": {"/cases"}}), "/cases")
	b.get("/cases")
	if !strings.Contains(b.page, `<html lang="ko">`) {
		t.Error("an unknown language was taken")
	}
}

// What one may not see does not exist, on pages as elsewhere.
func TestWhatIsNotVisibleIsNotThere(t *testing.T) {
	p := start(t)
	name := p.matter("A return in October", "Justice For North Korea")
	for _, member := range []string{"administrator", "partner"} {
		b := p.signedIn(member, "en")
		reply := b.get("/" + name)
		if reply.StatusCode != http.StatusNotFound && reply.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", member, reply.Status)
		}
		if strings.Contains(b.page, "A return in October") || strings.Contains(b.page, "Justice") {
			t.Errorf("%s sees the case", member)
		}
	}
}

func TestABadFilterIsToldAndKept(t *testing.T) {
	p := start(t)
	b := p.signedIn("case-worker", "en")
	status(t, b.get("/cases?within=last+summer"), http.StatusUnprocessableEntity)
	if !strings.Contains(b.page, "within") {
		t.Error("it does not say what was wrong")
	}
}

// What waits for review is named by what it is about.
func TestTheFirstPageListsWhatWaitsForReview(t *testing.T) {
	p := start(t)
	name := p.matter("A return in October", "Justice For North Korea")
	conn, err := client.Dial(t.Context(), p.profiles["reviewer"])
	ok(t, err)
	defer conn.Close()
	found, err := conn.Verification.ListFindings(t.Context(), &tumenv1.ListFindingsRequest{Parent: name})
	ok(t, err)
	f := found.GetFindings()[0]
	_, err = conn.Verification.OpenFinding(t.Context(), &tumenv1.OpenFindingRequest{Name: f.GetName(), Etag: f.GetEtag(), Reason: "enough is there"})
	ok(t, err)
	b := p.signedIn("reviewer", "en")
	for _, want := range []string{`<a href="/` + f.GetName() + `">A return in October</a>`, "under review"} {
		if !strings.Contains(b.page, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
}
