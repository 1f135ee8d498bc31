package web

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/labels"
	"tumen/clients/web/entry"
)

// A form comes back otherwise than it was filled in, also where nobody touched it: browsers
// end lines in their own way, pages show what hides as its code point, boxes have an order
// of their own. None of that is a change.

// codePoint is what a page shows in place of a character that hides or turns round others.
var codePoint = regexp.MustCompile(`\[U\+([0-9A-F]{4,6})\]`)

// asFilledIn undoes in the values of a form what pages and browsers do to texts.
func asFilledIn(values url.Values) {
	for _, texts := range values {
		for i, text := range texts {
			texts[i] = codePoint.ReplaceAllStringFunc(strings.ReplaceAll(text, "\r\n", "\n"), func(shown string) string {
				n, err := strconv.ParseUint(shown[len("[U+"):len(shown)-1], 16, 32)
				if err != nil || !masks(rune(n)) {
					return shown
				}
				return string(rune(n))
			})
		}
	}
}

// restore leaves those fields of a record as they were before in which nothing differs from
// what the form showed.
func restore(k *entry.Kind, before, record proto.Message, texts entry.Texts) {
	shown, touched := k.Texts(before), map[protoreflect.FieldDescriptor]bool{}
	was, is := before.ProtoReflect(), record.ProtoReflect()
	for path, text := range texts {
		fd := topOf(was, path)
		touched[fd] = touched[fd] || !sameText(k.Leaf(path), shown[path], text)
	}
	for fd, changed := range touched {
		if fd == nil || changed {
			continue
		}
		if was.Has(fd) {
			is.Set(fd, was.Get(fd))
		}
	}
}

// topOf is the field of a record that a path leads into.
func topOf(m protoreflect.Message, path string) protoreflect.FieldDescriptor {
	top, _, _ := strings.Cut(entry.Plain(path), ".")
	return m.Descriptor().Fields().ByTextName(top)
}

// sameText says whether a text of a form is the one that it was filled in with.
func sameText(fd protoreflect.FieldDescriptor, shown, sent string) bool {
	a, b := plainText(shown), plainText(sent)
	if a == b || fd == nil || !fd.IsList() {
		return a == b
	}
	if _, refers := labels.Referenced(fd); !refers && fd.Enum() == nil {
		return false
	}
	x, y := strings.Fields(a), strings.Fields(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// plainText is a text as every way through a page leaves it.
func plainText(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(string(unmasked([]byte(text))), "\r", ""))
}
