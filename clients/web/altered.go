package web

import (
	"slices"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
)

// altered is a field as it was and as it became.
type altered struct {
	Field         string // in words
	Before, After excerpt
}

// excerpt is a text, as far as it is shown. What it has in common with the other side is
// left out of a long one, and so is what goes beyond a page; both are said.
type excerpt struct {
	Text    string
	LeftOut int // characters
}

// longText is how many characters of a text stand on a page.
const longText = 1500

// bookkept are fields that every revision changes, or that say what stands beside it.
var bookkept = []protoreflect.Name{
	"name", "etag", "revision", "create_time", "creator", "update_time", "updater", "change_reason", "withheld", "owner",
	"support", "stale", "stale_reasons", "approved_evidence", "used_time", "uncovered_claims",
}

// differences are those of the fields that changed, and what those that are hidden are
// called. before is nil for the first revision, or where it is withheld.
func (s *shelf) differences(before, after proto.Message, changed []string) (shown []altered, hidden []string) {
	if after == nil {
		return nil, nil
	}
	fields := after.ProtoReflect().Descriptor().Fields()
	for _, name := range changed {
		fd := fields.ByName(protoreflect.Name(name))
		switch {
		case fd == nil || slices.Contains(bookkept, fd.Name()):
		case identifies(fd):
			hidden = append(hidden, s.field(fd.Name()))
		default:
			a, b := s.fieldText(before, fd), s.fieldText(after, fd)
			one := altered{Field: s.field(fd.Name())}
			one.Before, one.After = excerpts(a, b)
			if a != b {
				shown = append(shown, one)
			}
		}
	}
	return shown, hidden
}

// field is what a field of a record is called.
func (s *shelf) field(name protoreflect.Name) string { return s.words.Say("field." + string(name)) }

// identifies says whether a field tells who somebody is.
func identifies(fd protoreflect.FieldDescriptor) bool {
	switch proto.GetExtension(fd.Options(), tumenv1.E_Protection).(tumenv1.Protection) {
	case tumenv1.Protection_PROTECTION_IDENTITY, tumenv1.Protection_PROTECTION_SOURCE_IDENTITY, tumenv1.Protection_PROTECTION_INTERNAL:
		return true
	}
	return false
}

// only is a copy of a record that has nothing but the fields that a history shows of it.
func only(m proto.Message, names []string) proto.Message {
	part := proto.Clone(m)
	reflected := part.ProtoReflect()
	reflected.Range(func(fd protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		if !slices.Contains(names, string(fd.Name())) || slices.Contains(bookkept, fd.Name()) || identifies(fd) {
			reflected.Clear(fd)
		}
		return true
	})
	return part
}

// excerpts are two texts side by side, long ones from shortly before where they part.
func excerpts(a, b string) (before, after excerpt) {
	x, y := []rune(a), []rune(b)
	if len(x) <= longText && len(y) <= longText {
		return excerpt{Text: a}, excerpt{Text: b}
	}
	const context = 60
	alike := 0
	for alike < min(len(x), len(y)) && x[alike] == y[alike] {
		alike++
	}
	from := max(0, alike-context)
	return cut(x, from), cut(y, from)
}

func cut(text []rune, from int) excerpt {
	from = min(from, len(text))
	part := text[from:min(len(text), from+longText)]
	e := excerpt{Text: string(part), LeftOut: len(text) - len(part)}
	if from > 0 {
		e.Text = "… " + e.Text
	}
	if utf8.RuneCountInString(e.Text) > 0 && from+len(part) < len(text) {
		e.Text += " …"
	}
	return e
}
