package browsertest

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
)

// Place is the page or a part of it, in which things are found by what they are called.
type Place struct {
	w    *Window
	root cdp.BackendNodeID // 0: the document
	name string
}

// Roles as the browser's accessibility tree calls them.
var (
	pressed  = []string{"button", "link", "DisclosureTriangle"}
	fields   = []string{"textbox", "searchbox", "spinbutton", "Date", "combobox", "listbox", "checkbox", "radio", "button"}
	sections = []string{"region", "article", "group", "form", "navigation", "search", "table", "list", "row", "listitem", "main", "contentinfo", "banner"}
)

// In is a part of a place: a region, group, table, list … of that accessible name, or a
// row or item of a list that has the name as its text.
func (p Place) In(name string) Place {
	p.w.t.Helper()
	for _, n := range p.all() {
		if slices.Contains(sections, role(n)) && called(n) == name {
			return Place{w: p.w, root: n.BackendDOMNodeID, name: name}
		}
	}
	p.w.t.Fatalf("%s: no part is called %q; there are %q", p.name, name, p.names(sections))
	return Place{}
}

// Row is the first row of a table, or item of a list, that has a text in it.
func (p Place) Row(text string) Place {
	p.w.t.Helper()
	for _, tag := range []string{"tr", "li"} {
		if node := p.firstOf(tag, text); node != 0 {
			return Place{w: p.w, root: node, name: text}
		}
	}
	p.w.t.Fatalf("%s: no row or item has %q in it", p.name, text)
	return Place{}
}

// find is the one thing of some roles that has an accessible name. Where several have, it
// is the one that stands in no group of fields below the place: those are found in theirs.
func (p Place) find(roles []string, name string) cdp.BackendNodeID {
	p.w.t.Helper()
	var found []cdp.BackendNodeID
	for _, n := range p.all() {
		if slices.Contains(roles, role(n)) && called(n) == name {
			found = append(found, n.BackendDOMNodeID)
		}
	}
	if all := len(found); all > 1 {
		found = slices.DeleteFunc(found, func(n cdp.BackendNodeID) bool { return p.w.on(n, grouped) == "yes" })
		if len(found) == 0 {
			p.w.t.Fatalf("%s: %d are called %q, each in a group of fields", p.name, all, name)
		}
	}
	if len(found) != 1 {
		p.w.t.Fatalf("%s: %d are called %q; there are %q", p.name, len(found), name, p.names(roles))
	}
	return found[0]
}

// grouped tells of something whether a group of fields holds it.
const grouped = `function() { return this.closest("fieldset") ? "yes" : "" }`

// firstOf is the innermost element of a tag that has a text in it; 0 if there is none.
func (p Place) firstOf(tag, text string) cdp.BackendNodeID {
	p.w.t.Helper()
	return p.element(`function(tag, text) {
		const found = [...this.querySelectorAll(tag)].filter(e => e.textContent.includes(text));
		return found.find(e => !found.some(o => o !== e && e.contains(o))) || null;
	}`, tag, text)
}

// labelled is the input that a label belongs to.
func (p Place) labelled(label string) cdp.BackendNodeID {
	p.w.t.Helper()
	node := p.element(`function(text) {
		const found = [...this.querySelectorAll("label")].filter(e => e.textContent.trim() === text);
		return found.length === 1 ? found[0].control : null;
	}`, label)
	if node == 0 {
		p.w.t.Fatalf("%s: no one field is labelled %q", p.name, label)
	}
	return node
}

// node is where a place begins.
func (p Place) node() cdp.BackendNodeID {
	p.w.t.Helper()
	if p.root != 0 {
		return p.root
	}
	return call(p.w, dom.GetDocument, dom.GetDocumentParams{}).Root.BackendNodeID
}

// all are the nodes of the accessibility tree that a screen reader would come to.
func (p Place) all() []*accessibility.Node {
	p.w.t.Helper()
	nodes := call(p.w, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{BackendNodeID: p.node()}).Nodes
	return slices.DeleteFunc(nodes, func(n *accessibility.Node) bool { return n.Ignored })
}

// names are what things of some roles are called, for who looks for another.
func (p Place) names(roles []string) []string {
	var names []string
	for _, n := range p.all() {
		if slices.Contains(roles, role(n)) {
			names = append(names, role(n)+" "+called(n))
		}
	}
	return names
}

func role(n *accessibility.Node) string   { return text(n.Role) }
func called(n *accessibility.Node) string { return strings.Join(strings.Fields(text(n.Name)), " ") }

func text(v *accessibility.Value) string {
	var s string
	if v != nil {
		_ = json.Unmarshal(v.Value, &s) // what is no text has no name
	}
	return s
}
