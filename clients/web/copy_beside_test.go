package web_test

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	tumenv1 "tumen/proto/tumen/v1"
)

func TestClaimsAreTypedBesideThePreservedCopy(t *testing.T) {
	p := start(t)
	conn := p.as("case-worker")
	name := p.matter("Busses at night", "The committee")
	made, err := conn.Sources.CreateSource(t.Context(), &tumenv1.CreateSourceRequest{Reason: "x", Source: &tumenv1.Source{Kind: "news", Title: "성명", Publisher: "위원회", Language: "ko"}})
	ok(t, err)
	source := made.GetSource().GetName()
	preserve := func(file, kind, content string) string {
		c, err := conn.UploadCapture(t.Context(), &tumenv1.CaptureHeader{Parent: source, Reason: "x", Capture: &tumenv1.Capture{Kind: tumenv1.CaptureKind_CAPTURE_KIND_ORIGINAL, FileName: file, MediaType: kind, CapturedOn: "2023-10-11"}}, bytes.NewReader([]byte(content)), nil)
		ok(t, err)
		return c.GetName()
	}
	page := "/new/claim?case=" + name + "&" + url.Values{"f.aspect": {"count"}, "f.source": {source}}.Encode()
	b := p.signedIn("case-worker", "en")

	t.Run("none, where there is none", func(t *testing.T) {
		b.get(page)
		b.hides("preserved copies")
	})
	t.Run("not a page of a stranger's", func(t *testing.T) {
		html := preserve("page.html", "text/html", "<h1>inline</h1>")
		b.get(page)
		b.shows("preserved copies", "page.html", `href="/`+html+`"`)
		b.hides("inline", `value="`+html+`"`)
	})
	t.Run("plain text, as text, part after part", func(t *testing.T) {
		text := preserve("text.txt", "text/plain", "첫 줄 <script>alert(1)</script>\n"+strings.Repeat("가나다라 마바사 아자차\n", 3000)+"the very end\n")
		status(t, b.get(page), http.StatusOK)
		b.shows("첫 줄 &lt;script&gt;", `lang="ko"`, "Part 1 of 3", `name="copy" value="`+text+`"`)
		b.hides("<script", "the very end")
		if len(b.page) > 100_000 {
			t.Errorf("the page has %d bytes", len(b.page))
		}
		b.post("/new/claim?case="+name, b.form(map[string]string{"f.quote.text": "half a quote", "copy": text, "copy-page": "3"}))
		b.shows("the very end", "half a quote", "Part 3 of 3")
	})
	t.Run("one that is no text is not shown", func(t *testing.T) {
		bad := preserve("bad.txt", "text/plain", "\xff\xfe\x00")
		b.get(page + "&copy=" + bad)
		b.shows("no text that can be read here")
	})
}
