package web_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"tumen/clients/web"
	tumenv1 "tumen/proto/tumen/v1"
)

// upload sends a form with a file after its fields, as browsers do.
func (b *browser) upload(path string, fields url.Values, name, media string, content io.Reader) *http.Response {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	ok(b.t, w.WriteField("form", fields.Get("form")))
	for field := range fields {
		if field != "form" {
			ok(b.t, w.WriteField(field, fields.Get(field)))
		}
	}
	part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename=%q`, name)}, "Content-Type": {media}})
	ok(b.t, err)
	_, err = io.Copy(part, content)
	ok(b.t, err)
	ok(b.t, w.Close())
	return b.sendForm(path, w.FormDataContentType(), &body)
}

func (b *browser) sendForm(path, kind string, body io.Reader) *http.Response {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodPost, b.url+path, body)
	ok(b.t, err)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Origin", b.url)
	return b.do(r)
}

func TestACopyIsPreserved(t *testing.T) {
	p := startWith(t, func(c *web.Config) { c.MaxCapture = 1 << 20 })
	source := p.newSource("The committee")
	path := "/" + source + "/captures"
	conn := p.as("case-worker")
	kept := func() []*tumenv1.Capture {
		t.Helper()
		list, err := conn.Sources.ListCaptures(t.Context(), &tumenv1.ListCapturesRequest{Parent: source})
		ok(t, err)
		return list.GetCaptures()
	}
	b := p.signedIn("case-worker", "en")
	b.get("/" + source)
	b.shows(`href="` + path + `"`)
	given := func() url.Values {
		status(t, b.get(path), http.StatusOK)
		return b.form(map[string]string{"f.kind": "original", "f.captured_on": "2023-10-12", "reason": "before it goes away"})
	}

	content := `<html><script>alert(1)</script><svg onload="alert(2)"></svg></html>`
	sum := sha256.Sum256([]byte(content))
	for i, name := range []string{"page.html", `..\..\x<script>.svg`, "\u202egnp.exe"} {
		reply := b.upload(path, given(), name, "image/svg+xml", strings.NewReader(content))
		status(t, reply, http.StatusSeeOther)
		b.get(reply.Header.Get("Location"))
		b.shows(hex.EncodeToString(sum[:]), "Preserved:")
		capture := kept()[0]
		for _, c := range kept() {
			if strings.HasSuffix(reply.Header.Get("Location"), c.GetName()[strings.LastIndexByte(c.GetName(), '/')+1:]) {
				capture = c
			}
		}
		if len(kept()) != i+1 || capture.GetSize() != int64(len(content)) || capture.GetCapturedOn() != "2023-10-12" || capture.GetChangeReason() != "before it goes away" {
			t.Errorf("kept %v", capture)
		}
		got := b.get("/" + capture.GetName())
		if kind, how := got.Header.Get("Content-Type"), got.Header.Get("Content-Disposition"); kind != "application/octet-stream" || !strings.HasPrefix(how, "attachment") || b.page != content {
			t.Errorf("it is handed out as %s, %s", kind, how)
		}
	}
	b.get("/" + source)
	b.hides("<script", "<svg", "\u202e")

	t.Run("not beyond the limit", func(t *testing.T) {
		status(t, b.upload(path, given(), "large", "x/y", io.LimitReader(endless{}, 1<<20+1)), http.StatusRequestEntityTooLarge)
		b.shows("larger than 1 MiB", "before it goes away", `value="2023-10-12"`)
		status(t, b.upload(path, given(), "just", "x/y", io.LimitReader(endless{}, 1<<20)), http.StatusSeeOther)
	})
	before := len(kept())
	t.Run("not without a file, a kind or a reason", func(t *testing.T) {
		for _, field := range []string{"f.kind", "reason"} {
			form := given()
			form.Set(field, "")
			status(t, b.upload(path, form, "a", "x/y", strings.NewReader("x")), http.StatusUnprocessableEntity)
		}
		status(t, b.upload(path, given(), "", "x/y", strings.NewReader("")), http.StatusUnprocessableEntity)
		b.shows(`href="#file"`)
	})
	t.Run("not where it breaks off, and not from a form of somebody else", func(t *testing.T) {
		form := given()
		whole := fmt.Sprintf("--B\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\n%s\r\n--B\r\nContent-Disposition: form-data; name=\"f.kind\"\r\n\r\noriginal\r\n--B\r\nContent-Disposition: form-data; name=\"reason\"\r\n\r\nx\r\n--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhalf of it", form.Get("form"))
		if reply := b.sendForm(path, "multipart/form-data; boundary=B", strings.NewReader(whole)); reply.StatusCode < 400 {
			t.Errorf("%s", reply.Status)
		}
		form.Set("form", p.signedIn("case-worker", "en").token)
		status(t, b.upload(path, form, "a", "x/y", strings.NewReader("x")), http.StatusForbidden)
		status(t, b.post(path, given()), http.StatusForbidden)
		status(t, p.signedIn("auditor", "en").upload(path, url.Values{"form": {"x"}}, "a", "x/y", strings.NewReader("x")), http.StatusForbidden)
		auditor := p.signedIn("auditor", "en")
		status(t, auditor.get(path), http.StatusNotFound)
		status(t, auditor.upload(path, url.Values{"form": {auditor.token}}, "a", "x/y", strings.NewReader("x")), http.StatusNotFound)
	})
	if len(kept()) != before {
		t.Errorf("%d copies were kept that should not be", len(kept())-before)
	}
}

// endless gives bytes without end.
type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }
