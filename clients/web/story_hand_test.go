package web_test

import (
	"cmp"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"tumen/clients/labels"
	"tumen/clients/web/browsertest"
	"tumen/clients/web/entry"
	"tumen/clients/web/wording"
)

// hand is somebody who types in a window, in a language.
type hand struct {
	*browsertest.Window
	t     *testing.T
	words *wording.Words
}

func (o *octoberSite) hand(t *testing.T, b *browsertest.Browser, member string, language wording.Language) *hand {
	t.Helper()
	return &hand{Window: o.arrive(t, b, member, language), t: t, words: wording.In(language)}
}

func (h *hand) say(id string, pairs ...any) string { return h.words.Say(id, pairs...) }

// types fills in the fields of a form for a kind of record. called tells what the form
// calls the records that texts name.
func (h *hand) types(k *entry.Kind, texts entry.Texts, called map[string]string) {
	h.t.Helper()
	for _, s := range k.Sections {
		if s.Rows > 0 && len(s.Fields[0].InRows(maxTyped)) > s.Rows && texts[s.Fields[0].InRows(maxTyped)[s.Rows]] != "" {
			h.Follow(h.say("entry.more_rows"))
			break
		}
	}
	h.typesIn(h.Place, k, texts, called)
}

// typesIn is types for a part of the page.
func (h *hand) typesIn(part browsertest.Place, k *entry.Kind, texts entry.Texts, called map[string]string) {
	h.t.Helper()
	for _, s := range k.Sections {
		in := part
		if s.Name != "" && typedIn(s, texts) {
			in = part.In(h.say("entry.section_" + s.Name))
		}
		for _, f := range s.Fields {
			for row, path := range f.InRows(maxTyped) {
				if texts[path] != "" {
					h.typesOne(in, k, f, path, row, texts[path], called)
				}
			}
		}
	}
}

// maxTyped is how many rows of a list are typed.
const maxTyped = 5

func typedIn(s entry.Section, texts entry.Texts) bool {
	for _, f := range s.Fields {
		for _, path := range f.InRows(maxTyped) {
			if texts[path] != "" {
				return true
			}
		}
	}
	return false
}

func (h *hand) typesOne(in browsertest.Place, k *entry.Kind, f entry.Field, path string, row int, text string, called map[string]string) {
	h.t.Helper()
	label := h.label(k, path)
	if row > 0 {
		label = h.say("entry.in_row", "label", label, "row", row+1)
	}
	if f.Required {
		label += " " + h.say("entry.required")
	}
	fd := k.Leaf(path)
	_, refers := labels.Referenced(fd)
	switch {
	case f.Vocabulary != "":
		in.Choose(label, h.words.Term(text, ""))
	case fd.Enum() != nil:
		n, _ := labels.EnumNumber(fd.Enum(), text)
		in.Choose(label, h.words.EnumValue(fd.Enum(), n))
	case text == entry.Yes:
		in.Tick(label)
	case refers && fd.IsList():
		for _, one := range strings.Split(text, "\n") {
			in.In(label).Tick(cmp.Or(called[one], one))
		}
	default:
		in.Give(label, cmp.Or(called[text], text))
	}
}

// label is what the form calls a field.
func (h *hand) label(k *entry.Kind, path string) string {
	plain := entry.Plain(path)
	key := strings.ReplaceAll(plain, ".", "_")
	for _, id := range []string{"entry." + k.Name + "_" + key, "entry." + key} {
		if h.words.Knows(id) {
			return h.say(id)
		}
	}
	return h.say("entry." + plain[strings.LastIndexByte(plain, '.')+1:])
}

// because gives the reason and sends the form.
func (h *hand) because(reason, button string) {
	h.t.Helper()
	h.Fill(h.say("entry.reason")+" "+h.say("entry.required"), reason)
	h.Follow(button)
}

// texts are what is typed for a record of the matter.
func textsOf(record proto.Message) (*entry.Kind, entry.Texts) {
	k := entry.KindOf(strings.ToLower(string(record.ProtoReflect().Descriptor().Name())))
	if k == nil {
		return nil, nil
	}
	return k, k.Texts(record)
}
