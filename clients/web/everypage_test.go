package web_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tumen/clients/cli"
	"tumen/clients/web/wording"
	tumenv1 "tumen/proto/tumen/v1"
)

// pagesOf are the pages that show something of a matter.
func (x *whole) pagesOf() map[string]string {
	return map[string]string{
		"case": "/" + x.matter, "finding": "/" + x.finding, "source": "/" + x.source, "relaying source": "/" + x.relayer, "claim": "/" + x.claim, "person": "/" + x.person,
		"grants": "/" + x.matter + "/grants", "download": "/" + x.page, "history of the case": "/history/" + x.matter, "history of the person": "/history/" + x.person, "history of the source": "/history/" + x.source,
		"history of the claim": "/history/" + x.claim, "history of the finding": "/history/" + x.finding, "history of the capture": "/history/" + x.page,
	}
}

// listsOf are the pages that everybody may ask for, and that show to each what they may see.
func (x *whole) listsOf() map[string]string {
	return map[string]string{
		"work": "/", "cases": "/cases", "sources": "/sources", "sources of the case": "/sources?case=october", "persons": "/persons", "find": "/find?key=october", "ledger": "/ledger",
		"submissions": "/submissions", "members": "/members", "me": "/me",
	}
}

// Who may not see an identity finds it in no page, and who is a stranger to a case finds
// no page of it.
func TestPagesShowNoIdentityAndStrangersNothing(t *testing.T) {
	p := start(t)
	x := p.whole()
	for _, language := range wording.Languages() {
		b := p.signedIn("reviewer", string(language))
		for _, pages := range []map[string]string{x.pagesOf(), x.listsOf()} {
			for page, path := range pages {
				t.Run(string(language)+" "+page, func(t *testing.T) {
					b.t = t
					if reply := b.get(path); reply.StatusCode != http.StatusOK && page != "find" {
						t.Errorf("%s\n%s", reply.Status, b.page)
					}
					b.hides(secretPerson, secretSource, secretBirth)
					if page != "download" && strings.Contains(b.page, "<script") {
						t.Error("there is a script on the page")
					}
					if len(b.page) > 100<<10 {
						t.Errorf("the page has %d bytes", len(b.page))
					}
				})
			}
		}
	}
	for _, member := range []string{"partner", "administrator"} {
		b := p.signedIn(member, "en")
		for page, path := range x.pagesOf() {
			t.Run("stranger "+member+" "+page, func(t *testing.T) {
				b.t = t
				reply := b.get(path)
				if reply.StatusCode != http.StatusNotFound && !(member == "administrator" || strings.HasPrefix(page, "history")) || reply.StatusCode < 400 {
					t.Errorf("%s", reply.Status)
				}
				b.hides("October", "Justice", "북송", secretPerson)
			})
		}
		for page, path := range x.listsOf() {
			t.Run("stranger "+member+" "+page, func(t *testing.T) {
				b.t = t
				b.get(path)
				b.hides("A return in October", "Justice", "북송", secretPerson)
			})
		}
	}
}

// Everybody is led only to pages that they may see.
func TestTheNavigationLeadsOnlyWhereOneMayGo(t *testing.T) {
	p := start(t)
	for member, hidden := range map[string][]string{
		"case-worker": nil, "reviewer": nil, "auditor": nil,
		"partner":       {`href="/ledger"`},
		"administrator": {`href="/cases"`, `href="/sources"`, `href="/persons"`, `href="/find"`},
	} {
		b := p.signedIn(member, "en")
		b.t = t
		b.hides(hidden...)
		nav, _, _ := strings.Cut(b.page, "</nav>")
		for _, part := range strings.Split(nav, `<li><a href="`)[1:] {
			path, _, _ := strings.Cut(part, `"`)
			if reply := b.get(path); reply.StatusCode != http.StatusOK {
				t.Errorf("%s is led to %s: %s", member, path, reply.Status)
			}
		}
	}
}

func TestAPersonIsShownByWhatTheyTookPartIn(t *testing.T) {
	p := start(t)
	x := p.whole()
	for _, member := range []string{"reviewer", "case-worker"} { // who recorded it, too
		b := p.signedIn(member, "en")
		status(t, b.get("/"+x.person), http.StatusOK)
		b.shows("The return of 9 October", "Who this person is, is not on this page.", "female", "KP", "Justice For North Korea: name, asserts")
		b.hides(secretPerson, secretBirth)
		b.get("/persons")
		b.shows(`href="/` + x.person + `"`)
		leadsTo(t, b.get("/find?key=october"), "/"+x.matter)
		b.get("/sources?kind=news")
		b.shows("A newspaper")
		b.hides("Justice For North Korea")
	}
}

func TestACaseIsExportedAsOneFile(t *testing.T) {
	p := start(t)
	x := p.whole()
	b := p.signedIn("reviewer", "en")
	b.get("/" + x.matter)
	status(t, b.post("/"+x.matter+"/export", url.Values{}), http.StatusUnprocessableEntity) // no reason
	b.get("/" + x.matter)
	reply := b.post("/"+x.matter+"/export", url.Values{"reason": {"for the commission"}})
	status(t, reply, http.StatusOK)
	if got := reply.Header.Get("Content-Type"); got != "application/octet-stream" || !strings.HasPrefix(reply.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("it comes as %q", got)
	}
	z, err := zip.NewReader(bytes.NewReader([]byte(b.page)), int64(len(b.page)))
	ok(t, err)
	for _, name := range []string{"export/bagit.txt", "export/manifest-sha512.txt", "export/data/records.jsonl", "export/data/checkpoint"} {
		f, err := z.Open(name)
		ok(t, err)
		content, err := io.ReadAll(f)
		ok(t, err)
		if strings.Contains(string(content), secretPerson) {
			t.Errorf("%s tells who somebody is", name)
		}
	}
	p.convinces(z)
	b.get("/ledger")
	b.shows("Newest checkpoint", "tumen verify", "Entries")
	status(t, p.signedIn("partner", "en").get("/ledger"), http.StatusForbidden)
}

// convinces checks an export as a stranger would, with the key of the server known from
// elsewhere.
func (p *place) convinces(export *zip.Reader) {
	p.t.Helper()
	folder := p.t.TempDir()
	ok(p.t, os.CopyFS(folder, export))
	checkpoint, err := p.as("auditor").Ledger.GetCheckpoint(p.t.Context(), &tumenv1.GetCheckpointRequest{})
	ok(p.t, err)
	policy := filepath.Join(folder, "policy")
	ok(p.t, os.WriteFile(policy, []byte("log "+checkpoint.GetVerifierKey()+"\n"), 0o600))
	var said strings.Builder
	if code := cli.Run(p.t.Context(), []string{"verify", filepath.Join(folder, "export"), "--policy", policy}, strings.NewReader(""), &said, &said); code != 0 {
		p.t.Errorf("it does not hold: %s", said.String())
	}
}
