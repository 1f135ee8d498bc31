package service

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
	"tumen/service/access"
	"tumen/service/records"
)

// maxMentions bounds how many texts an erasure lists.
const maxMentions = 1000

// leftBehind is what an erasure leaves for people to look at.
type leftBehind struct {
	listed  []*tumenv1.Mention
	more    int64
	marking tumenv1.Marking // the strictest of their records; 0: there are none
}

// mentions looks through the current texts of all that the owner of a record has
// for what names it, or refers to what goes with it. What is withheld from the
// reader, whose view it is, is not looked at: how often a name is found there would
// tell whether a guess is right.
func mentions(v *records.View, r access.Reader, rec records.Record, gone []records.Record) (leftBehind, error) {
	m := &mentioning{reader: r, names: wordsFor(rec), gone: map[string]bool{}}
	for _, g := range gone {
		m.gone[g.GetName()] = true
	}
	for _, kind := range records.Kinds() {
		if kind == records.Erasure || kind == records.Grant || kind == records.Organisation || kind == records.Member {
			continue
		}
		for other, err := range records.Owned[records.Record](v, kind, rec.GetOwner()) {
			if records.IsDamage(err) {
				m.left.more++ // for people to look at, like what there is no room for
				continue
			}
			if err != nil {
				return leftBehind{}, err
			}
			m.look(other)
		}
	}
	return m.left, nil
}

// mentioning looks through records.
type mentioning struct {
	reader access.Reader
	names  []string // lower case
	gone   map[string]bool
	left   leftBehind
}

func (m *mentioning) look(rec records.Record) {
	if m.gone[rec.GetName()] {
		return
	}
	seen := access.Redact(m.reader, rec).ProtoReflect()
	fields := seen.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		texts := access.ClassOf(rec, f.Name()) != tumenv1.Protection_PROTECTION_OPEN
		if !seen.Has(f) || !m.namesGone(seen, f, texts) {
			continue
		}
		m.left.marking = stricter(m.left.marking, rec.GetMarking())
		if len(m.left.listed) == maxMentions {
			m.left.more++
			continue
		}
		m.left.listed = append(m.left.listed, &tumenv1.Mention{Record: rec.GetName(), Field: string(f.Name())})
	}
}

// namesGone says whether a field names what goes: as a reference or, in texts, by a
// word for it.
func (m *mentioning) namesGone(message protoreflect.Message, f protoreflect.FieldDescriptor, texts bool) bool {
	found := false
	eachText(message, f, func(text string) {
		if found || m.gone[text] {
			found = true
			return
		}
		lower := strings.ToLower(text)
		found = texts && slices.ContainsFunc(m.names, func(word string) bool { return hasWord(lower, word) })
	})
	return found
}

// hasWord says whether a text has a word in it, and not only as a part of a longer
// one where the script has spaces between words.
func hasWord(text, word string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			return false
		}
		at += from
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(word):])
		first, _ := utf8.DecodeRuneInString(word)
		last, _ := utf8.DecodeLastRuneInString(word)
		if !(joins(before) && joins(first)) && !(joins(last) && joins(after)) {
			return true
		}
		from = at + 1
	}
}

// joins says whether a letter makes one word with such a neighbour.
func joins(r rune) bool {
	return unicode.IsDigit(r) || unicode.In(r, unicode.Latin, unicode.Cyrillic)
}

// eachText gives every string in a field, whatever is nested in it.
func eachText(m protoreflect.Message, f protoreflect.FieldDescriptor, do func(string)) {
	value := func(d protoreflect.FieldDescriptor, v protoreflect.Value) {
		switch d.Kind() {
		case protoreflect.StringKind:
			do(v.String())
		case protoreflect.MessageKind:
			inner := v.Message().Descriptor().Fields()
			for i := range inner.Len() {
				if v.Message().Has(inner.Get(i)) {
					eachText(v.Message(), inner.Get(i), do)
				}
			}
		}
	}
	switch {
	case f.IsList():
		for i := range m.Get(f).List().Len() {
			value(f, m.Get(f).List().Get(i))
		}
	case f.IsMap():
		m.Get(f).Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
			value(f.MapValue(), v)
			return true
		})
	default:
		value(f, m.Get(f))
	}
}

// wordsFor are the words by which texts may name a person or a source, in lower
// case. Of a single letter nobody is known.
func wordsFor(rec records.Record) []string {
	var words []string
	switch r := rec.(type) {
	case *tumenv1.Person:
		words = append(words, r.GetReference())
		words = append(words, r.GetDocuments()...)
		words = append(words, writtenAs(r.GetNames())...)
	case *tumenv1.Source:
		words = append(words, writtenAs(r.GetProtectedNames())...)
		words = append(words, r.GetProtectedContact())
	}
	for _, x := range rec.GetExternalIds() {
		words = append(words, x.GetId())
	}
	words = slices.DeleteFunc(words, func(w string) bool { return utf8.RuneCountInString(w) < 2 })
	for i := range words {
		words[i] = strings.ToLower(words[i])
	}
	return words
}

func writtenAs(names []*tumenv1.PersonName) []string {
	var all []string
	for _, n := range names {
		all = append(all, n.GetText())
	}
	return all
}
