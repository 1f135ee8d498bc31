package browsertest

import (
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
)

// Follow presses a link or a button by its accessible name, and waits for the page that
// this leads to.
func (p Place) Follow(name string) {
	p.w.t.Helper()
	node := p.find(pressed, name)
	p.w.arrives("following "+name, func() { p.w.click(node) })
}

// Press presses what leads to no other page: a summary, or a button of a form that the
// browser itself will not send.
func (p Place) Press(name string) {
	p.w.t.Helper()
	p.w.click(p.find(pressed, name))
}

// Fill types into a field, by its label, in place of what stands there.
func (p Place) Fill(label, typed string) {
	p.w.t.Helper()
	node := p.find(fields, label)
	call(p.w, dom.Focus, dom.FocusParams{BackendNodeID: node})
	call(p.w, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Commands: []string{"selectAll"}})
	if typed == "" {
		p.w.Key(Delete)
		return
	}
	call(p.w, input.InsertText, input.InsertTextParams{Text: typed})
}

// Give answers what a field asks, whichever way it asks: it chooses from a list, else types.
func (p Place) Give(label, answer string) {
	p.w.t.Helper()
	if p.w.on(p.find(fields, label), "function() { return this.tagName }") == "SELECT" {
		p.Choose(label, answer)
		return
	}
	p.Fill(label, answer)
}

// Choose takes an option of a list, by the label of the list and the text of the option.
func (p Place) Choose(label, option string) {
	p.w.t.Helper()
	const choose = `function(text) {
		const found = [...this.options].filter(o => o.label.trim() === text);
		if (found.length !== 1) return "options: " + [...this.options].map(o => o.label.trim()).join(", ");
		found[0].selected = true;
		return "";
	}`
	if failed := p.w.on(p.find(fields, label), choose, option); failed != "" {
		p.w.t.Fatalf("%s: %q is not to be chosen; %s", label, option, failed)
	}
}

// Tick presses a box, or a choice of several, by its label.
func (p Place) Tick(label string) {
	p.w.t.Helper()
	p.w.click(p.find([]string{"checkbox", "radio"}, label))
}

// Upload puts files into a field, by its label, as a file dialogue would.
func (p Place) Upload(label string, files ...string) {
	p.w.t.Helper()
	node := p.labelled(label)
	call(p.w, dom.SetFileInputFiles, dom.SetFileInputFilesParams{BackendNodeID: node, Files: files})
}

// Back goes back to the page before.
func (w *Window) Back() {
	w.t.Helper()
	history := call(w, page.GetNavigationHistory, cdp.Empty{})
	if history.CurrentIndex == 0 {
		w.t.Fatal("there is no page before")
	}
	w.arrives("going back", func() {
		call(w, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: history.Entries[history.CurrentIndex-1].ID})
	})
}

// click presses the mouse in the middle of something.
func (w *Window) click(node cdp.BackendNodeID) {
	w.t.Helper()
	call(w, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: node})
	quads := call(w, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: node}).Quads
	if len(quads) == 0 || len(quads[0]) != 8 {
		w.t.Fatal("what is to be pressed is not to be seen")
	}
	q := quads[0]
	mouse := input.DispatchMouseEventParams{X: (q[0] + q[4]) / 2, Y: (q[1] + q[5]) / 2, Button: input.MouseButtonLeft, ClickCount: 1}
	for _, mouse.Type = range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		call(w, input.DispatchMouseEvent, mouse)
	}
}
