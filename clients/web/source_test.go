package web_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestASourceIsShownWithWhatItPassesOnAndWhatRestsOnIt(t *testing.T) {
	p := start(t)
	x := p.whole()
	b := p.signedIn("reviewer", "en")

	status(t, b.get("/"+x.source), http.StatusOK)
	b.shows("Justice For North Korea", `lang="ko" dir="auto">강제 북송`, "A newspaper", "quotes", "own contacts",
		`href="/`+x.page+`" download`, "SHA-256", `href="/`+x.claim+`"`, "are withheld from you: who a source is", "A return in October")

	status(t, b.get("/"+x.relayer), http.StatusOK)
	b.shows(`href="/` + x.source + `"`)

	status(t, b.get("/"+x.claim), http.StatusOK)
	b.shows(`<blockquote lang="ko" dir="auto">9일 밤 북송되었다`, `<blockquote lang="en" dir="auto">They were sent back`, "second paragraph", "a colleague",
		"compared with the print", `href="/`+x.source+`"`, `href="/history/`+x.claim+`"`)
}

// What was uploaded comes from strangers: no browser may show it as a page or a picture.
func TestACaptureIsHandedOutAsAFileAlone(t *testing.T) {
	p := start(t)
	x := p.whole()
	b := p.signedIn("case-worker", "en") // recorded it, and sees what the file was called
	for capture, content := range map[string]string{x.page: hostilePage, x.picture: hostilePicture} {
		reply := b.get("/" + capture)
		status(t, reply, http.StatusOK)
		if b.page != content {
			t.Errorf("other bytes came: %q", b.page)
		}
		for header, want := range map[string]string{
			"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff",
			"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store",
		} {
			if got := reply.Header.Get(header); got != want {
				t.Errorf("%s is %q", header, got)
			}
		}
		name := reply.Header.Get("Content-Disposition")
		if !strings.HasPrefix(name, "attachment; filename=") || strings.ContainsAny(name, `/\`) || strings.HasSuffix(name, ".html") {
			t.Errorf("it is called %q", name)
		}
	}
	status(t, b.get("/"+x.source+"/captures/00000000000000000000000000"), http.StatusNotFound)
}
