package browsertest

import "github.com/chromedp/cdproto/input"

// A KeyStroke is a key as it is pressed and let go.
type KeyStroke struct {
	key, text string
	code      int64
	modifiers int64
}

// The keys that are enough to use a page without a mouse.
var (
	Tab     = KeyStroke{key: "Tab", code: 9}
	BackTab = KeyStroke{key: "Tab", code: 9, modifiers: 8}
	Enter   = KeyStroke{key: "Enter", text: "\r", code: 13}
	Space   = KeyStroke{key: " ", text: " ", code: 32}
	Down    = KeyStroke{key: "ArrowDown", code: 40}
	Delete  = KeyStroke{key: "Delete", code: 46}
)

// Key presses a key and lets it go.
func (w *Window) Key(k KeyStroke) {
	w.t.Helper()
	stroke := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Key: k.key, Code: k.key, WindowsVirtualKeyCode: k.code, Modifiers: k.modifiers}
	if k.text != "" {
		stroke.Type, stroke.Text = input.DispatchKeyEventTypeKeyDown, k.text
	}
	call(w, input.DispatchKeyEvent, stroke)
	stroke.Type, stroke.Text = input.DispatchKeyEventTypeKeyUp, ""
	call(w, input.DispatchKeyEvent, stroke)
}

// KeyTo presses a key that leads to another page, and waits for that.
func (w *Window) KeyTo(k KeyStroke) {
	w.t.Helper()
	w.arrives("pressing "+k.key, func() { w.Key(k) })
}

// Type types into what has the focus.
func (w *Window) Type(text string) {
	w.t.Helper()
	call(w, input.InsertText, input.InsertTextParams{Text: text})
}

// Focused is the accessible name of what has the focus; empty if that is nothing.
func (w *Window) Focused() string {
	w.t.Helper()
	for _, n := range w.all() {
		for _, property := range n.Properties {
			if property.Name == "focused" && role(n) != "RootWebArea" && string(property.Value.Value) == "true" {
				return called(n)
			}
		}
	}
	return ""
}

// TabTo presses Tab until something of that accessible name has the focus. It fails if
// nothing is reached so, or if the focus cannot be seen on the way.
func (w *Window) TabTo(name string) {
	w.t.Helper()
	var passed []string
	for range 300 {
		w.Key(Tab)
		at := w.Focused()
		if at == name {
			return
		}
		passed = append(passed, at)
	}
	w.t.Fatalf("%q is not reached by keyboard; passed %q", name, passed)
}
