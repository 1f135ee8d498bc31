package web_test

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// form is what a browser would send of the first form on the page that keeps drafts, else
// of the first one in its main part, after somebody has typed there.
func (b *browser) form(typed map[string]string) url.Values {
	b.t.Helper()
	doc, err := html.Parse(strings.NewReader(b.page))
	ok(b.t, err)
	var found *html.Node
	for n := range doc.Descendants() {
		if n.DataAtom == atom.Form && within(n, atom.Main) && (found == nil || !asksHere(found) && asksHere(n)) {
			found = n
		}
	}
	if found == nil {
		b.t.Fatalf("no form on the page:\n%s", b.page)
	}
	form := valuesOf(found)
	for name, text := range typed {
		form.Set(name, text)
	}
	return form
}

func within(n *html.Node, a atom.Atom) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.DataAtom == a {
			return true
		}
	}
	return false
}

func asksHere(form *html.Node) bool { return valuesOf(form).Has("here") }

// valuesOf are the values of a form's fields as it is shown; of buttons none.
func valuesOf(form *html.Node) url.Values {
	values := url.Values{}
	for n := range form.Descendants() {
		name := attr(n, "name")
		switch {
		case name == "" || n.Type != html.ElementNode:
		case n.DataAtom == atom.Textarea:
			if n.FirstChild != nil {
				values.Add(name, n.FirstChild.Data)
			} else {
				values.Add(name, "")
			}
		case n.DataAtom == atom.Select:
			values.Add(name, chosen(n))
		case n.DataAtom == atom.Input && (attr(n, "type") == "checkbox" || attr(n, "type") == "radio"):
			if has(n, "checked") {
				values.Add(name, attr(n, "value"))
			}
		case n.DataAtom == atom.Input && attr(n, "type") != "file":
			values.Add(name, attr(n, "value"))
		}
	}
	return values
}

func chosen(list *html.Node) string {
	first, any := "", false
	for n := range list.Descendants() {
		if n.DataAtom != atom.Option {
			continue
		}
		if has(n, "selected") {
			return attr(n, "value")
		}
		if !any {
			first, any = attr(n, "value"), true
		}
	}
	return first
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}
