package web_test

import (
	"net/http"
	"testing"
)

func TestCasesAreFoundByActOutcomeAndPlace(t *testing.T) {
	p := start(t)
	name := p.matter("A return in October", "Justice For North Korea")
	b := p.signedIn("case-worker", "en")
	for query, found := range map[string]bool{
		"act=refoulement": true, "act=arrest": false, "outcome=5": false, "within=2023-10&act=refoulement&state=open": true, "mine=1": false,
		"place=Nowhere+at+all": false, "place=Hunchun": false, "outcome=x": true,
	} {
		t.Run(query, func(t *testing.T) {
			b.t = t
			status(t, b.get("/cases?"+query), http.StatusOK)
			if found {
				b.shows(`href="/` + name + `"`)
			} else {
				b.hides(`href="/` + name + `"`)
			}
		})
	}
	b.t = t
	b.get("/cases?place=Nowhere+at+all")
	b.shows("No place is called so.", `value="Nowhere at all"`)
	b.get("/sources?kind=ngo-statement&case=" + "nothing")
	b.hides("Justice For North Korea")
}
