package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
)

// However many speak to one aspect, a page stays small, and all are reached.
func TestAFindingOnWhichManySpeakIsPaged(t *testing.T) {
	p := start(t)
	name := p.matter("A return in October", "Justice For North Korea")
	f := p.firstFinding(name)
	conn := p.as("case-worker")
	const many = 130
	for i := range many {
		source, err := conn.Sources.CreateSource(t.Context(), &tumenv1.CreateSourceRequest{Reason: "report", Source: &tumenv1.Source{Kind: "news", Title: "An article", Publisher: fmt.Sprintf("Newspaper number %d", i), Basis: tumenv1.Basis_BASIS_FIRST_HAND}})
		ok(t, err)
		_, err = conn.Claims.CreateClaim(t.Context(), &tumenv1.CreateClaimRequest{Parent: name, Reason: "report", Claim: &tumenv1.Claim{
			Source: source.GetSource().GetName(), Subjects: []string{f.GetSubject()}, Aspect: f.GetAspect(), Stance: tumenv1.Stance_STANCE_ASSERTS,
		}})
		ok(t, err)
	}
	b := p.signedIn("case-worker", "en")
	status(t, b.get("/"+name), http.StatusOK)
	b.shows("There is more: all who speak to it", "at least 131")
	if len(b.page) > 100<<10 {
		t.Errorf("the case's page has %d bytes", len(b.page))
	}
	found := map[string]bool{}
	for path := "/" + f.GetName(); path != ""; {
		status(t, b.get(path), http.StatusOK)
		if len(b.page) > 100<<10 {
			t.Errorf("%s has %d bytes", path, len(b.page))
		}
		for _, link := range regexp.MustCompile(`href="/cases/[^"]*/claims/[^"]*">Newspaper number \d+`).FindAllString(b.page, -1) {
			found[link] = true
		}
		next := regexp.MustCompile(`href="(\?part=\d+)"`).FindStringSubmatch(b.page)
		path = ""
		if next != nil {
			path = "/" + f.GetName() + next[1]
		}
	}
	if len(found) != many {
		t.Errorf("%d of %d are reached", len(found), many)
	}
}
