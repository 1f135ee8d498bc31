package entry

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	tumenv1 "tumen/proto/tumen/v1"
)

// Kind is a kind of record, and what it is typed in.
type Kind struct {
	Name     string // "claim"
	Service  string // "ClaimService"
	InCase   bool   // it lies in a case
	Sections []Section
	new      func() proto.Message
}

// Section is a part of a form with a heading of its own.
type Section struct {
	Name    string // id of the heading; empty for what stands first
	Fields  []Field
	Rows    int              // of a list: so many empty rows are offered
	Aspects []tumenv1.Aspect // of claims: only with one of these; none means all
}

// Field is one thing that is typed.
type Field struct {
	Path       string // "people.low"; in rows "places[].place"
	Required   bool
	Long       bool     // more than a line
	Date       bool     // an EDTF date
	Only       []string // of an enum: the words that are offered; nil means all
	Vocabulary string   // the list of terms that it is taken from: "acts"
}

// New is an empty record.
func (k *Kind) New() proto.Message { return k.new() }

// Title is the kind as the contract writes it: "Claim".
func (k *Kind) Title() string { return string(k.new().ProtoReflect().Descriptor().Name()) }

// Leaf is the field of the contract that a path leads to.
func (k *Kind) Leaf(path string) protoreflect.FieldDescriptor {
	return Leaf(k.new().ProtoReflect().Descriptor(), path)
}

// KindOf is a kind by its name; nil if there is none.
func KindOf(name string) *Kind {
	for _, k := range kinds {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// Kinds are all of them.
func Kinds() []*Kind { return slices.Clone(kinds) }

// ForAspect is a kind without the sections that belong to other aspects of claims.
func (k *Kind) ForAspect(aspect tumenv1.Aspect) *Kind {
	of := *k
	of.Sections = slices.DeleteFunc(slices.Clone(k.Sections), func(s Section) bool {
		return len(s.Aspects) > 0 && !slices.Contains(s.Aspects, aspect)
	})
	return &of
}

// With is a kind with those of its fields alone: for a short form.
func (k *Kind) With(paths ...string) *Kind {
	return k.Without(func(f Field) bool { return !slices.Contains(paths, f.Path) })
}

// At is the path of the field that something said about a path is about: of a message or
// a list the first field in it. Empty where the kind has none.
func (k *Kind) At(path string) string {
	plain := Plain(path)
	for _, s := range k.Sections {
		for _, f := range s.Fields {
			field := strings.ReplaceAll(f.Path, "[]", "")
			switch {
			case field == plain && k.Leaf(path) != nil:
				return path
			case field == plain && k.Leaf(plain) != nil:
				return plain // one of a list of words
			case strings.HasPrefix(field, plain+".") && strings.Contains(f.Path, "[]"):
				return firstRow(path, f.Path)
			case strings.HasPrefix(field, plain+"."):
				return f.Path
			}
		}
	}
	return ""
}

// firstRow is a field of a list in the row that a path names, else in the first.
func firstRow(path, field string) string {
	if _, row, _, found := cutRow(path); found {
		return strings.Replace(field, "[]", step{row: row}.key(), 1)
	}
	return strings.Replace(field, "[]", step{row: 0}.key(), 1)
}

// Texts are those of a record in the fields of its kind; rows as there are.
func (k *Kind) Texts(record proto.Message) Texts {
	texts := Texts{}
	for _, s := range k.Sections {
		for _, f := range s.Fields {
			for _, path := range f.InRows(rowsOf(record, f.Path)) {
				if text := Read(record, path); text != "" {
					texts[path] = text
				}
			}
		}
	}
	return texts
}

// Missing are faults for the fields in which something has to stand and nothing does.
func (k *Kind) Missing(texts Texts) []Fault {
	var faults []Fault
	for _, s := range k.Sections {
		for _, f := range s.Fields {
			if f.Required && strings.TrimSpace(texts[f.Path]) == "" {
				faults = append(faults, Fault{Path: f.Path, Problem: Missing})
			}
		}
	}
	return faults
}

// InRows is the path of a field in so many rows; the path alone where it has none.
func (f Field) InRows(n int) []string {
	if !strings.Contains(f.Path, "[]") {
		return []string{f.Path}
	}
	var paths []string
	for i := range n {
		paths = append(paths, strings.Replace(f.Path, "[]", step{row: i}.key(), 1))
	}
	return paths
}

// rowsOf is how many rows a record has of a list that a path goes through.
func rowsOf(record proto.Message, path string) int {
	list, _, found := strings.Cut(path, "[]")
	if !found {
		return 0
	}
	m := record.ProtoReflect()
	all := strings.Split(list, ".")
	for _, name := range all[:len(all)-1] {
		m = m.Get(m.Descriptor().Fields().ByName(protoreflect.Name(name))).Message()
	}
	return m.Get(m.Descriptor().Fields().ByName(protoreflect.Name(all[len(all)-1]))).List().Len()
}
