package cli

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tumen/clients/labels"
	tumenv1 "tumen/proto/tumen/v1"
)

// maxCalled bounds how many records are looked up to print one.
const maxCalled = 100

// printRecord prints every field of a record for a person: one line a field
// where that says it all, else a block below its name. Members go by what they
// are called, other records by their names with what they are called beside.
func (s *session) printRecord(ctx context.Context, m protoreflect.Message) {
	names := map[string]bool{}
	labels.NamesIn(m, names)
	delete(names, getString(m, "name"))
	order := slices.SortedFunc(maps.Keys(names), func(a, b string) int { return cmp.Or(first(isMember(a), isMember(b)), strings.Compare(a, b)) })
	s.register.lookUp(ctx, order[:min(len(order), maxCalled)]...)
	s.out.called = s.register.known
	s.out.fields(m, "")
}

func (o *output) fields(m protoreflect.Message, indent string) {
	fields := m.Descriptor().Fields()
	width := 0
	for i := range fields.Len() {
		if m.Has(fields.Get(i)) {
			width = max(width, displayWidth(label(fields.Get(i))))
		}
	}
	for i := range fields.Len() {
		fd := fields.Get(i)
		if !m.Has(fd) || fd.Name() == "etag" {
			continue
		}
		lead := indent + pad(label(fd), width) + "  "
		o.value(lead, indent, fd, m.Get(fd))
	}
}

func label(fd protoreflect.FieldDescriptor) string {
	return strings.ReplaceAll(string(fd.Name()), "_", " ")
}

func (o *output) value(lead, indent string, fd protoreflect.FieldDescriptor, v protoreflect.Value) {
	switch {
	case fd.IsMap():
		var entries []string
		v.Map().Range(func(k protoreflect.MapKey, item protoreflect.Value) bool {
			entries = append(entries, k.String()+"="+item.String())
			return true
		})
		for _, entry := range sorted(entries, visible) {
			o.wrapped(lead, entry)
			lead = strings.Repeat(" ", displayWidth(lead))
		}
	case fd.IsList():
		for i := range v.List().Len() {
			o.single(lead, indent, fd, v.List().Get(i))
			if _, plain := plainValue(fd, v.List().Get(i)); plain {
				lead = strings.Repeat(" ", displayWidth(lead))
			}
		}
	default:
		o.single(lead, indent, fd, v)
	}
}

func (o *output) single(lead, indent string, fd protoreflect.FieldDescriptor, v protoreflect.Value) {
	if text, plain := plainValue(fd, v); plain {
		if _, refers := labels.Referenced(fd); refers && fd.Kind() == protoreflect.StringKind {
			text = o.reference(text)
		}
		o.wrapped(lead, visibleLines(text))
		return
	}
	o.line("%s", lead)
	o.fields(v.Message(), indent+"    ")
}

// reference is a name as a person wants to read it.
func (o *output) reference(name string) string {
	switch label := o.called[name]; {
	case label == "" || name == "":
		return name
	case isMember(name):
		return label
	default:
		return annotated(name, label)
	}
}

// plainValue is a value as one piece of text; messages that have no short form
// are not plain.
func plainValue(fd protoreflect.FieldDescriptor, v protoreflect.Value) (string, bool) {
	switch fd.Kind() {
	case protoreflect.EnumKind:
		return labels.EnumWord(fd.Enum(), v.Enum()), true
	case protoreflect.MessageKind:
	default:
		return v.String(), true
	}
	switch m := v.Message().Interface().(type) {
	case *timestamppb.Timestamp:
		return m.AsTime().UTC().Format("2006-01-02 15:04:05 UTC"), true
	case *tumenv1.Time:
		return timeWords(m), true
	case *tumenv1.Count:
		return countWords(m), true
	case *tumenv1.PlaceValue:
		return placeWords(m, nil), true
	case *tumenv1.Value:
		return valueWords(m, nil), true
	case *tumenv1.ProtectedValue:
		return protectedWords(m), true
	case *tumenv1.ExternalId:
		return m.GetIssuer() + ":" + m.GetId(), true
	case *tumenv1.Relay:
		return word(m.GetKind()) + " " + m.GetSource(), true
	case *tumenv1.PersonName:
		return annotated(m.GetText(), m.GetLanguage(), m.GetScript(), m.GetRomanisation(), word(m.GetKind())), true
	case *tumenv1.PlaceName:
		return annotated(m.GetText(), m.GetLanguage(), m.GetRomanisation()), true
	case *tumenv1.TermLabel:
		return annotated(m.GetText(), m.GetLanguage()), true
	case *tumenv1.Withheld:
		return withheldWords(m), true
	case *tumenv1.UsedTime:
		return annotated(timeWords(m.GetTime()), word(m.GetBasis())), true
	case *tumenv1.Headline:
		return m.GetText(), true
	case *tumenv1.Relation:
		return annotated(m.GetKind()+" "+m.GetPerson(), m.GetWords()), true
	case *tumenv1.Evidence:
		return fmt.Sprintf("%s, revision %d", m.GetName(), m.GetRevision()), true
	}
	return "", false
}

func withheldWords(w *tumenv1.Withheld) string {
	text := words(w.GetProtection())
	if w.GetFields() > 0 {
		text += ": " + plural(int(w.GetFields()), "field")
	}
	return text
}

// annotated puts remarks in brackets after text.
func annotated(text string, remarks ...string) string {
	var kept []string
	for _, r := range remarks {
		if r != "" {
			kept = append(kept, r)
		}
	}
	if len(kept) == 0 {
		return text
	}
	return text + " (" + strings.Join(kept, ", ") + ")"
}
