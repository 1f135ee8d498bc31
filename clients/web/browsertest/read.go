package browsertest

import (
	"strings"

	"github.com/chromedp/cdproto/network"
)

// Text is what is to be read in a place.
func (p Place) Text() string {
	p.w.t.Helper()
	if p.root == 0 {
		return p.w.evaluate("document.body.innerText")
	}
	return p.w.on(p.root, "function() { return this.innerText }")
}

// Says fails the test for each text that is not to be read in a place.
func (p Place) Says(wanted ...string) {
	p.w.t.Helper()
	said := p.Text()
	for _, want := range wanted {
		if !strings.Contains(said, want) {
			p.w.t.Errorf("%s at %s does not say %q; it says\n%s", p.name, p.w.Path(), want, said)
		}
	}
}

// Silent fails the test for each text that is to be read in a place after all.
func (p Place) Silent(unwanted ...string) {
	p.w.t.Helper()
	said := p.Text()
	for _, never := range unwanted {
		if strings.Contains(said, never) {
			p.w.t.Errorf("%s at %s says %q", p.name, p.w.Path(), never)
		}
	}
}

// Value is what stands in a field, by its label.
func (p Place) Value(label string) string {
	p.w.t.Helper()
	return p.w.on(p.find(fields, label), "function() { return this.value }")
}

// HTML is the page as the server sent it.
func (w *Window) HTML() string {
	w.t.Helper()
	w.mu.Lock()
	document := w.document
	w.mu.Unlock()
	return string(call(w, network.GetResponseBody, network.GetResponseBodyParams{RequestID: document}).Body)
}

// Title is that of the page.
func (w *Window) Title() string { return w.evaluate("document.title") }

// Path is where the page is: its path and query, or the whole address of another site's.
func (w *Window) Path() string {
	w.t.Helper()
	return strings.TrimPrefix(w.evaluate("location.href"), w.site)
}
