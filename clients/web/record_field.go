package web

import (
	"cmp"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"tumen/clients/labels"
	"tumen/clients/web/entry"
	"tumen/clients/web/wording"
)

func (v *visit) field(k *entry.Kind, f entry.Field, path, text string, choices *choices) (formField, error) {
	fd := k.Leaf(path)
	out := formField{ID: fieldID(path), Name: typedPrefix + path, Label: v.fieldLabel(k, path), Value: text, Required: f.Required, Input: "line"}
	if id := "entry.hint_" + catalogueKey(entry.Plain(path)); v.say().Knows(id) {
		out.Hint = v.say().Say(id)
	} else if f.Date {
		out.Hint = v.say().Say("entry.hint_date")
	}
	var err error
	switch kinds, refers := labels.Referenced(fd); {
	case f.Vocabulary != "":
		out.Input = "choice"
		out.Options, err = choices.terms(f.Vocabulary)
	case fd.Enum() != nil:
		out.Input, out.Options = "choice", v.values(fd)
		out.Value = enumText(fd, text)
		if fd.IsList() {
			out.Input, out.Value = "boxes", text
		}
		out.Options = slices.DeleteFunc(out.Options, func(o option) bool { return f.Only != nil && !slices.Contains(f.Only, o.Value) })
	case refers:
		out.Input, out.Options, err = choices.records(k, path, kinds, fd.IsList())
	case fd.Kind() == protoreflect.BoolKind:
		out.Input = "tick"
	case fd.Kind() != protoreflect.StringKind:
		out.Input = "number"
	case f.Long, fd.IsList():
		out.Input = "long"
	}
	if fd.IsList() && out.Hint == "" && out.Input == "long" {
		out.Hint = v.say().Say("entry.hint_lines")
	}
	out.choose()
	return out, err
}

// choose marks the options that the value stands for. What is chosen but offered no
// longer stays to choose, so that saving changes nothing that nobody touched.
func (f *formField) choose() {
	chosen := strings.Split(f.Value, "\n")
	for i := range f.Options {
		f.Options[i].Chosen = f.Value != "" && slices.Contains(chosen, f.Options[i].Value)
	}
	switch f.Input {
	case "choice", "boxes":
		for _, value := range chosen {
			if value != "" && !slices.ContainsFunc(f.Options, func(o option) bool { return o.Value == value }) {
				f.Options = append(f.Options, option{Value: value, Label: value, Chosen: true})
			}
		}
	case "find":
		for i, value := range chosen {
			for _, o := range f.Options {
				if o.Value == value {
					chosen[i] = o.Label
				}
			}
		}
		f.Value = strings.Join(chosen, "\n")
	}
}

// values are those of an enum that a field may have.
func (v *visit) values(fd protoreflect.FieldDescriptor) []option {
	var all []option
	for _, n := range labels.Choices(fd) {
		all = append(all, option{Value: labels.EnumWord(fd.Enum(), n), Label: v.say().EnumValue(fd.Enum(), n)})
	}
	return all
}

// enumText is the short word of a value that may be written otherwise.
func enumText(fd protoreflect.FieldDescriptor, text string) string {
	if n, ok := labels.EnumNumber(fd.Enum(), text); ok {
		return labels.EnumWord(fd.Enum(), n)
	}
	return text
}

// fieldID is what links and labels call a field by.
func fieldID(path string) string {
	return "f-" + strings.NewReplacer(".", "-", "[", "-", "]", "").Replace(path)
}

func catalogueKey(plain string) string { return strings.ReplaceAll(plain, ".", "_") }

// fieldLabel is what a field is called: in a kind of record, in general, or by the last
// part of its path, whichever the catalogue has.
func (v *visit) fieldLabel(k *entry.Kind, path string) string { return fieldLabel(v.say(), k, path) }

func fieldLabel(w *wording.Words, k *entry.Kind, path string) string {
	plain := entry.Plain(path)
	last := plain[strings.LastIndexByte(plain, '.')+1:]
	for _, id := range []string{"entry." + k.Name + "_" + catalogueKey(plain), "entry." + catalogueKey(plain)} {
		if w.Knows(id) {
			return w.Say(id)
		}
	}
	return w.Say("entry." + last)
}

// knownLabel is fieldLabel for a path that need not be a form's; empty where the catalogue
// has no name for it.
func (v *visit) knownLabel(k *entry.Kind, path string) string {
	plain := entry.Plain(path)
	if last := plain[strings.LastIndexByte(plain, '.')+1:]; !v.say().Knows("entry." + last) {
		return cmp.Or(v.asked(k.Name+"_"+plain), v.asked(plain))
	}
	return v.fieldLabel(k, path)
}

// faultText is what is wrong with a field, in the reader's language.
func (v *visit) faultText(f entry.Fault) string {
	if f.Problem == entry.Refused {
		return f.Words
	}
	return v.say().Say("entry.fault_" + string(f.Problem))
}
